"""Creating what an agent needs, each piece noted before the next, and removing all of it again.

Whatever was created at AWS stands in the workspace from that moment on: a creation that stops half-way leaves
a list of what to remove, not leftovers that nobody knows of.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from services.agents.bedrock_agents import DRAFT, IN_TRANSITION, agents_client, settled
from services.auditing import audited
from services.clients import Clients
from services.faults import CALL_ERRORS, Fault, explain
from services.workspace import agent_resources
from services.workspace.agent_resources import MadeResource
from services.workspace.store import Workspace

Row = dict[str, Any]
LAMBDA_BASIC_POLICY = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
GONE_SECONDS = 60.0
INVOKING = ("bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream")
"""The second is for answers that stream (InvokeAgent, streamFinalResponse)."""
_BEDROCK, _LAMBDA = "bedrock.amazonaws.com", "lambda.amazonaws.com"


@dataclass(frozen=True)
class _Removal:
    """How a kind of resource is removed: the call, what it is called on screen, and when (small first)."""

    service: str
    method: str
    operation: str
    words: str
    turn: int


_REMOVALS = {
    "alias": _Removal("bedrock-agent", "delete_agent_alias", "DeleteAgentAlias", "Alias", 0),
    "version": _Removal("bedrock-agent", "delete_agent_version", "DeleteAgentVersion", "Version", 1),
    "action-group": _Removal(
        "bedrock-agent", "delete_agent_action_group", "DeleteAgentActionGroup", "Action group", 2
    ),
    "agent": _Removal("bedrock-agent", "delete_agent", "DeleteAgent", "Agent", 3),
    "function": _Removal("lambda", "delete_function", "DeleteFunction", "Lambda function", 4),
    "attachment": _Removal("iam", "detach_role_policy", "DetachRolePolicy", "Policy attached to a role", 5),
    "role": _Removal("iam", "delete_role", "DeleteRole", "IAM role", 6),
    "policy": _Removal("iam", "delete_policy", "DeletePolicy", "IAM policy", 6),
}


@dataclass(frozen=True)
class Removed:
    """How the removal of one resource ended: `fault` None means that it is gone."""

    resource: MadeResource
    fault: Fault | None


class Maker:
    """Creates resources within one act (`made_for`), noting and auditing each."""

    def __init__(self, clients: Clients, workspace: Workspace, made_for: str) -> None:
        self._clients = clients
        self._workspace = workspace
        self.made_for = made_for

    def policy(self, name: str, actions: Sequence[str], resources: Sequence[str]) -> str:
        """CreatePolicy that allows `actions` on `resources`; the policy's ARN."""
        statement = {"Effect": "Allow", "Action": list(actions), "Resource": list(resources)}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        with self._audited("CreatePolicy", name):
            made = self._iam.create_policy(PolicyName=name, PolicyDocument=document)["Policy"]
        arn = str(made["Arn"])
        self._note("policy", name, {"PolicyArn": arn})
        return arn

    def role(self, name: str, service: str, policy_arns: Iterable[str]) -> str:
        """CreateRole that a service may take on, with policies attached; the role's ARN.

        A role that exists under this name is used, and not noted as created here (as the notebook does).
        """
        trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        try:
            with self._audited("CreateRole", name):
                made = self._iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]
            self._note("role", name, {"RoleName": name})
        except ClientError as error:
            if error.response["Error"]["Code"] != "EntityAlreadyExists":
                raise
            made = self._iam.get_role(RoleName=name)["Role"]
        for arn in policy_arns:
            attachment = {"RoleName": name, "PolicyArn": arn}
            with self._audited("AttachRolePolicy", name):
                self._iam.attach_role_policy(**attachment)
            self._note("attachment", f"{name} ← {arn.rpartition('/')[2]}", attachment)
        return str(made["Arn"])

    def agent_role(self, name: str, model_id: str) -> str:
        """The role of an agent with the right to invoke its model; its ARN."""
        models = model_arns(self._region, model_id)
        policy = self.policy(f"{name}-model", INVOKING, models)
        return self.role(f"AmazonBedrockExecutionRoleForAgents_{name}"[:64], _BEDROCK, [policy])

    def function(self, name: str, role_arn: str, zipped: bytes, handler: str) -> str:
        """CreateFunction; its ARN."""
        with self._audited("CreateFunction", name):
            made = self._clients.client("lambda").create_function(
                FunctionName=name,
                Runtime="python3.12",
                Timeout=180,
                Role=role_arn,
                Code={"ZipFile": zipped},
                Handler=handler,
            )
        self._note("function", name, {"FunctionName": name})
        return str(made["FunctionArn"])

    def lambda_role(self, name: str) -> str:
        """The role of a Lambda function that may write its log; its ARN."""
        return self.role(name, _LAMBDA, [LAMBDA_BASIC_POLICY])

    def agent(self, request: Row) -> Row:
        """CreateAgent's `agent`, usually still CREATING."""
        with self._audited("CreateAgent", str(request["agentName"])) as after:
            after["request"] = request
            made: Row = agents_client(self._clients).create_agent(**request)["agent"]
            after["agentId"] = made["agentId"]
        self._note("agent", str(made["agentId"]), {"agentId": made["agentId"]})
        return made

    def action_group(self, agent_id: str, request: Row) -> Row:
        """CreateAgentActionGroup's `agentActionGroup` in the draft."""
        name = str(request["actionGroupName"])
        with self._audited("CreateAgentActionGroup", f"{agent_id}/{name}") as after:
            after["request"] = request
            client = agents_client(self._clients)
            made: Row = client.create_agent_action_group(agentId=agent_id, agentVersion=DRAFT, **request)[
                "agentActionGroup"
            ]
        place = {"agentId": agent_id, "agentVersion": DRAFT, "actionGroupId": made["actionGroupId"]}
        self._note("action-group", name, place)
        return made

    def alias(self, agent_id: str, name: str) -> Row:
        """CreateAgentAlias's `agentAlias`, which makes a numbered version of the prepared draft."""
        with self._audited("CreateAgentAlias", f"{agent_id}/{name}"):
            made: Row = agents_client(self._clients).create_agent_alias(
                agentId=agent_id, agentAliasName=name
            )["agentAlias"]
        self._note("alias", name, {"agentId": agent_id, "agentAliasId": made["agentAliasId"]})
        return made

    def allow_invoking(self, function_name: str, agent_arn: str) -> Row:
        """AddPermission: lets an agent invoke the function. It goes when the function goes."""
        params = {
            "FunctionName": function_name,
            "StatementId": "allow_bedrock",
            "Action": "lambda:InvokeFunction",
            "Principal": _BEDROCK,
            "SourceArn": agent_arn,
        }
        with self._audited("AddPermission", function_name):
            answer: Row = self._clients.client("lambda").add_permission(**params)
        return answer

    @property
    def _iam(self) -> Any:
        return self._clients.client("iam")

    @property
    def _region(self) -> str:
        return self._clients.connection.region

    def _audited(self, operation: str, name: str) -> Any:
        return audited(self._clients, self._workspace, operation, name, before=None)

    def _note(self, kind: str, name: str, params: Row) -> None:
        key, who = self._clients.connection.key, self._clients.actor
        agent_resources.note(self._workspace, key, self.made_for, who, kind, name, params)


