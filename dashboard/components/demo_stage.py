"""The stage of a demo: scene by scene, the conversation on the left, what memory makes of it on the right."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import streamlit as st

from dashboard import format, text
from dashboard.components import differences, memory_records, record_changes
from services.demos.moments import (
    Answered,
    Caption,
    Compared,
    Failed,
    Moment,
    NothingFound,
    RecordWritten,
    Retrieved,
    Said,
    SessionBegun,
    ShownRecord,
    Stored,
    ToolUsed,
    scenes,
)
from services.demos.report import final_records
from services.findings.sensitive import masked, masked_body
from services.records import contents as record_contents
from services.text_changes import are_alike

RETRIEVED_SHOWN = 4
LONGEST = 1_500
USER_AVATAR = ":material/person:"
AGENT_AVATAR = ":material/smart_toy:"


class Stage:
    """How things are drawn. `presenting`: in large type, without ids, and with sensitive text masked."""

    def __init__(self, *, presenting: bool) -> None:
        self.presenting = presenting

    def text(self, body: str) -> str:
        """What may be shown of a text."""
        return masked(body) if self.presenting else body

    def words(self, body: str) -> None:
        """What somebody said."""
        if self.presenting:
            st.header(text.label(masked(body), LONGEST), anchor=False)
        else:
            text.plain(body, limit=LONGEST)

    def line(self, body: str) -> str:
        """A record on one line, as a label."""
        shown = masked_body(body) if self.presenting else body
        return text.label(record_contents.one_line(record_contents.parse_content(shown)), LONGEST)

    def strong(self, label: str) -> None:
        """A record's main line."""
        st.markdown(f"## {label}" if self.presenting else f"**{label}**")


def show(moments: Sequence[Moment], *, presenting: bool) -> None:
    """The newest scene first, the earlier ones folded below it."""
    stage = Stage(presenting=presenting)
    told = scenes(moments)
    for number in range(len(told), 0, -1):
        scene = told[number - 1]
        if number == len(told):
            _scene(stage, scene, number)
        else:
            with st.expander(
                f"Scene {number} · {text.label(stage.text(_title(scene)), 110)}", key=f"demo-scene-{number}"
            ):
                _scene(stage, scene, number)


def _title(scene: Sequence[Moment]) -> str:
    return next((moment.text for moment in scene if isinstance(moment, Said)), "A new conversation")


def _scene(stage: Stage, scene: Sequence[Moment], number: int) -> None:
    for moment in scene:
        if isinstance(moment, Caption):
            _caption(stage, moment)
    grid = st.grid(5, min_column_width=145, gap=("small", "medium"))
    with grid.cell(column_span=3):
        for moment in scene:
            if type(moment) in _TALK:
                _TALK[type(moment)](stage, moment)
        _comparison(stage, scene)
    with grid.cell(column_span=2), st.container(gap="small", key=f"demo-memory-{number}"):
        for moment in scene:
            if type(moment) in _MEMORY:
                _MEMORY[type(moment)](stage, moment)


def _caption(stage: Stage, moment: Caption) -> None:
    words = text.label(stage.text(moment.text), LONGEST)
    if stage.presenting:
        st.info(f"## {words}")  # beside a line that large the icon would hang above it
    else:
        st.info(words, icon=":material/campaign:")


def _session(stage: Stage, moment: SessionBegun) -> None:
    name = (
        "A new conversation" if stage.presenting else f"A new conversation: {text.label(moment.session_id)}"
    )
    st.caption(f":material/forum: {name}")


def _said(stage: Stage, moment: Said) -> None:
    with st.chat_message("user", avatar=USER_AVATAR):
        stage.words(moment.text)


def _answered(stage: Stage, moment: Answered) -> None:
    with st.chat_message("assistant", avatar=AGENT_AVATAR):
        stage.words(moment.text)
        if not stage.presenting:
            st.caption(f"{text.label(moment.model)} · {format.seconds(moment.seconds)}")


def _tool(stage: Stage, moment: ToolUsed) -> None:
    took = "" if moment.seconds is None else f" · {format.seconds(moment.seconds)}"
    icon = ":material/error:" if moment.failed else ":material/build:"
    with st.expander(f"{text.label(stage.text(moment.called), 110)}{took}", icon=icon, type="compact"):
        text.plain(stage.text(moment.result), limit=LONGEST)


