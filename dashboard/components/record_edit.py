"""One record edited, written by hand or deleted: a form, then exactly what will change, then the call."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from dashboard import faults, masking, resources, state, text
from dashboard.components import dialogs, differences, meanwhile, permissions, record_form, record_undo
from dashboard.components.record_form import KINDS
from services import frames
from services.errors import RecordChangedMeanwhile
from services.records.batches import ItemResult
from services.records.changes import RecordEdit, record_differences
from services.records.drafts import NO_STRATEGY, RecordDraft, personal_metadata

Row = dict[str, Any]
EDIT, CREATE, DELETE = "edit-record", "create-record", "delete-record"
_OPENED = "record-edit"
_OPENINGS = "openings-of-record-forms"
_SAVED = "saved-record"


@dataclass
class _Opened:
    """The record as it was when the form was opened; `meanwhile` is what somebody else made of it, `refused`
    the change that was not sent for that. Each version of the form has fields of its own."""

    record: Row
    version: int = 0
    meanwhile: RecordChangedMeanwhile | None = None
    refused: RecordEdit | None = None


def begin(name: str) -> None:
    """Opens a dialog of this module on a fresh reading; a button's `on_click`.

    Each opening has fields of its own: a browser gives those of a closed form back what was typed into them.
    """
    st.session_state.pop(_OPENED, None)
    st.session_state.pop(_SAVED, None)
    st.session_state[_OPENINGS] = _openings() + 1
    dialogs.open_(name)


def take_saved(record_id: str) -> Row | None:
    """The record as the editor has saved it since the last call; None where it saved nothing of this one."""
    saved: Row | None = st.session_state.pop(_SAVED, None)
    return saved if saved and saved["memoryRecordId"] == record_id else None


def _openings() -> int:
    found: int = st.session_state.get(_OPENINGS, 0)
    return found


def close() -> None:
    """Closes the dialog of this module that is open, and forgets what was typed into it."""
    st.session_state.pop(_OPENED, None)
    for key in [key for key in st.session_state if str(key).startswith(("record-edit-", "record-new-"))]:
        del st.session_state[key]
    dialogs.close()


def create_button() -> None:
    """The way to write a record by hand."""
    why = permissions.refused("BatchCreateMemoryRecords")
    st.button(
        "Write a record",
        icon=":material/add:",
        key="create-record",
        disabled=why is not None,
        help=why or "A memory written by hand, as an agent will be given it",
        on_click=begin,
        args=(CREATE,),
    )


def record_buttons(memory_id: str, record_id: str) -> None:
    """Edit and delete, for the record on screen."""

    def opened(name: str) -> None:
        if name == EDIT and masking.is_on():  # the form shows the text as it is
            resources.note_revealed(memory_id, record_id)
        begin(name)

    for label, icon, name, operation in (
        ("Edit", ":material/edit:", EDIT, "BatchUpdateMemoryRecords"),
        ("Delete", ":material/delete:", DELETE, "BatchDeleteMemoryRecords"),
    ):
        why = permissions.refused(operation)
        st.button(
            label,
            icon=icon,
            key=name,
            type="tertiary",
            disabled=why is not None,
            help=why,
            on_click=opened,
            args=(name,),
        )


def create_dialog(memory: Row) -> None:
    """Draws the dialog to write a record, if it is open."""
    if dialogs.is_open(CREATE):
        _create_dialog(memory)


def dialogs_of(memory: Row, record_id: str) -> None:
    """Draws whichever dialog about this record is open."""
    if dialogs.is_open(EDIT):
        _edit_dialog(memory, record_id)
    elif dialogs.is_open(DELETE):
        _delete_dialog(memory, record_id)


def _namespaces(memory: Row) -> list[str]:
    """Where a record may go: the namespaces that are known."""
    known, _, _ = resources.namespaces_to_browse(memory)
    return [each.namespace for each in known]


def _opened(memory_id: str, record_id: str) -> _Opened:
    found: _Opened | None = st.session_state.get(_OPENED)
    if found is None or found.record["memoryRecordId"] != record_id:
        found = _Opened(resources.memory_record_as_it_is(memory_id, record_id))
        st.session_state[_OPENED] = found
    return found


@st.dialog("Edit this record", width="large", on_dismiss=close)
def _edit_dialog(memory: Row, record_id: str) -> None:
    with faults.shown():
        opened = _opened(memory["id"], record_id)
        if opened.meanwhile:
            _changed_meanwhile(memory, opened, opened.meanwhile)
            return
        record = opened.record | {"metadata": personal_metadata(opened.record)}
        filled = record_form.fields(
            memory, record, _namespaces(memory), f"record-edit-{record_id}-{_openings()}-{opened.version}"
        )
        edit = RecordEdit(
            opened.record,
            filled.text,
            filled.namespaces,
            filled.strategy_id,
            filled.metadata,
            filled.timestamp,
            filled.expiry,
        )
        _preview(memory, opened, edit, list(filled.wrong))


def _preview(memory: Row, opened: _Opened, edit: RecordEdit, wrong: list[str]) -> None:
    """What will be different, what AWS would refuse, and the button."""
    with st.container(border=True, key="record-preview"):
        found = edit.differences(_names(memory))
        st.markdown("**What will change**" if found else "**Nothing is changed yet**")
        if not found:
            st.caption("What you change is shown here before it is sent.")
            record_form.say_problems(wrong)
            return
        differences.flat(found)
        for note in edit.notes(memory):
            st.caption(f":material/info: {text.label(note, 300)}")
    wrong += edit.problems()
    record_form.say_problems(wrong)
    refused = permissions.say("BatchUpdateMemoryRecords")
    if st.button(
        "Save", type="primary", icon=":material/save:", key="save-record", disabled=bool(wrong or refused)
    ):
        _save(memory, opened, edit)


def _save(memory: Row, opened: _Opened, edit: RecordEdit) -> None:
    try:
        with st.spinner("Saving…"):
            result = resources.save_record(memory["id"], edit)
    except RecordChangedMeanwhile as changed:
        opened.meanwhile, opened.refused = changed, edit
        st.rerun()
    if not result.ok:
        _say_failed(result)
        return
    if state.page() == "review":  # there the next record comes, and Undo stands above it
        st.session_state[_SAVED] = edit.after()
    else:
        resources.record_changed(memory["id"], edit.after())
        record_undo.leave(
            "The record was changed. What it was before is in its history.", opened.record["memoryRecordId"]
        )
    close()
    st.rerun()


def _say_failed(result: ItemResult) -> None:
    unknown = result.error_code == "Unknown"
    st.error(
        "It is not known whether this was carried out: no answer came. Look at the record again."
        if unknown
        else "This was not carried out.",
        icon=":material/error:",
    )
    text.plain(result.error_message or "No reason was given.")


def _changed_meanwhile(memory: Row, opened: _Opened, changed: RecordChangedMeanwhile) -> None:
    """Says what somebody else changed, and offers the form on top of that."""
    now = changed.record
    if now is None:
        st.error("Somebody deleted this record while the form was open.", icon=":material/sync_problem:")
        text.plain("Nothing of yours was sent. If it was deleted here, the trash has it.")
        _not_sent(memory, opened)
        return
    found = [each for each in record_differences(opened.record, now, _names(memory)) if each.differs]
    meanwhile.show(
        "record", found, lambda: _start_again(opened, now), key="take-new-record", draw=differences.flat
    )
    _not_sent(memory, opened)


def _not_sent(memory: Row, opened: _Opened) -> None:
    """What was written into the form, which the form anew does not have any more."""
    edit = opened.refused
    if edit is None:
        return
    with st.container(border=True, key="record-not-sent"):
        st.markdown("**What you had changed**")
        differences.flat(edit.differences(_names(memory)))
        if edit.text != opened.record["content"]["text"]:
            st.caption("Your text, to copy:")
            st.code(text.visible(edit.text), language=None, wrap_lines=True)


def _start_again(opened: _Opened, now: Row) -> None:
    st.session_state[_OPENED] = _Opened(now, opened.version + 1)


def _names(memory: Row) -> dict[str, str]:
    return {row["strategyId"]: row["name"] for row in memory.get("strategies", [])}


@st.dialog("Write a record", width="large", on_dismiss=close)
def _create_dialog(memory: Row) -> None:
    with faults.shown():
        kind = st.segmented_control(
            "What it is", KINDS, default=KINDS[0], key="record-new-kind", required=True
        )
        empty: Row = {
            "content": {"text": ""},
            "memoryStrategyId": NO_STRATEGY,
            "timestamp": _begun(),
            "namespaces": [],
        }
        filled = record_form.fields(
            memory, empty, _namespaces(memory), f"record-new-{kind}-{_openings()}", kind=kind
        )
        days = filled.expiry if isinstance(filled.expiry, int) else None
        draft = RecordDraft(
            filled.text, filled.namespaces, filled.strategy_id, filled.metadata, filled.timestamp, days
        )
        st.caption("No strategy extracts from it; agents are given it at once.")
        wrong = [*filled.wrong, *draft.problems()] if filled.text else ["There is nothing to write yet."]
        refused = permissions.say("BatchCreateMemoryRecords")
        # A field hands over its content when it is left, perhaps by this very click: so nothing disables the
        # button for what is in the fields, and what is wrong with them stands below, where it cannot move it.
        pressed = st.button(
            "Write it", type="primary", icon=":material/save:", key="write-record", disabled=bool(refused)
        )
        record_form.say_problems(wrong if filled.text or pressed else [])
        if pressed and not wrong:
            _write(memory, draft)


def _begun() -> datetime:
    """When the form was opened, to the second."""
    now = datetime.now(UTC).replace(microsecond=0)
    moment: datetime = st.session_state.setdefault("record-new-begun", now)
    return moment


def _write(memory: Row, draft: RecordDraft) -> None:
    with st.spinner("Writing…"):
        result = resources.create_record(memory["id"], draft)
    if not result.ok:
        _say_failed(result)
        return
    said = result.error_message if result.lacks_metadata else None
    record_undo.leave(said or "The record was written.", str(result.record_id))
    close()
    state.put(record=result.record_id)
    st.rerun()


@st.dialog("Delete this record", on_dismiss=close)
def _delete_dialog(memory: Row, record_id: str) -> None:
    with faults.shown():
        opened = _opened(memory["id"], record_id)
        st.caption("Agents are not given it any more. The events that it came from stay.")
        with st.container(border=True, key="record-to-delete"):
            text.plain(frames.one_line_of(opened.record), limit=600)
        days = resources.trash_days()
        st.caption(
            f"It is kept in the trash for {days} days. Restored, it has a new id and its old timestamp."
        )
        refused = permissions.say("BatchDeleteMemoryRecords")
        if st.button(
            "Delete",
            type="primary",
            icon=":material/delete:",
            key="really-delete-record",
            disabled=bool(refused),
        ):
            result = resources.delete_record(memory["id"], record_id)
            if not result.ok:
                _say_failed(result)
                return
            record_undo.leave("The record was deleted. It is in the trash.", record_id)
            close()
            state.put(record=None)
            st.rerun()
