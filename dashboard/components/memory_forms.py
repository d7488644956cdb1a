"""Creating a memory, adding a strategy to one, deleting one: the dialogs of the Memories page."""

from typing import Any

import streamlit as st

from dashboard import faults, format, resources, state, text
from dashboard.components import confirm, dialogs, notices, problems
from services import namespaces
from services.memories import STRATEGY_KINDS, MemoryDraft, StrategyDraft, StrategyKindName
from services.memory_deletion import MemoryDeletion

Row = dict[str, Any]
# Most copies are written by then, and the progress of the others is looked at this often.
FIRST_LOOK_SECONDS = 2.0
LOOK_SECONDS = 1.0
_DELETION = "memory-deletion"
BUILT_IN: tuple[StrategyKindName, ...] = ("semantic", "user_preference", "summary", "episodic")


@st.dialog("Create a memory", width="large", on_dismiss=dialogs.close)
def create_dialog() -> None:
    """Name, expiry and strategies, checked as they are typed; nothing is sent before all of it is valid."""
    with faults.shown():
        draft = _memory_draft()
        wrong = draft.problems()
        if draft.name:
            problems.show(wrong)
        if st.button(
            "Create memory",
            type="primary",
            icon=":material/add:",
            disabled=bool(wrong),
            key="create-memory",
        ):
            with st.spinner("Creating…"):
                created = resources.create_memory(draft)
            state.put(memory=created["id"])
            dialogs.close()
            st.rerun()


def _memory_draft() -> MemoryDraft:
    name = st.text_input(
        "Name",
        key="create-name",
        live=True,
        placeholder="CustomerSupportMemory",
        help="Letters, digits and _",
    )
    description = st.text_input("Description", key="create-description", placeholder="Optional")
    expiry = st.slider(
        "Keep events for",
        7,
        365,
        90,
        format="%d days",
        key="create-expiry",
        help="Fixed per event when it is stored",
    )
    kinds = st.pills(
        "Long-term strategies",
        BUILT_IN,
        selection_mode="multi",
        format_func=lambda kind: STRATEGY_KINDS[kind].label,
        key="create-strategies",
        help="None chosen: short-term memory only. You can add strategies later.",
    )
    strategies = [_strategy_fields(kind, f"create-{kind}") for kind in kinds]
    if not kinds:
        st.caption("No strategy: the memory stores events and extracts nothing from them.")
    return MemoryDraft(
        name=name.strip(),
        description=description.strip() or None,
        event_expiry_days=expiry,
        strategies=tuple(strategies),
    )


def _strategy_fields(kind: StrategyKindName, key: str) -> StrategyDraft:
    """The fields of one strategy, with its namespace template checked as it is typed."""
    defaults = STRATEGY_KINDS[kind]
    with st.container(border=True, key=f"{key}-fields"):
        st.markdown(f"**{defaults.label}**")
        st.caption(defaults.description)
        name = st.text_input("Strategy name", defaults.default_name, key=f"{key}-name", live=True)
        template = st.text_input(
            "Namespace template",
            defaults.default_template,
            key=f"{key}-template",
            live=True,
            help="Placeholders: {actorId}, {sessionId}, {memoryStrategyId}",
        )
        _show_template_check(kind, template)
    return StrategyDraft(kind=kind, name=name.strip(), namespace_template=template.strip())


def _show_template_check(kind: StrategyKindName, template: str) -> None:
    found = namespaces.check_template(kind, template.strip())
    wrong = [problem.text for problem in found if problem.severity == "error"]
    problems.show(wrong)
    problems.show((problem.text for problem in found if problem.severity == "warning"), "orange")
    if wrong:
        return
    example = namespaces.resolve_template(template.strip(), "alice", "session-1", "Strategy-a1B2c3D4e5")
    st.caption("For actor alice in session-1, records go to")
    text.identifier(example)


