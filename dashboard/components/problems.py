"""What is wrong with a form's values, said below the fields while they are typed."""

from collections.abc import Iterable
from typing import Literal

import streamlit as st

from dashboard import text

_ICONS = {"red": ":material/error:", "orange": ":material/warning:"}


def show(sentences: Iterable[str], color: Literal["red", "orange"] = "red") -> None:
    """One line per sentence: red for what is refused, orange for what is unwise."""
    for sentence in sentences:
        st.markdown(f":{color}[{_ICONS[color]} {text.label(sentence, 300)}]")


def lacking(sentence: str | None, *, pressed: bool) -> None:
    """What a form still lacks, beside its button, and in red once that was pressed all the same."""
    if sentence and pressed:
        show([sentence])
    elif sentence:
        st.caption(sentence)
