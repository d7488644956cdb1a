"""The file of a snapshot: JSON Lines, UTF-8, gzip or plain, written and read as a stream.

The first line says what it is, the last one how much there was and the SHA-256 of all lines before it, so
that a file that was cut or changed is found out. In between is one `{"memory"}`, `{"record"}` or `{"event"}`
a line, as AWS's answers have them, times as ISO 8601 text. What is read may come from anywhere: sizes, depth
and form are checked, and nothing is executed or unpacked to disk.
"""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, Any, Literal

from services import bounded_json
from services.errors import InvalidValue
from services.workspace.store import to_json

Row = dict[str, Any]
Kind = Literal["memory", "record", "event"]
KINDS: tuple[Kind, ...] = ("memory", "record", "event")
FORMAT = "agentcore-memory-studio snapshot"
VERSION = 1
LARGEST_LINE = 16_000_000
"""An event may have 10 MB; as JSON text it may be larger."""
LARGEST_FILE = 2_000_000_000
"""Bytes of JSON, after unpacking."""
MOST_LINES = 2_000_000
DEEPEST = 100
LARGEST_NUMBER = 1.7e308
_GZIP = b"\x1f\x8b"
_PLACES = {"event": ("actorId", "sessionId", "eventId"), "record": ("memoryRecordId",), "memory": ("id",)}


class InvalidSnapshot(InvalidValue):
    """A file that is no snapshot, or one that was cut, changed, or made to do harm; the text says which."""


@dataclass(frozen=True)
class Header:
    """What a snapshot is of: its first line."""

    snapshot_id: str
    made_at: datetime
    made_by: str
    connection_key: str
    region: str
    memory_id: str
    memory_name: str
    note: str = ""

    def dumps(self) -> Row:
        return {"format": FORMAT, "version": VERSION} | vars(self)

    @staticmethod
    def loads(document: Any) -> Header:
        """Raises InvalidSnapshot for what is no header, or that of a newer version."""
        if not isinstance(document, dict) or document.get("format") != FORMAT:
            raise InvalidSnapshot("This is no snapshot: its first line does not say so.")
        if document.get("version") != VERSION:
            version = str(document.get("version"))[:20]
            raise InvalidSnapshot(f"The snapshot has version {version}; this program knows {VERSION}.")
        names = Header.__dataclass_fields__
        texts = {name: document.get(name) for name in names}
        if not all(isinstance(value, str) and len(value) <= 2_000 for value in texts.values()):
            raise InvalidSnapshot("The snapshot's first line lacks what it is of.")
        try:
            made_at = datetime.fromisoformat(str(texts.pop("made_at")))
        except ValueError as error:
            raise InvalidSnapshot("The snapshot's first line has no time.") from error
        if made_at.tzinfo is None:
            made_at = made_at.replace(tzinfo=UTC)
        return Header(made_at=made_at, **texts)  # type: ignore[arg-type]  # checked above


class Writer:
    """Writes a snapshot into a binary file that is open; `end` makes it whole."""

    def __init__(self, file: IO[bytes] | gzip.GzipFile, header: Header) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self.counts = dict.fromkeys(KINDS, 0)
        self._line(header.dumps())

    def add(self, kind: Kind, row: Row) -> None:
        """One memory, record or event."""
        self._line({kind: row})
        self.counts[kind] += 1

    def end(self) -> None:
        """The last line; nothing may be added afterwards."""
        self._line({"end": self.counts | {"sha256": self._digest.hexdigest()}})

    def _line(self, document: Row) -> None:
        line = to_json(document).encode() + b"\n"
        if len(line) > LARGEST_LINE:
            raise InvalidSnapshot("One event or record is too large for a snapshot (16 MB).")
        self._digest.update(line)
        self._file.write(line)


def read(file: IO[bytes]) -> tuple[Header, Iterator[tuple[Kind, Row]]]:
    """The header, and the rows as they come; InvalidSnapshot, from either, for what is wrong.

    Only after the last row is it certain that the file is whole: whoever changes something reads it first.
    """
    lines = _lines(file)
    first = next(lines, None)
    if first is None:
        raise InvalidSnapshot("The file is empty.")
    digest = hashlib.sha256(first)
    return Header.loads(_parsed(1, first)), _rows(lines, digest)


def _rows(lines: Iterator[bytes], digest: Any) -> Iterator[tuple[Kind, Row]]:
    counts = dict.fromkeys(KINDS, 0)
    for number, line in enumerate(lines, 2):
        document = _parsed(number, line)
        if not isinstance(document, dict) or len(document) != 1:
            raise InvalidSnapshot(f"Line {number} is no record, event or memory.")
        ((kind, row),) = document.items()
        if kind == "end":
            expected = to_json({"end": counts | {"sha256": digest.hexdigest()}})
            if line.rstrip(b"\n") != expected.encode():
                raise InvalidSnapshot("The snapshot was changed or cut: its last line does not fit.")
            if next(lines, None) is not None:
                raise InvalidSnapshot("Something follows the snapshot's last line.")
            return
        if kind not in KINDS:
            raise InvalidSnapshot(f"Line {number} is of an unknown kind.")
        _check(number, kind, row)
        counts[kind] += 1
        digest.update(line)
        yield kind, row
    raise InvalidSnapshot("The snapshot is cut: its last line is missing.")


