"""What an agent's model is told: instruction, memory, session attributes. It is what traces show.

The memory stands in `<memory_synopsis>`, each session's summary with its id and date, as the placeholder
`$memory_content$` of the default orchestration template expands (Bedrock user guide, "prompt placeholders").
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from services.aws_local.agents.agents import Snapshot
from services.aws_local.storage.store import Row

_MEMORY_GUIDELINE = """\
You will ALWAYS follow the below guidelines to leverage your memory and think beyond the current session:
- The memory synopsis below holds summaries of previous conversations with this user, the latest last.
- Where it answers a question of the user, answer from it.
- Before you call a function with a value that you know from memory only, tell the user what you recall
  ("I recall from previous conversation that you…") and ask for confirmation."""
_ATTRIBUTES = "Attributes of this request, which the user may not see:"


def system_prompt(snapshot: Snapshot, remembered: Sequence[Row], attributes: dict[str, str]) -> str:
    """The system prompt of a step; `remembered` are summaries, newest first."""
    parts = [str(snapshot["agent"].get("instruction", "")).strip()]
    if "memoryConfiguration" in snapshot["agent"]:
        parts += [_MEMORY_GUIDELINE, synopsis(remembered)]
    if attributes:
        lines = [f"- {name}: {value}" for name, value in sorted(attributes.items())]
        parts.append("\n".join([_ATTRIBUTES, "<prompt_session_attributes>", *lines]))
        parts[-1] += "\n</prompt_session_attributes>"
    return "\n\n".join(parts)


def synopsis(remembered: Sequence[Row]) -> str:
    """The memory as the prompt has it, oldest first."""
    sessions = [
        "\n".join([_opening(each["session_id"], each["started_ms"]), each["summary"], "</session>"])
        for each in reversed(remembered)
    ]
    return "\n".join(["<memory_synopsis>", *sessions, "</memory_synopsis>"])


def _opening(session_id: str, at_ms: int) -> str:
    date = datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d")
    return f'<session id="{session_id}" date="{date}">'


def as_traced(system: str, messages: Sequence[dict[str, Any]]) -> str:
    """The prompt as `modelInvocationInput.text` shows it: JSON in a string."""
    told = [{"role": each["role"], "content": _content(each["content"])} for each in messages]
    return json.dumps({"system": system, "messages": told}, ensure_ascii=False)


def _content(blocks: Sequence[dict[str, Any]]) -> Any:
    if all("text" in block for block in blocks):
        return "\n".join(block["text"] for block in blocks)
    return list(blocks)
