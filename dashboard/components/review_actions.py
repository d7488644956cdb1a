"""Deciding about a record, by button or key: approve, fix, reject, skip, take back.

Each button is of one record, and so is its key: what is pressed before the browser has drawn the next record
counts for the one that was on screen. Where that is decided about by then, the page says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from dashboard import faults, format, masking, resources, state, text
from dashboard.components import dialogs, record_edit, review_keys, review_rejecting, review_undo
from dashboard.state import Key
from services.review import reviews
from services.review.queue import Queue, Waiting
from services.review.reviews import Done, Standing, content_fingerprint
from services.workspace.reviews import Decided, Rejecting, State, Verdict

Row = dict[str, Any]
_TAKEN = "review-taken"
_ASSIGNED = "review-assigned"
_FIXING = "review-fixing"
_DIALOGS = (record_edit.EDIT, review_rejecting.DIALOG)


@dataclass(frozen=True)
class Place:
    """The record that is decided about, and which come before and after it in the queue."""

    memory_id: str
    record: Row
    standing: Standing
    before: str | None
    after: str | None

    @property
    def record_id(self) -> str:
        return str(self.record["memoryRecordId"])


def place_of(memory: Row, record: Row, standing: Standing, queue: Queue, *, settled: bool) -> Place:
    """Where a record is in the queue; while that is not `settled`, the first of it comes next."""
    number = queue.place(record["memoryRecordId"])
    ids = [each.record_id for each in queue.records]
    if number is None:
        return Place(memory["id"], record, standing, None, ids[0] if ids else None)
    before = ids[number - 1] if number else None
    after = ids[number + 1] if number + 1 < len(ids) else None
    if not settled and number:
        after = ids[0]
    return Place(memory["id"], record, standing, before, after)


def show(place: Place) -> None:
    """The buttons, each with its key on it, and what is said with the decision."""
    allowed = reviews.may_review()
    review_rejecting.close_unless_about(place.record_id)
    # What is pressed while a dialog is open is meant for that, not for the record behind it.
    may = allowed and not any(dialogs.is_open(each) for each in _DIALOGS)

    def reject(rejecting: Rejecting) -> bool:
        return _decide(place, "rejected", rejecting)

    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="review-decisions"):
        _decision("Approve", "approve", "approved", place, may=may, icon=":material/check:", main=True)
        _fix(place, may=may)
        review_rejecting.button(place.memory_id, place.record_id, reject, may=may)
        _decision("Skip", "skip", "skipped", place, may=may, icon=":material/redo:")
        review_undo.button(place.memory_id, may=may)
    if allowed:
        _said(place)
    else:
        st.caption("Deciding is for curators and admins.")
    _taken(place)
    review_rejecting.dialog(place.memory_id, reject)


def _decision(
    label: str, name: str, verdict: State, place: Place, *, may: bool, icon: str, main: bool = False
) -> None:
    def decide() -> None:
        if _is_for_the_record():
            _decide(place, verdict)

    st.button(
        label,
        key=review_keys.of(name, place.record_id),
        type="primary" if main else "secondary",
        icon=icon,
        shortcut=review_keys.KEYS[name],
        disabled=not may,
        on_click=decide,
    )


def _fix(place: Place, *, may: bool) -> None:
    st.button(
        "Fix",
        key=review_keys.of("fix", place.record_id),
        icon=":material/edit:",
        shortcut=review_keys.KEYS["fix"],
        disabled=not may,
        help="Opens the editor; the record counts as fixed once it is saved",
        on_click=_open_editor,
        args=(place,),
    )


def moves(place: Place) -> None:
    """The ways to the record before and the one after, without deciding."""
    _move(place, "Previous", place.before, "back", ":material/arrow_back:")
    _move(place, "Next", place.after, "next", ":material/arrow_forward:")


def _move(place: Place, label: str, record_id: str | None, name: str, icon: str) -> None:
    st.button(
        label,
        key=review_keys.of(name, place.record_id),
        type="tertiary",
        icon=icon,
        shortcut=review_keys.KEYS[name],
        disabled=record_id is None,
        on_click=state.go_on,
        args=(Key.REVIEWING, record_id),
    )


def _is_for_the_record() -> bool:
    """Whether a key was for the record: one that comes after a dialog was opened was for that."""
    if not any(dialogs.is_open(each) for each in _DIALOGS):
        return True
    review_keys.tell("A dialog was just opening, so the record was not decided about.")
    return False


def _said(place: Place) -> None:
    """Why, in words, and for whom: kept with the decision."""
    grid = st.grid(10, min_column_width=38, gap="small")
    reasons = [*dict.fromkeys(each for group in reviews.REASONS.values() for each in group)]
    with grid.cell(column_span=3):
        st.selectbox(
            "Reason",
            reasons,
            index=None,
            key=review_keys.of("reason", place.record_id),
            placeholder="Reason (optional)",
            label_visibility="collapsed",
        )
    with grid.cell(column_span=4):
        st.text_input(
            "Comment",
            key=review_keys.of("comment", place.record_id),
            placeholder="Comment (optional)",
            label_visibility="collapsed",
            max_chars=reviews.LONGEST_COMMENT,
        )
    with grid.cell(column_span=3):
        widget = review_keys.of("assignee", place.record_id)
        st.session_state.setdefault(widget, place.standing.assignee or "")
        st.text_input(
            "Assigned to",
            key=widget,
            placeholder="Assign to (name)",
            label_visibility="collapsed",
            max_chars=reviews.LONGEST_NAME,
            disabled=place.standing.state != "unreviewed",
            on_change=_assign,
            args=(place,),
        )


def _given(name: str, record_id: str) -> str | None:
    return str(st.session_state.get(review_keys.of(name, record_id)) or "").strip() or None


def verdict_of(place: Place, verdict: State) -> Verdict:
    """The verdict with the reason, comment and assignee that stand on the page."""
    words = [_given(name, place.record_id) for name in ("reason", "comment", "assignee")]
    return Verdict(verdict, *words)


def _assign(place: Place) -> None:
    """Says who shall look at it; it stays unreviewed."""
    with faults.shown():
        given = Verdict("unreviewed", assignee=_given("assignee", place.record_id))
        sequence = save(place, given, counts=False)
        st.session_state[_ASSIGNED] = (place.record_id, place.standing.sequence, sequence)


def _decide(place: Place, verdict: State, rejecting: Rejecting | None = None) -> bool:
    """Saves the decision, does what it asks for, and goes on to the next record.

    `rejecting` is what the page said that rejecting does; nothing is done where somebody has changed that
    since. False: what AWS was asked for failed, and why was drawn where this was called.
    """
    with faults.shown():
        settings = resources.review_settings(place.memory_id)
        if rejecting and settings.rejecting != rejecting:
            review_rejecting.tell_changed()
            return True
        given = verdict_of(place, verdict)
        sequence = save(place, given)
        if sequence is None:
            return True
        if rejecting == "delete":
            if not _deleted(place, sequence):
                return False
        elif settings.mirrored:
            _mirrored(place, given)
        state.go_on(Key.REVIEWING, place.after or place.before)
        return True
    return False


def save(place: Place, given: Verdict, *, counts: bool = True, fingerprint: str | None = None) -> int | None:
    """Saves a verdict; its number, or None where somebody else was faster, which the page then says.

    `fingerprint` is that of the text that it is about, where that is not the record's present one.
    """
    about = fingerprint or content_fingerprint(place.record)
    decided = Decided(place.record_id, about, _made_from(place), given)
    outcome = resources.decide(place.memory_id, [decided])
    if outcome.taken:
        other = outcome.taken[0]
        if review_undo.is_ours(other.sequence):
            review_keys.tell(f"You have {other.verdict.state} that record already; nothing more was done.")
            return None
        st.session_state[_TAKEN] = (place.record_id, other.who, other.verdict.state)
        return None
    st.session_state.pop(_TAKEN, None)
    if counts:
        review_undo.remember(place.memory_id, [outcome.saved[0].sequence])
    return outcome.saved[0].sequence


def _made_from(place: Place) -> int:
    """The state that a decision is made from: the last one shown, or the name that was typed since."""
    record_id, before, after = st.session_state.get(_ASSIGNED, (None, 0, None))
    made_here = after is not None and (record_id, before) == (place.record_id, place.standing.sequence)
    return int(after) if made_here else place.standing.sequence


def _deleted(place: Place, sequence: int) -> bool:
    """Deletes what was rejected; where that fails, the decision is taken back and the page says why."""
    done: Done | None = None
    try:
        done = resources.reject_for_good(place.memory_id, [place.record])
    finally:
        if done is None or done.problem:
            resources.undo_decisions(place.memory_id, [sequence])
            review_undo.forget_last()
    if done.problem:
        st.error(text.label(f"It was not deleted, so it is not rejected: {done.problem.error_message}", 400))
        return False
    review_undo.remember(place.memory_id, [sequence], done.act_ids)
    return True


def _mirrored(place: Place, given: Verdict) -> None:
    result = resources.mirror_review(place.memory_id, place.record, given)
    if not result.ok:
        review_keys.tell(
            f"Decided here, but AWS did not take the state into the metadata: {result.error_message}"
        )


def _open_editor(place: Place) -> None:
    """Opens the editor of records; what it saves is noticed by `noticed_fix`."""
    if masking.is_on():
        resources.note_revealed(place.memory_id, place.record_id)
    if not _is_for_the_record():
        return
    st.session_state[_FIXING] = place.record_id
    state.put(reviewing=place.record_id)  # while the memory is looked over, the first is still another one
    record_edit.begin(record_edit.EDIT)


def noticed_fix(place: Place) -> bool:
    """Whether the editor has just saved the record: then it counts as fixed, and the next one follows. On
    another record than it was opened for, the editor is closed."""
    fixing = st.session_state.get(_FIXING)
    if fixing is None or (dialogs.is_open(record_edit.EDIT) and fixing == place.record_id):
        return False
    del st.session_state[_FIXING]
    if fixing != place.record_id:
        record_edit.close()
        return False
    saved = record_edit.take_saved(place.record_id)
    if saved is None:
        return False
    given = verdict_of(place, "fixed")
    sequence = save(place, given, fingerprint=content_fingerprint(saved))
    if sequence is None:
        return False
    steps = resources.record_steps(place.record_id)
    if steps:
        review_undo.remember(place.memory_id, [sequence], (steps[0].version.act_id,))
    if resources.review_settings(place.memory_id).mirrored:
        _mirrored(place, given)
    state.go_on(Key.REVIEWING, place.after or place.before)
    return True


def approve_many(memory: Row, queue: Queue) -> None:
    """Approves at once what is in the queue and has no suggestion."""
    plain = [each for each in queue.records if each.standing.is_open and not each.seen.findings]
    if not plain or not reviews.may_review():
        return
    with st.popover("Approve many", icon=":material/done_all:", key="review-many"):
        number = format.count(len(plain), "record")
        text.plain(
            f"Approves the {number} of this queue for which the rules found nothing. Undo takes it back."
        )
        st.button(
            f"Approve {number}",
            key="approve-many",
            type="primary",
            icon=":material/done_all:",
            on_click=_approve,
            args=(memory["id"], plain),
        )


def _approve(memory_id: str, waiting: Sequence[Waiting]) -> None:
    with faults.shown():
        many = [(each.record_id, each.seen.fingerprint, each.standing) for each in waiting]
        outcome = resources.decide(memory_id, reviews.decided(many, Verdict("approved")))
        review_undo.remember(memory_id, [each.sequence for each in outcome.saved])
        others = f" Others were faster with {len(outcome.taken):,}." if outcome.taken else ""
        review_keys.tell(f"{format.count(len(outcome.saved), 'record')} approved.{others}")


def _taken(place: Place) -> None:
    """Says that somebody else was faster."""
    taken = st.session_state.get(_TAKEN)
    if taken and taken[0] == place.record_id:
        st.warning(
            f"{text.label(taken[1], 60)} was faster: it is {taken[2]} now, and your decision was not saved. "
            "Decide again to overrule it.",
            icon=":material/group:",
        )
