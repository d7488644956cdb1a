"""Conversations that someone wrote or exported, read from JSON into events to write.

Accepted: a list of messages `{"role", "text"}` or `{"role", "content"}`; `{"messages": […]}`; a list of
`[text, role]` pairs as the AgentCore SDK takes; an export of ListEvents (`{"events": […]}` or the list); JSON
lines of any of these. Everything that is wrong is said at once, with the line or the message's number.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from services import bounded_json
from services.constraints import DATA, constraint
from services.errors import InvalidConversation

MAX_FILE_CHARACTERS = 50_000_000
MAX_NESTING = 100
MAX_PROBLEMS = 10
MAX_EVENT_BYTES = 9_500_000
"""Below the documented 10 MB an event, leaving room for the request around the texts."""

_CONVERSATIONAL = ("CreateEvent", "payload", "[]", "conversational")
T = TypeVar("T")

_ROLE_WORDS = {"HUMAN": "USER", "AI": "ASSISTANT", "SYSTEM": "OTHER", "FUNCTION": "TOOL"}


@dataclass(frozen=True)
class MessageDraft:
    """One message to write; `role` is USER, ASSISTANT, TOOL or OTHER."""

    role: str
    text: str

    def problems(self, label: str = "The message") -> list[str]:
        """What AWS would refuse, as sentences that begin with `label`."""
        role = constraint(DATA, *_CONVERSATIONAL, "role").text_problems(f"{label}: the role", self.role)
        text = constraint(DATA, *_CONVERSATIONAL, "content", "text").text_problems(f"{label}", self.text)
        if not _encodable(self.text):
            text.append(f"{label} holds half a character (an unpaired surrogate), which cannot be stored.")
        return role + text

    def payload(self) -> dict[str, Any]:
        """The payload element that CreateEvent takes."""
        return {"conversational": {"role": self.role, "content": {"text": self.text}}}


@dataclass(frozen=True)
class EventDraft:
    """One event to write: AWS payload elements; `timestamp` None is the time of writing.

    `event_id` and `branch` are those of an exported event, so that branches can be tied to the new ids.
    """

    payload: tuple[dict[str, Any], ...]
    timestamp: datetime | None = None
    metadata: dict[str, dict[str, str]] = field(default_factory=dict)
    branch: dict[str, str] | None = None
    event_id: str | None = None


@dataclass(frozen=True)
class ConversationFile:
    """What a file holds, oldest first, cut into events that AWS accepts (at most 100 messages each)."""

    events: tuple[EventDraft, ...]

    @property
    def messages(self) -> list[MessageDraft]:
        """The conversational messages, for a preview."""
        elements = [element for event in self.events for element in event.payload]
        said = [element["conversational"] for element in elements if "conversational" in element]
        return [MessageDraft(message["role"], message["content"]["text"]) for message in said]

    def digest(self) -> str:
        """The same for the same events, whichever file or form they came from; 64 hexadecimal digits."""
        return hashlib.sha256(repr(self.events).encode()).hexdigest()


def parse_conversation_file(text: str) -> ConversationFile:
    """Read a conversation; raises InvalidConversation with every problem (ten at most)."""
    if len(text) > MAX_FILE_CHARACTERS:
        raise InvalidConversation([f"The file has {len(text):,} characters; at most 50,000,000 are read."])
    rows = _rows(text.lstrip("\ufeff"))
    if not rows:
        raise InvalidConversation(["The file holds no messages."])
    if all(isinstance(row, dict) and "payload" in row for _, row in rows):
        return ConversationFile(_exported_events(rows))
    return ConversationFile(_message_events(_read(rows, _message)))


def split_into_events(messages: Iterable[MessageDraft]) -> Iterator[list[MessageDraft]]:
    """Messages in groups that fit one event: at most 100 and about 10 MB (documented quotas)."""
    most = constraint(DATA, "CreateEvent", "payload").maximum or 100
    group: list[MessageDraft] = []
    size = 0
    for message in messages:
        weight = len(message.text.encode("utf-8", "surrogatepass"))
        if group and (len(group) == most or size + weight > MAX_EVENT_BYTES):
            yield group
            group, size = [], 0
        group.append(message)
        size += weight
    if group:
        yield group


def _message_events(messages: Iterable[MessageDraft]) -> tuple[EventDraft, ...]:
    return tuple(
        EventDraft(tuple(message.payload() for message in group)) for group in split_into_events(messages)
    )


def _rows(text: str) -> list[tuple[str, Any]]:
    """(where, row) of every message or event in the file; `where` begins the sentences about it."""
    try:
        document = _loads(text)
    except json.JSONDecodeError as error:
        lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
        if len(lines) > 1 and _is_json(lines[0][1]):
            return list(_json_lines(lines))
        place = f"Line {error.lineno}, column {error.colno}"
        raise InvalidConversation([f"{place}: this is not JSON ({error.msg})."]) from error
    return _numbered(_unwrapped(document))


def _json_lines(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[str, Any]]:
    for number, line in lines:
        try:
            yield f"Line {number}", _loads(line)
        except json.JSONDecodeError as error:
            problem = f"Line {number}, column {error.colno}: this is not JSON ({error.msg})."
            raise InvalidConversation([problem]) from error


def _loads(text: str) -> Any:
    """JSON of a bounded depth; raises JSONDecodeError, or InvalidConversation for what is not broken JSON."""
    try:
        return bounded_json.read(text, MAX_NESTING)
    except json.JSONDecodeError:
        raise
    except bounded_json.NestedTooDeeply as error:
        raise InvalidConversation([f"The file is nested deeper than {MAX_NESTING} levels."]) from error
    except ValueError as error:
        raise InvalidConversation(["The file holds a number too long."]) from error


def _is_json(line: str) -> bool:
    try:
        bounded_json.read(line)
    except ValueError:
        return False
    return True


def _unwrapped(document: Any) -> list[Any]:
    """The list of messages or events inside a document."""
    if isinstance(document, list):
        return [document] if _is_pair(document) else document
    if isinstance(document, dict):
        for key in ("messages", "events"):
            if isinstance(document.get(key), list):
                rows: list[Any] = document[key]
                return rows
        if {"role", "payload"} & document.keys():
            return [document]
    raise InvalidConversation(
        ['The file must hold a list of messages, {"messages": […]}, or exported events, {"events": […]}.']
    )


def _numbered(rows: list[Any]) -> list[tuple[str, Any]]:
    return [(f"Message {number}", row) for number, row in enumerate(rows, 1)]


def _read(rows: Iterable[tuple[str, Any]], reader: Callable[[str, Any], T]) -> list[T]:
    """Every row read, or InvalidConversation with the problems of all rows."""
    found: list[T] = []
    problems: list[str] = []
    for where, row in rows:
        try:
            found.append(reader(where, row))
        except InvalidConversation as error:
            problems += error.problems
        if len(problems) >= MAX_PROBLEMS:
            break
    if problems:
        raise InvalidConversation(problems[:MAX_PROBLEMS])
    return found


def _message(where: str, row: Any) -> MessageDraft:
    if _is_pair(row):
        text, role = row if _role(row[1]) else reversed(row)
        message = MessageDraft(_role(role) or role, text)
    elif isinstance(row, dict):
        message = _message_of_dict(where, row)
    else:
        raise InvalidConversation([f'{where}: expected {{"role", "text"}} or [text, role].'])
    _refuse(message.problems(where))
    return message


def _is_pair(row: Any) -> bool:
    """A `[text, role]` pair; the order is the AgentCore SDK's, the other one is taken too."""
    two_texts = isinstance(row, list) and len(row) == 2 and all(isinstance(part, str) for part in row)
    return two_texts and any(_role(part) for part in row)


