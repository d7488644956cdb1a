"""Taking back what was decided on the Review page, one decision after the other."""

from collections.abc import Sequence

import streamlit as st

from dashboard import faults, format, resources, state, text
from dashboard.components import review_keys
from dashboard.state import Key

Undoable = tuple[str, tuple[int, ...], tuple[str, ...]]
"""What one Undo takes back: the memory, the numbers of the decisions, what they did in AWS."""
_STACK = "review-undo"
_MOST = 50


def button(memory_id: str, *, may: bool) -> None:
    """Of the decision that it takes back: pressed twice before the browser has drawn, it takes back one."""
    last: Undoable | None = (st.session_state.get(_STACK) or [None])[-1]
    st.button(
        "Undo",
        key=review_keys.of("undo", format.fingerprint([str(last)])),
        icon=":material/undo:",
        shortcut=review_keys.KEYS["undo"],
        disabled=not (may and last),
        help="Takes your last decision back",
        on_click=_undo,
        args=(memory_id, last),
    )


def remember(memory_id: str, sequences: Sequence[int], act_ids: tuple[str, ...] = ()) -> None:
    """Keeps what one Undo takes back: decisions, and what they did in AWS."""
    last: list[Undoable] = st.session_state.setdefault(_STACK, [])
    now = (memory_id, tuple(sequences), act_ids)
    last[:] = [*(each for each in last if not sequences or each[1] != now[1]), now][-_MOST:]


def is_ours(sequence: int) -> bool:
    """Whether a decision was made in this browser session, and can be taken back here."""
    return any(sequence in each[1] for each in st.session_state.get(_STACK, ()))


def forget_last() -> None:
    """The last decision has not come about after all."""
    st.session_state[_STACK].pop()


def _undo(memory_id: str, last: Undoable) -> None:
    """Takes the last decision back, and what it did in AWS.

    `last` was the last one when the button was drawn; where another has been made since, that is meant.
    """
    with faults.shown():
        if last not in st.session_state[_STACK]:
            review_keys.tell("That is taken back already; nothing more was done.")
            return
        of_memory, sequences, act_ids = st.session_state[_STACK].pop()
        back = resources.undo_decisions(of_memory, sequences)
        if sequences and not back:
            review_keys.tell("Somebody has decided about that record since; nothing was taken back.")
            return
        record_id: str | None = back[0].record_id if back else None
        told = "Taken back." if len(back) == 1 else f"{format.count(len(back), 'decision')} taken back."
        if act_ids:
            done = resources.bring_back(of_memory, act_ids)
            if done.problem:
                st.error(text.label(f"The record was not brought back: {done.problem.error_message}", 400))
                return
            record_id = done.results[-1].record_id
            told = _brought_back(before=back[0].record_id if back else None, now=record_id)
        review_keys.tell(told)
        if of_memory == memory_id:
            state.go_on(Key.REVIEWING, record_id)


def _brought_back(*, before: str | None, now: str | None) -> str:
    """What an undo did in AWS; `before` is the record that was decided about, None for a merge."""
    if before is None:
        return "The merge is taken back: what was deleted is there again, under new ids."
    if before == now:
        return "Taken back, and the record says again what it said."
    return "Taken back. The deleted record is there again, under a new id."
