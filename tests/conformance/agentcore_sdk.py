"""The AgentCore SDK's own integration tests for memory, unmodified, from its source distribution.

They need a memory that has something in it (the SDK's TESTING.md asks for one with three strategies and
extracted records) and ARNs that are only echoed. The Strands tests call a model; the endpoint's Converse
answers by rules.
"""

from __future__ import annotations

import time
from functools import partial
from typing import Any

import boto3

from tests.conformance import environment
from tests.conformance.runner import REGION, Outcome, Suite, client_environment, pytest_suite

VERSION = "1.25.0"
ACTOR, SESSION = "integ-test-actor", "integ-test-session"
TESTS = {
    "test_controlplane.py": 6,
    "test_memory_client.py": 25,
    "integrations/test_session_manager.py": 12,
    "integrations/test_memory_store.py": 6,
}
EXTRACTION_SECONDS = 30.0
STRATEGIES: dict[str, str] = {
    "semanticMemoryStrategy": "/facts/{actorId}/",
    "userPreferenceMemoryStrategy": "/preferences/{actorId}/",
    "summaryMemoryStrategy": "/summaries/{actorId}/{sessionId}/",
}
CONVERSATION = [
    ("USER", "I am a software engineer in Seattle and I build distributed systems."),
    ("ASSISTANT", "Which programming language do you use?"),
    ("USER", "I prefer Python to every other programming language, and I like dark themes."),
]


def suites() -> list[Suite]:
    """One suite per file: run together, the tests' order marks would mix the files."""
    return [Suite(f"AgentCore SDK, {file}", partial(_run, file, total)) for file, total in TESTS.items()]


def _run(file: str, total: int, url: str) -> Outcome:
    variables = {
        **client_environment(url),
        "BEDROCK_TEST_REGION": REGION,
        "MEMORY_KINESIS_ARN": f"arn:aws:kinesis:{REGION}:123456789012:stream/memory",
        "MEMORY_ROLE_ARN": "arn:aws:iam::123456789012:role/memory",
        "MEMORY_PREPOPULATED_ID": _prepopulated(url),
    }
    folder = environment.source("bedrock-agentcore", VERSION)
    return pytest_suite(environment.python(), [f"tests_integ/memory/{file}"], folder, variables, total)


def _prepopulated(url: str) -> str:
    """Makes the memory that the tests expect to find, with records of each kind; gives its id."""
    control, data = _client("bedrock-agentcore-control", url), _client("bedrock-agentcore", url)
    strategies = [
        {kind: {"name": kind, "namespaceTemplates": [template]}} for kind, template in STRATEGIES.items()
    ]
    memory = control.create_memory(name="prepopulated", eventExpiryDuration=30, memoryStrategies=strategies)
    memory_id = str(memory["memory"]["id"])
    turns = [{"conversational": {"role": role, "content": {"text": text}}} for role, text in CONVERSATION]
    data.create_event(
        memoryId=memory_id, actorId=ACTOR, sessionId=SESSION, eventTimestamp=time.time(), payload=turns
    )
    for template in STRATEGIES.values():
        _wait_for_records(data, memory_id, template.format(actorId=ACTOR, sessionId=SESSION))
    return memory_id


def _wait_for_records(data: Any, memory_id: str, namespace: str) -> None:
    deadline = time.monotonic() + EXTRACTION_SECONDS
    while not data.list_memory_records(memoryId=memory_id, namespace=namespace)["memoryRecordSummaries"]:
        if time.monotonic() > deadline:
            raise TimeoutError(f"Nothing was extracted into {namespace} within {EXTRACTION_SECONDS} s")
        time.sleep(0.1)


def _client(service: Any, url: str) -> Any:
    return boto3.Session().client(
        service, REGION, endpoint_url=url, aws_access_key_id="testing", aws_secret_access_key="testing"
    )
