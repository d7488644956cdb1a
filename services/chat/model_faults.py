"""A model's failure as sentences for the screen: `services.faults.explain`, and the models' own errors.

Models fail in ways that AWS's memory API does not: an unreachable local server, a wrong model name, silence.
No other model answers in their place, so each explanation says what to change.
"""

import re
from dataclasses import replace

from strands.types.exceptions import EventLoopException

from services.faults import Fault, FaultKind, explain

LONGEST_DETAIL = 2_000


class ToolCallLimitReached(Exception):
    """The model wanted more tool calls in one answer than it may make."""


class AnswerBrokenOff(Exception):
    """The connection ended in the middle of the answer."""


class EmptyAnswer(Exception):
    """The model ended its answer without a word."""


_Words = tuple[FaultKind, str, str, str]

_SILENT: _Words = (
    "timeout",
    "The model server took too long",
    "It was reached but sent nothing in time. It may be loading the model, or hang.",
    "Try again in a minute, look at the server's log, or choose a smaller model.",
)
_UNREADABLE: _Words = (
    "incomplete",
    "The model server's answer could not be read",
    "It broke off, or is not in the format of OpenAI's chat completions.",
    "Check that the base URL is an OpenAI-compatible server's, usually ending in /v1.",
)

_TOOLLESS: _Words = (
    "invalid",
    "This model cannot call tools",
    "Its server refuses every request that offers tools, so it cannot look anything up in memory by itself.",
    "Choose a model that can call tools (llama3.1, qwen3 and others can), or start the server with tools "
    "(llama.cpp: --jinja; vLLM: --enable-auto-tool-choice and --tool-call-parser).",
)
# What Ollama, llama.cpp, vLLM and Bedrock say of it.
_NO_TOOLS = re.compile(
    r"does(?:n't| not) support (?:tool|function)|tools? (?:param requires|use is not supported)"
    r"|enable-auto-tool-choice|tool call(?:s|ing)? (?:is|are) not supported",
    re.I,
)

# By the name of the exception's class or of one that it derives from, nearest first: importing openai and
# httpx to name their classes costs a second, which only those who use such a server should pay.
_WORDS: dict[str, _Words] = {
    "APITimeoutError": _SILENT,
    "TimeoutException": _SILENT,
    "APIConnectionError": (
        "unreachable",
        "The model server does not answer",
        "No connection could be made to its address.",
        "Start the server (for Ollama: ollama serve) and check the base URL; it usually ends in /v1.",
    ),
    "AuthenticationError": (
        "credentials",
        "The model server wants another API key",
        "It refused the key that was given, or it needs one.",
        "Enter the key in the model settings. It is kept for this browser session only.",
    ),
    "NotFoundError": (
        "not_found",
        "The model server does not know this model",
        "Its address answers, but the model or the path does not exist there.",
        "Check the model's name (for Ollama: ollama list, then ollama pull NAME) and that the base URL "
        "ends in /v1.",
    ),
    "BadRequestError": (
        "invalid",
        "The model server did not accept the request",
        "Often this means that the model cannot call tools.",
        "Choose a model that can call tools (llama3.1, qwen3 and others can).",
    ),
    "APIStatusError": (
        "service",
        "The model server failed",
        "It reported an error instead of an answer. No other model was asked.",
        "Try again; if it stays, look at the server's log.",
    ),
    "APIError": _UNREADABLE,
    "TransportError": _UNREADABLE,
    "JSONDecodeError": _UNREADABLE,
    "ModelThrottledException": (
        "throttled",
        "The model asks to slow down",
        "Too many requests or words in a short time.",
        "Wait a minute and send the message again.",
    ),
    "ContextWindowOverflowException": (
        "invalid",
        "The conversation is too long for this model",
        "The conversation and what was retrieved do not fit into what the model can read at once.",
        "Start a new session (what was extracted stays known), or choose a model with a larger context.",
    ),
    "MaxTokensReachedException": (
        "invalid",
        "The answer was cut off",
        "The model reached the longest answer that it may give.",
        "Ask for a shorter answer.",
    ),
    "ToolCallLimitReached": (
        "invalid",
        "The model kept calling tools",
        "It used up the tool calls that it may make for one answer.",
        "Ask again in other words, or choose another model; small models sometimes go in circles.",
    ),
    "AnswerBrokenOff": (
        "incomplete",
        "The model server's answer broke off",
        "The connection ended before the server said that the answer is complete. What came is kept.",
        "Send the message again; if it stays, look at the server's log.",
    ),
    "EmptyAnswer": (
        "incomplete",
        "The model gave an empty answer",
        "It ended without a word. No other model was asked.",
        "Send the message again, or choose another model.",
    ),
}


def explain_model_error(error: BaseException, model: str, secret: str | None = None) -> Fault:
    """The fault that a model's error is, for any exception. `model` is its label; `secret` is struck out."""
    if isinstance(error, EventLoopException):
        return explain_model_error(error.original_exception, model, secret)
    words = next((_WORDS[kind.__name__] for kind in type(error).__mro__ if kind.__name__ in _WORDS), None)
    if _NO_TOOLS.search(str(error)):
        words = _TOOLLESS
    if words is not None:
        kind, title, meaning, next_step = words
        fault = Fault(kind, None, None, title, meaning, next_step, f"{type(error).__name__}: {error}", None)
    else:
        fault = _of_the_model(explain(error))
    return replace(fault, detail=_detail(fault.detail, model, secret))


def _of_the_model(fault: Fault) -> Fault:
    """The words of `explain` speak of data; these of the model."""
    if fault.kind == "unexpected":
        return replace(
            fault,
            title="The model gave no usable answer",
            meaning="It failed in a way that is not known here. No other model was asked.",
            next_step="Try again, or choose another model in the settings.",
        )
    if fault.kind == "unreachable":
        return replace(
            fault,
            title="The model does not answer",
            meaning="No connection could be made to the model. No other model was asked.",
        )
    if fault.kind == "timeout":
        return replace(
            fault,
            title="The model took too long",
            meaning="The model was reached but sent nothing in time. No other model was asked.",
            next_step="Send the message again, or choose another model.",
        )
    return fault


def _detail(words: str, model: str, secret: str | None) -> str:
    if secret:
        words = words.replace(secret, "(the API key)")
    return f"{model}\n{words}"[:LONGEST_DETAIL]