def _message_of_dict(where: str, row: dict[str, Any]) -> MessageDraft:
    conversational = row.get("conversational")
    if isinstance(conversational, dict):
        row = conversational
    role = _role(row.get("role"))
    if role is None:
        raise InvalidConversation([f"{where}: “role” must be USER, ASSISTANT, TOOL or OTHER."])
    content = row.get("text", row.get("content"))
    text = _text(content)
    if text is None:
        raise InvalidConversation([f"{where}: “text” (or “content”) is missing or is no text."])
    return MessageDraft(role, text)


def _role(word: Any) -> str | None:
    """AWS's role for a word of the file; other frameworks' names for the same are understood."""
    name = word.upper() if isinstance(word, str) else ""
    name = _ROLE_WORDS.get(name, name)
    return name if name in constraint(DATA, *_CONVERSATIONAL, "role").allowed else None


def _text(content: Any) -> str | None:
    """A text, `{"text"}`, or a list of content blocks; blocks without text are kept as their JSON."""
    if isinstance(content, dict):
        content = content.get("text")
    if isinstance(content, list):
        return "\n".join(_block_text(block) for block in content)
    return content if isinstance(content, str) else None


def _block_text(block: Any) -> str:
    text = block.get("text") if isinstance(block, dict) else block
    return text if isinstance(text, str) else json.dumps(block, ensure_ascii=False)


