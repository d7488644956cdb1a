"""How often AWS lets an account call each operation in a region, as data.

Figures: "Quotas for Amazon Bedrock AgentCore", AgentCore Memory, of the developer guide (autumn 2026), in
calls a second. An account's quotas may have been raised: AGENTCORE_STUDIO_QUOTAS names a JSON file that says
so, `{"ListMemoryRecords": 100, "others": 50, "ListEvents of a session": 40}`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from services.errors import InvalidValue

QUOTAS_VARIABLE = "AGENTCORE_STUDIO_QUOTAS"
OTHERS = "others"
"""Any operation that has no line of its own."""
CONVERSATION = "CreateEvent of a session, with a conversation"

CALLS_PER_SECOND: Mapping[str, float] = {
    "CreateMemory": 3,
    "UpdateMemory": 3,
    "DeleteMemory": 3,
    "GetMemory": 50,
    "ListMemories": 5,
    "CreateEvent": 200,
    "CreateEvent of a session": 10,
    CONVERSATION: 5,
    "ListEvents": 200,
    "ListEvents of a session": 20,
    "DeleteEvent": 20,
    "DeleteEvent of a session": 5,
    "RetrieveMemoryRecords": 30,
    "ListMemoryRecords": 30,
    OTHERS: 20,
}


def account_quotas() -> dict[str, float]:
    """The quotas, those of the file in AGENTCORE_STUDIO_QUOTAS before the defaults; InvalidValue for a file
    that cannot be read, an unknown name, or a number that is none above zero."""
    named = os.environ.get(QUOTAS_VARIABLE, "").strip()
    return {**CALLS_PER_SECOND, **(_own(Path(named)) if named else {})}


def _own(file: Path) -> dict[str, float]:
    try:
        found = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidValue(
            f"{QUOTAS_VARIABLE} names {file}, which cannot be read as JSON: {error}"
        ) from error
    if not isinstance(found, dict):
        raise InvalidValue(f"{QUOTAS_VARIABLE}: {file} must hold one JSON object of names and numbers.")
    for name, number in found.items():
        if name not in CALLS_PER_SECOND:
            known = ", ".join(CALLS_PER_SECOND)
            raise InvalidValue(f"{QUOTAS_VARIABLE}: {file} names “{name}”; known are {known}.")
        if isinstance(number, bool) or not isinstance(number, (int, float)) or not 0 < number < 1e9:
            raise InvalidValue(f"{QUOTAS_VARIABLE}: {file} gives {name} as {number!r}, no calls a second.")
    return {name: float(number) for name, number in found.items()}
