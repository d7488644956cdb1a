"""AWS's notebook “Create Agent with Memory” as steps: in its order, with its names and sentences.

A step is a call (or two), or something said to the agent. Each shows the calls that it makes; what it
creates is noted (`services.agents.resources`) and can be removed at the end. Names carry the tour's id, so
that a tour disturbs no other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from services.agents.bedrock_agents import DRAFT, SESSION_SUMMARY, TEST_ALIAS, get_agent
from services.agents.resources import LAMBDA_BASIC_POLICY
from services.agents.turns import Asked
from services.errors import InvalidValue
from services.notebook import acts
from services.notebook import functions as notebook_functions
from services.notebook.acts import Guide
from services.snippets import boto3_call
from services.workspace import agent_tours
from services.workspace.agent_tours import Tour

Row = dict[str, Any]
Call = tuple[str, str, Row]
"""A service, an operation, and its parameters."""
StepKind = Literal["call", "say", "end", "wait"]

BOOK = (
    "Hi, my name is Anna. I would like to book a trip from Boston to NYC departuring on July 11th 2024 and "
    "returning on July 22nd 2024. Via AIR."
)
RETURN = "I need to stay an extra day. Can I return on the 23rd instead?"
_TRUST = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "%s"}, '
_TRUST += '"Action": "sts:AssumeRole"}]}'


@dataclass(frozen=True)
class TourStep:
    """One step. `run` makes its calls and tells what came of them (kind `call`); `text` is said in `session`
    (kinds `say`, `end`); `at_least` summaries are waited for (kind `wait`)."""

    name: str
    title: str
    about: str
    kind: StepKind
    calls: Callable[[Guide], list[Call]]
    run: Callable[[Guide], str] | None = None
    text: str = ""
    session: str = ""
    at_least: int = 0


def _memory(guide: Guide) -> Row:
    return {
        "agentId": guide.value("agent_id"),
        "agentAliasId": TEST_ALIAS,
        "memoryId": guide.value("memory_id"),
    }


def _reading(guide: Guide) -> list[Call]:
    params = _memory(guide) | {"memoryType": SESSION_SUMMARY}
    return [("bedrock-agent-runtime", "GetAgentMemory", params)]


def _saying(text: str, session: str, *, end: bool = False) -> Callable[[Guide], list[Call]]:
    def calls(guide: Guide) -> list[Call]:
        asked = asked_for(text, end=end)
        return [("bedrock-agent-runtime", "InvokeAgent", asked.request(guide.place(session)))]

    return calls


def asked_for(text: str, *, end: bool = False) -> Asked:
    """What a step says; not streamed, as in the notebook, but with its trace."""
    return Asked(text, kind="end" if end else "message", trace=not end, stream=False)


def _create_role(guide: Guide, name: str, service: str, policy: str) -> list[Call]:
    return [
        ("iam", "CreateRole", {"RoleName": name, "AssumeRolePolicyDocument": _TRUST % service}),
        ("iam", "AttachRolePolicy", {"RoleName": name, "PolicyArn": policy}),
    ]


def _say(name: str, title: str, about: str, text: str, session: str) -> TourStep:
    return TourStep(name, title, about, "say", _saying(text, session), text=text, session=session)


def _end(name: str, about: str, session: str) -> TourStep:
    calls = _saying("end", session, end=True)
    return TourStep(name, "End the session", about, "end", calls, text="end", session=session)


def _place(guide: Guide) -> Row:
    return {"agentId": guide.value("agent_id"), "agentVersion": DRAFT}


STEPS: tuple[TourStep, ...] = (
    TourStep(
        "identity",
        "Who am I",
        "The account's number goes into names and ARNs.",
        "call",
        lambda guide: [("sts", "GetCallerIdentity", {})],
        acts.identity,
    ),
    TourStep(
        "lambda-role",
        "A role for the Lambda function",
        "It may write its log and nothing else.",
        "call",
        lambda guide: _create_role(
            guide, f"{guide.name}-lambda-role", "lambda.amazonaws.com", LAMBDA_BASIC_POLICY
        ),
        acts.lambda_role,
    ),
    TourStep(
        "function",
        "The Lambda function",
        "It only confirms bookings, changes and cancellations; nothing is booked anywhere.",
        "call",
        lambda guide: [
            (
                "lambda",
                "CreateFunction",
                {
                    "FunctionName": guide.name,
                    "Runtime": "python3.12",
                    "Timeout": 180,
                    "Role": guide.value("lambda_role_arn"),
                    "Code": {"ZipFile": "<lambda_function.py, zipped>"},
                    "Handler": notebook_functions.HANDLER,
                },
            )
        ],
        acts.function,
    ),
    TourStep(
        "policy",
        "A policy for the agent",
        "It allows to invoke the agent's model.",
        "call",
        lambda guide: [
            (
                "iam",
                "CreatePolicy",
                {"PolicyName": f"{guide.name}-ba", "PolicyDocument": "<bedrock:InvokeModel on the model>"},
            )
        ],
        acts.policy,
    ),
    TourStep(
        "agent-role",
        "A role for the agent",
        "Bedrock takes it on when the agent runs.",
        "call",
        lambda guide: _create_role(
            guide,
            f"AmazonBedrockExecutionRoleForAgents_{guide.tour.tour_id}",
            "bedrock.amazonaws.com",
            guide.value("policy_arn"),
        ),
        acts.agent_role,
    ),
    TourStep(
        "agent",
        "The agent, with memory",
        "memoryConfiguration switches on summaries of sessions, kept for 30 days. The notebook then sleeps "
        "30 seconds; here the agent is asked until it has settled.",
        "call",
        lambda guide: [("bedrock-agent", "CreateAgent", acts.agent_request(guide))],
        acts.agent,
    ),
    TourStep(
        "group",
        "The action group",
        "It tells the agent of three functions: book a trip, change its dates, cancel it.",
        "call",
        lambda guide: [
            ("bedrock-agent", "CreateAgentActionGroup", _place(guide) | acts.group_request(guide))
        ],
        acts.group,
    ),
    TourStep(
        "permission",
        "Let the agent invoke the function",
        "A policy on the function, for this agent only.",
        "call",
        lambda guide: [
            (
                "lambda",
                "AddPermission",
                {
                    "FunctionName": guide.name,
                    "StatementId": "allow_bedrock",
                    "Action": "lambda:InvokeFunction",
                    "Principal": "bedrock.amazonaws.com",
                    "SourceArn": guide.value("agent_arn"),
                },
            )
        ],
        acts.permission,
    ),
    TourStep(
        "prepare",
        "Prepare the agent",
        "The draft becomes what answers under the test alias TSTALIASID.",
        "call",
        lambda guide: [("bedrock-agent", "PrepareAgent", {"agentId": guide.value("agent_id")})],
        acts.prepare,
    ),
    _say(
        "book",
        "Anna books a trip",
        "A first session, under a memory id that has no memory yet.",
        BOOK,
        "first_session",
    ),
    _say(
        "thanks", "Anna says thanks", "The session knows what was said in it.", "thank you!", "first_session"
    ),
    _end("end", "Only now is the session summarised, in the background.", "first_session"),
    TourStep(
        "wait",
        "Wait for the summary",
        "AWS takes several minutes and tells nothing meanwhile, so it is asked again and again.",
        "wait",
        _reading,
        at_least=1,
    ),
    _say(
        "return",
        "A new session: return on the 23rd",
        "A new session knows nothing of the first but its summary. The agent tells what it recalls, and asks "
        "before it acts on it.",
        RETURN,
        "second_session",
    ),
    _say(
        "confirm",
        "Anna confirms",
        "Now the trip's dates are changed.",
        "that is correct, thanks!",
        "second_session",
    ),
    _end("end-again", "A second summary is made.", "second_session"),
    TourStep(
        "read",
        "Read the memory",
        "Both summaries. The notebook's helper returns as soon as there is any, so its second wait does not "
        "wait; here two are waited for.",
        "wait",
        _reading,
        at_least=2,
    ),
    TourStep(
        "delete",
        "Delete the memory",
        "Without a sessionId every summary of the memory id goes.",
        "call",
        lambda guide: [("bedrock-agent-runtime", "DeleteAgentMemory", _memory(guide))],
        acts.delete,
    ),
    TourStep(
        "gone", "Look again", "An empty list says that the memory is gone.", "call", _reading, acts.gone
    ),
)


def code(guide: Guide, step: TourStep) -> str:
    """The step's calls as boto3 code; an agent's answer is a stream of events."""
    found = [
        boto3_call(guide.clients.connection, service, operation, params)
        for service, operation, params in step.calls(guide)
    ]
    streamed = 'for event in response["completion"]:\n    print(event)'
    whole = "\n".join(found)
    return whole.replace("print(response)", streamed) if step.kind in {"say", "end"} else whole


def next_step(tour: Tour) -> TourStep | None:
    """The first step that is not done; None when all are."""
    return next((step for step in STEPS if step.name not in tour.told), None)


def run(guide: Guide, step: TourStep) -> str:
    """Makes the calls of a step of kind `call` and keeps what came of it; raises what they raise."""
    if step.run is None:
        raise InvalidValue(f"“{step.title}” is said to the agent, or waited for.")
    told = step.run(guide)
    done(guide, step, told)
    return told


def done(guide: Guide, step: TourStep, told: str) -> None:
    """Keeps that a step is done, and what came of it."""
    guide.tour.told[step.name] = told
    agent_tours.save(guide.workspace, guide.tour)


def idle_seconds(guide: Guide) -> int:
    """How long the agent's sessions stay open."""
    return int(get_agent(guide.clients, guide.value("agent_id"))["idleSessionTTLInSeconds"])
