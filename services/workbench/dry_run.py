"""A strategy's steps on a stored conversation with any model, without writing anything anywhere.

Each step is asked as the service asks: the instructions, the form of the answer, the conversation. The answer
is read strictly, with one attempt to repair it; what cannot be read is reported with the raw answer, never as
"nothing found". The service extracts event by event as a session goes on, and its own words around the
conversation are not published: a dry run shows what a prompt and a model do, a replay what AWS makes of them.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Any, Literal, TypeVar

from strands.models.model import Model
from strands.types.content import Messages
from strands.types.exceptions import ContextWindowOverflowException, MaxTokensReachedException

from services.chat.model_faults import explain_model_error
from services.chat.models import ModelChoice, build_model
from services.errors import Cancelled, InvalidValue
from services.faults import CALL_ERRORS, Fault, explain
from services.memory.namespaces import StrategyKindName
from services.memory.strategy_kinds import StepName
from services.records.provenance import words
from services.workbench import contracts, prompts
from services.workbench.asking import Reply, ask
from services.workbench.contracts import ContractBroken, Decision, Item, Operation
from services.workbench.conversation import Passage, in_turns, written_out

Row = dict[str, Any]
Near = Callable[[str], Sequence[Row]]
"""The stored records nearest to a text, best first (RetrieveMemoryRecords)."""
T = TypeVar("T")

_READERS = {"semantic": contracts.fact, "user_preference": contracts.preference}
_WHOLE = "Session summary"
_MEMBERS = {"assessment_assistant": "assessmentAssistant", "assessment_user": "assessmentUser"}
_UNFINISHED = "The last episode has not ended: AWS would wait for more of it before it makes a record."


@dataclass(frozen=True)
class DryRunRequest:
    """What to run. `instructions` by step: every step of the kind that is to run has to have some."""

    kind: StrategyKindName
    instructions: Mapping[StepName, str]
    model: ModelChoice
    passage: Passage

    @property
    def steps(self) -> tuple[StepName, ...]:
        """The steps that will run, in order."""
        return tuple(step for step in prompts.DRY_STEPS[self.kind] if step in self.instructions)


@dataclass(frozen=True)
class Proposal:
    """A record that would be made. `operation` is what consolidation decides, None where it did not run;
    `stored` the record that an update changes, `updated` the text that it would get. `note`: what to know."""

    text: str
    operation: Operation | None = None
    stored: Row | None = None
    updated: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class Exchange:
    """One step: what the model was given, and what it answered. `problem`: why that is of no use."""

    step: StepName
    system: str
    given: str
    replies: tuple[Reply, ...] = ()
    problem: str | None = None


@dataclass(frozen=True)
class DryRun:
    """How a dry run went. `ended`: done, failed (`fault` says why) or stopped; only a finished one's
    `proposals` mean anything."""

    request: DryRunRequest
    ended: Literal["done", "failed", "stopped"]
    proposals: tuple[Proposal, ...]
    exchanges: tuple[Exchange, ...]
    seconds: float
    fault: Fault | None = None

    @property
    def texts(self) -> list[str]:
        """The records that extraction would propose."""
        return [proposal.text for proposal in self.proposals]

    @property
    def tokens(self) -> tuple[int | None, int | None]:
        """Tokens in and out of all calls; None where the model's server does not tell."""
        replies = [reply for exchange in self.exchanges for reply in exchange.replies]
        return _sum(reply.input_tokens for reply in replies), _sum(reply.output_tokens for reply in replies)


def _sum(counts: Iterable[int | None]) -> int | None:
    """The sum, where each is known."""
    known = list(counts)
    return sum(each or 0 for each in known) if known and None not in known else None


class _Unusable(Exception):
    """A second answer was no better than the first."""


def run(
    request: DryRunRequest,
    near: Near,
    stopping: Callable[[], bool] = lambda: False,
    tell: Callable[[str], object] = lambda told: None,
) -> DryRun:
    """Run the steps of a request; never raises what a model or its server does. InvalidValue for a request
    that cannot be run. `tell` is told how far it is, `stopping` asked whether to go on."""
    if not request.passage.said:
        raise InvalidValue("Nobody says anything in these events that this kind of strategy reads.")
    if not request.steps or not all(request.instructions[step].strip() for step in request.steps):
        raise InvalidValue("Write the instructions of each step that is to run.")
    bench = _Bench(request, build_model(request.model), near, stopping, tell)
    started = time.monotonic()
    try:
        proposals = _STEPS[request.kind](bench)
    except Cancelled:
        return bench.ended("stopped", started)
    except _Unusable:
        return bench.ended("failed", started, _unusable(bench.exchanges[-1], request.model))
    except Exception as error:
        if bench.is_asking:  # whatever a model server does is shown, not raised
            return bench.ended("failed", started, _of_model(error, request.model))
        if isinstance(error, CALL_ERRORS):
            return bench.ended("failed", started, explain(error))
        raise
    return replace(bench.ended("done", started), proposals=tuple(proposals))


