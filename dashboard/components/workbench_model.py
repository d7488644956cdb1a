"""Which model carries out a prompt that is tried. There is no rule-based one: rules follow no prompt."""

import streamlit as st

from dashboard.components import chat_models, chat_probe, model_fields
from dashboard.components.model_fields import ServedKind
from services.chat.models import ModelChoice

PLACE = "bench"
"""Under this the fields are kept."""
KINDS: tuple[ServedKind, ...] = ("openai_compatible", "bedrock")
_ABOUT = (
    "A prompt needs a language model to carry it out. Without one, **Replay** lets the service itself "
    "extract, with whatever it extracts with."
)


def fields() -> ModelChoice:
    """The fields; what is set on the Chat page is the default here."""
    kind: ServedKind = st.segmented_control(
        "Model",
        list(KINDS),
        default=KINDS[0],
        format_func=model_fields.NAMES.__getitem__,
        key="bench-model-kind",
        required=True,
        persist_state="session",
    )
    model_fields.draw(PLACE, kind, like=chat_models.PLACE)
    choice = model_fields.choice(PLACE, kind)
    if not choice.model_id:
        st.caption(_ABOUT)
    chat_probe.button(choice, PLACE, tools=False)
    return choice


def model_id() -> str:
    """The id of the model that is chosen, also where its fields are not drawn; empty for none yet."""
    return model_fields.model_id(PLACE, "bedrock" if is_bedrock() else "openai_compatible")


def is_bedrock() -> bool:
    """Whether a model of Bedrock's is chosen."""
    return bool(st.session_state.get("bench-model-kind") == "bedrock")
