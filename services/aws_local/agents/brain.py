"""What thinks for an agent: one prompt with tools in, a text or calls of tools out, as in Converse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True)
class Citation:
    """A part of an answer that stands in the summary of an earlier session."""

    start: int
    end: int
    session_id: str
    excerpt: str


@dataclass(frozen=True)
class Reply:
    """What came of a prompt. `asks`: the text asks the user for something that is needed to go on."""

    text: str = ""
    tool_uses: tuple[dict[str, Any], ...] = ()
    rationale: str = ""
    usage: dict[str, int] = field(default_factory=lambda: {"inputTokens": 0, "outputTokens": 0})
    citations: tuple[Citation, ...] = ()
    asks: bool = False

    def message(self) -> dict[str, Any]:
        """The assistant's message."""
        text = [{"text": self.text}] if self.text else []
        return {"role": "assistant", "content": [*text, *({"toolUse": use} for use in self.tool_uses)]}


@dataclass(frozen=True)
class Prompt:
    """One step of a conversation: `tools` as Converse's `toolConfig.tools`, `model_id` the agent's own."""

    system: str
    messages: Sequence[dict[str, Any]]
    tools: Sequence[dict[str, Any]]
    model_id: str


class Brain(Protocol):
    """Answers prompts; ServiceError where it cannot."""

    @property
    def name(self) -> str:
        """What GET /healthz says of it."""

    def model_id(self, own: str) -> str:
        """What answers an agent whose foundation model is `own`, as traces name it."""

    def reply(self, prompt: Prompt) -> Reply:
        """The next message of the assistant."""

    def summary(self, messages: Sequence[dict[str, Any]], model_id: str) -> str:
        """The summary of a conversation, in the `<summary><topic …>` shape."""
