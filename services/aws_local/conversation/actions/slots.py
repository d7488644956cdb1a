"""Values for parameters, from what the user said."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from services.aws_local.conversation.actions import dates, values
from services.aws_local.conversation.actions.dates import Role, Said
from services.aws_local.conversation.actions.tools import Parameter, Tool, stem, words

LONGEST = 20_000  # characters of a message: nobody says more, and patterns take their time
_STOP = (
    r"(?=\s+(?:depart\w*|leav\w*|return\w*|on|via|by|from|to|start\w*|between|for|with|in|at|and|until|please"
    r"|travel\w*|fly\w*|this|next|under|below|near|that|which|where|today|tonight|tomorrow)\b"
    r"|\s*[.,;?!()]|\s*$)"
)
_PLACE = r"(?P<place>[A-Za-zÀ-ÿ][\w' -]*?)"
_ORIGIN = re.compile(rf"\bfrom\s+{_PLACE}{_STOP}", re.I)
_DESTINATION = re.compile(rf"\bto\s+{_PLACE}{_STOP}", re.I)
_WHERE = re.compile(rf"\b(?:in|to|near|around|visit|visiting)\s+{_PLACE}{_STOP}", re.I)
_WHITHER = re.compile(rf"\b(?:[Ff]or|[Ii]n|[Tt]o|[Vv]isit)\s+(?=[A-ZÀ-Þ]){_PLACE}{_STOP}")
_PROPER_NAME = re.compile(r"\b(?:at|the|called|named)\s+(?P<value>[A-ZÀ-Þ][\w'&-]*(?: [A-ZÀ-Þ][\w'&-]*)*)")
_NO_PLACE = re.compile(
    r"(book|go|travel|fly|change|cancel|stay|return|make|reserve|the|a|an|my|see|get|have|be|do|update|move"
    r"|eat|drink|dine|sleep|find|buy|look|know|try|order|send|take|plan)\b"
    r"|\d", re.I,
)  # fmt: skip
_VIA = re.compile(r"\b(?:via|by)\s+(?P<value>[A-Za-z]+)", re.I)
_ID = re.compile(
    r"(?:\b(?:id|number|reference|code|booking|reservation|order|trip|flight)\b[\s:#]*(?:is|=)?\s*[\"“]?|#)"
    r"(?P<value>(?=[\w-]*\d)[A-Za-z0-9][\w-]{2,})",
    re.I,
)
# Letters and digits as tickets have them.
_CODE = re.compile(r"(?<![\w-])(?P<value>[A-Z]{2,4}-?\d{2,6})(?![\w-])")
_BARE_ID = re.compile(r"(?<![\w-])(?P<value>(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{6,})(?![\w-])", re.I)
_COURTESY = re.compile(r"^(?:it(?:'s| is)|that is|the|please|ok(?:ay)?|sure|yes)\b[\s,:]*|[\s.!]+$", re.I)
_ORIGIN_WORDS = frozenset({"origin", "from", "source"})
_DESTINATION_WORDS = frozenset({"destination", "to"})
_START_WORDS = frozenset({"start", "departure", "begin", "from", "checkin", "outbound", "depart"})
_END_WORDS = frozenset({"end", "return", "until", "checkout", "to", "back"})


@dataclass(frozen=True)
class Answer:
    """Something that the user said, and the parameter that they were asked for before, if they were."""

    text: str
    asked_for: str | None = None


@dataclass(frozen=True)
class Refused:
    """A value that was said and is not allowed."""

    parameter: Parameter
    value: str


@dataclass(frozen=True)
class Filled:
    """What was found: values by parameter, and values that cannot be."""

    values: Mapping[str, str]
    refused: tuple[Refused, ...] = ()


def today() -> date:
    """The day that incomplete dates are completed from."""
    return datetime.now(UTC).date()


def filled(tool: Tool, said: Sequence[Answer], known: Mapping[str, str]) -> Filled:
    """The values of a function's parameters in what was said; what was said later counts.

    `known` are values by parameter that complete dates in part. A bare answer is the value asked for.
    """
    taken: dict[str, str] = {}
    refused: list[Refused] = []
    for answer in said:
        found = dict(_dates(tool, answer.text, {**known, **taken}, taken))
        for parameter in tool.parameters:
            value = None if parameter.is_date else _value(parameter, answer.text)
            if value is None and parameter.name == answer.asked_for and parameter.name not in found:
                value = _bare(parameter, answer.text)
            if isinstance(value, Refused):
                refused.append(value)
            elif value is not None:
                found[parameter.name] = value
        refused = [each for each in refused if each.parameter.name not in found]
        taken |= found
    return Filled(taken, tuple(refused))


def _value(parameter: Parameter, text: str) -> str | Refused | None:
    """What a text has for a parameter, by the first kind of value that it is."""
    return next(find(parameter, text) for is_kind, find in _FINDERS if is_kind(parameter))


def _id(parameter: Parameter, text: str) -> str | None:
    found = _ID.search(text) or _CODE.search(text) or _BARE_ID.search(text)
    return found["value"] if found else None


def _named(parameter: Parameter, text: str) -> str | None:
    """What follows the parameter's own name."""
    found = re.search(
        rf"\b{'[ _-]'.join(re.escape(each) for each in words(parameter.name))}\b\s*(?:is|:|=|of)?\s*"
        r"[\"“]?(?P<value>[^\"”,.;!?]+)",
        text,
        re.I,
    )
    if found is None and "name" in parameter.words:
        found = _PROPER_NAME.search(text)
    return found["value"].strip() if found else None


