"""The instructions that are tried: typed, begun from a text that exists, kept, saved as versions."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard import faults, resources, state, text, times
from dashboard.components import notices, workbench_model
from dashboard.components.workbench_place import Place
from dashboard.state import Key
from services.memory.strategy_details import is_override, kind_of, steps
from services.memory.strategy_kinds import StepName
from services.workbench import drafts, prompts
from services.workbench.drafts import PromptDraft, Prompts

Row = dict[str, Any]
_STARTING_TEXT = "The starting text of this dashboard"
_SET_ASIDE = "Set aside"
HEIGHTS: dict[StepName, int] = {"extraction": 260, "consolidation": 180}


def key_of(place: Place, step: StepName) -> str:
    """The key of a step's text field."""
    return f"bench-{place.memory_id}-{place.kind}-{step}"


def editor(place: Place) -> dict[StepName, str]:
    """The fields; returns the instructions of the steps that are to run."""
    _start_from(place)
    wanted: dict[StepName, str] = {}
    for step in prompts.DRY_STEPS[place.kind]:
        if _is_wanted(place, step):
            wanted[step] = _field(place, step)
    _kept(place)
    return wanted


def typed(place: Place) -> Prompts:
    """All that stands in the fields, also in those of steps that are not to run, and the model."""
    found: dict[str, str] = {
        step: str(st.session_state.get(key_of(place, step), "")) for step in prompts.DRY_STEPS[place.kind]
    }
    return Prompts(found, workbench_model.model_id())


def wanted_steps(place: Place) -> list[StepName]:
    """The steps that are to run, as the toggle has it."""
    chosen = bool(st.session_state.get(_toggle_key(place)))
    return [step for step in prompts.DRY_STEPS[place.kind] if chosen or not _is_optional(place, step)]


def _is_optional(place: Place, step: StepName) -> bool:
    return step == "consolidation" and place.kind in {"semantic", "user_preference"}


def _toggle_key(place: Place) -> str:
    return f"bench-{place.kind}-consolidate"


def _is_wanted(place: Place, step: StepName) -> bool:
    if not _is_optional(place, step):
        return True
    return st.toggle(
        "Then consolidate with what is stored",
        key=_toggle_key(place),
        persist_state="session",
        help="A second call of the model: add, update or skip each, beside the stored records nearest to it "
        "(RetrieveMemoryRecords). Nothing is written.",
    )


def _field(place: Place, step: StepName) -> str:
    given = st.text_area(
        f"{step.capitalize()}: instructions",
        key=key_of(place, step),
        height=HEIGHTS[step],
        max_chars=30_000,
        on_change=_keep,
        args=(place,),
        persist_state="session",
        help="The appendToPrompt of a custom strategy. In spite of its name it replaces AWS's instructions.",
    )
    _answer_form(place, step)
    return given or ""


def _answer_form(place: Place, step: StepName) -> None:
    """What the service adds to the instructions, drawn once it is wanted."""
    folded = st.expander(
        f"{step.capitalize()}: what AWS adds to it, and nobody can change",
        icon=":material/lock:",
        key=f"bench-form-{place.kind}-{step}",
        on_change="rerun",
    )
    if not folded.open:
        return
    with folded:
        st.caption(
            "The form of the answer. The names in it are AWS's, the words around them this dashboard's: "
            "AWS's own are in the developer guide."
        )
        st.code(prompts.ANSWER_FORMS[place.kind, step], language=None, wrap_lines=True)
        st.link_button(
            "AWS's prompts for this kind", prompts.GUIDE[place.kind], icon=":material/open_in_new:"
        )


def fill(place: Place) -> None:
    """Fills the fields, drawn or not, on the first look: with the draft that a link names, else with what was
    typed last, else with the strategy's own instructions, else with a starting text."""
    linked = state.get(Key.DRAFT)
    seen = _seen_key(place)
    is_new = key_of(place, prompts.DRY_STEPS[place.kind][0]) not in st.session_state
    if linked and st.session_state.get(seen) != linked:
        st.session_state[seen] = linked
        draft = next((each for each in _drafts(place) if each.draft_id == linked), None)
        if draft is not None:
            _set_aside(place)
            _put(place, draft.prompts.steps)
            return
        st.warning("The link names a draft that is not there any more.", icon=":material/search_off:")
    if is_new:
        kept = resources.typed_prompts(place.memory_id, place.kind)
        _put(place, kept.prompts.steps if kept else _own(place.strategy))


def _seen_key(place: Place) -> str:
    return f"bench-{place.memory_id}-{place.kind}-draft"