def _of_model(error: Exception, model: ModelChoice) -> Fault:
    """A model's failure; what to do about a length is other here than in a chat."""
    fault = explain_model_error(error, model.label, model.api_key)
    if isinstance(error, ContextWindowOverflowException):
        return replace(
            fault,
            meaning="The instructions and the messages do not fit into what the model can read at once.",
            next_step="Choose fewer events, or a model with a larger context.",
        )
    if isinstance(error, MaxTokensReachedException):
        return replace(fault, next_step="Choose fewer events, or a model that may answer at greater length.")
    return fault


def _unusable(exchange: Exchange, model: ModelChoice) -> Fault:
    return Fault(
        "incomplete",
        None,
        None,
        "The model's answer cannot be used",
        f"In the step {exchange.step}, twice: {exchange.problem}. AWS would fail the extraction job, and "
        "make no record of this conversation.",
        "Read the answer below. Make the instructions shorter or plainer, or choose a larger model.",
        model.label,
        None,
    )


class _Bench:
    """One run: asks the model step by step, and keeps what was said."""

    def __init__(
        self,
        request: DryRunRequest,
        model: Model,
        near: Near,
        stopping: Callable[[], bool],
        tell: Callable[[str], object],
    ) -> None:
        self.request = request
        self.exchanges: list[Exchange] = []
        self.is_asking = False
        self._model = model
        self._near = near
        self._stopping = stopping
        self._tell = tell

    def ended(
        self, how: Literal["done", "failed", "stopped"], started: float, fault: Fault | None = None
    ) -> DryRun:
        seconds = time.monotonic() - started
        keyless = replace(self.request.model, api_key=None)  # a run is kept for another look, its key is not
        return DryRun(replace(self.request, model=keyless), how, (), tuple(self.exchanges), seconds, fault)

    def stored_near(self, text: str) -> Sequence[Row]:
        if self._stopping():
            raise Cancelled
        return self._near(text)

    def ask(self, step: StepName, given: str, read: Callable[[str], T]) -> T:
        """What `read` makes of the answer; a broken one is sent back once, with what is wrong with it."""
        system = prompts.system_prompt(self.request.kind, step, self.request.instructions[step])
        self.exchanges.append(Exchange(step, system, given))
        messages: Messages = [{"role": "user", "content": [{"text": given}]}]
        reply = self._reply(step, system, messages)
        try:
            return self._read(reply, read)
        except ContractBroken as broken:
            repair = prompts.REPAIR.format(problem=broken)
        messages += [
            {"role": "assistant", "content": [{"text": reply.text.strip() or "(nothing)"}]},
            {"role": "user", "content": [{"text": repair}]},
        ]
        try:
            return self._read(self._reply(f"{step}, second attempt", system, messages), read)
        except ContractBroken:
            raise _Unusable from None

    def _reply(self, doing: str, system: str, messages: Messages) -> Reply:
        self.is_asking = True
        reply = ask(
            self._model,
            system,
            messages,
            self._stopping,
            lambda heard: self._tell(f"{doing}, {heard:,} {'character' if heard == 1 else 'characters'}"),
        )
        self.is_asking = False
        exchange = self.exchanges[-1]
        self.exchanges[-1] = replace(exchange, replies=(*exchange.replies, reply))
        return reply

    def _read(self, reply: Reply, read: Callable[[str], T]) -> T:
        try:
            found = read(contracts.bare(reply.text))
        except ContractBroken as broken:
            self.exchanges[-1] = replace(self.exchanges[-1], problem=str(broken))
            raise
        self.exchanges[-1] = replace(self.exchanges[-1], problem=None)
        return found


# --- facts and preferences --------------------------------------------------------------------------


def _items(bench: _Bench) -> list[Proposal]:
    request = bench.request
    read = _READERS[request.kind]
    parts = [*_explaining(request.passage), written_out(request.passage.said, "conversation")]
    items = bench.ask("extraction", "\n".join(parts), lambda answer: contracts.memories(answer, read))
    if "consolidation" not in request.steps or not items:
        return [Proposal(_text(item)) for item in items]
    return _decided(bench, items, read)


def _explaining(passage: Passage) -> list[str]:
    """The block of what was said before, which explains and is not extracted from; none where nothing was."""
    return [written_out(passage.earlier, "earlier_conversation")] if passage.earlier else []


def _text(item: Item) -> str:
    """The text of the record that holds an item."""
    return str(item["fact"]) if "fact" in item else json.dumps(item, ensure_ascii=False)


