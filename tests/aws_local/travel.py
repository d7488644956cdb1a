"""A travel agent with memory, as tests of Bedrock Agents need it again and again."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import count
from typing import Any

from tests.aws_local.agentcore import until
from tests.conftest import Endpoint

_numbers = count(1)
ROLE_ARN = "arn:aws:iam::000000000000:role/agent"
MODEL = "anthropic.claude-3-sonnet-20240229-v1:0"
INSTRUCTION = "You are a travel agent that books, moves and cancels the trips of customers."
GROUP = "Trips"
BOOKING = (
    "I would like to book a trip from Boston to NYC leaving on July 11th 2024 and returning on July 22nd "
    "2024. Via AIR."
)


def parameter(description: str, kind: str = "string", *, required: bool = True) -> dict[str, Any]:
    """One parameter of a function."""
    return {"description": description, "type": kind, "required": required}


FUNCTIONS: list[dict[str, Any]] = [
    {
        "name": "book_trip",
        "description": "book a trip for a customer",
        "parameters": {
            "origin": parameter("city of origin"),
            "destination": parameter("city of destination"),
            "start_date": parameter("first day, in the format YYYY-MM-DD"),
            "end_date": parameter("last day, in the format YYYY-MM-DD"),
            "transportation_mode": parameter("how to travel. One of TRAIN or AIR"),
        },
    },
    {
        "name": "update_existing_trip_dates",
        "description": "move an existing trip",
        "parameters": {
            "booking_id": parameter("the id of the trip", "integer"),
            "new_start_date": parameter("new first day, in the format YYYY-MM-DD"),
            "new_end_date": parameter("new last day, in the format YYYY-MM-DD"),
        },
    },
    {
        "name": "delete_existing_trip_reservation",
        "description": "cancel an existing trip",
        "parameters": {"booking_id": parameter("the id of the trip", "integer")},
    },
]
HANDLER = """
import json

def handler(event, context):
    print("printed things are no result")
    values = {each["name"]: each["value"] for each in event["parameters"]}
    match event["function"]:
        case "book_trip":
            told = f"Booked from {values['origin']} to {values['destination']}. Your booking_id is 31210d94"
        case "update_existing_trip_dates":
            told = f"Moved {values['booking_id']} to {values['new_start_date']}, {values['new_end_date']}"
        case _:
            told = f"Cancelled {values['booking_id']}"
    told += event["sessionAttributes"].get("suffix", "") + event["promptSessionAttributes"].get("hint", "")
    response = {"functionResponse": {"responseBody": {"TEXT": {"body": json.dumps(told)}}}}
    return {"response": response | {"actionGroup": event["actionGroup"], "function": event["function"]}}
"""


def zipped(source: str, name: str = "code.py") -> bytes:
    """A zip file with one module."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(name, source)
    return packed.getvalue()


def definition(**changes: Any) -> dict[str, Any]:
    """The parameters of CreateAgent, with a name that no other test uses."""
    memory = {"enabledMemoryTypes": ["SESSION_SUMMARY"], "storageDays": 30}
    return {
        "agentName": f"travel-{next(_numbers)}",
        "agentResourceRoleArn": ROLE_ARN,
        "foundationModel": MODEL,
        "instruction": INSTRUCTION,
        "memoryConfiguration": memory,
    } | changes


