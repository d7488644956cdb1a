"""Which model thinks for the agents that run here: the built-in rules, Bedrock, or a server of one's own."""

import streamlit as st

from dashboard import resources
from dashboard.components import chat_probe
from services.chat import models as chat_models
from services.chat.models import ModelChoice, ModelKind

DEFAULT_BEDROCK_MODEL = "global.anthropic.claude-sonnet-4-6"
_PATIENCE = "chat-patience"
KINDS: dict[ModelKind, str] = {
    "rules": "Built-in rules (no language model)",
    "bedrock": "Amazon Bedrock",
    "openai_compatible": "OpenAI-compatible URL",
}


def pick() -> None:
    """The model's fields, and its test."""
    kind: ModelKind = st.selectbox(
        "Model", list(KINDS), format_func=KINDS.__getitem__, key="chat-model-kind", persist_state="session"
    )
    if kind == "bedrock":
        _bedrock_fields()
    elif kind == "openai_compatible":
        _openai_fields()
    else:
        st.caption(
            "Answers only from what memory and tools return, always the same way. Needs no model and no key."
        )
    chat_probe.button(model())


def name() -> str:
    """The model's name, for a small label; untrusted."""
    kind: ModelKind = st.session_state.get("chat-model-kind", "rules")
    if kind == "rules":
        return "Built-in rules"
    return str(st.session_state.get(f"chat-{kind}-model", "")) or KINDS[kind]


def _bedrock_fields() -> None:
    live = resources.connection()
    st.text_input("Model id", DEFAULT_BEDROCK_MODEL, key="chat-bedrock-model", persist_state="session")
    st.text_input("Region", live.region, key="chat-bedrock-region", persist_state="session")
    st.text_input(
        "AWS profile",
        live.profile or "",
        key="chat-bedrock-profile",
        placeholder="default credentials",
        persist_state="session",
    )
    _patience_field()
    st.caption("Calls Amazon Bedrock with your own credentials, and costs what Bedrock charges.")


def _openai_fields() -> None:
    st.text_input("Base URL", chat_models.OLLAMA_URL, key="chat-openai-url", persist_state="session")
    st.text_input(
        "Model",
        key="chat-openai_compatible-model",
        placeholder="llama3.1",
        persist_state="session",
        help="As the server calls it. It must be able to call tools.",
    )
    models_below = st.container()
    st.text_input(
        "API key",
        type="password",
        key="chat-openai-key",
        placeholder="Optional",
        persist_state="session",
        help="Kept in this browser session's memory only; never stored or logged.",
    )
    _patience_field()
    with models_below:
        chat_probe.server_models(model(), into="chat-openai_compatible-model")


def model() -> ModelChoice:
    """The model as the settings have it."""
    chosen = st.session_state
    kind: ModelKind = chosen.get("chat-model-kind", "rules")
    if kind == "bedrock":
        return ModelChoice(
            kind,
            chosen.get("chat-bedrock-model", "").strip(),
            profile=chosen.get("chat-bedrock-profile", "").strip() or None,
            region=chosen.get("chat-bedrock-region", "").strip() or None,
            timeout_seconds=_patience(),
        )
    if kind == "openai_compatible":
        return ModelChoice(
            kind,
            chosen.get("chat-openai_compatible-model", "").strip(),
            base_url=chosen.get("chat-openai-url", "").strip(),
            api_key=chosen.get("chat-openai-key") or None,
            timeout_seconds=_patience(),
        )
    return ModelChoice()


def _patience_field() -> None:
    st.number_input(
        "Longest silence, in seconds",
        1,
        900,
        int(chat_models.ANSWER_TIMEOUT_SECONDS),
        key=_PATIENCE,
        persist_state="session",
        help="A model that says nothing for so long is given up. Stop, beside the answer, does so at once.",
    )


def _patience() -> float:
    return float(st.session_state.get(_PATIENCE) or chat_models.ANSWER_TIMEOUT_SECONDS)
