"""A prompt that has proved itself, as a custom strategy: the change is shown before it is sent, with the role
that it needs spelled out."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard import format, text
from dashboard.components import (
    dialogs,
    memory_configuration,
    memory_edit,
    strategy_edit,
    strategy_form,
    workbench_model,
    workbench_prompts,
)
from dashboard.components.workbench_place import Place
from services.memory import execution_role
from services.memory.changes import MemoryChange
from services.memory.strategy_details import own_part
from services.memory.strategy_drafts import Instructions, StrategyDraft
from services.memory.strategy_kinds import STEPS, STRATEGY_KINDS, StepName
from services.workbench import saving

Row = dict[str, Any]
_DIALOG = "save-as-strategy"
_NEW = "new"


def button(place: Place) -> None:
    """Opens the dialog."""
    st.button(
        "Save as a strategy…",
        key="bench-save-strategy",
        icon=":material/upload:",
        on_click=memory_edit.begin,
        args=(_DIALOG,),
    )
    if dialogs.is_open(_DIALOG):
        _dialog(place)


@st.dialog("Save as a custom strategy", width="large", on_dismiss=memory_edit.close)
def _dialog(place: Place) -> None:
    """What UpdateMemory is asked, in this memory."""
    memory_edit.changing(place.memory_id, lambda memory, tags: _form(place, memory, tags), "Send the change")


def _form(place: Place, memory: Row, tags: dict[str, str]) -> MemoryChange:
    strategies = {row["strategyId"]: row for row in saving.changeable(memory, place.kind)}
    target = st.selectbox(
        "Where to",
        [_NEW, *strategies],
        format_func=lambda id_: (
            "A new strategy, beside those that exist"
            if id_ == _NEW
            else f"The custom strategy {text.preview(strategies[id_]['name'])}: its instructions change"
        ),
        key="bench-target",
        help="Built-in strategies keep AWS's instructions; only custom ones can be changed",
    )
    change = MemoryChange(memory, memory, tags, tags)
    if target in strategies:
        instructions = _instructions(place, strategies[target])
        change = saving.with_instructions(change, target, instructions)
    else:
        change = MemoryChange(memory, memory, tags, tags, (_draft(place, memory),))
        memory_edit.later_only()
    return _with_role(change)


def _draft(place: Place, memory: Row) -> StrategyDraft:
    known = STRATEGY_KINDS[place.kind]
    declared = [key["key"] for key in memory.get("namespaceKeys", [])]
    name = st.text_input("Strategy name", _free_name(memory, f"Custom{known.default_name}"), key="bench-name")
    template = strategy_form.template_field(
        place.kind, known.default_template, f"bench-template-{place.kind}", declared
    )
    return StrategyDraft(
        kind=place.kind,
        name=name.strip(),
        namespace_template=template,
        instructions=_instructions(place, None),
    )


def _free_name(memory: Row, name: str) -> str:
    taken = {row["name"] for row in memory.get("strategies", [])}
    numbered = (f"{name}{number}" for number in range(2, len(taken) + 3))
    return name if name not in taken else next(each for each in numbered if each not in taken)


def _instructions(place: Place, strategy: Row | None) -> Mapping[StepName, Instructions]:
    """The steps that get instructions of their own, as they were tried, each with a Bedrock model."""
    typed = workbench_prompts.typed(place)
    steps = [step for step in STEPS[place.kind] if typed.steps.get(step)]
    tried = [step for step in workbench_prompts.wanted_steps(place) if step in steps]
    chosen = st.pills(
        "Own instructions for",
        steps,
        selection_mode="multi",
        default=tried,
        format_func=str.capitalize,
        key=f"bench-steps-{place.kind}-{'-'.join(tried)}",
        help="The other steps keep the instructions that they have: AWS's own, or the strategy's",
    )
    st.caption(
        "AWS runs custom strategies on Bedrock models of your account only; another endpoint may take the "
        "names of its own models."
    )
    found: dict[StepName, Instructions] = {}
    for step in steps:
        if step in chosen:
            prompt = typed.steps[step]
            model = own_part(strategy or {}, step).get("modelId") or _model_id()
            key = f"bench-{step}-{format.fingerprint([prompt, str(model)])}"
            found[step] = strategy_form.instructions_fields(step, prompt, str(model), key)
    return found


def _model_id() -> str:
    """The model that was tried, where it is one of Bedrock's."""
    return workbench_model.model_id() if workbench_model.is_bedrock() else ""


def _with_role(change: MemoryChange) -> MemoryChange:
    """The change with the memory's execution role, and what that role has to allow."""
    memory = change.before
    role = st.text_input(
        "The memory's execution role (ARN)",
        memory.get("memoryExecutionRoleArn", ""),
        key="bench-role",
        live=True,
        placeholder="arn:aws:iam::123456789012:role/MemoryRole",
        help="AWS assumes it to call the model in your account. Without one, AWS refuses custom strategies.",
    )
    after = strategy_edit.set_or_drop(change.after, "memoryExecutionRoleArn", role.strip())
    change = MemoryChange(memory, after, change.tags_before, change.tags_after, change.added)
    if not role.strip():
        st.warning(
            "This memory has no execution role yet, and AWS refuses custom strategies without one. Create it "
            "in IAM with the two policies that are spelled out below, then give its ARN here.",
            icon=":material/badge:",
        )
    wanted = saving.after_change(change)
    if execution_role.permissions_policy(wanted) is None:
        st.caption("Name the model above: what the role has to allow follows from it.")
        return change
    with st.expander("The role: trust and permissions, to copy", expanded=not role.strip()):
        memory_configuration.policies(wanted)
    return change
