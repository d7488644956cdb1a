"""Making a deleted memory again from its copy."""

import streamlit as st

from dashboard import resources, state, text
from dashboard.components import dialogs, notices, permissions, work
from services.memory.rebuilding import Rebuilt
from services.workspace.copies import Copy

_CHOSEN = "rebuild-copy"


def offer(copy: Copy) -> None:
    """The button for the copy of a memory, or what became of it."""
    if copy.restored_at is not None:
        st.caption(f"Made again as {text.label(copy.restored_as or '')}")
        return
    st.button(
        "Go on making it again" if copy.restored_as else "Make it again",
        icon=":material/undo:",
        key=f"rebuild-{copy.copy_id}",
        on_click=_open,
        args=(copy.copy_id, copy.resource.rpartition("-")[0] or copy.resource),
        disabled=permissions.refused("CreateMemory") is not None,
    )


def _open(copy_id: str, name: str) -> None:
    st.session_state["saved-copies"] = False  # the list would lie over the dialog
    st.session_state[_CHOSEN] = copy_id
    st.session_state["rebuild-name"] = name
    dialogs.open_("rebuild")


@st.dialog("Make this memory again", width="large", on_dismiss=dialogs.close)
def dialog() -> None:
    """Says what comes back and what not, asks for the name, and shows how far it is."""
    copy_id = st.session_state.get(_CHOSEN, "")
    about = f"rebuild {copy_id}"
    if work.progress(about, "Making the memory again", _ended):
        return
    text.plain(
        "A new memory gets the same settings and strategies, every event (without extracting it a second "
        "time) and every record, with their times. All ids are new: the memory's, its strategies', those of "
        "events and records. Agents have to be told the new memory id. If it is stopped, it can go on later."
    )
    name = st.text_input("Name", key="rebuild-name")
    problem = resources.rebuilding_problem(name)
    if problem:
        st.caption(text.label(problem, 200))
    if st.button(
        "Make it again", type="primary", icon=":material/undo:", key="rebuild-now", disabled=bool(problem)
    ):
        resources.start_rebuilding(about, copy_id, name)
        st.rerun()


def _ended(made: object) -> None:
    if isinstance(made, Rebuilt):
        records = sum(each.ok for each in made.records) + made.records_there
        lost = f", {len(made.failed):,} records could not be written" if made.failed else ""
        bare = sum(each.lacks_metadata for each in made.records)
        lost += f", of which {bare:,} may lack metadata" if bare else ""
        notices.leave(
            f"Made again as {made.memory_id}: {made.events + made.events_there:,} events, {records:,} "
            f"records{lost}. All ids are new."
        )
        state.put(memory=made.memory_id)
    dialogs.close()
