"""The AWS operations behind the pages about Bedrock Agents: what changes something, what permission it takes.

An operation's IAM action has the signing name of its service in front (Service Authorization Reference): all
of bedrock-agent and bedrock-agent-runtime is `bedrock`.
"""

from __future__ import annotations

DELETE_ONE_SUMMARY = "DeleteOneSummary"
"""Deleting the summary of one session: a DeleteAgentMemory that names it. An action of the dashboard's own,
since without a name the same operation deletes the memory of everybody."""

AGENT_READS = (
    "ListAgents",
    "GetAgent",
    "ListAgentAliases",
    "GetAgentAlias",
    "ListAgentVersions",
    "ListAgentActionGroups",
    "GetAgentActionGroup",
    "GetAgentMemory",
)
AGENT_CURATES = ("DeleteAgentMemory",)
AGENT_ADMINISTERS = (
    "CreateAgent",
    "UpdateAgent",
    "PrepareAgent",
    "DeleteAgent",
    "CreateAgentActionGroup",
    "UpdateAgentActionGroup",
    "DeleteAgentActionGroup",
    "CreateAgentAlias",
    "DeleteAgentAlias",
    "DeleteAgentVersion",
    "InvokeAgent",
)
# What an agent needs around it: roles with policies, and the functions that its actions run.
_IAM_READS = ("GetRole",)
_IAM_WRITES = (
    "CreateRole",
    "DeleteRole",
    "AttachRolePolicy",
    "DetachRolePolicy",
    "CreatePolicy",
    "DeletePolicy",
)
_LAMBDA_WRITES = ("CreateFunction", "DeleteFunction", "AddPermission")
_STS_READS = ("GetCallerIdentity",)

SUPPORTING = (*_IAM_READS, *_IAM_WRITES, *_LAMBDA_WRITES)
"""Needed to create and remove what is around an agent."""

WRITES_OF_ADMINS = frozenset({*AGENT_ADMINISTERS, *AGENT_CURATES, *_IAM_WRITES, *_LAMBDA_WRITES})
"""Deleting memory is among them: without a session's name it deletes much more than a curator may."""

IAM_ACTIONS: dict[str, str] = {
    DELETE_ONE_SUMMARY: "bedrock:DeleteAgentMemory",
    **{name: f"bedrock:{name}" for name in (*AGENT_READS, *AGENT_CURATES, *AGENT_ADMINISTERS)},
    **{name: f"iam:{name}" for name in (*_IAM_READS, *_IAM_WRITES)},
    **{name: f"lambda:{name}" for name in _LAMBDA_WRITES},
    **{name: f"sts:{name}" for name in _STS_READS},
}
