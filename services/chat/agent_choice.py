"""Who is talked with: an agent that this page runs, or one that runs elsewhere, as plain data."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from services import bounded_json
from services.agents.bedrock_agents import TEST_ALIAS
from services.chat.personas import PERSONAS
from services.errors import InvalidValue

AgentKind = Literal["memory_tool", "session_manager", "runtime", "bedrock_agent"]

AGENT_KINDS: Mapping[AgentKind, str] = {
    "memory_tool": "Strands agent with the AgentCore memory tool",
    "session_manager": "Strands agent with the AgentCore session manager",
    "runtime": "Agent on Amazon Bedrock AgentCore Runtime",
    "bedrock_agent": "Agent of Amazon Bedrock Agents",
}
"""What each kind is called on screen."""

RUN_HERE: frozenset[AgentKind] = frozenset({"memory_tool", "session_manager"})
"""Kinds whose model and persona are chosen here; the others bring their own."""

DEFAULT_QUALIFIER = "DEFAULT"
DEFAULT_PAYLOAD = '{"prompt": "{prompt}", "actor_id": "{actor_id}", "session_id": "{session_id}"}'
"""What the SDK's samples read is `prompt`; who speaks, and in which session, is for agents with memory."""
PLACEHOLDERS = ("prompt", "actor_id", "session_id")

_RUNTIME_ARN = re.compile(
    r"arn:aws(-[^:]+)?:bedrock-agentcore:[a-z0-9-]+:[0-9]{12}:"
    r"runtime/(?P<id>[a-zA-Z][a-zA-Z0-9_]{0,99}-[a-zA-Z0-9]{10})"
)
_PLACEHOLDER = re.compile(r"\{(" + "|".join(PLACEHOLDERS) + r")\}")


@dataclass(frozen=True)
class AgentChoice:
    """An agent to talk with.

    `persona` is one of PERSONAS by name, for the kinds that run here. `runtime_arn`, `qualifier` and
    `payload` (JSON with PLACEHOLDERS in its texts) are of a Runtime's agent; `agent_id`, `alias_id` and
    `uses_memory` (its session summaries, with the actor as memoryId) of an agent of Bedrock Agents.
    """

    kind: AgentKind = "memory_tool"
    persona: str = "assistant"
    runtime_arn: str = ""
    qualifier: str = DEFAULT_QUALIFIER
    payload: str = DEFAULT_PAYLOAD
    agent_id: str = ""
    alias_id: str = TEST_ALIAS
    agent_name: str = ""
    uses_memory: bool = False

    @property
    def runs_here(self) -> bool:
        """Whether the agent is one of this page's, with a model and a persona chosen here."""
        return self.kind in RUN_HERE

    @property
    def name(self) -> str:
        """What an agent that runs elsewhere is called on screen; untrusted."""
        if self.kind == "runtime":
            found = _RUNTIME_ARN.fullmatch(self.runtime_arn)
            named = found["id"].rpartition("-")[0] if found else "no agent chosen"
            return f"{named} · AgentCore Runtime"
        return f"{self.agent_name or self.agent_id or 'no agent chosen'} · Bedrock Agents"


def check_agent_choice(choice: AgentChoice) -> None:
    """Raises InvalidValue when nobody can be talked with by this choice."""
    if choice.kind == "runtime":
        check_runtime_arn(choice.runtime_arn)
        check_payload(choice.payload)
    elif choice.kind == "bedrock_agent":
        if not choice.agent_id:
            raise InvalidValue("Choose an agent of Bedrock Agents.")
    elif choice.persona not in PERSONAS:
        raise InvalidValue(f"There is no persona {choice.persona}.")


def check_runtime_arn(arn: str) -> None:
    """Raises InvalidValue for anything but the ARN of an agent on AgentCore Runtime."""
    if not arn:
        raise InvalidValue("Name the agent by its ARN.")
    if not _RUNTIME_ARN.fullmatch(arn):
        raise InvalidValue(
            "This is no ARN of an agent on AgentCore Runtime. It looks like "
            "arn:aws:bedrock-agentcore:us-west-2:111122223333:runtime/my_agent-a1B2c3D4e5."
        )


def check_payload(template: str) -> None:
    """Raises InvalidValue for a payload that is no JSON object, or has no place for what the user writes."""
    document = _payload_document(template)
    if "{prompt}" not in json.dumps(document, ensure_ascii=False):
        raise InvalidValue("The payload has no {prompt}: the agent would not be told what you write.")


def filled_payload(template: str, values: Mapping[str, str]) -> bytes:
    """The payload with its placeholders replaced by `values`, as JSON in UTF-8."""

    def filled(value: Any) -> Any:
        if isinstance(value, str):
            return _PLACEHOLDER.sub(lambda found: values[found[1]], value)
        if isinstance(value, dict):
            return {name: filled(member) for name, member in value.items()}
        if isinstance(value, list):
            return [filled(member) for member in value]
        return value

    return json.dumps(filled(_payload_document(template)), ensure_ascii=False).encode("utf-8")


def _payload_document(template: str) -> dict[str, Any]:
    try:
        document = bounded_json.read(template)
    except ValueError as error:
        raise InvalidValue(f"The payload is not valid JSON: {error}.") from error
    if not isinstance(document, dict):
        raise InvalidValue("The payload has to be one JSON object.")
    return document
