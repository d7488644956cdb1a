"""Retrieval as code: each form is run, and finds what the dashboard finds."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shlex
import warnings
from typing import Any

import boto3
import jmespath  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.clients import Clients
from services.connection import Connection
from services.records.filters import MetadataFilter
from services.retrieval import retrieval
from services.retrieval.inquiries import Inquiry, call_params
from services.retrieval.snippets import boto3_code, cli_code, sdk_code
from tests.services.retrieval_memory import filled, strategy_ids

PROFILE = Connection("profile", "eu-central-1", profile="team")
QUESTION = 'How should we "contact" this person\'s\n$(home) `id` \u202e?'
AFTER = MetadataFilter("x-amz-agentcore-memory-createdAt", "AFTER", "2020-01-01")


@pytest.fixture(scope="module")
def known(live: Clients) -> dict[str, Any]:
    return filled(live)


def run_python(code: str) -> list[str]:
    """The ids of the records that the code finds. (The SDK has a deprecation of its own on import.)"""
    names: dict[str, Any] = {}
    with (
        contextlib.redirect_stdout(io.StringIO()),
        pytest.MonkeyPatch.context() as patch,
        warnings.catch_warnings(action="ignore"),
    ):
        patch.setenv("AWS_ENDPOINT_URL_BEDROCK_AGENTCORE", "")  # what the code sets is taken back
        exec(compile(code, "snippet", "exec"), names)  # noqa: S102 - running it is the test
    return [record["memoryRecordId"] for record in names["records"]]


def run_cli(command: str) -> list[str]:
    """The same for a command of the AWS CLI, read as a shell reads it and sent as the CLI sends it."""
    words = shlex.split(command.replace("\\\n", " "))
    keys = dict(word.split("=", 1) for word in words[: words.index("aws")])
    service, operation = words[words.index("aws") + 1 : words.index("aws") + 3]
    rest = words[words.index("aws") + 3 :]
    options = dict(zip(rest[::2], rest[1::2], strict=True))
    client: Any = boto3.Session().client(  # type: ignore[call-overload]
        service,
        region_name=options.pop("--region"),
        endpoint_url=options.pop("--endpoint-url"),
        aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
    )
    wanted = options.pop("--query", "memoryRecordSummaries")
    shapes = client.meta.service_model.operation_model("RetrieveMemoryRecords").input_shape.members
    flags = {f"--{name_with_dashes(name)}": name for name in shapes}
    params = {
        flags[flag]: json.loads(value) if shapes[flags[flag]].type_name == "structure" else value
        for flag, value in options.items()
    }
    answer = getattr(client, operation.replace("-", "_"))(**params)
    client.close()
    return [record["memoryRecordId"] for record in jmespath.search(wanted, answer)]


def name_with_dashes(name: str) -> str:
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name)


@pytest.mark.parametrize("form", ["boto3", "cli", "sdk"])
@pytest.mark.parametrize("narrow", [False, True], ids=["whole memory", "one strategy, filtered"])
def test_the_code_finds_what_the_dashboard_finds(
    form: str, narrow: bool, live: Clients, known: dict[str, Any]
) -> None:
    facts, _ = strategy_ids(known)
    inquiry = Inquiry(QUESTION)
    if narrow:
        inquiry = Inquiry(QUESTION, "exact", ("/facts/ann/",), (facts,), 2, filters=(AFTER,))
    [params] = call_params(known, inquiry)
    found = retrieval.retrieve_records(live, params).records
    assert len(found) == (2 if narrow else 4)
    least = round((found[0]["score"] + found[1]["score"]) / 2, 4)
    assert found[0]["score"] > least > found[1]["score"]
    for min_score, expected in ((0.0, found), (least, found[:1])):
        if form == "cli":
            ids = run_cli(cli_code(live.connection, params, min_score))
        else:
            code = boto3_code if form == "boto3" else sdk_code
            ids = run_python(code(live.connection, params, min_score))
        assert ids == [record["memoryRecordId"] for record in expected]


def test_filters_without_a_strategy_go_through_the_sdk_too(live: Clients, known: dict[str, Any]) -> None:
    [params] = call_params(known, Inquiry("contact", filters=(AFTER,)))
    code = sdk_code(live.connection, params, 0.0)
    assert "MemoryClient" in code
    assert len(run_python(code)) == 4


def test_a_profile_is_named_and_nothing_secret_is_shown() -> None:
    [params] = call_params({"id": "Memory-0123456789"}, Inquiry("q"))
    command = cli_code(PROFILE, params, 0.0)
    assert "--profile team" in command
    for code in (command, boto3_code(PROFILE, params, 0.0), sdk_code(PROFILE, params, 0.0)):
        assert "team" in code
        assert "eu-central-1" in code
        assert "key" not in code.lower()
        assert "endpoint" not in code.lower()
        assert "environ" not in code


@given(st.text(min_size=1).filter(str.strip))
def test_a_question_stays_one_word_of_the_shell(query: str) -> None:
    params = {"memoryId": "M", "namespacePath": "/", "searchCriteria": {"searchQuery": query, "topK": 1}}
    command = cli_code(PROFILE, params, 0.0)
    assert all(character.isprintable() or character == "\n" for character in command)
    words = shlex.split(command.replace("\\\n", " "))
    assert json.loads(words[words.index("--search-criteria") + 1])["searchQuery"] == query
    assert len(words) == 3 + 2 * 5


def test_no_environment_is_left_behind() -> None:
    assert "AWS_ENDPOINT_URL_BEDROCK_AGENTCORE" not in os.environ