@st.dialog("Add a strategy", width="large", on_dismiss=dialogs.close)
def add_strategy_dialog(memory: Row) -> None:
    """One more strategy for an existing memory, with the note that nothing earlier is extracted."""
    with faults.shown():
        kind = st.segmented_control(
            "Strategy",
            BUILT_IN,
            default=BUILT_IN[0],
            format_func=lambda kind: STRATEGY_KINDS[kind].label,
            key="add-kind",
            required=True,
        )
        draft = _strategy_fields(kind, f"add-{kind}")
        wrong = draft.problems()
        problems.show(wrong)
        st.info(
            "Only events stored after the strategy is ACTIVE are extracted. "
            "Conversations stored earlier stay in short-term memory and produce no records.",
            icon=":material/info:",
        )
        if st.button(
            "Add strategy", type="primary", icon=":material/add:", disabled=bool(wrong), key="add-strategy"
        ):
            with st.spinner("Adding…"):
                resources.add_strategy(memory["id"], draft)
            dialogs.close()
            st.rerun()


def _dismissed() -> None:
    """Closing the dialog is no consent: what is being copied is not deleted, unless AWS was asked already."""
    deletion = _deletion()
    if deletion:
        deletion.stop()
        deletion.wait(FIRST_LOOK_SECONDS)
        if deletion.copy_id:
            _leave_notice(deletion)
    _close_deletion()


@st.dialog("Delete this memory", width="large", on_dismiss=_dismissed)
def delete_dialog(memory: Row) -> None:
    """Deletes a memory after its name was typed; its configuration, events and records are saved first."""
    with faults.shown():
        place = st.empty()
        deletion = _deletion()
        if deletion is None:
            with place.container():
                if not _confirmed(memory):
                    return
            deletion = resources.start_deleting_memory(memory["id"])
            st.session_state[_DELETION] = deletion
            # An element first: a container in place of a container would keep its children on screen.
            place.markdown(":shimmer[A copy is made before anything is deleted.]")
            deletion.wait(FIRST_LOOK_SECONDS)
        with place.container():
            ticking = not deletion.finished
            st.fragment(_progress, run_every=LOOK_SECONDS if ticking else None)(deletion, ticking=ticking)


def _confirmed(memory: Row) -> bool:
    name = format.memory_name(memory)
    return confirm.typed(
        f"{name} will be deleted with all its events and memory records. Agents that use it will fail. "
        "AWS can't bring it back; a copy of its configuration, events and records is saved here first.",
        name,
        "Delete memory",
        key=f"delete-{memory['id']}",
    )


def _deletion() -> MemoryDeletion | None:
    """The deletion that this dialog has begun."""
    deletion: MemoryDeletion | None = st.session_state.get(_DELETION)
    return deletion


@faults.shown()
def _progress(deletion: MemoryDeletion, *, ticking: bool) -> None:
    """How far the copy is; when it has ended, how. Ends the ticking then."""
    if deletion.copy_id:
        _leave_notice(deletion)
        _close_deletion()
        st.rerun()
    if deletion.error:
        if ticking:
            st.rerun()
        faults.show(deletion.error)
        if st.button("Close", key="close-deletion"):
            _close_deletion()
            st.rerun()
        return
    copied = f"{deletion.copied} saved so far" if deletion.copied else "reading the memory"
    st.markdown(f":shimmer[A copy is made before anything is deleted: {copied}.]")
    st.button(
        "Stopping…" if deletion.stopping else "Stop, delete nothing",
        icon=":material/stop_circle:",
        key="stop-deletion",
        disabled=deletion.stopping,
        on_click=deletion.stop,
    )


def _leave_notice(deletion: MemoryDeletion) -> None:
    name = deletion.memory_id.rpartition("-")[0]
    notices.leave(f"{name} is being deleted. A copy was saved as {deletion.copy_id}: see Saved copies.")
    state.put(memory=None)


def _close_deletion() -> None:
    st.session_state.pop(_DELETION, None)
    dialogs.close()
