"""Which model carries out a prompt that is tried. There is no rule-based one: rules follow no prompt."""

from dataclasses import replace

import streamlit as st

from dashboard import faults, format, resources, text
from dashboard.components.chat_models import DEFAULT_BEDROCK_MODEL
from services.chat import models as chat_models
from services.chat import probing
from services.chat.models import ModelChoice, ModelKind

KINDS: dict[ModelKind, str] = {
    "openai_compatible": "OpenAI-compatible URL",
    "bedrock": "Amazon Bedrock",
}
DEFAULT_TIMEOUT = int(chat_models.ANSWER_TIMEOUT_SECONDS)
_ABOUT = (
    "A prompt needs a language model to carry it out. Without one, **Replay** lets the service itself "
    "extract, with whatever it extracts with."
)


def fields() -> ModelChoice:
    """The fields; what is set on the Chat page is the default here."""
    kind: ModelKind = st.segmented_control(
        "Model",
        list(KINDS),
        default="openai_compatible",
        format_func=KINDS.__getitem__,
        key="bench-model-kind",
        required=True,
        persist_state="session",
    )
    choice = _bedrock() if kind == "bedrock" else _openai()
    if not choice.model_id:
        st.caption(_ABOUT)
    timeout = st.number_input(
        "Longest silence, in seconds",
        5,
        900,
        DEFAULT_TIMEOUT,
        key="bench-model-timeout",
        persist_state="session",
        help="A model that sends nothing for so long is given up",
    )
    choice = replace(choice, timeout_seconds=float(timeout))
    if st.button("Test the model", key="bench-probe", icon=":material/network_check:"):
        _probe(choice)
    return choice


def model_id() -> str:
    """The id of the model that is chosen, also where its fields are not drawn; empty for none yet."""
    chosen = st.session_state
    key = "bench-bedrock-model" if is_bedrock() else "bench-openai-model"
    return str(chosen.get(key) or "").strip()


def is_bedrock() -> bool:
    """Whether a model of Bedrock's is chosen."""
    return bool(st.session_state.get("bench-model-kind") == "bedrock")


def _bedrock() -> ModelChoice:
    live, chat = resources.connection(), st.session_state
    model = st.text_input(
        "Model id",
        chat.get("chat-bedrock-model") or DEFAULT_BEDROCK_MODEL,
        key="bench-bedrock-model",
        persist_state="session",
    )
    grid = st.grid(2, min_column_width=130)
    with grid.cell():
        region = st.text_input(
            "Region",
            chat.get("chat-bedrock-region") or live.region,
            key="bench-bedrock-region",
            persist_state="session",
        )
    with grid.cell():
        profile = st.text_input(
            "AWS profile",
            chat.get("chat-bedrock-profile") or live.profile or "",
            key="bench-bedrock-profile",
            placeholder="default credentials",
            persist_state="session",
        )
    st.caption("Calls Amazon Bedrock with your own credentials, and costs what Bedrock charges.")
    return ModelChoice(
        "bedrock", model.strip(), profile=profile.strip() or None, region=region.strip() or None
    )


def _openai() -> ModelChoice:
    chat = st.session_state
    url = st.text_input(
        "Base URL",
        chat.get("chat-openai-url") or chat_models.OLLAMA_URL,
        key="bench-openai-url",
        persist_state="session",
        help="Of Ollama, llama.cpp, vLLM, LM Studio or any other such server, up to /v1",
    )
    grid = st.grid(2, min_column_width=130)
    with grid.cell():
        model = st.text_input(
            "Model id",
            chat.get("chat-openai_compatible-model") or "",
            key="bench-openai-model",
            placeholder="llama3.1",
            persist_state="session",
        )
    with grid.cell():
        key = st.text_input(
            "API key",
            chat.get("chat-openai-key") or "",
            type="password",
            key="bench-openai-key",
            placeholder="Optional",
            persist_state="session",
            help="Kept in this browser session's memory only; never stored or logged.",
        )
    return ModelChoice("openai_compatible", model.strip(), base_url=url.strip(), api_key=key or None)


def _probe(choice: ModelChoice) -> None:
    with st.spinner("Asking for one word…"):
        found = probing.probe(choice)
    if found.fault:
        faults.show_fault(found.fault)
    else:
        st.success(
            f"It answered in {format.seconds(found.seconds)}: {text.label(found.detail, 120)}",
            icon=":material/check_circle:",
        )
