"""A retrieval as code to copy: boto3, the AWS CLI, and the AgentCore SDK.

Each makes the same call as the dashboard and leaves out the records below the least score. Values are written
as literals, so nothing in them can become code; credentials of a profile are named, never shown.
"""

from __future__ import annotations

import json
import shlex
from datetime import UTC, datetime
from typing import Any

from services.clients import DUMMY_ACCESS_KEY, DUMMY_SECRET_KEY
from services.connection import Connection
from services.snippets import arguments, boto3_call, literal, session

Row = dict[str, Any]
_URL_VARIABLE = "AWS_ENDPOINT_URL_BEDROCK_AGENTCORE"


def boto3_code(connection: Connection, params: Row, min_score: float) -> str:
    """Runnable Python; `records` are the records that count, `params` those of the call."""
    whole = params | {"maxResults": params["searchCriteria"]["topK"]}
    call = boto3_call(connection, "bedrock-agentcore", "RetrieveMemoryRecords", whole)
    kept = _kept('response["memoryRecordSummaries"]', min_score)
    return call.replace("print(response)\n", f"records = {kept}\nprint(records)\n")


def sdk_code(connection: Connection, params: Row, min_score: float) -> str:
    """Runnable Python with the AgentCore SDK.

    MemoryClient.retrieve_memories takes no strategy (bedrock-agentcore 1.25), so with one it is
    MemorySessionManager.search_long_term_memories.
    """
    criteria = params["searchCriteria"]
    strategy_id = criteria.get("memoryStrategyId")
    given: Row = {"query": criteria["searchQuery"], **_where(params), "top_k": criteria["topK"]}
    if "metadataFilters" in criteria:
        given["metadata_filters"] = criteria["metadataFilters"]
    if strategy_id:
        name = "MemorySessionManager"
        given |= {"strategy_id": strategy_id, "max_results": criteria["topK"]}
        made = (
            f"client = MemorySessionManager(memory_id={literal(params['memoryId'])}, boto3_session=session)"
        )
        call = f"client.search_long_term_memories({arguments(given)})"
    else:
        name = "MemoryClient"
        made = "client = MemoryClient(boto3_session=session)"
        call = f"client.retrieve_memories({arguments({'memory_id': params['memoryId']} | given)})"
    lines = ["import datetime"] if "datetime.datetime(" in call else []
    lines += ["import os"] if connection.endpoint_url else []
    lines += [""] if lines else []
    lines += ["import boto3", f"from bedrock_agentcore.memory import {name}", ""]
    if connection.endpoint_url:
        lines += [f'os.environ["{_URL_VARIABLE}"] = {literal(connection.endpoint_url)}']
    lines += [session(connection), made, f"records = {call}"]
    lines += [f"records = {_kept('records', min_score)}"] if min_score else []
    return "\n".join([*lines, "print(records)", ""])


def cli_code(connection: Connection, params: Row, min_score: float) -> str:
    """A command for a POSIX shell; the CLI follows the pages of the answer by itself."""
    command = ["aws", "bedrock-agentcore", "retrieve-memory-records"]
    options = {"--region": connection.region}
    if connection.kind == "profile" and connection.profile:
        options["--profile"] = connection.profile
    if connection.endpoint_url:
        options["--endpoint-url"] = connection.endpoint_url
    options["--memory-id"] = params["memoryId"]
    options |= {f"--{name.replace('_', '-')}": value for name, value in _where(params).items()}
    # Plain ASCII: an escape of JSON is safe in any shell and shows what cannot be seen.
    options["--search-criteria"] = json.dumps(params["searchCriteria"], default=_json_time)
    if min_score:
        options["--query"] = f"memoryRecordSummaries[?score >= `{min_score:g}`]"
    lines = [" ".join(command), *(f"{name} {shlex.quote(value)}" for name, value in options.items())]
    if connection.kind != "profile":
        keys = {"AWS_ACCESS_KEY_ID": DUMMY_ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": DUMMY_SECRET_KEY}
        lines[0] = " ".join([*(f"{name}={shlex.quote(value)}" for name, value in keys.items()), lines[0]])
    return " \\\n    ".join(lines) + "\n"


def _where(params: Row) -> Row:
    names = {"namespace": "namespace", "namespacePath": "namespace_path"}
    return {name: params[member] for member, name in names.items() if member in params}


def _kept(records: str, min_score: float) -> str:
    if not min_score:
        return records
    return f'[record for record in {records} if record.get("score", 0.0) >= {min_score:g}]'


def _json_time(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    raise TypeError(f"{type(value).__name__} has no literal")
