"""The sentences that the rules write and read again: calls, proposals, questions.

A conversation is all that the rules know, so what they proposed has to be found in their own words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from services.aws_local import bounded_json

_PAIR = re.compile(r"(?P<name>[A-Za-z_][\w.-]*) “(?P<value>[^”]*)”")
_CALLED = re.compile(
    r"Called (?P<function>[\w.-]+)(?: \((?P<group>[^)]*)\))? "
    r"with (?P<values>(?:“[^”]*”|[^“])*?)\.(?=[\s<]|$)",
    re.S,
)
_PROPOSAL = re.compile(r"Shall I call (?P<function>[\w.-]+)(?: with (?P<values>.*))?\?\s*$", re.S)
_QUESTION = re.compile(r"Please tell me (?P<name>[\w.-]+)(?: \(.*\))?\.\s*$", re.S)

_MOST_ROWS = 5
_DEEPEST = 4


def function_of(tool_name: str) -> str:
    """The function's own name in a tool's: an agent's tools are called GROUP__FUNCTION."""
    return tool_name.rpartition("__")[2] or tool_name


def group_of(tool_name: str) -> str:
    """The action group in a tool's name; empty without one."""
    return tool_name.rpartition("__")[0]


def values(given: Mapping[str, Any]) -> str:
    """`origin “Boston”, destination “NYC”`."""
    return ", ".join(f"{name} “{_quotable(value)}”" for name, value in given.items())


def _quotable(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text.replace("”", '"')


def called(use: dict[str, Any]) -> str:
    """A call as a summary tells it."""
    group = group_of(use["name"])
    where = f" ({group})" if group else ""
    return f"Called {function_of(use['name'])}{where} with {values(use['input']) or 'nothing'}."


def calls_in(text: str) -> list[tuple[str, dict[str, str]]]:
    """The calls that a summary tells of: function and values."""
    return [(found["function"], pairs_in(found["values"])) for found in _CALLED.finditer(text)]


def pairs_in(text: str) -> dict[str, str]:
    """The values that a sentence names."""
    return {found["name"]: found["value"] for found in _PAIR.finditer(text)}


def proposal(function: str, given: Mapping[str, Any]) -> str:
    """The question whether to call a function; the last sentence of what is said."""
    told = f" with {values(given)}" if given else ""
    return f"Shall I call {function}{told}?"


def proposed(text: str) -> tuple[str, dict[str, str]] | None:
    """What an answer of the rules proposed: function and values."""
    found = _PROPOSAL.search(text)
    return (found["function"], pairs_in(found["values"] or "")) if found else None


def question(name: str, described: str) -> str:
    """The question for a value; the last sentence of what is said."""
    return f"Please tell me {name}{f' ({described})' if described else ''}."


def asked_for(text: str) -> str | None:
    """The value that an answer of the rules asked for."""
    found = _QUESTION.search(text)
    return found["name"] if found else None


def plain(text: str) -> str:
    """A result as a sentence: without the quotes of JSON around it, and data as `of_data` words them."""
    try:
        document = bounded_json.read(text)
    except ValueError:
        return text
    return of_data(document) if isinstance(document, str | dict | list) else text


def of_data(document: Any) -> str:
    """Data in words: `name: value, name: value`; of a list its length and its first rows."""
    if isinstance(document, list):
        rows = "; ".join(_one(each) for each in document[:_MOST_ROWS])
        more = f" and {len(document) - _MOST_ROWS} more" if len(document) > _MOST_ROWS else ""
        return f"{len(document)} found{': ' if rows else ''}{rows}{more}."
    return _one(document)


def _one(document: Any, depth: int = 0) -> str:
    if isinstance(document, dict | list) and depth > _DEEPEST:
        return "…"
    if isinstance(document, dict):
        told = [f"{name.replace('_', ' ')}: {_one(value, depth + 1)}" for name, value in document.items()]
        return ", ".join(told)
    if isinstance(document, list):
        return " and ".join(_one(each, depth + 1) for each in document[:_MOST_ROWS]) or "none"
    return document if isinstance(document, str) else json.dumps(document)
