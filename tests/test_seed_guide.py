"""AWS's “Getting started with AgentCore Memory”, block by block, against the endpoint.

The blocks are in tests/data/seed_guide, as published. A reader gives nothing but environment variables. The
guide creates a memory named MyAgentMemory twice, which AWS refuses in one account, so each chapter has an
account of its own: the endpoint takes a 12-digit access key id as the account.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.conftest import ROOT, Endpoint

BLOCKS = ROOT / "tests" / "data" / "seed_guide"
DEADLINE_SECONDS = 300

# Between two blocks a reader reads. AWS's text says how long these things take: minutes until a memory or a
# strategy is ACTIVE, a minute for extraction.
PAUSES = {
    "until_active": """
import time
def parts():
    found = client.gmcp_client.get_memory(memoryId=memory.get("id"))["memory"]
    return [found, *found["strategies"]]
while any(part["status"] != "ACTIVE" for part in parts()):
    time.sleep(5)
""",
    "until_extracted": "import time\ntime.sleep(60)\n",
}

SHORT_TERM = (
    "111100000001",
    "01_create_short_term_memory",
    "02_list_memories",
    "03_create_event",
    "04_list_events",
)
UPGRADE = (
    "111100000002",
    "01_create_short_term_memory",
    "until_active",
    "06_add_summary_strategy",
    "until_active",
    "07_save_and_retrieve",
)
LONG_TERM = (
    "111100000003",
    "01_create_short_term_memory",
    "05_create_long_term_memory",
    "07_save_and_retrieve",
)
AGENT = ("111100000004", "08_agent")
AIRLINE = (
    "111100000005",
    "09_create_custom_memory",
    "10_upload_conversation",
    "until_extracted",
    "11_search_airline_type",
    "12_search_seat_type",
)


@pytest.fixture(scope="module")
def guide_endpoint(_isolated_aws: None, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """An endpoint of its own, whose pending extractions are the guide's only."""
    running = Endpoint(
        tmp_path_factory.mktemp("guide") / "data", "--extraction-delay", "0.2", "--transition-seconds", "0.1"
    )
    running.start()
    yield running
    assert running.stop() == 0, running.log.read_text("utf-8")


class Chapter:
    """The outcome of a chapter: what each block printed and left behind."""

    def __init__(self, account: str, url: str, results: list[dict[str, Any]]) -> None:
        self.results = {result["block"]: result for result in results}
        self._account = account
        self._url = url

    def variable(self, block: str, name: str) -> Any:
        """A variable's value right after a block."""
        return self.results[block]["variables"][name]

    def printed(self, block: str) -> str:
        """What a block wrote to the screen."""
        return str(self.results[block]["printed"])

    def texts(self, block: str) -> list[str]:
        """The texts of the records that a block retrieved."""
        return [memory["content"]["text"] for memory in self.variable(block, "memories")]

    def client(self) -> Any:
        """A client of the data plane in the chapter's account."""
        return boto3.Session().client(
            "bedrock-agentcore",
            endpoint_url=self._url,
            aws_access_key_id=self._account,
            aws_secret_access_key="testing",
        )


def run_chapter(endpoint: Endpoint, directory: Path, account: str, *blocks: str) -> Chapter:
    """Runs the blocks in a fresh interpreter with the environment of a reader."""
    report = directory / "report.json"
    for name, pause in PAUSES.items():
        (directory / f"{name}.py").write_text(pause, "utf-8")
    paths = [(directory if block in PAUSES else BLOCKS) / f"{block}.py" for block in blocks]
    finished = subprocess.run(
        [sys.executable, "-m", "tests.seed_guide_runner", report, f"{endpoint.url}/healthz", *paths],
        check=False,
        cwd=ROOT,
        env=reader_environment(endpoint.url, account),
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return Chapter(account, endpoint.url, json.loads(report.read_text("utf-8")))


def reader_environment(url: str, account: str) -> dict[str, str]:
    """What the reader exports before running the guide."""
    return os.environ | {
        "AWS_ENDPOINT_URL_BEDROCK_AGENTCORE": url,
        "AWS_ENDPOINT_URL_BEDROCK_AGENTCORE_CONTROL": url,
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": url,
        "AWS_REGION": "us-west-2",
        "AWS_ACCESS_KEY_ID": account,
        "AWS_SECRET_ACCESS_KEY": "testing",
    }


def test_short_term_memory_keeps_the_support_conversation(guide_endpoint: Endpoint, tmp_path: Path) -> None:
    chapter = run_chapter(guide_endpoint, tmp_path, *SHORT_TERM)
    memory_id = chapter.variable("01_create_short_term_memory", "memory")["id"]
    assert memory_id.startswith("CustomerSupportAgentMemory-")
    assert f"Memory ID: {memory_id}" in chapter.printed("01_create_short_term_memory")
    assert f"Memory ID: {memory_id}" in chapter.printed("02_list_memories")
    [event] = chapter.variable("04_list_events", "conversations")
    turns = [
        (item["conversational"]["role"], item["conversational"]["content"]["text"])
        for item in event["payload"]
    ]
    assert [role for role, _ in turns].count("TOOL") == 2
    assert turns[0] == ("USER", "Hi, I'm having trouble with my order #12345")
    assert turns[-1] == ("USER", "The package arrived damaged")
    assert len(turns) == 10


@pytest.mark.parametrize("blocks", [LONG_TERM, UPGRADE], ids=["long-term from the start", "upgraded"])
def test_the_summary_mentions_the_order(
    guide_endpoint: Endpoint, tmp_path: Path, blocks: tuple[str, ...]
) -> None:
    chapter = run_chapter(guide_endpoint, tmp_path, *blocks)
    memories = chapter.variable("07_save_and_retrieve", "memories")
    assert {namespace for memory in memories for namespace in memory["namespaces"]} == {
        "/summaries/User84/OrderSupportSession1"
    }
    text = " ".join(chapter.texts("07_save_and_retrieve"))
    assert "<topic name=" in text
    assert "12345" in text
    assert "damaged" in text


def test_the_agent_remembers_what_the_user_was_in_the_mood_for(
    guide_endpoint: Endpoint, tmp_path: Path
) -> None:
    chapter = run_chapter(guide_endpoint, tmp_path, *AGENT)
    answer = chapter.variable("08_agent", "agent_messages")[-1]
    assert answer["role"] == "assistant"
    assert "italian" in " ".join(part.get("text", "") for part in answer["content"]).lower()
    records = chapter.client().list_memory_records(
        memoryId=chapter.variable("08_agent", "memory")["id"], namespace="/users/CaliforniaPerson"
    )["memoryRecordSummaries"]
    preferences = [json.loads(record["content"]["text"])["preference"].lower() for record in records]
    for word in ("vegetarian", "quiet", "italian", "mid-range", "downtown"):
        assert any(word in preference for preference in preferences), (word, preferences)


def test_the_airline_and_the_seat_are_found(guide_endpoint: Endpoint, tmp_path: Path) -> None:
    chapter = run_chapter(guide_endpoint, tmp_path, *AIRLINE)
    strategy = chapter.variable("09_create_custom_memory", "memory")["strategies"][0]
    assert strategy["type"] == "CUSTOM"
    assert "delta" in chapter.texts("11_search_airline_type")[0].lower()
    assert "window" in chapter.texts("12_search_seat_type")[0].lower()
