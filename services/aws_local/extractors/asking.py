"""One step of a model-backed extraction: a prompt, an answer read strictly, one attempt to repair it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from services.aws_local.extraction import Message
from services.aws_local.extractors import prompts
from services.aws_local.extractors.contracts import ContractBroken, check_characters, without_thoughts
from services.aws_local.extractors.model_server import ModelServer, Turn, model_failure

T = TypeVar("T")


@dataclass(frozen=True)
class Step:
    """The model of a step, and the instructions that replace ours."""

    model_id: str
    instructions: str | None = None


@dataclass(frozen=True)
class Asker:
    """Asks the model of each step of one strategy."""

    server: ModelServer
    steps: Mapping[str, Step]
    strategy_type: str

    def ask(self, step: str, given: str, read: Callable[[str], T]) -> T:
        """What `read` makes of the answer; it raises ContractBroken for one that it cannot use.

        ExtractionFailed when the server fails, or when the second answer is no better than the first.
        """
        chosen = self.steps[step]
        system = prompts.system_prompt(self.strategy_type, step, chosen.instructions)
        turns = [Turn("user", given)]
        answer = without_thoughts(self.server.answer(chosen.model_id, system, turns))
        try:
            check_characters(answer)
            return read(answer)
        except ContractBroken as error:
            repair = prompts.REPAIR.format(problem=error)
        turns += [Turn("assistant", answer or "(nothing)"), Turn("user", repair)]
        repaired = without_thoughts(self.server.answer(chosen.model_id, system, turns))
        try:
            check_characters(repaired)
            return read(repaired)
        except ContractBroken as error:
            raise model_failure("MODEL_ERROR", f"{step}: {error}") from None


def conversation(messages: Sequence[Message], tag: str = "conversation") -> str:
    """Messages as a prompt shows them, one a line, with time and role."""
    lines = [f"[{each.timestamp:%Y-%m-%dT%H:%M:%SZ}] {each.role}: {each.text}" for each in messages]
    return "\n".join([f"<{tag}>", *lines, f"</{tag}>"])
