"""What the steps of the notebook tour do at AWS: the notebook's calls, each noted so it can be undone."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from services.agents import memory as agent_memory
from services.agents.bedrock_agents import SESSION_SUMMARY, TEST_ALIAS, settled
from services.agents.changes import prepare as prepare_agent
from services.agents.drafts import DEFAULT_MODEL, ROLE_SECONDS
from services.agents.resources import INVOKING, Maker, model_arns
from services.agents.turns import AgentPlace
from services.clients import Clients
from services.errors import InvalidValue
from services.notebook import functions as notebook_functions
from services.workspace.agent_memories import Home
from services.workspace.agent_tours import Tour
from services.workspace.store import Workspace

Row = dict[str, Any]
INSTRUCTION = (
    "You are a travel agency agent that helps customers making travel reservations.\n"
    "You can create, update and delete travel reservations."
)
GROUP_NAME = "BookingManagerActionGroup"
GROUP_DESCRIPTION = (
    "Action group to manage travel bookings. It allows you to create, update and delete train and air travel "
    "reservations"
)


@dataclass(frozen=True)
class Guide:
    """A tour with the connection that it runs on."""

    clients: Clients
    workspace: Workspace
    tour: Tour

    @property
    def maker(self) -> Maker:
        return Maker(self.clients, self.workspace, f"tour-{self.tour.tour_id}")

    @property
    def name(self) -> str:
        """The agent's name."""
        return f"travel-assistant-{self.tour.tour_id}"

    @property
    def home(self) -> Home:
        return Home(self.clients.connection.key, self.value("agent_id"), TEST_ALIAS)

    def value(self, name: str) -> str:
        """What an earlier step made; a placeholder as long as it has not run."""
        return self.tour.values.get(name, f"<{name}>")

    def place(self, session: str) -> AgentPlace:
        """Where a session (`first_session`, `second_session`) is held."""
        return AgentPlace(self.value("agent_id"), TEST_ALIAS, self.value(session), self.value("memory_id"))


def identity(guide: Guide) -> str:
    """GetCallerIdentity: whose account it is."""
    account = str(guide.clients.client("sts").get_caller_identity()["Account"])
    guide.tour.values["account"] = account
    return f"Account {account}, region {guide.clients.connection.region}"


def lambda_role(guide: Guide) -> str:
    """The function's role, with the right to write its log."""
    arn = guide.maker.lambda_role(f"{guide.name}-lambda-role")
    guide.tour.values["lambda_role_arn"] = arn
    _let_roles_spread(guide)
    return arn


def function(guide: Guide) -> str:
    """The notebook's function."""
    arn = guide.maker.function(
        guide.name,
        guide.value("lambda_role_arn"),
        notebook_functions.zipped(),
        notebook_functions.HANDLER,
    )
    guide.tour.values["function_arn"] = arn
    return arn


def policy(guide: Guide) -> str:
    """The policy that lets the agent invoke its model."""
    models = model_arns(guide.clients.connection.region, DEFAULT_MODEL)
    arn = guide.maker.policy(f"{guide.name}-ba", INVOKING, models)
    guide.tour.values["policy_arn"] = arn
    return arn


def agent_role(guide: Guide) -> str:
    """The agent's role."""
    name = f"AmazonBedrockExecutionRoleForAgents_{guide.tour.tour_id}"
    arn = guide.maker.role(name, "bedrock.amazonaws.com", [guide.value("policy_arn")])
    guide.tour.values["agent_role_arn"] = arn
    _let_roles_spread(guide)
    return arn


def _let_roles_spread(guide: Guide) -> None:
    if guide.clients.connection.endpoint_url is None:
        time.sleep(ROLE_SECONDS)


def agent_request(guide: Guide) -> Row:
    """CreateAgent's parameters, the notebook's."""
    return {
        "agentName": guide.name,
        "agentResourceRoleArn": guide.value("agent_role_arn"),
        "description": "Agent for providing travel assistant to manage trips reservations",
        "idleSessionTTLInSeconds": 1800,
        "foundationModel": DEFAULT_MODEL,
        "instruction": INSTRUCTION,
        "memoryConfiguration": {"enabledMemoryTypes": [SESSION_SUMMARY], "storageDays": 30},
    }


def agent(guide: Guide) -> str:
    """The agent with memory, once it has settled."""
    made = guide.maker.agent(agent_request(guide))
    guide.tour.values["agent_id"] = str(made["agentId"])
    guide.tour.values["agent_arn"] = str(made["agentArn"])
    agent = settled(guide.clients, str(made["agentId"]))
    return f"Agent {agent['agentId']}, {agent['agentStatus']}"


def group_request(guide: Guide) -> Row:
    """CreateAgentActionGroup's parameters without the agent, the notebook's."""
    return {
        "actionGroupName": GROUP_NAME,
        "actionGroupExecutor": {"lambda": guide.value("function_arn")},
        "functionSchema": {"functions": notebook_functions.FUNCTIONS},
        "description": GROUP_DESCRIPTION,
    }


def group(guide: Guide) -> str:
    """The action group with the three functions."""
    made = guide.maker.action_group(guide.value("agent_id"), group_request(guide))
    settled(guide.clients, guide.value("agent_id"))
    return f"Action group {made['actionGroupId']} with {len(notebook_functions.FUNCTIONS)} functions"


def permission(guide: Guide) -> str:
    """Lets the agent invoke the function."""
    guide.maker.allow_invoking(guide.name, guide.value("agent_arn"))
    return "The agent may invoke the function"


def prepare(guide: Guide) -> str:
    """PrepareAgent, until the agent has settled."""
    agent = prepare_agent(guide.clients, guide.workspace, guide.value("agent_id"))
    return f"{agent['agentName']} is {agent['agentStatus']}"


def delete(guide: Guide) -> str:
    """DeleteAgentMemory of the whole memory id."""
    agent_memory.delete_memory(guide.clients, guide.workspace, guide.home, guide.value("memory_id"))
    return "DeleteAgentMemory was accepted"


def gone(guide: Guide) -> str:
    """Whether the memory is empty now; InvalidValue when a summary came late."""
    left = len(summaries(guide))
    if left:
        raise InvalidValue(
            f"{left} of the summaries are there again: they were still being made when the memory was "
            "deleted. Run the step before once more, then this one."
        )
    return "memoryContents is empty: the memory is gone"


def summaries(guide: Guide) -> list[Row]:
    """The summaries of the tour's memory id now."""
    return agent_memory.list_summaries(
        guide.clients, guide.workspace, guide.home, guide.value("memory_id")
    ).rows


def invoke_without_memory_id(guide: Guide) -> None:
    """InvokeAgent as the notebook's helper sends it by default, with memoryId=None: boto3 refuses it."""
    place = guide.place("first_session")
    guide.clients.streaming("bedrock-agent-runtime").invoke_agent(
        agentId=place.agent_id,
        agentAliasId=place.alias_id,
        sessionId=place.session_id,
        inputText="Hi",
        memoryId=None,
    )
