"""Metadata that is written after the records that it belongs to.

Of a record whose strategy is named in the call AWS keeps only the keys of the strategy's schema; of one that
names none, all (developer guide). So the metadata of the former is written again, by an update.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from services.records.calls import Item
from services.workspace.record_versions import Outcome

Row = dict[str, Any]
METADATA = "MetadataMissing"
"""The code of a record that was written all the same."""


def left_to_write(items: Sequence[Item], outcomes: Sequence[Outcome]) -> list[Item]:
    """The metadata of the records that were written along with a strategy, as items of an update."""
    sent = {item.number: item.sent for item in items}
    return [
        Item(each.number, {"memoryRecordId": each.record_id} | _metadata_alone(sent[each.number]))
        for each in outcomes
        if each.state == "done"
        and "memoryStrategyId" in sent[each.number]
        and sent[each.number].get("metadata")
    ]


def unseen(outcome: Outcome) -> Outcome:
    """A record that was written, while nobody has seen that all of its metadata was."""
    message = "Written, but metadata may be missing: the act was cut off before it was written."
    return replace(outcome, error_code=METADATA, error_message=message)


def told(outcome: Outcome, metadata: Outcome | None) -> Outcome:
    """A record that was written, and what became of its metadata where that is not well."""
    if metadata is None or metadata.state == "done":
        return outcome
    message = f"Written, but metadata may be missing: {metadata.error_message}"
    return replace(outcome, error_code=METADATA, error_message=message)


def _metadata_alone(sent: Row) -> Row:
    return {"timestamp": sent["timestamp"], "metadata": sent["metadata"]}
