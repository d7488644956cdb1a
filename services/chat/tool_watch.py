"""What the tools of the test agent do, as events of the turn; and the end of a model that calls on and on."""

import json
import time
from typing import Any

from strands import Agent
from strands.hooks import AfterToolCallEvent, BeforeToolCallEvent, HookProvider, HookRegistry
from strands.types.tools import ToolResult

from services.chat.turns import ToolAnswered, ToolCalled, ToolLimitReached, Turn

TOOL_CALLS_PER_TURN = 8
# One model call for each tool call, one more to hear that there are no further ones, one to answer.
MODEL_CALLS_PER_TURN = TOOL_CALLS_PER_TURN + 2
LIMIT_REACHED = (
    f"No more than {TOOL_CALLS_PER_TURN} tool calls are made for one answer. Answer with what you have."
)


class ToolWatch(HookProvider):
    """Reports each tool call and its result to the turn, and refuses those above the limit.

    A call of a tool that does not exist is reported too: its result says so, to the model and to the reader.
    """

    def __init__(self, turn: Turn) -> None:
        self.turn = turn
        self._running: dict[str, tuple[str, float]] = {}

    def register_hooks(self, registry: HookRegistry, **_: object) -> None:
        registry.add_callback(BeforeToolCallEvent, self.before_tool_call)
        registry.add_callback(AfterToolCallEvent, self.after_tool_call)

    def before_tool_call(self, event: BeforeToolCallEvent[Agent]) -> None:
        if len(self.turn.tool_calls) >= TOOL_CALLS_PER_TURN:
            event.cancel_tool = LIMIT_REACHED
            if not self.turn.tool_limit_reached:
                self.turn.append(ToolLimitReached(TOOL_CALLS_PER_TURN))
            return
        tool_use = event.tool_use
        call_id = str(len(self.turn.tool_calls) + 1)  # servers give the same id to several calls
        self._running[tool_use["toolUseId"]] = call_id, time.monotonic()
        self.turn.append(ToolCalled(tool_use["name"], _members(tool_use["input"]), call_id))

    def after_tool_call(self, event: AfterToolCallEvent[Agent]) -> None:
        running = self._running.pop(event.tool_use["toolUseId"], None)
        if running is None:  # refused above
            return
        call_id, began = running
        failed = event.result["status"] == "error"
        self.turn.append(ToolAnswered(call_id, result_text(event.result), time.monotonic() - began, failed))


def _members(given: Any) -> dict[str, Any]:
    """The arguments by name; what a model sent instead of an object is kept under the name `arguments`."""
    return dict(given) if isinstance(given, dict) else {"arguments": given}


def result_text(result: ToolResult) -> str:
    """What a tool gave back, as one text: its text blocks as they are, its JSON blocks as JSON."""
    return "\n".join(
        block["text"] if "text" in block else json.dumps(block["json"], ensure_ascii=False, default=str)
        for block in result["content"]
        if "text" in block or "json" in block
    )
