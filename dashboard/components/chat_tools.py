"""What an agent did before it answered: memory that it searched, tools that it called, each in one line.

A line opens to what the tool was given and what it gave back.
"""

import json

import streamlit as st

from dashboard import format, text
from services.chat.messages import MEMORY_TOOL
from services.chat.turns import MemoriesRetrieved, ToolCall, ToolCalled, Turn

TOOL_ICON = ":material/build:"
FAILED_ICON = ":material/error:"
LONGEST_RESULT = 4_000


def steps(turn: Turn) -> None:
    """The steps in their order, as far as they are known."""
    calls = {call.called.id: call for call in turn.tool_calls}
    for event in turn.events():
        if isinstance(event, MemoriesRetrieved):
            _search(event)
        elif isinstance(event, ToolCalled):
            _call(turn, calls[event.id])
    if (limit := turn.tool_limit_reached) is not None:
        st.caption(
            f":material/block: Stopped after {format.count(limit.calls, 'tool call')}: the model wanted "
            "more, and no more are made for one answer."
        )


def stored(body: str, key: str) -> None:
    """A tool's message of an event: its first line says what was called, the others what came of it."""
    called, _, result = body.partition("\n")
    if not result:
        text.plain(body, limit=LONGEST_RESULT)
        return
    with st.expander(text.label(called, 120), type="compact", key=f"chat-stored-tool-{key}"):
        _result(result)


def _search(event: MemoriesRetrieved) -> None:
    found = format.count(len(event.records), "record")
    st.caption(
        f":material/search: Searched memory for “{text.label(event.query, 120)}”: "
        f"{found} in {format.seconds(event.seconds)}"
    )


def _call(turn: Turn, call: ToolCall) -> None:
    answered = call.answer
    searches = call.called.name == MEMORY_TOOL and call.called.input.get("action") == "retrieve"
    if searches and (answered is None or not answered.failed):
        return  # it has a line of its own
    if answered is None:
        ended = "no result" if turn.done else ":shimmer[running…]"
        st.caption(f"{TOOL_ICON} {_named(call)} · {ended}")
        return
    ended = f"failed after {format.seconds(answered.seconds)}" if answered.failed else ""
    with st.expander(
        f"{_named(call)} · {ended or format.seconds(answered.seconds)}",
        icon=FAILED_ICON if answered.failed else TOOL_ICON,
        type="compact",
        key=f"chat-tool-{turn.token}-{call.called.id}",
    ):
        if call.called.input:
            st.caption("Given")
            _code(json.dumps(call.called.input, ensure_ascii=False, indent=2, default=str))
        st.caption("The model was told" if answered.failed else "Result")
        _result(answered.text)


def _named(call: ToolCall) -> str:
    """`Book flight: PL641, 2026-11-22, window`."""
    given = ", ".join(str(value) for value in call.called.input.values())
    name = call.called.name.replace("_", " ")
    return text.label(f"{name[:1].upper()}{name[1:]}{f': {given}' if given else ''}", 110)


def _result(body: str) -> None:
    """A result's text, and the JSON that follows on it."""
    lines = body.splitlines()
    data = next((number for number, line in enumerate(lines) if line.startswith(("{", "["))), len(lines))
    if words := "\n".join(lines[:data]).strip():
        text.plain(words, limit=LONGEST_RESULT)
    if data < len(lines):
        _code("\n".join(lines[data:]))


def _code(body: str) -> None:
    shown = text.visible(body)
    st.code(shown[:LONGEST_RESULT], language="json", wrap_lines=True)
    if len(shown) > LONGEST_RESULT:
        st.caption(f"The first {LONGEST_RESULT:,} of {len(shown):,} characters.")
