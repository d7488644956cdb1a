"""Metadata filters of events: three operators and at most five conditions, all of which must hold.

AWS filters after it has scanned (so a page may come back short or empty though more follow), and any key may
be asked for: events need no indexed keys.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from services.constraints import DATA, constraint
from services.errors import InvalidValue
from services.records.filters import MAX_FILTERS, MetadataFilter

OPERATORS = ("EQUALS_TO", "EXISTS", "NOT_EXISTS")
_HINT = "letters, digits, spaces and . _ : / = + @ -"
_EXPRESSION = ("ListEvents", "filter", "eventMetadata", "[]")


def to_api(filters: Iterable[MetadataFilter]) -> list[dict[str, Any]]:
    """The `filter.eventMetadata` of ListEvents. InvalidValue says what AWS would refuse."""
    wanted = list(filters)
    if len(wanted) > MAX_FILTERS:
        raise InvalidValue(f"At most {MAX_FILTERS} metadata filters can be combined, not {len(wanted)}.")
    return [_expression(each) for each in wanted]


def _expression(condition: MetadataFilter) -> dict[str, Any]:
    if condition.operator not in OPERATORS:
        raise InvalidValue(f"Events are filtered by {', '.join(OPERATORS)}, not {condition.operator}.")
    key = constraint(DATA, *_EXPRESSION, "left", "metadataKey")
    problems = key.text_problems("The key", condition.key, _HINT)
    asked: dict[str, Any] = {"left": {"metadataKey": condition.key}, "operator": condition.operator}
    if condition.takes_value:
        value = constraint(DATA, *_EXPRESSION, "right", "metadataValue", "stringValue")
        problems += value.text_problems(f"The value for “{condition.key}”", condition.value, _HINT)
        asked["right"] = {"metadataValue": {"stringValue": condition.value}}
    if problems:
        raise InvalidValue(problems[0])
    return asked


def keys_of(events: Iterable[dict[str, Any]]) -> list[str]:
    """The metadata keys that events have, sorted: suggestions for a filter."""
    return sorted({key for event in events for key in event.get("metadata", {})})