def _exported_events(rows: list[tuple[str, Any]]) -> tuple[EventDraft, ...]:
    """Exported events, oldest first (ListEvents gives them newest first)."""
    events = _read([(where.replace("Message", "Event"), row) for where, row in rows], _event)
    times = [event.timestamp for event in events if event.timestamp is not None]
    if len(times) < len(events):
        return tuple(events)
    if times[0] > times[-1]:
        events.reverse()  # keeps the order of events in the same millisecond
    return tuple(sorted(events, key=lambda event: event.timestamp or datetime.min.replace(tzinfo=UTC)))


def _event(where: str, row: dict[str, Any]) -> EventDraft:
    elements = row["payload"]
    if not isinstance(elements, list):
        raise InvalidConversation([f"{where}: “payload” must be a list."])
    most = constraint(DATA, "CreateEvent", "payload").maximum or 100
    if len(elements) > most:
        raise InvalidConversation([f"{where} has {len(elements)} messages; at most {most} fit one event."])
    numbered = [(f"{where}, message {number}", element) for number, element in enumerate(elements, 1)]
    return EventDraft(
        payload=tuple(_read(numbered, _element)),
        timestamp=_timestamp(where, row.get("eventTimestamp")),
        metadata=_metadata(where, row.get("metadata")),
        branch=_branch(where, row.get("branch")),
        event_id=row["eventId"] if isinstance(row.get("eventId"), str) else None,
    )


def _element(where: str, element: Any) -> dict[str, Any]:
    """A payload element as CreateEvent takes it: a message, or a blob or json document unchanged."""
    if isinstance(element, dict) and "blob" in element:
        return {"blob": element["blob"]}
    json_member = element.get("json") if isinstance(element, dict) else None
    if isinstance(json_member, dict) and "content" in json_member:
        return {"json": {"content": json_member["content"]}}
    return _message(where, element).payload()


def _timestamp(where: str, value: Any) -> datetime | None:
    """A time from ISO 8601 text (UTC if it names no zone) or epoch seconds, as the AWS CLI prints them."""
    if value is None:
        return None
    try:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
        moment = datetime.fromisoformat(value)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, TypeError, OverflowError, OSError) as error:
        raise InvalidConversation(
            [f"{where}: “eventTimestamp” is no time; use 2026-01-31T12:00:00Z."]
        ) from error


def _metadata(where: str, value: Any) -> dict[str, dict[str, str]]:
    """Event metadata, from AWS's `{"key": {"stringValue": …}}` or plain `{"key": "value"}`."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InvalidConversation([f"{where}: “metadata” must be an object."])
    plain = {key: part.get("stringValue") if isinstance(part, dict) else part for key, part in value.items()}
    if not all(isinstance(part, str) for part in plain.values()):
        raise InvalidConversation([f"{where}: “metadata” may hold only text values."])
    return {key: {"stringValue": str(part)} for key, part in plain.items()}


def _branch(where: str, value: Any) -> dict[str, str] | None:
    """An exported event's branch; `main` is the default and is never sent (as the SDK does)."""
    if value is None or value == {"name": "main"}:
        return None
    if not isinstance(value, dict) or not all(isinstance(part, str) for part in value.values()):
        raise InvalidConversation([f"{where}: “branch” must be an object with a name and a rootEventId."])
    known = {key: value[key] for key in ("name", "rootEventId") if key in value}
    if "name" not in known:
        raise InvalidConversation([f"{where}: the branch has no name."])
    return known


def _encodable(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _refuse(problems: list[str]) -> None:
    if problems:
        raise InvalidConversation(problems)
