"""The address book of memory ids: AWS lists none, so they come from chats, by hand, or from a file."""

import streamlit as st

from dashboard import faults, format, state, text, times
from dashboard.components import notices, permissions
from dashboard.resources import agents as bedrock
from services.authorization import KEEP_ADDRESS_BOOK
from services.workspace.agent_memories import Address, Home, ids_in_file

MOST_SHOWN = 50
LARGEST_FILE = 5_000_000
_SOURCES = {"chat": "from a chat", "hand": "written by hand", "file": "from a file", "tour": "from the tour"}


def popover(where: Home) -> None:
    """The button that opens the book of an alias."""
    known = bedrock.addresses(where)
    opened = st.popover(
        f"Address book ({len(known)})", icon=":material/contacts:", key="address-book", on_change="rerun"
    )
    if opened.open:
        with opened, faults.shown():
            st.caption(
                "AWS has no call that lists memory ids. Known are those of chats here, and those added here."
            )
            if not permissions.say(KEEP_ADDRESS_BOOK):
                _add(where)
            _list(where, known)


def _add(where: Home) -> None:
    typed = st.text_area("Memory ids, one a line", key="address-typed", height=80, placeholder="TST_MEM_ID")
    file = st.file_uploader(
        "Or a file: CSV with a column memoryId, or one id a line",
        type=["csv", "txt"],
        key="address-file",
        max_upload_size=5,
    )
    content, origin = (typed or "", "hand")
    if file is not None:
        content, origin = file.getvalue()[:LARGEST_FILE].decode("utf-8-sig", "replace"), "file"
    found, wrong = ids_in_file(content)
    if wrong:
        example = text.label(wrong[0] or "an empty one", 60)
        st.caption(
            f":red[Not read: {format.count(len(wrong), 'line')}, such as {example}. A memory id has 2 to 100 "
            "letters, digits and . \\_ : -]"
        )
    # Never disabled: leaving the field and the click arrive together.
    if st.button("Add to the address book", key="address-add", icon=":material/add:"):
        if not found:
            st.caption("There is no memory id to add.")
            return
        new = bedrock.add_addresses(where, found, "file" if origin == "file" else "hand")
        state.put(memory_id=found[0])
        notices.leave(f"{format.count(new, 'new memory id')} in the address book.")
        st.rerun()


def _list(where: Home, known: list[Address]) -> None:
    why = permissions.refused(KEEP_ADDRESS_BOOK)
    for address in known[:MOST_SHOWN]:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(text.label(address.memory_id, 100), width="content")
            st.caption(_SOURCES.get(address.source, ""), width="content")
            times.ago(address.at)
            st.button(
                "Forget",
                key=f"address-forget-{address.memory_id}",
                type="tertiary",
                disabled=why is not None,
                help=why or "Only here: what AWS keeps of it stays",
                on_click=_forget,
                args=(where, address.memory_id),
            )
    if len(known) > MOST_SHOWN:
        st.caption(f"The first {MOST_SHOWN} of {len(known):,}.")


def _forget(where: Home, memory_id: str) -> None:
    with faults.shown():
        bedrock.remove_address(where, memory_id)
        state.put(memory_id=None)
