"""The functions that can be called, as the rules see them: verbs, words, and parameters with their kinds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from services.aws_local.conversation.actions import wording

Kind = Literal["create", "change", "delete", "read"]

_VERBS: dict[Kind, frozenset[str]] = {
    "delete": frozenset(re.findall(r"\w+", "cancel delete remove drop revoke terminate")),
    "change": frozenset(
        re.findall(
            r"\w+",
            "change update move reschedule postpone shift extend modify edit adjust correct amend",
        )
    ),
    "create": frozenset(
        re.findall(r"\w+", "book reserve create make buy order schedule add plan open register submit")
    ),
    "read": frozenset(
        re.findall(r"\w+", "get list find show check search look describe view retrieve fetch tell")
    ),
}
_NOUNS_TOO = frozenset(
    re.findall(
        r"\w+", "book order plan schedule register list check search view drop move change update open"
    )
)
_CHOICES = re.compile(r"\b(?:one of|either|allowed values?(?: are)?|values?)[: ]+(?P<list>[^.;()]+)", re.I)
_SMALL_WORDS = frozenset(
    re.findall(
        r"\w+",
        """
        a an the of for to in on or and with by is it id new existing customer user that was are be what which
        i my me you your do does did from at this these all one two until as
        """,
    )
)
_ENDINGS = re.compile(r"(?:ations?|ings?|ed|es|s|e)$")


def words(text: str) -> list[str]:
    """The words of a text or of an identifier, in lower case: `newStartDate` has three."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text)
    return re.findall(r"[a-z0-9]+", spaced.lower())


def stem(word: str) -> str:
    """A word without its ending: `reservations`, `reserve` and `reserved` are one."""
    return _ENDINGS.sub("", word) if len(word) > 3 else word


@dataclass(frozen=True)
class Parameter:
    """One value that a function takes."""

    name: str
    type: str
    description: str
    required: bool
    enum: tuple[str, ...]

    @cached_property
    def words(self) -> frozenset[str]:
        """The words of its name."""
        return frozenset(words(self.name))

    @cached_property
    def choices(self) -> tuple[str, ...]:
        """The values that it may have, as far as the schema or the description says."""
        if self.enum:
            return self.enum
        found = _CHOICES.search(self.description)
        if found is None:
            return ()
        parts = re.split(r"\s*(?:,|/|\bor\b|\band\b)\s*", found["list"].strip())
        listed = [part.strip(" '\"`") for part in parts if part.strip(" '\"`")]
        return tuple(listed) if len(listed) > 1 and all(len(each.split()) <= 3 for each in listed) else ()

    @property
    def is_date(self) -> bool:
        """Whether it is a day."""
        return "date" in self.words or "YYYY-MM-DD" in self.description or "day" in self.words

    @property
    def is_id(self) -> bool:
        """Whether it names a thing."""
        return bool(self.words & {"id", "identifier", "number", "reference", "code"}) and (
            "id" in self.words or "reference" in self.words or self.type == "string"
        )

    @property
    def is_time(self) -> bool:
        """Whether it is a time of the day."""
        return "HH:MM" in self.description or bool(self.words & {"time", "hour"})

    @property
    def is_place(self) -> bool:
        """Whether it names a city, a country or another place."""
        places = {
            "city",
            "town",
            "country",
            "place",
            "location",
            "region",
            "destination",
            "origin",
            "airport",
        }
        return self.type == "string" and bool(self.words & places)

    @property
    def is_name(self) -> bool:
        """Whether it says which one of several is meant, by its name or its id."""
        return self.is_id or "name" in self.words

    @property
    def stem(self) -> str:
        """Its name without what says that it is another value: `new_end_date` is an `end_date`."""
        return re.sub(r"^(new|updated|changed|old|current)_?(?=\w)", "", self.name, flags=re.I)


@dataclass(frozen=True)
class Tool:
    """One function. `name` is the tool's, as calls have it."""

    name: str
    description: str
    parameters: tuple[Parameter, ...]

    @classmethod
    def of(cls, tool: dict[str, Any]) -> Tool:
        """From an element of Converse's `toolConfig.tools`."""
        spec = tool["toolSpec"]
        schema = spec.get("inputSchema", {}).get("json")
        properties = schema.get("properties") if isinstance(schema, dict) else None
        required = schema.get("required") if isinstance(schema, dict) else None
        parameters = tuple(
            _parameter(name, _not_null(detail), isinstance(required, list) and name in required)
            for name, detail in (properties if isinstance(properties, dict) else {}).items()
        )
        return cls(spec["name"], str(spec.get("description", "")), parameters)

    @property
    def function(self) -> str:
        """The function's own name."""
        return wording.function_of(self.name)

    @cached_property
    def kind(self) -> Kind | None:
        """What it does to a thing, by the verb of its name, or else the first of its description.

        A word such as `order` is a verb at the beginning only: `refund_order` orders nothing.
        """
        for text in (self.function, self.description):
            first, *rest = words(text) or [""]
            for word in (first, *(each for each in rest if each not in _NOUNS_TOO)):
                for kind, verbs in _VERBS.items():
                    if word in verbs:
                        return kind
        return None

    @cached_property
    def subjects(self) -> frozenset[str]:
        """What it is about: the stems of its name's and description's words."""
        return self.nouns | _stems(words(self.description))

    @cached_property
    def nouns(self) -> frozenset[str]:
        """The same, of its name only, without the verb that it begins with."""
        first, *rest = words(self.function) or [""]
        return _stems(rest if any(first in verbs for verbs in _VERBS.values()) else [first, *rest])

    def parameter(self, name: str) -> Parameter | None:
        """The parameter of that name."""
        return next((each for each in self.parameters if each.name == name), None)


def _parameter(name: str, detail: dict[str, Any], required: bool) -> Parameter:
    """From a schema that anybody may have written: what is not as JSON Schema has it says nothing."""
    kinds = detail.get("type", "string")
    kind = next((each for each in kinds if each != "null"), "string") if isinstance(kinds, list) else kinds
    listed = detail.get("enum")
    choices = tuple(str(each) for each in listed if each is not None) if isinstance(listed, list) else ()
    return Parameter(name, str(kind), str(detail.get("description", "")), required, choices)


def _not_null(detail: Any) -> dict[str, Any]:
    """The schema of a value that is given; one that may be left out can be `anyOf` that and null."""
    if not isinstance(detail, dict):
        return {}
    kinds = [
        each for each in detail.get("anyOf", ()) if isinstance(each, dict) and each.get("type") != "null"
    ]
    return {**detail, **kinds[0]} if len(kinds) == 1 else detail


def _stems(found: Sequence[str]) -> frozenset[str]:
    return frozenset(stem(word) for word in found if word not in _SMALL_WORDS)


def tools_of(given: Sequence[dict[str, Any]]) -> list[Tool]:
    """The tools that have a specification."""
    return [Tool.of(each) for each in given if "toolSpec" in each]