def _check(number: int, kind: Kind, row: Any) -> None:
    """That a row has the form that everything here relies on."""
    if not isinstance(row, dict) or not all(isinstance(row.get(name), str) for name in _PLACES[kind]):
        raise InvalidSnapshot(f"Line {number}: the {kind} has no id.")
    if kind == "record":
        _check_record(number, row)
    if kind == "memory":
        _check_memory(number, row)
    if kind == "event" and not isinstance(row.get("payload"), list):
        raise InvalidSnapshot(f"Line {number}: the event has no payload.")
    for name in ("timestamp", "createdAt", "eventTimestamp"):
        _check_time(number, row.get(name))
    if kind == "event" and row.get("eventTimestamp") is None:
        raise InvalidSnapshot(f"Line {number}: the event has no time.")


def _check_record(number: int, row: Row) -> None:
    content, namespaces = row.get("content"), row.get("namespaces")
    if not isinstance(content, dict) or not isinstance(content.get("text"), str):
        raise InvalidSnapshot(f"Line {number}: the record has no text.")
    if not isinstance(namespaces, list) or not all(isinstance(each, str) for each in namespaces):
        raise InvalidSnapshot(f"Line {number}: the record has no list of namespaces.")
    metadata = row.get("metadata", {})
    if not isinstance(metadata, dict) or not all(isinstance(value, dict) for value in metadata.values()):
        raise InvalidSnapshot(f"Line {number}: the record's metadata has another form.")
    if not all(_is_metadata(member, value) for union in metadata.values() for member, value in union.items()):
        raise InvalidSnapshot(f"Line {number}: a value in the record's metadata is of another kind.")
    for union in metadata.values():
        _check_time(number, union.get("dateTimeValue"))
    if not isinstance(row.get("memoryStrategyId", ""), str):
        raise InvalidSnapshot(f"Line {number}: the record's strategy is no text.")


def _is_metadata(member: str, value: Any) -> bool:
    """Whether a member of a metadata value has its kind (service model: MemoryRecordMetadataValue)."""
    if member == "numberValue":
        return (
            isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= LARGEST_NUMBER
        )
    if member == "stringListValue":
        return _are_texts(value)
    return isinstance(value, str) if member in {"stringValue", "dateTimeValue"} else True


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _check_memory(number: int, row: Row) -> None:
    """A memory's strategies say whose a record is, so they have to be strategies."""
    strategies = row.get("strategies", [])
    if not isinstance(strategies, list) or not all(map(_is_strategy, strategies)):
        raise InvalidSnapshot(f"Line {number}: the memory's strategies have another form.")


def _is_strategy(strategy: Any) -> bool:
    if not isinstance(strategy, dict) or not isinstance(strategy.get("strategyId"), str):
        return False
    configuration = strategy.get("configuration", {})
    reflection = configuration.get("reflection", {}) if isinstance(configuration, dict) else None
    if not isinstance(reflection, dict):
        return False
    parts = [strategy, *(part for part in reflection.values() if isinstance(part, dict))]
    lists = [part.get(name) or [] for part in parts for name in ("namespaceTemplates", "namespaces")]
    return all(map(_are_texts, lists))


def _check_time(number: int, value: Any) -> None:
    if value is None:
        return
    try:
        datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise InvalidSnapshot(f"Line {number} has a time that is none.") from error


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    """The lines, unpacked where the file is gzip, each with its end."""
    magic = file.read(2)
    file.seek(0)
    source: Any = gzip.GzipFile(fileobj=file) if magic == _GZIP else file
    total = 0
    try:
        for number in range(1, MOST_LINES + 2):
            line: bytes = source.readline(LARGEST_LINE + 1)
            if not line:
                return
            total += len(line)
            if len(line) > LARGEST_LINE:
                raise InvalidSnapshot(f"Line {number} is longer than {LARGEST_LINE // 1_000_000} MB.")
            if total > LARGEST_FILE:
                raise InvalidSnapshot(f"The file holds more than {LARGEST_FILE // 1_000_000_000} GB.")
            yield line
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise InvalidSnapshot("The file is damaged: it cannot be unpacked.") from error
    raise InvalidSnapshot(f"The file has more than {MOST_LINES:,} lines.")


def _parsed(number: int, line: bytes) -> Any:
    """JSON of a bounded depth."""
    try:
        return bounded_json.read(line.decode("utf-8"), DEEPEST, _no_number)
    except bounded_json.NestedTooDeeply as error:
        raise InvalidSnapshot(f"Line {number} is nested deeper than {DEEPEST} levels.") from error
    except ValueError as error:  # no UTF-8, no JSON, NaN, endless digits
        raise InvalidSnapshot(f"Line {number} is not JSON.") from error


def _no_number(_text: str) -> None:
    raise ValueError("no number of JSON")
