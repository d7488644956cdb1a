"""A conversation and its memories as one HTML file to hand over: no script, nothing fetched, text escaped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from html import escape

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
)
from services.demos.recording import Recording
from services.records import contents as record_contents
from services.text_changes import changed_words

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --new: #2a93; --gone: #c333; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.7rem; margin-bottom: .2rem } h2 { font-size: 1.2rem; margin-top: 2.5rem }
.lead, .note { opacity: .75 } .note { font-size: .85rem }
.caption { border-left: 4px solid #3b82f6; padding: .3rem 0 .3rem .9rem; margin: 1.6rem 0 .8rem;
font-size: 1.1rem }
.said, .answered { border-radius: .6rem; padding: .6rem .9rem; margin: .5rem 0; white-space: pre-wrap }
.said { background: var(--soft); margin-left: 20% }
.answered { border: 1px solid var(--line); margin-right: 20% }
.memory { border: 1px dashed var(--line); border-radius: .6rem; padding: .5rem .9rem; margin: .5rem 0 }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem } .pair .answered { margin-right: 0 }
pre { white-space: pre-wrap; overflow-wrap: anywhere; max-height: 22rem; overflow: auto; font-size: .85rem }
code { overflow-wrap: anywhere }
ins { background: var(--new); text-decoration: none } del { background: var(--gone) }
table { border-collapse: collapse; width: 100% }
td, th { border-bottom: 1px solid var(--line); padding: .35rem; text-align: left; vertical-align: top;
overflow-wrap: anywhere }
"""


def report(recording: Recording) -> str:
    """The file's text."""
    moments = list(recording.moments)
    parts = [f"<h1>{escape(recording.title)}</h1>", f"<p class=lead>{_lead(recording)}</p>"]
    parts += [*_told(moments), "<h2>What memory knows now</h2>", _final_records(moments)]
    return (
        "<!doctype html>\n<html lang=en><meta charset=utf-8>"
        "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{escape(recording.title)}</title><style>{_STYLE}</style><body>\n"
        + "\n".join(parts)
        + "\n</body></html>\n"
    )


def _lead(recording: Recording) -> str:
    times = [moment.at for moment in recording.moments]
    when = f"{datetime.fromtimestamp(min(times), UTC):%d %B %Y, %H:%M} UTC" if times else "nothing was said"
    return escape(f"{when} · actor {recording.actor_id} · memory {recording.memory_id}")


def _told(moments: list[Moment]) -> Iterator[str]:
    """Each moment; an answer that was compared stands beside the one without memory."""
    for number, moment in enumerate(moments):
        following = moments[number + 1] if number + 1 < len(moments) else None
        if isinstance(moment, Answered) and isinstance(following, Compared):
            yield _pair(moment, following)
        elif not isinstance(moment, Compared):
            yield _DRAWN[type(moment)](moment)


def _pair(answer: Answered, plain: Compared) -> str:
    without = escape(plain.fault or plain.text)
    return (
        "<div class=pair>"
        f"<div><p class=note>With memory</p><div class=answered>{escape(answer.text)}</div></div>"
        f"<div><p class=note>Without memory</p><div class=answered>{without}</div></div></div>"
    )


def _session(moment: SessionBegun) -> str:
    return f"<h2>Conversation {escape(moment.session_id)}</h2>"


def _caption(moment: Caption) -> str:
    return f"<p class=caption>{escape(moment.text)}</p>"


def _took(seconds: float) -> str:
    """A duration as the page has it: to the millisecond below a second."""
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def _said(moment: Said) -> str:
    return f"<div class=said>{escape(moment.text)}</div>"


def _answered(moment: Answered) -> str:
    return f"<div class=answered>{escape(moment.text)}</div><p class=note>{escape(moment.model)}</p>"


def _retrieved(moment: Retrieved) -> str:
    rows = "".join(
        f"<tr><td>{'' if record.score is None else f'{record.score:.3f}'}<td>{escape(line(record))}"
        f"<td>{'used in the answer' if record.cited else ''}</tr>"
        for record in moment.records
    )
    return (
        f"<div class=memory><p class=note>Looked up in memory: “{escape(moment.query)}” "
        f"({_took(moment.seconds)})</p><table>{rows}</table></div>"
    )


def _tool(moment: ToolUsed) -> str:
    took = "" if moment.seconds is None else f" ({_took(moment.seconds)})"
    how = "failed" if moment.failed else "used"
    return (
        f"<details class=memory><summary class=note>Tool {how}{took}: <code>{escape(moment.called)}</code>"
        f"</summary><pre>{escape(moment.result)}</pre></details>"
    )


def _stored(moment: Stored) -> str:
    return f"<p class=note>Kept as an event in {_took(moment.seconds)}</p>"


def _written(moment: RecordWritten) -> str:
    since = "" if moment.seconds is None else f" · {_took(moment.seconds)} after the event"
    words = {"added": "New in memory", "changed": "Changed in memory", "removed": "Gone from memory"}
    by = f" · {escape(moment.record.strategy)}" if moment.record.strategy else ""
    head = f"<p class=note>{words.get(moment.kind, 'In memory')}{by}{since}</p>"
    return f"<div class=memory>{head}{_difference(moment)}</div>"


def _difference(moment: RecordWritten) -> str:
    now = line(moment.record)
    if moment.kind == "removed":
        return f"<del>{escape(now)}</del>"
    if moment.before is None:
        return escape(now)
    before = record_contents.one_line(record_contents.parse_content(moment.before))
    marks = {"same": "{}", "gone": "<del>{}</del>", "new": "<ins>{}</ins>"}
    return " ".join(marks[kind].format(escape(words)) for kind, words in changed_words(before, now))


def _nothing(moment: NothingFound) -> str:
    guess = f" A guess why: {moment.reason}." if moment.reason else ""
    return f"<p class=note>{escape(f'Nothing was written down.{guess}')}</p>"


def _failed(moment: Failed) -> str:
    return f"<div class=memory><strong>{escape(moment.title)}</strong><br>{escape(moment.detail)}</div>"


_DRAWN: dict[type[Moment], Callable[..., str]] = {
    SessionBegun: _session,
    Caption: _caption,
    Said: _said,
    Answered: _answered,
    Retrieved: _retrieved,
    ToolUsed: _tool,
    Stored: _stored,
    RecordWritten: _written,
    NothingFound: _nothing,
    Failed: _failed,
}


def line(record: ShownRecord) -> str:
    """What a record says, on one line."""
    return record_contents.one_line(record_contents.parse_content(record.text))


def final_records(moments: Iterable[Moment]) -> list[ShownRecord]:
    """The records that were written and not removed, as they are at the end, in the order of appearance."""
    known: dict[str, ShownRecord] = {}
    for moment in moments:
        if isinstance(moment, RecordWritten):
            if moment.kind == "removed":
                known.pop(moment.record.record_id, None)
            else:
                known[moment.record.record_id] = moment.record
    return list(known.values())


def _final_records(moments: list[Moment]) -> str:
    rows = "".join(
        f"<tr><td>{escape(line(record))}<td>{escape(record.strategy)}</tr>"
        for record in final_records(moments)
    )
    return f"<table><tr><th>Record<th>Strategy</tr>{rows}</table>" if rows else "<p>Nothing was written.</p>"