def _failed(stage: Stage, moment: Failed) -> None:
    detail = "" if stage.presenting else text.label(moment.detail, 600)
    st.error(f"**{text.label(moment.title, 200)}.** {detail}", icon=":material/error:")


def _comparison(stage: Stage, scene: Sequence[Moment]) -> None:
    """The answer without memory, with what differs from the one with memory marked."""
    for earlier, moment in pairwise(scene):
        if not isinstance(moment, Compared):
            continue
        with st.container(border=True, gap="xsmall"):
            st.markdown(":material/psychology_alt: **The same agent without memory**")
            if moment.fault:
                st.caption(f":material/error: {text.label(moment.fault, 200)}")
                continue
            stage.words(moment.text)
            if isinstance(earlier, Answered) and are_alike(moment.text, earlier.text):
                st.caption("What memory adds to the answer, and what it spares:")
                st.markdown(differences.marked_words(stage.text(moment.text), stage.text(earlier.text)))


def _retrieved(stage: Stage, moment: Retrieved) -> None:
    found = format.count(len(moment.records), "record")
    with st.container(border=True, gap="xsmall"):
        st.markdown(f":material/search: **Looked up in memory:** {found} in {format.seconds(moment.seconds)}")
        used = [record for record in moment.records if record.cited]
        others = [record for record in moment.records if not record.cited]
        for record in [*used, *others][: max(RETRIEVED_SHOWN, len(used))]:
            score = "" if record.score is None else f":small[{record.score:.3f}] "
            mark = ":green-badge[used] " if record.cited else ""
            st.markdown(f"{'### ' if stage.presenting else ''}{score}{mark}{stage.line(record.text)}")
        hidden = len(moment.records) - max(RETRIEVED_SHOWN, len(used))
        if hidden > 0:
            st.caption(f"and {format.count(hidden, 'record')} with lower scores")


def _stored(_stage: Stage, moment: Stored) -> None:
    st.caption(f":material/check_circle: Kept as an event in {format.seconds(moment.seconds)}")


def _written(stage: Stage, moment: RecordWritten) -> None:
    since = "" if moment.seconds is None else f" · {format.seconds(moment.seconds)} after the event"
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
            word = record_changes.WORDS.get(moment.kind, "seen")
            st.badge(f"{word}{since}", color=record_changes.COLORS.get(moment.kind, "gray"))
            st.badge(memory_records.kind_label(moment.record.text), color="blue")
        now = stage.line(moment.record.text)
        if moment.kind == "removed":
            st.markdown(f"~~{now}~~")
        elif moment.before is None:
            stage.strong(now)
        else:
            _difference(stage, moment.before, moment.record)


def _difference(stage: Stage, before: str, record: ShownRecord) -> None:
    """The new words on green, the old ones struck out on red."""

    def plain(body: str) -> str:
        shown = masked_body(body) if stage.presenting else body
        return record_contents.one_line(record_contents.parse_content(shown))

    stage.strong(differences.marked_words(plain(before), plain(record.text)))


def _nothing(_stage: Stage, moment: NothingFound) -> None:
    guess = f" A guess why: {text.label(moment.reason, 200)}." if moment.reason else ""
    st.caption(f":material/do_not_disturb_on: Memory wrote nothing down.{guess}")


def known_now(moments: Sequence[Moment], *, presenting: bool) -> None:
    """Everything that was written and is still there."""
    stage = Stage(presenting=presenting)
    records = final_records(moments)
    with st.container(border=True, gap="xsmall", key="demo-known"):
        st.markdown("**What memory knows now**")
        if not records:
            st.caption("Nothing was written down.")
        for record in records:
            by = f" :small[· {text.label(record.strategy, 40)}]" if record.strategy else ""
            st.markdown(f"{'###' if presenting else '-'} {stage.line(record.text)}{by}")


_TALK: dict[type[Moment], Callable[..., None]] = {
    SessionBegun: _session,
    Said: _said,
    ToolUsed: _tool,
    Answered: _answered,
    Failed: _failed,
}
_MEMORY: dict[type[Moment], Callable[..., None]] = {
    Retrieved: _retrieved,
    Stored: _stored,
    RecordWritten: _written,
    NothingFound: _nothing,
}
