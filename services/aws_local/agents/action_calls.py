"""Calls of an agent's functions: as events for Lambda, as control returned to the client, and their results.

The contract is that of the Bedrock user guide, "Configure Lambda functions to send information that an
Amazon Bedrock agent elicits from the user", and of ReturnControlPayload.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from services.aws_local.agents.action_groups import Function
from services.aws_local.agents.agents import Agent
from services.aws_local.agents.aliases import Alias
from services.aws_local.errors import (
    AccessDeniedException,
    DependencyFailedException,
    ResourceNotFoundException,
    ValidationException,
)
from services.aws_local.functions import functions, running

if TYPE_CHECKING:
    from services.aws_local.backend import Backend

AGENT_SERVICE = "bedrock.amazonaws.com"
DENIED = "The user denied this action. Do not try it again; ask what to do instead."
NO_RESULT = "The caller gave no result for this action."
_RESULT, _CONFIRMATION, _BOTH = "RESULT", "USER_CONFIRMATION", "USER_CONFIRMATION_AND_RESULT"


@dataclass(frozen=True)
class Use:
    """A function that the model wants to be called, with the id that its result is to name."""

    tool_use_id: str
    function: Function
    arguments: dict[str, Any]

    def parameters(self) -> list[dict[str, str]]:
        """The arguments as every contract has them: name, type and text."""
        known = self.function.parameters
        return [
            {"name": name, "type": known.get(name, {}).get("type", "string"), "value": _as_text(value)}
            for name, value in self.arguments.items()
        ]

    def traced(self, execution_type: str, invocation_id: str | None = None) -> dict[str, Any]:
        """`actionGroupInvocationInput` of the trace."""
        named = {"invocationId": invocation_id} if invocation_id else {}
        return named | {
            "actionGroupName": self.function.group,
            "function": self.function.name,
            "parameters": self.parameters(),
            "executionType": execution_type,
        }


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def tool_result(tool_use_id: str, text: str, *, failed: bool = False) -> dict[str, Any]:
    """A result as the model is told it."""
    status = "error" if failed else "success"
    return {"toolResult": {"toolUseId": tool_use_id, "status": status, "content": [{"text": text}]}}


# --- Lambda -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Caller:
    """Who calls a Lambda function: a turn of a session with an agent's alias."""

    backend: Backend
    agent: Agent
    alias: Alias
    session_id: str
    input_text: str


@dataclass(frozen=True)
class Returned:
    """What a function answered; the attributes are None where it says nothing of them."""

    text: str
    session_attributes: dict[str, str] | None
    prompt_attributes: dict[str, str] | None


def call_lambda(
    caller: Caller, use: Use, session_attributes: dict[str, str], prompt_attributes: dict[str, str]
) -> Returned:
    """Run the function's code. AccessDeniedException when its policy does not allow the agent to call it,
    DependencyFailedException when it is missing, fails, or answers something else.
    """
    arn = use.function.executor["lambda"]
    try:
        function = caller.backend.read(lambda db: functions.find(db, caller.agent.scope, arn))
    except ResourceNotFoundException:
        raise DependencyFailedException(
            f"Lambda function {arn} does not exist. Check the action group {use.function.group}."
        ) from None
    if not function.allows(AGENT_SERVICE, caller.agent.arn):
        raise AccessDeniedException(
            f"Access denied when invoking Lambda function {arn}. Check the permissions on the Lambda "
            f"function and retry the request: {AGENT_SERVICE} needs lambda:InvokeFunction for "
            f"{caller.agent.arn}."
        )
    event = _event(caller, use) | {
        "sessionAttributes": session_attributes,
        "promptSessionAttributes": prompt_attributes,
    }
    outcome = running.run(function, event)
    if outcome.error is not None:
        raise DependencyFailedException(
            f"Your request couldn't be completed. Lambda function {arn} encountered a problem while "
            "processing request.The error message from the Lambda function is Unhandled. Check the Lambda "
            "function log for error details, then try your request again after fixing the error. (Its error, "
            f"as the embedded endpoint saw it: {outcome.reason})"
        )
    return _returned(arn, outcome.result)


def _event(caller: Caller, use: Use) -> dict[str, Any]:
    return {
        "messageVersion": "1.0",
        "agent": {
            "name": caller.agent.name,
            "id": caller.agent.agent_id,
            "alias": caller.alias.alias_id,
            "version": caller.alias.version,
        },
        "inputText": caller.input_text,
        "sessionId": caller.session_id,
        "actionGroup": use.function.group,
        "function": use.function.name,
        "parameters": use.parameters(),
    }