def _decided(bench: _Bench, items: Sequence[Item], read: contracts.Read) -> list[Proposal]:
    """What becomes of each item, beside the stored records nearest to it. Ids are short ones in the prompt:
    models garble long ones."""
    near = [bench.stored_near(_statement(item)) for item in items]
    stored = {row["memoryRecordId"]: row for rows in near for row in rows}
    short = {record_id: f"M{number}" for number, record_id in enumerate(stored, start=1)}
    given = "\n".join(_compared(item, rows, short) for item, rows in zip(items, near, strict=True))
    decided = bench.ask(
        "consolidation",
        given,
        lambda answer: _matched(contracts.decisions(answer, read, short.values()), items),
    )
    behind = {name: stored[record_id] for record_id, name in short.items()}
    return [_proposal(item, decided.get(at), behind) for at, item in enumerate(items)]


def _statement(item: Item) -> str:
    return str(item.get("fact") or item["preference"])


def _compared(item: Item, near: Sequence[Row], short: Mapping[str, str]) -> str:
    lines = [f"[ID]={short[row['memoryRecordId']]} [MEMORY]={row['content']['text']}" for row in near]
    return "\n".join(
        ["<existing_memories>", *lines, "</existing_memories>", f"<new_memory>{_text(item)}</new_memory>"]
    )


def _matched(decisions: Sequence[Decision], items: Sequence[Item]) -> dict[int, Decision]:
    """Each decision with the item that it is about: of those that are left the one that shares most words."""
    if len(decisions) > len(items):
        raise ContractBroken("there are more decisions than new memories")
    found: dict[int, Decision] = {}
    for decision in decisions:
        said = words(_statement(decision.memory))
        left = [at for at in range(len(items)) if at not in found]
        found[max(left, key=lambda at: (len(said & words(_statement(items[at]))), -at))] = decision
    return found


def _proposal(item: Item, decision: Decision | None, behind: Mapping[str, Row]) -> Proposal:
    if decision is None:
        return Proposal(_text(item), "SkipMemory", note="The answer does not name it: it is skipped.")
    if decision.updated is None or decision.update_id is None:
        return Proposal(_text(item), decision.operation)
    return Proposal(_text(item), "UpdateMemory", behind[decision.update_id], _text(decision.updated))


# --- summaries --------------------------------------------------------------------------------------


def _summary(bench: _Bench) -> list[Proposal]:
    passage = bench.request.passage
    given = "\n".join(
        [
            "<global_summary></global_summary>",
            "<previous_detailed_summary></previous_detailed_summary>",
            *_explaining(passage),
            written_out(passage.said, "new_part"),
        ]
    )
    told = bench.ask("consolidation", given, contracts.summary)
    topics = [Proposal(_topic(name, text)) for name, text in told.topics]
    return [*topics, Proposal(_topic(_WHOLE, told.text))]


def _topic(name: str, text: str) -> str:
    return f'<topic name="{escape(name)}">\n{escape(text, quote=False)}\n</topic>'


# --- episodes ---------------------------------------------------------------------------------------


def _episodes(bench: _Bench) -> list[Proposal]:
    passage = bench.request.passage
    turns = in_turns(passage.said)
    parts = [written_out(turn, f"turn_{number}") for number, turn in enumerate(turns)]
    given = "\n".join([*_explaining(passage), *parts])
    told = bench.ask("extraction", given, lambda answer: contracts.episode_turns(answer, len(turns)))
    if "consolidation" not in bench.request.steps:
        return [Proposal(json.dumps(_turn(turn), ensure_ascii=False)) for turn in told]
    found = []
    for episode, has_ended in _cut(told):
        shown = [_turn(turn) for turn in episode]
        part = json.dumps(shown, ensure_ascii=False)
        whole = bench.ask(
            "consolidation", f"<conversation_turns>\n{part}\n</conversation_turns>", contracts.episode
        )
        text = json.dumps(whole | {"turns": shown}, ensure_ascii=False)
        found.append(Proposal(text, note=None if has_ended else _UNFINISHED))
    return found


def _turn(turn: Item) -> Item:
    """A turn with the members that it has in a stored record."""
    return {_MEMBERS.get(tag, tag): text for tag, text in turn.items()}


def _cut(told: Sequence[Item]) -> list[tuple[list[Item], bool]]:
    """The turns of each episode, and whether it has ended: after a turn that ends the user's matter."""
    episodes: list[tuple[list[Item], bool]] = []
    open_: list[Item] = []
    for turn in told:
        open_.append(turn)
        if turn["assessment_user"].lower().startswith("yes"):
            episodes.append((open_, True))
            open_ = []
    return [*episodes, (open_, False)] if open_ else episodes


_STEPS: dict[StrategyKindName, Callable[[_Bench], list[Proposal]]] = {
    "semantic": _items,
    "user_preference": _items,
    "summary": _summary,
    "episodic": _episodes,
}
