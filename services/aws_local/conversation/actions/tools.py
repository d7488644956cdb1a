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
_CHOICES = re.compile(r"\b(?:one of|either|allowed values?(?: are)?|values?)[: ]+(?P<list>[^.;()]+)", re.I)
_SMALL_WORDS = frozenset(
    re.findall(r"\w+", "a an the of for to in on or and with by is it id new existing customer user")
)


def words(text: str) -> list[str]:
    """The words of a text or of an identifier, in lower case: `newStartDate` has three."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text)
    return re.findall(r"[a-z0-9]+", spaced.lower())


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
        schema = spec.get("inputSchema", {}).get("json", {})
        properties = schema.get("properties", {}) if isinstance(schema, dict) else {}
        required = schema.get("required", []) if isinstance(schema, dict) else []
        parameters = tuple(
            Parameter(
                name,
                str(detail.get("type", "string")),
                str(detail.get("description", "")),
                name in required,
                tuple(map(str, detail.get("enum", ()))),
            )
            for name, detail in properties.items()
            if isinstance(detail, dict)
        )
        return cls(spec["name"], str(spec.get("description", "")), parameters)

    @property
    def function(self) -> str:
        """The function's own name."""
        return wording.function_of(self.name)

    @cached_property
    def kind(self) -> Kind | None:
        """What it does to a thing, by the verb of its name, or else the first of its description."""
        for text in (self.function, self.description):
            for word in words(text):
                for kind, verbs in _VERBS.items():
                    if word in verbs:
                        return kind
        return None

    @cached_property
    def subjects(self) -> frozenset[str]:
        """The things that it is about: words of its name and description, without verbs."""
        verbs = frozenset().union(*_VERBS.values())
        found = {*words(self.function), *words(self.description)} - verbs - _SMALL_WORDS
        return frozenset(word.removesuffix("s") for word in found)

    def parameter(self, name: str) -> Parameter | None:
        """The parameter of that name."""
        return next((each for each in self.parameters if each.name == name), None)


def tools_of(given: Sequence[dict[str, Any]]) -> list[Tool]:
    """The tools that have a specification."""
    return [Tool.of(each) for each in given if "toolSpec" in each]