@dataclass(frozen=True)
class Clients:
    """The clients of one endpoint, account and region."""

    control: Any
    runtime: Any
    functions: Any

    @classmethod
    def of(cls, endpoint: Endpoint) -> Clients:
        """Clients that do not retry."""
        return cls(*map(endpoint.client, ("bedrock-agent", "bedrock-agent-runtime", "lambda")))

    def close(self) -> None:
        for client in (self.control, self.runtime, self.functions):
            client.close()

    def agent(self, **changes: Any) -> str:
        """The id of a new agent without functions, not prepared."""
        agent_id: str = self.control.create_agent(**definition(**changes))["agent"]["agentId"]
        return agent_id

    def prepared(
        self,
        executor: dict[str, str] | None = None,
        functions: list[dict[str, Any]] | None = None,
        **changes: Any,
    ) -> str:
        """The id of a new agent with functions, prepared; without an executor they return control."""
        agent_id = self.agent(**changes)
        self.group(agent_id, executor, functions)
        self.control.prepare_agent(agentId=agent_id)
        return agent_id

    def group(
        self,
        agent_id: str,
        executor: dict[str, str] | None = None,
        functions: list[dict[str, Any]] | None = None,
        name: str = GROUP,
    ) -> str:
        """The id of a new action group."""
        made = self.control.create_agent_action_group(
            agentId=agent_id,
            agentVersion="DRAFT",
            actionGroupName=name,
            actionGroupExecutor=executor or {"customControl": "RETURN_CONTROL"},
            functionSchema={"functions": functions or FUNCTIONS},
        )
        group_id: str = made["agentActionGroup"]["actionGroupId"]
        return group_id

    def function(self, source: str = HANDLER, **changes: Any) -> str:
        """The ARN of a new Lambda function that every agent may call."""
        name = f"travel-{next(_numbers)}"
        made = self.functions.create_function(
            FunctionName=name,
            Runtime="python3.12",
            Handler="code.handler",
            Role=ROLE_ARN,
            Timeout=30,
            Code={"ZipFile": zipped(source)},
            **changes,
        )
        self.functions.add_permission(
            FunctionName=name,
            StatementId="agents",
            Action="lambda:InvokeFunction",
            Principal="bedrock.amazonaws.com",
        )
        arn: str = made["FunctionArn"]
        return arn

    def with_lambda(self, source: str = HANDLER, **changes: Any) -> str:
        """The id of a new agent, prepared, whose functions are carried out by Lambda."""
        return self.prepared({"lambda": self.function(source)}, **changes)

    def events(
        self, agent_id: str, text: str = "", session: str = "session-1", **params: Any
    ) -> list[dict[str, Any]]:
        """One turn: its events."""
        return list(self.live(agent_id, text, session, **params))

    def live(
        self, agent_id: str, text: str = "", session: str = "session-1", **params: Any
    ) -> Iterator[dict[str, Any]]:
        """The same as they come; the connection is closed when they end, badly too."""
        given = {"agentAliasId": "TSTALIASID"} | ({"inputText": text} if text else {}) | params
        answer = self.runtime.invoke_agent(agentId=agent_id, sessionId=session, **given)
        with closing(answer["completion"]) as events:
            yield from events

    def say(self, agent_id: str, text: str = "", session: str = "session-1", **params: Any) -> str:
        """One turn: the text of its answer."""
        return text_of(self.events(agent_id, text, session, **params))

    def remember(self, agent_id: str, session: str, memory_id: str, *said: str) -> dict[str, Any]:
        """A whole session, ended: its summary, once it is there."""
        for text in said:
            self.events(agent_id, text, session, memoryId=memory_id)
        self.events(agent_id, "end", session, memoryId=memory_id, endSession=True)

        def summary() -> Any:
            found = self.memory(agent_id, memory_id)
            return next((each for each in found if each["sessionId"] == session), None)

        made: dict[str, Any] = until(summary)
        return made

    def memory(self, agent_id: str, memory_id: str, **params: Any) -> list[dict[str, Any]]:
        """The summaries of a memory id, newest first."""
        where = {"agentAliasId": "TSTALIASID", "memoryType": "SESSION_SUMMARY"} | params
        found = self.runtime.get_agent_memory(agentId=agent_id, memoryId=memory_id, **where)
        return [each["sessionSummary"] for each in found["memoryContents"]]


def text_of(events: Iterable[dict[str, Any]]) -> str:
    """The chunks, joined."""
    return b"".join(each["chunk"]["bytes"] for each in events if "chunk" in each).decode()


def parts_of(events: Iterable[dict[str, Any]]) -> list[str]:
    """The names of the trace's parts, in order."""
    traces = [each["trace"]["trace"] for each in events if "trace" in each]
    return [next(iter(trace.get("orchestrationTrace", trace))) for trace in traces]
