"""Saved versions of prompts: by whom and when, loaded, compared, deleted."""

import streamlit as st

from dashboard import faults, resources, text, times
from dashboard.components import differences, notices, workbench_prompts
from dashboard.components.workbench_place import Place
from services.memory.settings import Difference
from services.workbench import drafts, prompts
from services.workbench.drafts import PromptDraft

_DRAFTS_SHOWN = 50


def show(place: Place) -> None:
    """All versions for this kind and memory, and two of them side by side."""
    found = resources.prompt_drafts(place.memory_id, place.kind)
    if not found:
        st.info(
            "No version is saved yet for this memory and kind of strategy. Under Dry run, Save a version "
            "keeps what is typed, with your name and the time.",
            icon=":material/bookmark:",
        )
        return
    grid = st.grid(2, min_column_width=340, gap="medium")
    with grid.cell():
        st.subheader("Versions")
        for draft in found[:_DRAFTS_SHOWN]:
            _card(place, draft)
        if len(found) > _DRAFTS_SHOWN:
            st.caption(f"The newest {_DRAFTS_SHOWN} of {len(found):,}.")
        _deletion(place, found)
    with grid.cell():
        st.subheader("Two versions compared")
        _compared(place, found)


def _card(place: Place, draft: PromptDraft) -> None:
    is_loaded = workbench_prompts.is_loaded(place, draft)
    with st.container(border=True, key=f"draft-{draft.draft_id}", gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"**{text.label(draft.title, 120)}**", width="stretch")
            st.button(
                "Loaded" if is_loaded else "Load",
                key=f"load-{draft.draft_id}",
                disabled=is_loaded,
                on_click=workbench_prompts.load,
                args=(place, draft),
            )
        with st.container(horizontal=True, gap="xsmall"):
            st.badge(text.label(draft.who, 60), color="gray", icon=":material/person:")
            times.badge(draft.at, "Saved")
            if draft.prompts.model_id:
                st.badge(text.label(draft.prompts.model_id, 60), color="gray", icon=":material/smart_toy:")
        first = next((prompt for prompt in draft.prompts.steps.values() if prompt), "")
        st.caption(text.label(first, 220))


def _compared(place: Place, found: list[PromptDraft]) -> None:
    typed = resources.typed_prompts(place.memory_id, place.kind)
    if typed is not None and all(typed.prompts != draft.prompts for draft in found):
        found = [*found, typed]
    by_id = {draft.draft_id: draft for draft in sorted(found, key=lambda draft: draft.at, reverse=True)}
    if len(by_id) < 2:
        st.caption("There is one version only.")
        return
    ids = list(by_id)
    sides = []
    for label, index in (("Before", 1), ("After", 0)):  # the newest after the one before it
        chosen = st.selectbox(
            label,
            ids,
            index=index,
            format_func=lambda id_: text.preview(by_id[id_].title),
            key=f"drafts-{label.lower()}-{place.kind}",
        )
        sides.append(by_id[chosen].prompts.steps)
    before, after = sides
    changed = [
        Difference("prompt", step.capitalize(), before.get(step), after.get(step))
        for step in prompts.DRY_STEPS[place.kind]
        if before.get(step) != after.get(step)
    ]
    if changed:
        differences.flat(changed)
    else:
        st.caption("Both say the same.")


def _deletion(place: Place, found: list[PromptDraft]) -> None:
    names = list(dict.fromkeys(draft.name for draft in found if draft.name))
    with st.popover("Delete a draft", icon=":material/delete:", disabled=not drafts.may_keep()):
        name = st.selectbox("Draft", names, format_func=text.preview, key="draft-to-delete")
        versions = sum(draft.name == name for draft in found)
        st.caption(f"All its versions go ({versions}). This cannot be undone.")
        if st.button("Delete", key="delete-draft", type="primary", disabled=name is None) and name:
            _delete(place, name)


def _delete(place: Place, name: str) -> None:
    with faults.shown():
        resources.delete_prompt_draft(place.memory_id, place.kind, name)
        notices.leave(f"The draft {name} was deleted.")
        st.rerun()
