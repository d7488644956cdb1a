"""What kind of charge a call is."""

from __future__ import annotations

import botocore.session

from services.call_costs import CHARGED, cost_of

SERVICES = ("bedrock-agentcore", "bedrock-runtime", "bedrock-agent-runtime")


def test_only_operations_that_exist_are_charged_and_no_list_is() -> None:
    session = botocore.session.Session()
    operations = {name for service in SERVICES for name in session.get_service_model(service).operation_names}
    assert set(CHARGED) <= operations
    assert {cost_of(name) for name in operations if name.startswith("List")} == {"free"}


def test_events_and_retrievals_are_charged() -> None:
    assert cost_of("CreateEvent") == "new event"
    assert cost_of("RetrieveMemoryRecords") == "retrieval"
