"""The fields of a language model, the same wherever one is chosen; `place` tells the fields of one page from
another's."""

from typing import Literal

import streamlit as st

from dashboard import resources
from dashboard.components import chat_probe
from services.chat import models as chat_models
from services.chat.models import ModelChoice

DEFAULT_BEDROCK_MODEL = "global.anthropic.claude-sonnet-4-6"
NAMES = {"bedrock": "Amazon Bedrock", "openai_compatible": "OpenAI-compatible URL"}
ServedKind = Literal["bedrock", "openai_compatible"]
"""Every kind but the rules, which have no fields."""
SHORTEST_SILENCE, LONGEST_SILENCE = 1, 900


def draw(place: str, kind: ServedKind, like: str = "") -> None:
    """The fields of a kind. What is set at the place `like` is the default here."""
    if kind == "bedrock":
        _bedrock(place, like)
    else:
        _openai(place, like)
    st.number_input(
        "Longest silence, in seconds",
        SHORTEST_SILENCE,
        LONGEST_SILENCE,
        int(chat_models.ANSWER_TIMEOUT_SECONDS),
        key=f"{place}-patience",
        persist_state="session",
        help="A model that says nothing for so long is given up. Stop, beside the answer, does so at once.",
    )


def choice(place: str, kind: ServedKind) -> ModelChoice:
    """The model as the fields have it, also where they are not drawn."""
    patience = st.session_state.get(f"{place}-patience")
    timeout = float(patience or chat_models.ANSWER_TIMEOUT_SECONDS)
    if kind == "bedrock":
        return ModelChoice(
            kind,
            model_id(place, kind),
            profile=_set(f"{place}-bedrock-profile") or None,
            region=_set(f"{place}-bedrock-region") or None,
            timeout_seconds=timeout,
        )
    return ModelChoice(
        kind,
        model_id(place, kind),
        base_url=_set(f"{place}-openai-url"),
        api_key=st.session_state.get(f"{place}-openai-key") or None,
        timeout_seconds=timeout,
    )


def model_id(place: str, kind: ServedKind) -> str:
    """The id of the model, "" for none yet; untrusted."""
    return _set(f"{place}-{kind}-model")


def _set(key: str) -> str:
    return str(st.session_state.get(key) or "").strip()


def _bedrock(place: str, like: str) -> None:
    live = resources.connection()
    st.text_input(
        "Model id",
        _set(f"{like}-bedrock-model") or DEFAULT_BEDROCK_MODEL,
        key=f"{place}-bedrock-model",
        persist_state="session",
    )
    grid = st.grid(2, min_column_width=130)
    with grid.cell():
        st.text_input(
            "Region",
            _set(f"{like}-bedrock-region") or live.region,
            key=f"{place}-bedrock-region",
            persist_state="session",
        )
    with grid.cell():
        st.text_input(
            "AWS profile",
            _set(f"{like}-bedrock-profile") or live.profile or "",
            key=f"{place}-bedrock-profile",
            placeholder="default credentials",
            persist_state="session",
        )
    st.caption("Calls Amazon Bedrock with your own credentials, and costs what Bedrock charges.")


def _openai(place: str, like: str) -> None:
    st.text_input(
        "Base URL",
        _set(f"{like}-openai-url") or chat_models.OLLAMA_URL,
        key=f"{place}-openai-url",
        persist_state="session",
        help="Of Ollama, llama.cpp, vLLM, LM Studio or any other such server, up to /v1",
    )
    grid = st.grid(2, min_column_width=130)
    with grid.cell():
        st.text_input(
            "Model id",
            _set(f"{like}-openai_compatible-model"),
            key=f"{place}-openai_compatible-model",
            placeholder="llama3.1",
            persist_state="session",
            help="As the server calls it",
        )
    with grid.cell():
        st.text_input(
            "API key",
            _set(f"{like}-openai-key"),
            type="password",
            key=f"{place}-openai-key",
            placeholder="Optional",
            persist_state="session",
            help="Kept in this browser session's memory only; never stored or logged.",
        )
    chat_probe.server_models(choice(place, "openai_compatible"), place)
