"""Which model thinks for the agents that run here: the built-in rules, Bedrock, or a server of one's own."""

import streamlit as st

from dashboard.components import chat_probe, model_fields
from services.chat.models import ModelChoice, ModelKind

PLACE = "chat"
"""Under this the fields are kept."""
KINDS: dict[ModelKind, str] = {
    "rules": "Built-in rules (no language model)",
    "bedrock": model_fields.NAMES["bedrock"],
    "openai_compatible": model_fields.NAMES["openai_compatible"],
}


def pick() -> None:
    """The model's fields, and its test."""
    kind: ModelKind = st.selectbox(
        "Model", list(KINDS), format_func=KINDS.__getitem__, key="chat-model-kind", persist_state="session"
    )
    if kind == "rules":
        st.caption(
            "Answers only from what memory and tools return, always the same way. Needs no model and no key."
        )
    else:
        model_fields.draw(PLACE, kind)
    chat_probe.button(model(), PLACE)


def name() -> str:
    """The model's name, for a small label; untrusted."""
    kind = _kind()
    return "Built-in rules" if kind == "rules" else model_fields.model_id(PLACE, kind) or KINDS[kind]


def model() -> ModelChoice:
    """The model as the settings have it."""
    kind = _kind()
    return ModelChoice() if kind == "rules" else model_fields.choice(PLACE, kind)


def _kind() -> ModelKind:
    chosen: ModelKind = st.session_state.get("chat-model-kind", "rules")
    return chosen