def load(place: Place, draft: PromptDraft) -> None:
    """Has the fields filled with a draft when the page is drawn, also if that was done before."""
    st.session_state.pop(_seen_key(place), None)
    state.put(draft=draft.draft_id, bench=None)


def is_loaded(place: Place, draft: PromptDraft) -> bool:
    """Whether the fields hold a draft, as it was loaded."""
    if state.get(Key.DRAFT) != draft.draft_id:
        return False
    return _whole(place, typed(place).steps) == _whole(place, draft.prompts.steps)


def _drafts(place: Place) -> list[PromptDraft]:
    return resources.prompt_drafts(place.memory_id, place.kind)


def _own(strategy: Row | None) -> dict[str, str]:
    """The instructions that a strategy has of its own."""
    return {step.name: step.prompt for step in steps(strategy or {}) if step.prompt}


def _put(place: Place, given: Mapping[str, str]) -> None:
    """Writes texts into the fields."""
    for step, prompt in _whole(place, given).items():
        st.session_state[key_of(place, step)] = prompt


def _whole(place: Place, given: Mapping[str, str]) -> dict[StepName, str]:
    """A text for each step, a starting text where none is given."""
    return {
        step: given.get(step) or prompts.INSTRUCTIONS[place.kind, step]
        for step in prompts.DRY_STEPS[place.kind]
    }


def _sources(place: Place) -> dict[str, Mapping[str, str]]:
    """Texts to begin from: ours, those of the memory's custom strategies, saved drafts."""
    sources: dict[str, Mapping[str, str]] = {_STARTING_TEXT: {}}
    for strategy in place.memory.get("strategies", []):
        if kind_of(strategy) == place.kind and is_override(strategy):
            sources[f"The strategy {strategy['name']}"] = _own(strategy)
    for draft in _drafts(place):
        sources[f"Draft {draft.title}"] = draft.prompts.steps
    return sources


def _set_aside(place: Place) -> None:
    """Keeps what is typed as a version before another text replaces it, unless it is one that exists."""
    first = key_of(place, prompts.DRY_STEPS[place.kind][0])
    kept = resources.typed_prompts(place.memory_id, place.kind)
    there = typed(place) if first in st.session_state else kept.prompts if kept else None
    if there is None or not any(there.steps.values()) or not drafts.may_keep():
        return
    known = [_whole(place, source) for source in _sources(place).values()]
    if _whole(place, there.steps) not in known:
        resources.save_prompt_draft(place.memory_id, place.kind, _SET_ASIDE, there)


def _start_from(place: Place) -> None:
    """The choice of a text to begin from."""
    sources = _sources(place)

    def begin() -> None:
        chosen = st.session_state.get("bench-start-from")
        if chosen:
            with faults.shown():
                _set_aside(place)
                _put(place, sources[chosen])
                _keep(place)
        st.session_state["bench-start-from"] = None

    st.selectbox(
        "Start from",
        list(sources),
        index=None,
        key="bench-start-from",
        on_change=begin,
        format_func=text.preview,
        placeholder="Choose a text to begin from",
        help="It replaces what is typed below, which is kept as a version under Drafts. "
        "AWS's own instructions are published in its developer guide and can be copied from there. The "
        "starting text here was written for the same task.",
    )


def _keep(place: Place) -> None:
    """Keeps what is typed, so that nothing is lost with the browser."""
    if drafts.may_keep():
        with faults.shown():
            resources.keep_typed_prompts(place.memory_id, place.kind, typed(place))


def _kept(place: Place) -> None:
    if not drafts.may_keep():
        st.caption(":material/lock: Your role here keeps no drafts: what you type is lost with this tab.")
        return
    kept = resources.typed_prompts(place.memory_id, place.kind)
    if kept is not None:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.caption("What you type is kept", width="content")
            times.badge(kept.at, "Kept")


def save_button(place: Place) -> None:
    """Saving what is typed under a name, as its next version."""
    with st.popover(
        "Save a version", icon=":material/bookmark_add:", key="bench-save", disabled=not drafts.may_keep()
    ):
        known = list(dict.fromkeys(draft.name for draft in _drafts(place) if draft.name))
        name = st.text_input(
            "Name",
            next(iter(known), ""),
            key=f"bench-save-name-{place.kind}",
            live=True,
            placeholder="Short facts",
            help="A name that exists gets its next version; earlier ones stay",
        ).strip()
        if name in known:
            st.caption("The next version of what is there already.")
        if st.button("Save", key="bench-save-now", type="primary", disabled=not name):
            _save(place, name)


def _save(place: Place, name: str) -> None:
    with faults.shown():
        resources.save_prompt_draft(place.memory_id, place.kind, name, typed(place))
        notices.leave(f"Saved: {next(iter(_drafts(place))).title}.")
        st.rerun()
