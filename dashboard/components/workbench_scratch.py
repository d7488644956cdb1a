"""The scratch memories that exist: what was replayed in each, another look, and removing them."""

from dataclasses import replace

import streamlit as st

from dashboard import format, resources, state, text, times
from dashboard.components import confirm, dialogs, notices, permissions
from dashboard.components.workbench_place import Place
from dashboard.state import Key
from services.faults import CALL_ERRORS
from services.tasks import Task
from services.workbench.replay import Replayed
from services.workbench.scratch import Scratch

_REMOVING = "remove-scratch"
_CHOSEN = "remove-scratch-id"
_REPLAY = "bench-replay"
"""Under this the session keeps the connection and the id of the replay that this browser has begun."""


def watch(run_id: str) -> None:
    """The replay that was begun here is shown, as long as the connection is the same."""
    st.session_state[_REPLAY] = (resources.connection().key, run_id)


def watched() -> Task[Replayed] | None:
    """The replay that this browser has begun at the live connection."""
    key, run_id = st.session_state.get(_REPLAY, ("", None))
    return resources.replay_task(run_id) if key == resources.connection().key else None


def _known() -> list[Scratch] | None:
    """The scratch memories; None where they cannot be listed, which `listed` explains."""
    try:
        return resources.scratch_memories()
    except CALL_ERRORS:
        return None


def replayed(memory_id: str) -> Replayed:
    """What a scratch memory holds, under the names that its sides had, and of which session, where that is
    known."""
    found = next((each for each in _known() or [] if each.memory_id == memory_id), None)
    about = found.note.about if found is not None and found.note is not None else None
    now = resources.replayed(memory_id, about)
    if not resources.is_replaying():
        return now
    return replace(now, settled=False, lacking=0)  # one that is being written has pauses


def exists(memory_id: str) -> bool:
    """Whether a scratch memory is there and stays, whoever may have removed it; yes if not known."""
    known = _known()
    return known is None or any(each.memory_id == memory_id and each.status != "DELETING" for each in known)


def listed(place: Place) -> None:
    """All of the connection, also those that a crash left behind."""
    found = resources.scratch_memories()
    if not found:
        st.caption("No scratch memory exists here.")
        return
    st.subheader(format.count(len(found), "scratch memory", "scratch memories"))
    st.caption(
        "They are memories like any other: they cost, and they count towards the account's quota. Remove "
        "them when you have seen enough; no copy is kept."
    )
    for scratch in found:
        _card(scratch)
    chosen = st.session_state.get(_CHOSEN)
    if chosen and dialogs.is_open(_REMOVING):
        _dialog(chosen)


def _card(scratch: Scratch) -> None:
    is_chosen = state.get(Key.SCRATCH) == scratch.memory_id
    with st.container(border=True, key=f"scratch-{scratch.memory_id}", gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"**{text.label(format.memory_name({'id': scratch.memory_id}))}**", width="stretch")
            st.button(
                "Shown above" if is_chosen else "Look",
                key=f"look-{scratch.memory_id}",
                icon=":material/visibility:",
                disabled=is_chosen or scratch.status != "ACTIVE",
                on_click=_look,
                args=(scratch.memory_id,),
            )
            st.button(
                "Remove…",
                key=f"remove-{scratch.memory_id}",
                icon=":material/delete:",
                disabled=scratch.status == "DELETING" or permissions.refused("DeleteMemory") is not None,
                on_click=_ask,
                args=(scratch.memory_id,),
            )
        with st.container(horizontal=True, gap="xsmall"):
            st.badge(text.label(scratch.status), color=format.status_color(scratch.status))
            times.badge(scratch.created_at, "Made")
            if scratch.note is not None:
                st.badge(text.label(scratch.note.who, 60), color="gray", icon=":material/person:")
        _about(scratch)


def _about(scratch: Scratch) -> None:
    about = scratch.note.about if scratch.note is not None else {}
    if not about:
        st.caption("Found by its name and tag; this dashboard's database does not know what is in it.")
        return
    labels = " and ".join(map(str, about.get("labels", [])))
    origin = f"Session {about.get('sessionId')} of {about.get('actorId')} from {about.get('memoryId')}"
    st.caption(text.label(f"{origin}: {labels}", 300))


def _look(memory_id: str) -> None:
    state.put(scratch=memory_id)


def _ask(memory_id: str) -> None:
    st.session_state[_CHOSEN] = memory_id
    dialogs.open_(_REMOVING)


@st.dialog("Remove this scratch memory", on_dismiss=dialogs.close)
def _dialog(memory_id: str) -> None:
    name = format.memory_name({"id": memory_id})
    if confirm.typed(
        f"{name} will be deleted with everything in it. No copy is kept: the session that was replayed stays "
        "where it is.",
        name,
        "Remove",
        key=f"remove-{memory_id}",
    ):
        with st.spinner("Deleting…"):
            resources.remove_scratch_memory(memory_id)
        if state.get(Key.SCRATCH) == memory_id:
            state.put(scratch=None)
        _forget_watched(memory_id)
        notices.leave(f"{name} is being deleted.")
        dialogs.close()
        st.rerun()


def _forget_watched(memory_id: str) -> None:
    """What was watched here of a memory that is removed is not shown again, nor why it failed."""
    task = watched()
    if task is None or not task.finished:
        return
    if task.result is None or task.result.memory_id == memory_id:
        del st.session_state[_REPLAY]
