"""What happened in a demo or a chat, as plain data: what is shown live, kept in a recording, and reported.

Every moment has `at`, the Unix seconds at which it was. Texts are what people, models and strategies wrote:
untrusted, to be shown as text only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from services.chat.extraction_watch import EventProgress, RecordChange
from services.chat.messages import MEMORY_TOOL, cited_ids, tool_message, without_citations
from services.chat.turns import (
    EventStored,
    MemoriesRetrieved,
    Row,
    ToolCall,
    ToolCalled,
    Turn,
    TurnFailed,
)


@dataclass(frozen=True)
class ShownRecord:
    """A record as far as it is shown: `strategy` is the strategy's name, `score` only of a retrieved one."""

    record_id: str
    text: str
    strategy: str
    score: float | None = None
    cited: bool = False


@dataclass(frozen=True)
class Caption:
    """What the audience is told."""

    at: float
    text: str


@dataclass(frozen=True)
class SessionBegun:
    """A conversation begins."""

    at: float
    session_id: str


@dataclass(frozen=True)
class Said:
    """What the person wrote."""

    at: float
    text: str


@dataclass(frozen=True)
class Retrieved:
    """What memory gave the model, best first."""

    at: float
    query: str
    records: tuple[ShownRecord, ...]
    seconds: float


@dataclass(frozen=True)
class ToolUsed:
    """A tool that the agent called: the call as one line, and what it gave, an error too. `seconds` None: not
    known, or it gave nothing before the answer ended."""

    at: float
    called: str
    result: str
    seconds: float | None
    failed: bool = False


@dataclass(frozen=True)
class Answered:
    """What the agent said, without the marks of its citations; `done` False: it is still speaking."""

    at: float
    text: str
    model: str
    seconds: float
    done: bool = True


@dataclass(frozen=True)
class Compared:
    """The answer of the same agent without memory to the question before it."""

    at: float
    question: str
    text: str
    fault: str | None = None


@dataclass(frozen=True)
class Stored:
    """The exchange was kept as an event."""

    at: float
    event_id: str
    seconds: float


@dataclass(frozen=True)
class RecordWritten:
    """What a strategy made of it, `seconds` after the event; `kind` is added, changed or removed."""

    at: float
    kind: str
    record: ShownRecord
    before: str | None
    seconds: float | None


@dataclass(frozen=True)
class NothingFound:
    """Every strategy is done with an event and wrote nothing; `reason` is a guess."""

    at: float
    reason: str | None


@dataclass(frozen=True)
class Failed:
    """Something went wrong, in a person's words."""

    at: float
    title: str
    detail: str


Moment = (
    Caption
    | SessionBegun
    | Said
    | Retrieved
    | ToolUsed
    | Answered
    | Compared
    | Stored
    | RecordWritten
    | NothingFound
    | Failed
)
KINDS: dict[str, type[Moment]] = {
    kind.__name__: kind
    for kind in (
        Caption,
        SessionBegun,
        Said,
        Retrieved,
        ToolUsed,
        Answered,
        Compared,
        Stored,
        RecordWritten,
        NothingFound,
        Failed,
    )
}


def scenes(moments: Sequence[Moment]) -> list[list[Moment]]:
    """The moments by scene: a demo's begin with captions, a chat's with what the person says."""
    begins = Caption if any(isinstance(moment, Caption) for moment in moments) else Said
    found: list[list[Moment]] = []
    for moment in moments:
        if not found or isinstance(moment, begins):
            found.append([])
        found[-1].append(moment)
    return found


def of_turn(turn: Turn, strategies: Iterable[Row]) -> Iterator[Moment]:
    """One exchange, as far as it has come."""
    names = _names(strategies)
    cited = frozenset(cited_ids(turn))
    calls = {call.called.id: call for call in turn.tool_calls}
    yield Said(turn.started_at, turn.text)
    for event in turn.events():
        if isinstance(event, MemoriesRetrieved):
            records = tuple(_shown(row, names, cited) for row in event.records)
            yield Retrieved(turn.started_at, event.query, records, event.seconds)
        elif isinstance(event, ToolCalled) and event.name != MEMORY_TOOL:  # that one is told as retrieved
            yield _used(turn, calls[event.id])
    if turn.answer.strip():
        ended = turn.started_at + turn.seconds
        answer = without_citations(turn.answer)
        yield Answered(ended, answer, turn.model, turn.seconds, turn.done is not None)
    # However often storing was tried, what counts is how it stands.
    failed_storing = turn.failures[-1] if turn.unstored else None
    for event in turn.events():
        if isinstance(event, EventStored) and not event.keeps_state:
            yield Stored(event.at, event.event["eventId"], event.seconds)
        elif isinstance(event, TurnFailed) and (event.what != "storage" or event is failed_storing):
            yield Failed(turn.started_at + turn.seconds, event.fault.title, event.fault.detail)


def _used(turn: Turn, call: ToolCall) -> ToolUsed:
    called, _, result = tool_message(call).partition("\n")
    answer = call.answer
    return ToolUsed(
        turn.started_at,
        called,
        result,
        answer.seconds if answer else None,
        answer is not None and answer.failed,
    )


def of_progress(progress: EventProgress, strategies: Iterable[Row]) -> Iterator[Moment]:
    """What became of one event, as far as it is known."""
    names = _names(strategies)
    for change in progress.changes:
        yield _written(change, names)
    if not progress.extracting and not progress.changes and progress.work:
        latest = max(work.seconds for work in progress.work)
        yield NothingFound(progress.stored_at + latest, progress.reason)


def _written(change: RecordChange, names: dict[str, str]) -> RecordWritten:
    before = change.before["content"]["text"] if change.before else None
    shown = _shown(change.record, names, frozenset())
    return RecordWritten(change.at, change.kind, shown, before, change.seconds)


def _shown(row: Row, names: dict[str, str], cited: frozenset[str]) -> ShownRecord:
    record_id = str(row["memoryRecordId"])
    strategy = names.get(str(row.get("memoryStrategyId", "")), "")
    score = float(row["score"]) if "score" in row else None
    return ShownRecord(record_id, row["content"]["text"], strategy, score, record_id in cited)


def _names(strategies: Iterable[Row]) -> dict[str, str]:
    return {str(row.get("strategyId", "")): str(row.get("name", "")) for row in strategies}
