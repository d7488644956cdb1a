"""Servers that answer prompts: OpenAI-compatible chat completions, or Bedrock Converse.

One call is one prompt and one answer, without streaming. What goes wrong is told by the reason codes of the
service (developer guide, "Redrive failed ingestions"), which it has for failures of a custom model.
"""

from __future__ import annotations

import http.client
import json
import os
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, ReadTimeoutError

from services.aws_local import bounded_json
from services.aws_local.extractors.interface import ExtractionFailed
from services.aws_local.loopback import LOOPBACK_NAMES

DEFAULT_TIMEOUT_SECONDS = 60.0

_PREFIX = "CUSTOM_MODEL_BEDROCK_"
LONGEST_ANSWER = 1_000_000  # bytes
MOST_TOKENS = 4_096
# Nothing changes by itself: another attempt would get the same answer.
_LASTING = frozenset({"ACCESS_DENIED", "RESOURCE_NOT_FOUND", "VALIDATION_EXCEPTION"})
_BY_STATUS = {
    400: "VALIDATION_EXCEPTION",
    401: "ACCESS_DENIED",
    403: "ACCESS_DENIED",
    404: "RESOURCE_NOT_FOUND",
    408: "MODEL_TIMEOUT",
    413: "VALIDATION_EXCEPTION",
    422: "VALIDATION_EXCEPTION",
    429: "THROTTLING",
    503: "SERVICE_UNAVAILABLE",
    504: "MODEL_TIMEOUT",
}
_BY_ERROR = {
    "AccessDeniedException": "ACCESS_DENIED",
    "UnrecognizedClientException": "ACCESS_DENIED",
    "ExpiredTokenException": "ACCESS_DENIED",
    "InternalServerException": "INTERNAL_ERROR",
    "ThrottlingException": "THROTTLING",
    "ServiceQuotaExceededException": "THROTTLING",
    "ModelErrorException": "MODEL_ERROR",
    "ModelTimeoutException": "MODEL_TIMEOUT",
    "ModelNotReadyException": "MODEL_NOT_READY",
    "ResourceNotFoundException": "RESOURCE_NOT_FOUND",
    "ServiceUnavailableException": "SERVICE_UNAVAILABLE",
    "ValidationException": "VALIDATION_EXCEPTION",
}


@dataclass(frozen=True)
class Turn:
    """One message of a prompt; `role` is user or assistant."""

    role: str
    text: str


class ModelServer(Protocol):
    """Somewhere that models answer."""

    @property
    def place(self) -> str:
        """Its address, without anything secret."""

    def answer(self, model_id: str, system: str, turns: list[Turn]) -> str:
        """The model's answer; ExtractionFailed with a reason code of the service."""


def model_failure(code: str, detail: str) -> ExtractionFailed:
    """The failure with the service's code (`THROTTLING` for CUSTOM_MODEL_BEDROCK_THROTTLING)."""
    return ExtractionFailed(f"{_PREFIX}{code}", detail, lasting=code in _LASTING)


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect would carry conversations, and the key, to another place."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


