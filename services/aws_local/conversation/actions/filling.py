"""The values of one call: said now, told before in this conversation, found by a function, kept in memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from services.aws_local.conversation.actions import evidence, recall, rows, slots
from services.aws_local.conversation.actions.evidence import Taken, Told
from services.aws_local.conversation.actions.recall import Known, Thing
from services.aws_local.conversation.actions.slots import Answer, Refused
from services.aws_local.conversation.actions.tools import Parameter, Tool

_ACTS_ON_A_THING = frozenset({"change", "delete"})


@dataclass(frozen=True)
class Sources:
    """What values may be taken from besides the user's words for this call.

    `results` are what functions returned in this conversation, oldest first; `told` is known of the user, the
    most telling first.
    """

    known: Known
    results: Sequence[Mapping[str, Any]] = ()
    told: Sequence[Told] = ()


@dataclass(frozen=True)
class Filling:
    """The values that a call has so far.

    `recalled` are those that are known from an earlier conversation only, of `thing`; `taken` those that what
    is told of the user gave; `open` the parameters that it may give, or has given.
    """

    tool: Tool
    values: dict[str, str]
    refused: tuple[Refused, ...] = ()
    thing: Thing | None = None
    recalled: tuple[str, ...] = ()
    taken: Mapping[str, Taken] = field(default_factory=dict)
    open: tuple[Parameter, ...] = ()

    @property
    def said(self) -> set[str]:
        """The names of the values that were said or found, not taken from what is told of the user."""
        return self.values.keys() - self.taken.keys()

    @property
    def missing(self) -> list[Parameter]:
        """What has to be known before the call."""
        return [each for each in self.tool.parameters if each.required and each.name not in self.values]


def fill(tool: Tool, said: Sequence[Answer], sources: Sources) -> Filling:
    """All that is known for a function's parameters."""
    texts = [each.text for each in said]
    alive = [each for each in sources.known.alive() if _of_thing(tool, each, sources.known)]
    thing = recall.meant(alive, texts) if tool.kind in {"change", "delete", "read"} else None
    before = _of_thing(tool, thing, sources.known)
    found = slots.filled(tool, said, before)
    doubtful = thing is not None and _is_doubtful(tool, thing, texts, sources)
    named, refused = _from_rows(tool, dict(found.values), said, sources.results, only_named=doubtful)
    if thing is not None and (doubtful or _names_another(tool, named, thing)):
        before = {}
    if tool.kind == "change" and not any(not each.is_id for each in tool.parameters if each.name in named):
        before = {name: value for name, value in before.items() if _is_id(tool, name)}
    given = {**before, **named}
    open_ones = () if tool.kind in _ACTS_ON_A_THING else _open(tool, given)
    taken = evidence.taken(tool, sources.told, given) if open_ones else {}
    given |= {name: each.value for name, each in taken.items()}
    return Filling(
        tool,
        {each.name: given[each.name] for each in tool.parameters if each.name in given},
        (*found.refused, *refused),
        thing,
        tuple(name for name in before if name not in named),
        taken,
        open_ones,
    )


def _of_thing(tool: Tool, thing: Thing | None, known: Known) -> dict[str, str]:
    """What is known of a thing that was made; to look something up no more than its id."""
    values = {each.name: known.value(each, thing) for each in tool.parameters}
    return {
        name: value
        for name, value in values.items()
        if value is not None and (tool.kind != "read" or _is_id(tool, name))
    }


def _is_id(tool: Tool, name: str) -> bool:
    parameter = tool.parameter(name)
    return parameter is not None and parameter.is_id


def _open(tool: Tool, given: Mapping[str, str]) -> tuple[Parameter, ...]:
    return tuple(each for each in tool.parameters if evidence.can_tell(each) and each.name not in given)


def _is_doubtful(tool: Tool, thing: Thing, texts: Sequence[str], sources: Sources) -> bool:
    """Whether another thing than the latest may be meant by who wants something deleted.

    There are several of this session and none was named, or a place was said that this one does not have.
    """
    if tool.kind != "delete":
        return False
    said = " ".join(texts).casefold()
    others = [
        each for each in sources.known.alive() if each != thing and _of_thing(tool, each, sources.known)
    ]
    own = set(thing.values.values()).difference(*(each.values.values() for each in others))
    if others and thing.session is None and not any(value.casefold() in said for value in own if value):
        return True
    name = which(tool)
    found = rows.with_value(sources.results, name) if name is not None else []
    of_it = [
        value for row in found if set(row.values()) & set(thing.values.values()) for value in row.values()
    ]
    return not _agrees([*thing.values.values(), *of_it], " ".join(texts))


def _names_another(tool: Tool, named: Mapping[str, str], thing: Thing) -> bool:
    """Whether the user named an id that the thing does not have."""
    ids = [named[each.name] for each in tool.parameters if each.is_id and each.name in named]
    return any(value not in thing.values.values() for value in ids)


def _from_rows(
    tool: Tool,
    named: dict[str, str],
    said: Sequence[Answer],
    results: Sequence[Mapping[str, Any]],
    *,
    only_named: bool,
) -> tuple[dict[str, str], tuple[Refused, ...]]:
    """What was said, completed from the row that is meant; which one it is the row knows best.

    `only_named`: even the only row has to be named. An answer to the question which one is meant that means
    none of them is refused.
    """
    name = which(tool)
    found = rows.with_value(results, name) if name is not None else []
    if name is None or not found:
        return named, ()
    text = " ".join(each.text for each in said)
    row = _row(tool, name, named, text, found, only_named=only_named)
    if row is not None:
        of_row = rows.values_for(tool, row)
        own = {each.name for each in tool.parameters if each.is_name} & of_row.keys()
        return {**of_row, **{key: value for key, value in named.items() if key not in own}}, ()
    if said[-1].asked_for == name.name and not _has_digit(named.get(name.name, "")):
        choices = tuple(rows.value_of(each, name) or "" for each in found)
        value = named.pop(name.name, said[-1].text)
        return named, (Refused(replace(name, enum=choices), value),)
    return named, ()


def which(tool: Tool) -> Parameter | None:
    """The parameter that says which of several things is meant."""
    return next((each for each in tool.parameters if each.required and each.is_name), None)


def _row(
    tool: Tool,
    name: Parameter,
    named: Mapping[str, str],
    text: str,
    found: Sequence[rows.Row],
    *,
    only_named: bool,
) -> rows.Row | None:
    said = named.get(name.name, "").casefold()
    exact = next((row for row in found if (rows.value_of(row, name) or "").casefold() == said), None)
    if exact is not None or tool.kind == "read" or _has_digit(said):
        return exact
    if tool.kind == "delete":
        found = [row for row in found if _agrees(row.values(), text)]
    row = rows.meant(found, name, text)
    is_only = len(found) == 1 and name.name not in named and not only_named
    return row or (found[0] if is_only and (tool.kind != "create" or rows.points(text)) else None)


def _agrees(values: Iterable[str], text: str) -> bool:
    """Whether something has all places that were said: a flight to Paris is none to Chicago."""
    told = " ".join(values).casefold()
    return all(place.casefold() in told for place in slots.places_in(text))


def _has_digit(text: str) -> bool:
    """Whether a text may be an id, which no row has to know."""
    return any(character.isdigit() for character in text)