def model_arns(region: str, model_id: str) -> list[str]:
    """What a role must be allowed to invoke for a model id: the model, or an inference profile with the
    models behind it (whose regions the profile does not tell)."""
    if model_id.startswith("arn:"):
        return [model_id]
    first, _, rest = model_id.partition(".")
    if rest and first in {"us", "eu", "apac", "us-gov", "global", "jp", "au"}:
        return [
            f"arn:aws:bedrock:{region}:*:inference-profile/{model_id}",
            f"arn:aws:bedrock:*::foundation-model/{rest}",
        ]
    return [f"arn:aws:bedrock:{region}::foundation-model/{model_id}"]


def words_for(kind: str) -> str:
    """What a kind of resource is called on screen."""
    return _REMOVALS[kind].words


def operation_for(kind: str) -> str:
    """The operation that removes a kind of resource."""
    return _REMOVALS[kind].operation


def in_removal_order(resources: Iterable[MadeResource]) -> list[MadeResource]:
    """The resources that are still there, in the order in which AWS lets them go."""
    left = [each for each in resources if each.removed_at is None]
    return sorted(left, key=lambda each: (_REMOVALS[each.kind].turn, -each.number))


def remove_all(clients: Clients, workspace: Workspace, resources: Iterable[MadeResource]) -> list[Removed]:
    """Removes resources in the order that AWS lets, each audited; what fails stays listed with its fault."""
    return [Removed(each, _removed(clients, workspace, each)) for each in in_removal_order(resources)]


def _removed(clients: Clients, workspace: Workspace, resource: MadeResource) -> Fault | None:
    """Removes one; something that is gone already counts as removed."""
    removal = _REMOVALS[resource.kind]
    try:
        with audited(clients, workspace, removal.operation, resource.name, before=resource.params):
            _call(clients, resource, removal)
    except CALL_ERRORS as error:
        fault = explain(error)
        if fault.kind != "not_found":
            return fault
    agent_resources.mark_removed(workspace, resource.resource_id)
    return None


def _call(clients: Clients, resource: MadeResource, removal: _Removal) -> None:
    params = dict(resource.params)
    if resource.kind in {"agent", "action-group"}:
        params["skipResourceInUseCheck"] = True
        settled(clients, params["agentId"])  # AWS deletes nothing of an agent that is changing
    getattr(clients.client(removal.service), removal.method)(**params)
    if resource.kind == "agent":
        wait_until_gone(clients, params["agentId"])


def wait_until_gone(clients: Clients, agent_id: str) -> None:
    """Returns once GetAgent finds nothing: roles are deleted after that, as the service still uses them."""
    try:
        settled(clients, agent_id, GONE_SECONDS, lambda agent: agent["agentStatus"] not in IN_TRANSITION)
    except ClientError as error:
        if explain(error).kind != "not_found":
            raise
