"""A recording of a demo or a chat: a JSON file that replays without AWS.

It is read strictly: a recording comes from a file that anybody may have written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from typing import Any

from services import bounded_json
from services.demos.moments import KINDS, Moment, ShownRecord
from services.errors import InvalidValue
from services.findings.sensitive import masked_document

FORMAT = "agentcore-memory-studio/recording"
VERSION = 1
MAX_BYTES = 5_000_000
MAX_MOMENTS = 5_000
LATEST = 253_402_300_799.0
"""The last second of the year 9999: times beyond it cannot be written."""
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Recording:
    """`title` is the demo's or the chat's; times of the moments are Unix seconds."""

    title: str
    memory_id: str
    actor_id: str
    moments: tuple[Moment, ...]

    def to_json(self) -> str:
        """The file's text."""
        told = [{"is": type(moment).__name__, **asdict(moment)} for moment in self.moments]
        head = {"format": FORMAT, "version": VERSION, "title": self.title}
        return json.dumps(
            {**head, "memoryId": self.memory_id, "actorId": self.actor_id, "moments": told},
            ensure_ascii=False,
            indent=1,
        )


def read_recording(text: bytes) -> Recording:
    """The recording of a file. Raises InvalidValue, saying why, for anything else."""
    if len(text) > MAX_BYTES:
        raise InvalidValue(f"The file has more than {MAX_BYTES:,} bytes: it is no recording of a demo.")
    try:
        document = bounded_json.read(text)
    except ValueError:
        raise InvalidValue("The file is not JSON: it is no recording of a demo.") from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise InvalidValue("The file is JSON, but no recording of a demo.")
    if document.get("version") != VERSION:
        raise InvalidValue(f"The recording has version {document.get('version')!r}; {VERSION} can be read.")
    told = document.get("moments")
    if not isinstance(told, list) or len(told) > MAX_MOMENTS:
        raise InvalidValue(f"The recording's moments are not a list of at most {MAX_MOMENTS:,}.")
    names = [_text(document.get(name)) for name in ("title", "memoryId", "actorId")]
    return Recording(names[0], names[1], names[2], tuple(_moment(each) for each in told))


def masked(recording: Recording) -> Recording:
    """The recording with the sensitive parts of all its texts replaced by what they are."""
    document = masked_document(json.loads(recording.to_json()))
    return read_recording(json.dumps(document).encode())


def _moment(told: Any) -> Moment:
    kind = KINDS.get(str(told.get("is"))) if isinstance(told, dict) else None
    if kind is None:
        raise InvalidValue("The recording has a moment of an unknown kind.")
    moment: Moment = _made(kind, {name: value for name, value in told.items() if name != "is"})
    return moment


def _made(kind: type[Any], told: dict[str, Any]) -> Any:
    """An instance of one of our dataclasses; each member is checked by the type that it is declared with."""
    known = {field.name: str(field.type) for field in fields(kind)}
    if set(told) != set(known):
        raise InvalidValue(f"A {kind.__name__} of the recording has other members than it should.")
    return kind(**{name: _CHECKS[known[name]](value) for name, value in told.items()})


def _text(value: Any) -> str:
    if not isinstance(value, str) or _LONE_SURROGATE.search(value):
        raise InvalidValue("The recording has something else where a text should be.")
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LATEST:
        raise InvalidValue("The recording has something else where a number should be.")
    return float(value)


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise InvalidValue("The recording has something else where true or false should be.")
    return value


def _record(value: Any) -> ShownRecord:
    if not isinstance(value, dict):
        raise InvalidValue("The recording has something else where a record should be.")
    made: ShownRecord = _made(ShownRecord, value)
    return made


def _records(value: Any) -> tuple[ShownRecord, ...]:
    if not isinstance(value, list):
        raise InvalidValue("The recording has something else where records should be.")
    return tuple(_record(each) for each in value)


def _optional(check: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else check(value)


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "str": _text,
    "float": _number,
    "bool": _boolean,
    "str | None": _optional(_text),
    "float | None": _optional(_number),
    "ShownRecord": _record,
    "tuple[ShownRecord, ...]": _records,
}
