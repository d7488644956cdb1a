"""Data plane of AgentCore Runtime: an agent is invoked, and its answer passed on as it comes."""

from __future__ import annotations

from typing import Any

from services.aws_local.agents.runtimes import AgentRuntime
from services.aws_local.call import Call
from services.aws_local.errors import ResourceNotFoundException, ValidationException

SERVICE = "bedrock-agentcore"

DEFAULT_ENDPOINT = "DEFAULT"
_DEFAULT_TYPE = "application/json"
# Parameters that the agent gets as the headers that they came in (developer guide, "HTTP protocol contract").
_PASSED_ON = {
    "accept": "Accept",
    "mcpSessionId": "Mcp-Session-Id",
    "runtimeSessionId": "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id",
    "runtimeUserId": "X-Amzn-Bedrock-AgentCore-Runtime-User-Id",
    "traceId": "X-Amzn-Trace-Id",
    "traceParent": "traceparent",
    "traceState": "tracestate",
    "baggage": "baggage",
}


def invoke_agent_runtime(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """POST /invocations of the agent; its body is passed on unread."""
    agent = _addressed(call, params)
    headers = {
        "Content-Type": params.get("contentType", _DEFAULT_TYPE),
        "X-Amzn-RequestId": call.request_id,
        **{header: params[name] for name, header in _PASSED_ON.items() if params.get(name)},
    }
    answer = call.backend.runtimes.invoke(agent, params.get("payload", b""), headers, call.request_id)
    return {
        "runtimeSessionId": params.get("runtimeSessionId"),
        "contentType": answer.content_type,
        "response": answer.body,
        "statusCode": 200,
    }


def _addressed(call: Call, params: dict[str, Any]) -> AgentRuntime:
    """The agent, by ARN, or by id and account."""
    named = params["agentRuntimeArn"]
    agents = call.backend.runtimes.agents
    if named.startswith("arn:"):
        agent = next((each for each in agents.values() if each.arn(call.scope) == named), None)
    elif params.get("accountId"):
        agent = agents.get(named) if params["accountId"] == call.scope.account_id else None
    else:
        raise ValidationException("An agentRuntimeArn that is no ARN needs an accountId.")
    qualifier = params.get("qualifier", DEFAULT_ENDPOINT)
    if agent is None or qualifier != DEFAULT_ENDPOINT:
        raise ResourceNotFoundException(
            f"No endpoint or agent found with qualifier '{qualifier}' for agent '{named}'"
        )
    return agent
