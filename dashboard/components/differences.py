"""What differs between two versions of settings: the old words struck out, the new ones marked."""

from collections.abc import Iterable
from itertools import groupby

import streamlit as st

from dashboard import masking, text
from services.memory.settings import KIND, Difference
from services.text_changes import changed_lines, changed_words

_MARKS = {"same": "{}", "gone": ":red-background[~~{}~~]", "new": ":green-background[{}]"}
LONGEST = 2_000
ONE_LINE = 160
"""Two values longer than this together, and those of several lines, are compared line by line."""


def show(differences: Iterable[Difference]) -> None:
    """One block per setting under its section; of a deleted strategy no more than that it is deleted."""
    for section, settings in groupby(differences, lambda each: each.section):
        found = list(settings)
        if any(each.name == KIND and each.after is None for each in found):
            st.markdown(f":red-background[~~**{text.label(section)}**~~] is deleted, with all its settings.")
            continue
        st.markdown(f"**{text.label(section)}**")
        for each in found:
            _one(each)


def flat(differences: Iterable[Difference]) -> None:
    """One block per setting, where it is clear what they are settings of."""
    for each in differences:
        _one(each)


def _one(each: Difference) -> None:
    before, after = each.before or "", each.after or ""
    happened = " · added" if each.before is None else " · removed" if each.after is None else ""
    st.caption(text.label(each.name) + happened)
    if "\n" in before + after or (before and after and len(before + after) > ONE_LINE):
        st.code(text.visible(changed_lines(before, after)), language="diff", wrap_lines=True)
        return
    st.markdown(marked_words(before, after))


def marked_words(before: str, after: str) -> str:
    """Both texts in one, as Markdown: the old words struck out on red, the new ones on green."""
    parts = changed_words(masking.words(before), masking.words(after))  # whole: a word alone says less
    return " ".join(_MARKS[kind].format(text.label(words, LONGEST)) for kind, words in parts)
