"""The start options about agents."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from services.aws_local.agents.brain import Brain
from services.aws_local.agents.model_brain import OWN_MODEL, ModelBrain
from services.aws_local.agents.rule_brain import RuleBrain
from services.aws_local.agents.runtimes import AgentRuntime
from services.aws_local.long_term import extraction_options
from services.aws_local.long_term.extraction_options import UnusableOption

_LONGEST_SECONDS = 366 * 24 * 3600


@dataclass(frozen=True)
class AgentOptions:
    """What the options come to; see Settings of the same names."""

    brain: Brain
    run_lambda_code: bool
    summary_delay: float
    idle_seconds: float | None
    agent_runtimes: tuple[AgentRuntime, ...]


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    group = parser.add_argument_group(
        "agents", "Agents of Bedrock are answered by rules, and their functions are returned to the caller."
    )
    option = group.add_argument
    option(
        "--run-lambda-code",
        action="store_true",
        help="run the code of Lambda functions, for agents and for Invoke: arbitrary Python, with your "
        "rights, in a process of its own without credentials and with a time limit; without it control is "
        "returned",
    )
    option(
        "--agent-model",
        metavar="MODEL",
        help="let this model think for agents and write their summaries, at --model-url or --model-bedrock, "
        f"instead of rules; `{OWN_MODEL}`: each agent's own",
    )
    option(
        "--summary-delay",
        type=seconds,
        default=2.0,
        metavar="SECONDS",
        help="how long after the end of an agent's session its summary appears; on AWS that is minutes "
        "(default: 2.0)",
    )
    option(
        "--idle-session-seconds",
        type=seconds,
        metavar="SECONDS",
        help="end an agent's session after so much quiet time, instead of the agent's own "
        "idleSessionTTLInSeconds (a minute at least)",
    )
    option(
        "--agent-runtime",
        action="append",
        default=[],
        type=AgentRuntime.parse,
        metavar="NAME=URL",
        help="an agent for InvokeAgentRuntime that you run on this computer after the HTTP contract of "
        "AgentCore Runtime, for example support=http://127.0.0.1:8080; may be repeated",
    )


def seconds(text: str) -> float:
    """A duration given as an option."""
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is no number of seconds") from None
    if not 0 <= value <= _LONGEST_SECONDS:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and {_LONGEST_SECONDS} seconds")
    return value


def read(options: argparse.Namespace) -> AgentOptions:
    """What was given; UnusableOption where it cannot be used."""
    if options.agent_model is None:
        brain: Brain = RuleBrain()
    else:
        server = extraction_options.model_server(options)
        if server is None:
            raise UnusableOption("--agent-model needs --model-url or --model-bedrock.")
        brain = ModelBrain(server, options.agent_model)
    runtimes: tuple[AgentRuntime, ...] = tuple(options.agent_runtime)
    if len({agent.name for agent in runtimes}) < len(runtimes):
        raise UnusableOption("Two of --agent-runtime have the same name.")
    return AgentOptions(
        brain, options.run_lambda_code, options.summary_delay, options.idle_session_seconds, runtimes
    )