def _place_for(parameter: Parameter, text: str) -> str | None:
    """The place that a parameter means, by its name; the country or city of a request otherwise."""
    if parameter.words & _ORIGIN_WORDS:
        return _place(_ORIGIN, text)
    if parameter.words & _DESTINATION_WORDS:
        return _place(_DESTINATION, text)
    return _place(_WHITHER if "country" in parameter.words else _WHERE, text)


def _number(parameter: Parameter, text: str) -> str | None:
    if counted := values.count_in(parameter, text):
        return counted
    named = _named(parameter, text)
    if named is not None and (number := values.number_in(named)):
        return number
    return values.number_in(text) if _is_about(parameter, text) else None


def yes_in(parameter: Parameter, text: str) -> str | None:
    """`true` where the words of a yes-or-no parameter's name are said."""
    wanted = {stem(word) for word in words(parameter.name)} - {"is", "only", "with", "has"}
    return "true" if wanted and wanted <= {stem(word) for word in words(text)} else None


def _is_about(parameter: Parameter, text: str) -> bool:
    said = {word.removesuffix("s") for word in re.findall(r"[a-z]+", text.lower())}
    told = {word.removesuffix("s") for word in re.findall(r"[a-z]{4,}", parameter.description.lower())}
    return bool(said & (told | {word.removesuffix("s") for word in parameter.words}) - {"number"})


def choice_in(parameter: Parameter, text: str) -> str | Refused | None:
    """The first of a parameter's values that a text names; one that it names and that is none is refused."""
    for choice in parameter.choices:
        spelled = re.sub(r"(?:\\-|\\ |[ _-])+", "[ _-]", re.escape(choice))
        if re.search(rf"\b{spelled}s?\b", text, re.I):
            return choice
    if "mode" in parameter.words or "transportation" in parameter.words or "transport" in parameter.words:
        found = _VIA.search(text)
        if found:
            return Refused(parameter, found["value"])
    return None


def _place(pattern: re.Pattern[str], text: str) -> str | None:
    return next(_places(pattern, text), None)


def _places(pattern: re.Pattern[str], text: str) -> Iterator[str]:
    for found in pattern.finditer(text):
        place = found["place"].strip()
        if place and not _NO_PLACE.match(place) and not dates.said_in(place, today()):
            yield place


def places_in(text: str) -> list[str]:
    """The places that a text names, as where from, where to and where."""
    return [place for pattern in (_ORIGIN, _DESTINATION, _WHERE) for place in _places(pattern, text)]


