"""The exact text that the model was given for an answer: noted when it was called, not put together again."""

import json

import streamlit as st

from dashboard import format, text
from services.chat.turns import ModelAsked, Row, Turn

LONGEST_BLOCK = 8_000
SAYERS = {"user": "User", "assistant": "Assistant"}


def show(turn: Turn, key: str) -> None:
    """Folded away; what is inside is drawn once it is opened, for it can be long."""
    asked = turn.asked
    if not asked:
        return
    size = sum(len(block) for call in asked for _, block in _blocks(call))
    calls = "" if len(asked) == 1 else f" · {len(asked)} calls"
    folded = st.expander(
        f"What the model was given{calls} · {format.count(size, 'character')}",
        icon=":material/description:",
        key=f"chat-prompt-{key}",
        on_change="rerun",
    )
    if folded.open:
        with folded:
            for number, call in enumerate(asked, start=1):
                _call(call, number, len(asked), already=asked[number - 2] if number > 1 else None)


def _call(call: ModelAsked, number: int, calls: int, already: ModelAsked | None) -> None:
    """One call of the model; of the second and later ones what came in addition."""
    if calls > 1:
        st.markdown(f"**Call {number} of {calls}**")
    blocks = _blocks(call)
    if already is not None:
        known = _blocks(already)
        if blocks[: len(known)] == known:
            st.caption("The same as before, and:")
            blocks = blocks[len(known) :]
    for title, body in blocks:
        st.caption(title)
        st.code(text.visible(body)[:LONGEST_BLOCK], language=None, wrap_lines=True)
        if len(body) > LONGEST_BLOCK:
            st.caption(f"The first {LONGEST_BLOCK:,} of {len(body):,} characters.")
    if already is None and call.tools:
        st.caption(f"Tools that it could call: {text.label(', '.join(call.tools), 400)}")


def _blocks(call: ModelAsked) -> list[tuple[str, str]]:
    """Everything in the order in which it was sent, as (who, text)."""
    system = [("System prompt", call.system)] if call.system else []
    messages = [
        (_title(message["role"], block), _body(block))
        for message in call.messages
        for block in message["content"]
    ]
    return system + messages


def _title(role: str, block: Row) -> str:
    if "toolResult" in block:
        return "Result of a tool"
    return f"{SAYERS.get(role, role)}{' calls a tool' if 'toolUse' in block else ''}"


def _body(block: Row) -> str:
    """A content block as it is sent: text as it is, the rest as JSON."""
    if "text" in block:
        return str(block["text"])
    if "toolResult" in block:
        return "\n".join(_body(part) for part in block["toolResult"]["content"])
    return json.dumps(block.get("toolUse", block), ensure_ascii=False, indent=2, default=str)