def _returned(arn: str, result: Any) -> Returned:
    """What a function answered. `messageVersion` may be missing, as in AWS's own samples."""
    try:
        response = result["response"]["functionResponse"]
        body = next(iter(response["responseBody"].values()))["body"]
        attributes = [result.get(name) for name in ("sessionAttributes", "promptSessionAttributes")]
        usable = isinstance(body, str) and all(each is None or _is_map(each) for each in attributes)
    except (LookupError, TypeError, AttributeError, StopIteration):
        usable = False
    if not usable:
        raise DependencyFailedException(
            "The server encountered an error processing the Lambda response. Check the Lambda response and "
            f"retry the request. Lambda function {arn} has to answer response.functionResponse.responseBody."
        )
    if response.get("responseState") == "FAILURE":
        raise DependencyFailedException(f"Lambda function {arn} answered with the state FAILURE: {body}")
    return Returned(body, *attributes)


def _is_map(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(each, str) for each in (*value, *value.values()))


# --- control returned to the client -----------------------------------------------------------------


def returned_control(uses: list[Use], agent_id: str, *, runs_lambda: bool) -> dict[str, Any]:
    """The payload of the event `returnControl`, with an id of its own."""
    inputs = [
        {
            "functionInvocationInput": {
                "actionGroup": use.function.group,
                "function": use.function.name,
                "parameters": use.parameters(),
                "actionInvocationType": _kind(use.function, runs_lambda=runs_lambda),
                "agentId": agent_id,
            }
        }
        for use in uses
    ]
    return {"invocationId": str(uuid4()), "invocationInputs": inputs}


def _kind(function: Function, *, runs_lambda: bool) -> str:
    if not function.needs_confirmation:
        return _RESULT
    return _CONFIRMATION if is_run_here(function, runs_lambda=runs_lambda) else _BOTH


def is_run_here(function: Function, *, runs_lambda: bool) -> bool:
    """Whether the endpoint carries a function out by itself."""
    return runs_lambda and "lambda" in function.executor


def pending(payload: dict[str, Any], uses: list[Use], done: list[dict[str, Any]]) -> dict[str, Any]:
    """What the session keeps until the results come: the uses, and the results that are there already."""
    waiting = [
        {"toolUseId": use.tool_use_id, "group": use.function.group, "function": use.function.name,
         "arguments": use.arguments}
        for use in uses
    ]  # fmt: skip
    return {"invocationId": payload["invocationId"], "uses": waiting, "done": done}


@dataclass(frozen=True)
class GivenBack:
    """What a client answers to one returned use. `is_confirmed`: the endpoint has to carry it out now."""

    use: Use
    text: str
    is_confirmed: bool = False
    failed: bool = False


def given_back(
    kept: dict[str, Any] | None,
    state: dict[str, Any],
    known: dict[str, Function],
    *,
    runs_lambda: bool,
) -> list[GivenBack]:
    """The client's results, one for each use that was returned; ValidationException where they do not fit."""
    if kept is None or kept["invocationId"] != state.get("invocationId"):
        raise ValidationException(
            "The invocationId in sessionState does not belong to a returned control of this session."
        )
    results = [each.get("functionResult") for each in state["returnControlInvocationResults"]]
    if any(each is None for each in results):
        raise ValidationException("The agent has functions, no APIs: give functionResult, not apiResult.")
    by_names = {(each.group, each.name): each for each in known.values()}
    answered = []
    for waiting in kept["uses"]:
        names = (waiting["group"], waiting["function"])
        named = [each for each in results if (each["actionGroup"], each.get("function")) == names]
        fitting = next(iter(named), None)
        function = by_names.get(names)
        if fitting is None or function is None:
            raise ValidationException(f"The result of {names[0]}::{names[1]} is missing in sessionState.")
        results.remove(fitting)
        use = Use(waiting["toolUseId"], function, waiting["arguments"])
        answered.append(_given_back(use, fitting, runs_lambda=runs_lambda))
    if results:
        raise ValidationException("sessionState has results of functions that were not asked for.")
    return answered


def _given_back(use: Use, result: dict[str, Any], *, runs_lambda: bool) -> GivenBack:
    confirmation = result.get("confirmationState")
    if use.function.needs_confirmation and confirmation is None:
        raise ValidationException(f"{use.function.name} needs a confirmationState: CONFIRM or DENY.")
    if confirmation == "DENY":
        return GivenBack(use, DENIED, failed=True)
    if use.function.needs_confirmation and is_run_here(use.function, runs_lambda=runs_lambda):
        return GivenBack(use, "", is_confirmed=True)
    body = next((each.get("body", "") for each in result.get("responseBody", {}).values()), None)
    if body is None:
        raise ValidationException(f"The result of {use.function.name} has no responseBody.")
    if result.get("responseState") == "FAILURE":
        raise DependencyFailedException(f"{use.function.name} was given back with the state FAILURE: {body}")
    return GivenBack(use, body)