def _bare(parameter: Parameter, text: str) -> str | Refused | None:
    """The whole answer as the value that was asked for."""
    if parameter.type == "boolean":
        return "true" if re.match(r"(y|yes|true|sure)\b", text.strip(), re.I) else "false"
    answer = _COURTESY.sub("", _COURTESY.sub("", text)).strip()
    if not answer or len(answer) > 200:
        return None
    if parameter.choices:
        return choice_in(parameter, answer) or Refused(parameter, answer)
    if parameter.is_date:
        return None  # a day would have been found
    return _typed(parameter, answer)


def _typed(parameter: Parameter, answer: str) -> str | Refused:
    if parameter.type in {"number", "integer"} and not parameter.is_id:
        return values.number_in(answer) or values.count_in(parameter, answer) or Refused(parameter, answer)
    if parameter.is_time:
        return values.time_in(answer) or Refused(parameter, answer)
    if parameter.type == "array":
        return f"[{', '.join(part.strip() for part in answer.split(','))}]"
    return answer


_FINDERS: tuple[tuple[Callable[[Parameter], bool], Callable[[Parameter, str], str | Refused | None]], ...] = (
    (lambda parameter: bool(parameter.choices), choice_in),
    (lambda parameter: parameter.is_time, lambda parameter, text: values.time_in(text)),
    (lambda parameter: parameter.is_place, _place_for),
    (lambda parameter: parameter.is_id or "id" in parameter.words, _id),
    (lambda parameter: "email" in parameter.words, lambda parameter, text: values.email_in(text)),
    (lambda parameter: "address" in parameter.words, lambda parameter, text: values.address_in(text)),
    (lambda parameter: parameter.type == "boolean", yes_in),
    (lambda parameter: parameter.type in {"number", "integer"}, _number),
    (lambda parameter: True, _named),
)


# --- days -------------------------------------------------------------------------------------------


def _dates(
    tool: Tool, text: str, known: Mapping[str, str], before: Mapping[str, str]
) -> list[tuple[str, str]]:
    """The days in a text, each to its parameter: by what the words before it say; else to the only one that
    was said `before`, which it corrects; else in their order.
    """
    open_ones = [parameter for parameter in tool.parameters if parameter.is_date]
    said = dates.said_in(text, today())
    if len(open_ones) > 1 and len(said) > 1 and not any(each.role for each in said):
        said = [_as(said[0], "start"), *(_as(each, "end") for each in said[1:])]
    found: list[tuple[str, str]] = []
    for day in said:
        corrected = [each for each in open_ones if each.name in before]
        parameter = _parameter_for(day, corrected if len(said) == len(corrected) == 1 else open_ones)
        if parameter is None:
            continue
        open_ones.remove(parameter)
        value = _coming(day, _base(parameter, known, [value for _, value in found]))
        if value is not None:
            found.append((parameter.name, value))
    if not said:
        last = next((each for each in open_ones if _role(each) == "end"), None)
        base = known.get(last.name) if last else None
        later = dates.moved(text, base) if base else None
        if last and later:
            found.append((last.name, later))
    return found


def _coming(day: Said, base: date) -> str | None:
    """The day; of the next year or month where this one's is over and the user said no more of it."""
    value = day.on(base)
    if value is None or day.year is not None or base != today() or value >= base.isoformat():
        return value
    return day.on(base.replace(year=base.year + 1, day=1) if day.month else _next_month(base))


def _next_month(base: date) -> date:
    return base.replace(day=1) + timedelta(days=31)


def _as(day: Said, role: Role) -> Said:
    return Said(day.year, day.month, day.day, role, day.start, day.end)


def _role(parameter: Parameter) -> Role | None:
    if parameter.words & _START_WORDS:
        return "start"
    return "end" if parameter.words & _END_WORDS else None


def _parameter_for(day: Said, open_ones: Sequence[Parameter]) -> Parameter | None:
    if day.role is not None:
        fitting = [each for each in open_ones if _role(each) == day.role]
        if fitting:
            return fitting[0]
    return open_ones[0] if open_ones else None


def _base(parameter: Parameter, known: Mapping[str, str], found: Sequence[str]) -> date:
    """What completes a day: the one that it replaces, one said beside it, or today."""
    for text in (known.get(parameter.name), *reversed(found), *known.values()):
        try:
            return date.fromisoformat(text or "")
        except ValueError:
            continue
    return today()
