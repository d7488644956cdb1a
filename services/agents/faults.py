"""What the services behind Bedrock Agents say when they refuse or fail, and sharper words for it.

`services.faults` asks here; this module knows nothing of its types. Messages are those that public issues and
samples show, and the embedded endpoint's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from services.agents.operations import IAM_ACTIONS

KindName = Literal["denied", "conflict", "invalid", "not_found", "service", "not_implemented"]

CODES: dict[str, KindName] = {
    "DependencyFailedException": "service",
    "ModelNotReadyException": "service",
    "ModelStreamErrorException": "service",
    "BadGatewayException": "service",
    "ResourceConflictException": "conflict",
    "EntityAlreadyExists": "conflict",
    "DeleteConflict": "conflict",
    "NoSuchEntity": "not_found",
    "MalformedPolicyDocument": "invalid",
    "InvalidParameterValueException": "invalid",
}
"""Codes of bedrock-agent-runtime, IAM and Lambda that AgentCore does not have."""

_STATE = re.compile(r"operation can't be performed on \w+ when (?:it|Agent) is in ([\w ]+?) state", re.I)


@dataclass(frozen=True)
class Telling:
    """What to say in place of the words for the kind."""

    kind: KindName
    title: str
    meaning: str
    next_step: str


def modelled_code(code: str) -> str:
    """The code as service models have it: errors inside an event stream begin with a small letter."""
    return code[:1].upper() + code[1:]


def told(operation: str | None, code: str, message: str) -> Telling | None:
    """Sharper words for a failed call of these services; None when the kind's own words do."""
    words = message.lower()
    if "maintenance mode" in words:
        return _MAINTENANCE
    if operation not in IAM_ACTIONS:
        return None
    by_message = next((telling for part, telling in _BY_MESSAGE.items() if part in words), None)
    state = _STATE.search(message)
    if operation == "InvokeAgent" and modelled_code(code) == "ConflictException":
        return _BUSY
    return _BY_CODE.get(modelled_code(code)) or by_message or (_in_state(state.group(1)) if state else None)


def told_of_parameters(message: str) -> Telling | None:
    """Sharper words for parameters that botocore refuses before anything is sent."""
    if "memoryId" not in message or "NoneType" not in message:
        return None
    return Telling(
        "invalid",
        "memoryId is None, and boto3 sends no such request",
        "Leave memoryId out to talk without memory, or name one. The published notebook's helper passes "
        "memory_id=None by default, so calling it without a memory id always ends here. Nothing was sent.",
        "Name a memory id; or build the parameters without the key when there is none.",
    )


def _in_state(name: str) -> Telling:
    return Telling(
        "conflict",
        f"The agent is in the state {name}",
        "AWS takes this only once the agent's state has settled. Nothing was changed.",
        "Wait until its status is PREPARED or NOT_PREPARED, then try again.",
    )


_MAINTENANCE = Telling(
    "denied",
    "AWS creates no agents for accounts that are new to Bedrock Agents",
    "Since 30 July 2026 the service is “Bedrock Agents Classic”, in maintenance mode: an account without "
    "Bedrock Agents activity in the 12 months before may not create agents. No permission changes this, "
    "and AWS makes no exceptions. Agents that exist can be used, changed and deleted as before.",
    "Create the agent on the embedded endpoint (choose it in the sidebar), use an account that had agents, "
    "or use AgentCore Memory: a memoryId becomes an actorId there.",
)
_DEPENDENCY = Telling(
    "service",
    "An action of the agent failed",
    "What the agent called to carry out an action (a Lambda function) raised an error, took too long, or may "
    "not be invoked. The agent gave no answer; what the action had done by then stays done.",
    "Look at the call in the trace and at the function's log, correct the function, and send again.",
)
_MODEL = Telling(
    "service",
    "The agent's model is not ready",
    "The model is being loaded, or is not available to the agent's role in this region.",
    "Wait a minute and send again; if it stays, check that the account has access to the model.",
)
_ALIASES = Telling(
    "conflict",
    "The agent still has aliases",
    "AWS deletes an agent only after its aliases, or when it is told to skip this check. "
    "Nothing was changed.",
    "Delete the aliases first, or use Delete on the Agents page, which does both.",
)
_ENABLED = Telling(
    "conflict",
    "The action group is still enabled",
    "AWS deletes an action group only once it is disabled, or when it is told to skip this check.",
    "Disable it first, or use Delete on this page, which does both.",
)
_BUSY = Telling(
    "conflict",
    "The session is busy",
    "The agent still carries out what was said before in this session, even if you stopped reading.",
    "Wait until it has ended, or begin a new session.",
)
_NOT_PREPARED = Telling(
    "conflict",
    "The agent is not prepared",
    "Its draft was changed, or never prepared, and this needs a prepared one. Nothing was changed.",
    "Choose Prepare on the Agents page, wait until its status is PREPARED, then try again.",
)
_NOT_SERVED = Telling(
    "not_implemented",
    "This endpoint does not serve this part of Bedrock Agents",
    "The operation exists in AWS, but the endpoint of this connection answers that it does not have it. "
    "Nothing was changed.",
    "Use an embedded endpoint that has it, or connect to AWS in the sidebar.",
)
_BY_CODE = {
    "DependencyFailedException": _DEPENDENCY,
    "ModelNotReadyException": _MODEL,
    "NotImplementedException": _NOT_SERVED,
    "NotImplemented": _NOT_SERVED,
    "UnknownOperationException": _NOT_SERVED,
}
_BY_MESSAGE = {
    "active aliases": _ALIASES,
    "skipresourceinusecheck": _ENABLED,
    "not prepared": _NOT_PREPARED,
}
