"""Which model the test agent talks with: the built-in rules, one on Bedrock, or any OpenAI-compatible server.

A `ModelChoice` is plain data; `build_model` makes the Strands model of it. No choice ever stands in for
another: a model that fails is reported as failed.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from botocore.config import Config
from strands.models.bedrock import BedrockModel
from strands.models.model import Model

from services.clients import open_clients
from services.connection import (
    Connection,
    check_endpoint_address,
    check_endpoint_url,
    embedded_connection,
)
from services.errors import InvalidValue

ModelKind = Literal["rules", "bedrock", "openai_compatible"]

RULES_MODEL_ID = "agentcore-studio.rules-v1"
RULES_LABEL = "No language model: built-in rules"
OLLAMA_URL = "http://127.0.0.1:11434/v1"
# A local server may load its weights before the first word of an answer.
ANSWER_TIMEOUT_SECONDS = 120.0
CONNECT_TIMEOUT_SECONDS = 5.0


@dataclass(frozen=True)
class ModelChoice:
    """A model to talk with. `timeout_seconds` is the longest silence, not the longest answer.

    `profile` (None: AWS's default credential chain) and `region` are Bedrock's, `base_url` an
    OpenAI-compatible server's up to `/v1`.
    The key of an OpenAI-compatible server is kept in memory only: it is left out of `repr`, of logs and of
    everything that is stored.
    """

    kind: ModelKind = "rules"
    model_id: str = RULES_MODEL_ID
    base_url: str | None = None
    profile: str | None = None
    region: str | None = None
    api_key: str | None = field(default=None, repr=False)
    timeout_seconds: float = ANSWER_TIMEOUT_SECONDS

    @property
    def label(self) -> str:
        """What the model is called on screen; the rules say that they are none."""
        if self.kind == "rules":
            return RULES_LABEL
        where = "Amazon Bedrock" if self.kind == "bedrock" else self.base_url
        return f"{self.model_id or 'no model chosen'} · {where}"


def check_model_choice(choice: ModelChoice) -> None:
    """Raises InvalidValue (InvalidEndpoint for the address) when the choice can't be a model."""
    if not choice.model_id.strip():
        raise InvalidValue("Name the model, as its server calls it (for example llama3.1 for Ollama).")
    if choice.kind == "openai_compatible":
        check_endpoint_url(choice.base_url or "")


def build_model(choice: ModelChoice) -> Model:
    """The Strands model of a choice. Making its client costs some 0.2 s, so keep it."""
    check_model_choice(choice)
    builders: dict[ModelKind, Callable[[ModelChoice], Model]] = {
        "rules": _rules_model,
        "bedrock": _bedrock_model,
        "openai_compatible": _openai_model,
    }
    return builders[choice.kind](choice)


def _rules_model(choice: ModelChoice) -> Model:
    """The embedded endpoint's stand-in, spoken to as if it were Bedrock."""
    return _converse_model(choice, embedded_connection())


def _bedrock_model(choice: ModelChoice) -> Model:
    """Amazon Bedrock itself with the user's credentials, whatever endpoint the memory is at.

    An endpoint that only looks like AWS may answer for any model id; its words must not pass for the model's.
    """
    region = choice.region or embedded_connection().region
    return _converse_model(choice, Connection("profile", region, profile=choice.profile))


def _converse_model(choice: ModelChoice, connection: Connection) -> Model:
    config = Config(
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        read_timeout=choice.timeout_seconds,
        retries={"mode": "standard", "total_max_attempts": 1},  # Strands repeats what was throttled
    )
    return BedrockModel(
        boto_session=open_clients(connection).session, boto_client_config=config, model_id=choice.model_id
    )


def _openai_model(choice: ModelChoice) -> Model:
    """A model behind `/chat/completions`; where no key is needed the client still wants some text."""
    check_endpoint_address(choice.base_url or "")
    import httpx  # noqa: PLC0415 - these two cost a second, and only this choice needs them

    from services.chat.openai_model import TolerantOpenAIModel  # noqa: PLC0415

    return TolerantOpenAIModel(
        client_args={
            "base_url": choice.base_url,
            "api_key": choice.api_key or "none",
            "timeout": httpx.Timeout(choice.timeout_seconds, connect=CONNECT_TIMEOUT_SECONDS),
            "max_retries": 0,
        },
        model_id=choice.model_id,
    )