@dataclass(frozen=True)
class ChatCompletions:
    """A server with OpenAI's chat completions below `url` (`http://127.0.0.1:11434/v1`).

    The API key is read from the environment variable `key_variable` with each call, and kept nowhere.
    """

    url: str
    key_variable: str | None = None
    timeout: float = DEFAULT_TIMEOUT_SECONDS
    _opener: urllib.request.OpenerDirector = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.password:
            raise ValueError(f"--model-url takes a plain http(s) URL, not {self.url}.")
        handlers: list[urllib.request.BaseHandler] = [_NoRedirects()]
        if parts.hostname in LOOPBACK_NAMES:  # never by way of a proxy
            handlers.append(urllib.request.ProxyHandler({}))
        object.__setattr__(self, "_opener", urllib.request.build_opener(*handlers))

    @property
    def place(self) -> str:
        return self.url

    def answer(self, model_id: str, system: str, turns: list[Turn]) -> str:
        """See ModelServer."""
        messages = [{"role": turn.role, "content": turn.text} for turn in (Turn("system", system), *turns)]
        return _text(self.post({"model": model_id, "messages": messages, "temperature": 0}))

    def post(self, body: dict[str, Any]) -> bytes:
        """What the server answers to a request; ExtractionFailed with a reason code of the service."""
        try:
            with self._opener.open(self._request(body), timeout=self.timeout) as response:
                return bytes(response.read(LONGEST_ANSWER + 1))
        except urllib.error.HTTPError as error:
            with error:
                code = _BY_STATUS.get(error.code, "INTERNAL_ERROR")
            raise model_failure(code, f"HTTP status {error.code}") from None
        except (OSError, http.client.HTTPException) as error:
            code = "MODEL_TIMEOUT" if _timed_out(error) else "SERVICE_UNAVAILABLE"
            raise model_failure(code, type(error).__name__) from None

    def _request(self, body: dict[str, Any]) -> urllib.request.Request:
        headers = {"Content-Type": "application/json"}
        key = os.environ.get(self.key_variable, "") if self.key_variable else ""
        if key:
            headers["Authorization"] = f"Bearer {key}"
        address = f"{self.url.rstrip('/')}/chat/completions"
        return urllib.request.Request(address, json.dumps(body).encode(), headers)  # noqa: S310 - checked


def _timed_out(error: Exception) -> bool:
    return isinstance(error, TimeoutError) or isinstance(getattr(error, "reason", None), TimeoutError)


def _text(content: bytes) -> str:
    """The text of a chat completion."""
    try:
        if len(content) > LONGEST_ANSWER:
            raise ValueError("too long")
        text = bounded_json.read(content)["choices"][0]["message"]["content"]
    except (ValueError, LookupError, TypeError):
        raise model_failure("MODEL_ERROR", "the answer is no chat completion") from None
    if not isinstance(text, str):
        raise model_failure("MODEL_ERROR", "the answer has no text")
    return text


class Converse:
    """Bedrock Runtime, with botocore's own credentials and, where given, another address."""

    def __init__(
        self, region: str, endpoint_url: str | None = None, timeout: float = DEFAULT_TIMEOUT_SECONDS
    ) -> None:
        self.place = endpoint_url or f"Bedrock in {region}"
        config = Config(
            connect_timeout=min(timeout, 10), read_timeout=timeout, retries={"total_max_attempts": 1}
        )
        session = botocore.session.get_session()
        self._client: Any = session.create_client(
            "bedrock-runtime", region_name=region, endpoint_url=endpoint_url, config=config
        )

    def answer(self, model_id: str, system: str, turns: list[Turn]) -> str:
        """See ModelServer."""
        messages = [{"role": turn.role, "content": [{"text": turn.text}]} for turn in turns]
        answer = self.converse(modelId=model_id, system=[{"text": system}], messages=messages)
        blocks = answer.get("output", {}).get("message", {}).get("content", [])
        text = "".join(block["text"] for block in blocks if "text" in block)
        if not text:
            raise model_failure("MODEL_ERROR", "the answer has no text")
        return text

    def converse(self, **params: Any) -> dict[str, Any]:
        """What Converse answers; ExtractionFailed with a reason code of the service."""
        inference = {"maxTokens": MOST_TOKENS, "temperature": 0.0}
        try:
            answer: dict[str, Any] = self._client.converse(inferenceConfig=inference, **params)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            raise model_failure(_BY_ERROR.get(code, "INTERNAL_ERROR"), code) from None
        except BotoCoreError as error:
            waited = isinstance(error, ReadTimeoutError | ConnectTimeoutError)
            code = "MODEL_TIMEOUT" if waited else _unreached(error)
            raise model_failure(code, type(error).__name__) from None
        return answer


def _unreached(error: BotoCoreError) -> str:
    """No credentials is a matter of permission; else the server is not there."""
    return "ACCESS_DENIED" if "Credential" in type(error).__name__ else "SERVICE_UNAVAILABLE"
