"""AWS's notebook “Create Agent with Memory”, cell by cell, against the endpoint.

The cells are in tests/data/agents_notebook, as published in the documentation. The notebook in the samples'
repository has one cell more, which names an inference profile, and uses it for the agent and in its policy:
that version is made from the same cells. A reader gives nothing but environment variables.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.conftest import ROOT, Endpoint

CELLS = sorted((ROOT / "tests" / "data" / "agents_notebook").glob("*.txt"))
DEADLINE_SECONDS = 300
CLAUDE = "anthropic.claude-3-sonnet-20240229-v1:0"
NOVA = "us.amazon.nova-pro-v1:0"
# What the version in the samples' repository has otherwise.
PROFILE_CELL = f'inference_profile = "{NOVA}"\nfoundation_model = inference_profile[3:]\n'
OF_SAMPLES = {
    "foundationModel=agent_foundation_model": "foundationModel=inference_profile",
    'f"arn:aws:bedrock:{region}::foundation-model/{agent_foundation_model}"': (
        'f"arn:aws:bedrock:*::foundation-model/{foundation_model}",\n'
        '                f"arn:aws:bedrock:*:*:inference-profile/{inference_profile}"'
    ),
}


@pytest.fixture(scope="module")
def notebook_endpoint(_isolated_aws: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """An endpoint that runs the notebook's Lambda function."""
    running = Endpoint(
        tmp_path_factory.mktemp("notebook") / "data", "--run-lambda-code", "--summary-delay", "0.2"
    )
    running.start()
    yield running
    assert running.stop() == 0, running.log.read_text("utf-8")


def cells_of(version: str, directory: Path) -> list[Path]:
    """The cells of a published version."""
    if version == "documentation":
        return CELLS
    changed = 0
    for cell in CELLS:
        source = cell.read_text("utf-8")
        for old, new in OF_SAMPLES.items():
            changed += source.count(old)
            source = source.replace(old, new)
        (directory / cell.name).write_text(source, "utf-8")
    assert changed == len(OF_SAMPLES)
    (directory / "07_configuration_of_the_profile.txt").write_text(PROFILE_CELL, "utf-8")
    return sorted(directory.glob("*.txt"))


def run(endpoint: Endpoint, directory: Path, cells: list[Path], account: str) -> dict[str, dict[str, Any]]:
    """Runs the cells in a fresh interpreter with the environment of a reader; what each came to."""
    report = directory / "report.json"
    finished = subprocess.run(
        [sys.executable, "-m", "tests.agents_notebook_runner", report, *cells],
        check=False,
        cwd=directory,
        env=os.environ
        | {
            "AWS_ENDPOINT_URL": endpoint.url,
            "AWS_ACCESS_KEY_ID": account,
            "AWS_SECRET_ACCESS_KEY": "testing",
            "PYTHONPATH": str(ROOT),
        },
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return {part["cell"]: part for part in json.loads(report.read_text("utf-8"))}


def client(endpoint: Endpoint, service: str, account: str) -> Any:
    return boto3.Session(account, "testing", region_name="us-west-2").client(  # type: ignore[call-overload]
        service, endpoint_url=endpoint.url
    )


@pytest.mark.parametrize(
    ("version", "account"), [("documentation", "111122220001"), ("samples", "111122220002")]
)
def test_the_notebook_runs_to_its_end(
    notebook_endpoint: Endpoint, tmp_path: Path, version: str, account: str
) -> None:
    (tmp_path / "cells").mkdir()
    parts = run(notebook_endpoint, tmp_path, cells_of(version, tmp_path / "cells"), account)
    assert [part["error"] for part in parts.values() if "error" in part] == []
    assert len(parts) - (version == "samples") == len(CELLS) == 34

    value = {cell.partition("_")[2]: str(part["value"]) for cell, part in parts.items()}
    assert value["account"] == f"('us-west-2', '{account}')"
    assert (CLAUDE if version == "documentation" else NOVA) in value["create_agent"]
    booked = value["book"]
    assert booked.startswith("Successfully booked trip from Boston (2024-07-11) to NYC (2024-07-22) via AIR.")
    booking_id = booked.split()[-1]
    assert value["thank"] == "You are welcome."
    assert value["end"] == "Session is terminated as 'endSession' flag is set in request."
    assert "<topic name='user goals'>" in value["wait"]
    assert booking_id in value["wait"]
    assert value["move"].startswith("I recall from a previous conversation that")
    assert "new_end_date “2024-07-23”?" in value["move"]
    assert value["confirm"] == (
        f"Successfully updated trip {booking_id}. New departure date: 2024-07-11 and new return date: "
        "2024-07-23."
    )
    assert value["memory_gone"] == "[]"

    # Everything that the notebook made is removed again.
    for service, operation, member in (
        ("bedrock-agent", "list_agents", "agentSummaries"),
        ("lambda", "list_functions", "Functions"),
        ("iam", "list_roles", "Roles"),
    ):
        made = client(notebook_endpoint, service, account)
        assert getattr(made, operation)()[member] == []
        made.close()


FURTHER = {
    "try_cancel": """
agent_answer = invoke_agent_helper("I want to cancel my trip with booking id 1a2b3c4d", "cancels", agent_id,
                                   agent_alias_id, memory_id=memory_id)
""",
    "try_trace": """
invoke_agent_helper("Book a trip from Boston to NYC, July 11th 2024 - July 22nd 2024, via AIR", "traces",
                    agent_id, agent_alias_id, enable_trace=True, memory_id=memory_id)
""",
    "try_no_memory_id": """
invoke_agent_helper("hello", "no-memory-id", agent_id, agent_alias_id)
""",
}
COMPLAINTS = {
    "try_cancel": ("dependencyFailedException", "UnboundLocalError", "new_start_date"),
    "try_trace": ("TypeError", "datetime is not JSON serializable"),
    "try_no_memory_id": ("ParamValidationError", "memoryId", "NoneType"),
}


def test_the_notebooks_known_mistakes_meet_clear_messages(
    notebook_endpoint: Endpoint, tmp_path: Path
) -> None:
    cells = [each for each in CELLS if int(each.name[:2]) <= 22]
    for name, source in FURTHER.items():
        cells.append(tmp_path / f"{name}.txt")
        cells[-1].write_text(f'memory_id = "TST_MEM_ID"\n{source}', "utf-8")
    parts = run(notebook_endpoint, tmp_path, cells, "111122220003")
    for name, words in COMPLAINTS.items():
        assert [word for word in words if word not in parts[name]["error"]] == []
