"""The table of operations in docs/endpoint.md is what the endpoint answers."""

from __future__ import annotations

import re

from services.aws_local.operations import handlers
from services.aws_local.wire.service_models import SERVICES, service_model
from tests.conftest import ROOT

TABLE = (
    (ROOT / "docs" / "endpoint.md").read_text("utf-8").partition("## What it serves")[2].partition("\n## ")[0]
)


def documented() -> set[tuple[str, str]]:
    """Service and operation of every row."""
    found = set()
    for row in re.finditer(r"^\| (?P<service>[a-z-]+) \| (?P<operations>.*) \|$", TABLE, re.MULTILINE):
        if row["service"] in SERVICES:
            named = re.findall(r"\b[A-Z]\w+", row["operations"].partition(":")[0])
            found |= {(row["service"], name) for name in named}
    return found


def test_every_operation_that_is_served_is_in_the_table() -> None:
    assert documented() == set(handlers())


def test_every_service_has_a_row_and_every_operation_is_one_of_its_model() -> None:
    assert {service for service, _ in documented()} == set(SERVICES)
    unknown = [(each, name) for each, name in documented() if name not in service_model(each).operation_names]
    assert unknown == []
