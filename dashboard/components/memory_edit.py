"""Changing a memory, or adding a strategy to it: a form, then exactly what will change, then the call."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from dashboard import faults, format, resources
from dashboard.components import (
    confirm,
    dialogs,
    differences,
    meanwhile,
    notices,
    permissions,
    problems,
    setting_tables,
    strategy_edit,
    strategy_form,
)
from services.errors import ChangedMeanwhile
from services.faults import CALL_ERRORS, Fault, explain
from services.memory import settings as memory_settings
from services.memory.changes import MemoryChange
from services.memory.strategy_kinds import kind_label

Row = dict[str, Any]
_OPENED = "memory-edit"


@dataclass
class _Opened:
    """The memory and its tags as they were when the form was opened, or why the tags could not be read;
    `meanwhile` is what somebody else made of them. Each version of the form has fields of its own."""

    memory: Row
    tags: dict[str, str]
    untold: Fault | None = None
    version: int = 0
    meanwhile: ChangedMeanwhile | None = None


def begin(name: str) -> None:
    """Opens a dialog of this module on a fresh reading of the memory; a button's `on_click`."""
    st.session_state.pop(_OPENED, None)
    dialogs.open_(name)


def close() -> None:
    """Closes whichever dialog of a change is open, and forgets what was read for it."""
    st.session_state.pop(_OPENED, None)
    dialogs.close()


def changing(memory_id: str, form: Callable[[Row, dict[str, str]], MemoryChange], action: str) -> None:
    """The body of a dialog that changes a memory: `form` draws fields on a fresh reading of the memory and
    its tags; then what will change, what AWS would refuse, and the button that sends it."""
    with faults.shown():
        opened = _opened(memory_id)
        if opened.meanwhile:
            _changed_meanwhile(opened, opened.meanwhile)
            return
        _preview(opened, form(opened.memory, opened.tags), action)


def _opened(memory_id: str) -> _Opened:
    found: _Opened | None = st.session_state.get(_OPENED)
    if found is None or found.memory["id"] != memory_id:
        memory = resources.memory_as_it_is(memory_id)
        tags, untold = _tags(memory)
        found = _Opened(memory, tags, untold)
        st.session_state[_OPENED] = found
    return found


def _tags(memory: Row) -> tuple[dict[str, str], Fault | None]:
    """The memory's tags, or the fault: who may not read them can change everything else."""
    try:
        return resources.memory_tags(memory["arn"]), None
    except CALL_ERRORS as error:
        return {}, explain(error)


@st.dialog("Edit this memory", width="large", on_dismiss=close)
def edit_dialog(memory_id: str) -> None:
    """Everything that UpdateMemory and tagging can change."""
    with faults.shown():
        opened = _opened(memory_id)
        if opened.meanwhile:
            _changed_meanwhile(opened, opened.meanwhile)
            return
        _preview(opened, _form(opened))


@st.dialog("Add a strategy", width="large", on_dismiss=close)
def add_strategy_dialog(memory_id: str) -> None:
    """One more strategy for an existing memory, with the note that nothing earlier is extracted."""
    changing(memory_id, _strategy_form, "Add strategy")


def _strategy_form(memory: Row, tags: dict[str, str]) -> MemoryChange:
    kind = st.segmented_control(
        "Strategy",
        strategy_form.KINDS,
        default=strategy_form.KINDS[0],
        format_func=kind_label,
        key="add-kind",
        required=True,
    )
    declared = [key["key"] for key in memory.get("namespaceKeys", [])]
    draft = strategy_form.fields(kind, f"add-{kind}", declared)
    after = memory
    if draft.needs_role and not memory.get("memoryExecutionRoleArn"):
        role = st.text_input("Execution role's ARN", key="add-role", live=True)
        after = strategy_edit.set_or_drop(memory, "memoryExecutionRoleArn", role.strip())
    later_only()
    return MemoryChange(memory, after, tags, tags, (draft,))


def later_only() -> None:
    """Says that a new strategy does not look back."""
    st.info(
        "Only events stored after the strategy is ACTIVE are extracted. "
        "Conversations stored earlier stay in short-term memory and produce no records.",
        icon=":material/info:",
    )


def _form(opened: _Opened) -> MemoryChange:
    memory, key = opened.memory, f"edit-{opened.version}"
    description = st.text_area(
        "Description", memory.get("description", ""), key=f"{key}-description", height=80, max_chars=4096
    )
    after = strategy_edit.set_or_drop(memory, "description", description)
    after |= {
        "eventExpiryDuration": int(
            st.number_input(
                "Keep events for, in days",
                3,
                3650,
                int(memory["eventExpiryDuration"]),
                key=f"{key}-expiry",
                help="For events stored from then on; those that exist keep their expiry",
            )
        )
    }
    role = st.text_input(
        "Execution role's ARN", memory.get("memoryExecutionRoleArn", ""), key=f"{key}-role", live=True
    )
    after = strategy_edit.set_or_drop(after, "memoryExecutionRoleArn", role.strip())
    with st.expander("Namespace keys: placeholders of your own"):
        keys = setting_tables.namespace_keys(memory.get("namespaceKeys", []), f"{key}-namespace-keys")
    after = strategy_edit.set_or_drop(after, "namespaceKeys", keys)
    after = _with_strategies(after, key)
    with st.expander("Indexed keys: metadata that records can be filtered by"):
        indexed = setting_tables.indexed_keys(memory.get("indexedKeys", []), f"{key}-indexed")
    after = strategy_edit.set_or_drop(after, "indexedKeys", indexed)
    with st.expander("Stream delivery"):
        after = _with_stream(after, key)
    with st.expander("Tags"):
        if opened.untold:
            faults.show_fault(opened.untold)
        tags = opened.tags if opened.untold else setting_tables.tags(opened.tags, f"{key}-tags")
    return MemoryChange(memory, after, opened.tags, tags)


def _with_strategies(memory: Row, key: str) -> Row:
    declared = [each["key"] for each in memory.get("namespaceKeys", [])]
    wanted = [
        strategy_edit.fields(strategy, f"{key}-{strategy['strategyId']}", declared)
        for strategy in memory.get("strategies", [])
    ]
    return memory | {"strategies": [strategy for strategy in wanted if strategy is not None]}


def _with_stream(memory: Row, key: str) -> Row:
    given = memory.get("streamDeliveryResources", {}).get("resources", [])
    kinesis = given[0].get("kinesis", {}) if given else {}
    contents = kinesis.get("contentConfigurations", [{}])
    before = str(kinesis.get("dataStreamArn", "")), str(contents[0].get("level", "METADATA_ONLY"))
    arn = st.text_input(
        "Kinesis stream's ARN", before[0], key=f"{key}-stream", live=True, placeholder="Empty: nobody is told"
    )
    level = st.segmented_control(
        "What the stream is told",
        ("METADATA_ONLY", "FULL_CONTENT"),
        default=before[1],
        format_func=lambda each: {"METADATA_ONLY": "ids and metadata", "FULL_CONTENT": "the text too"}[each],
        key=f"{key}-stream-level",
        required=True,
    )
    if (arn.strip(), level) == before or (not arn.strip() and not given):
        return memory
    content = {"type": "MEMORY_RECORDS", "level": level}
    resource = {"kinesis": {"dataStreamArn": arn.strip(), "contentConfigurations": [content]}}
    return memory | {"streamDeliveryResources": {"resources": [resource] if arn.strip() else []}}


def _preview(opened: _Opened, change: MemoryChange, action: str = "Send the change") -> None:
    """What will be different, what AWS would refuse, and the button."""
    found = change.differences()
    with st.container(border=True, key="memory-preview"):
        st.markdown("**What will change**" if found else "**Nothing is changed yet**")
        if not found:
            st.caption("What you change is shown here before it is sent.")
            return
        differences.show(found)
        if "memoryStrategies" in change.request():
            st.caption("The memory is UPDATING for a while, and can't be changed again until it is ACTIVE.")
    wrong = change.problems()
    problems.show(wrong)
    if permissions.say("UpdateMemory") or wrong:
        st.button(action, type="primary", key="send-change", disabled=True)
    elif _asked(opened, change, action):
        _send(opened, change)


def _asked(opened: _Opened, change: MemoryChange, action: str) -> bool:
    """Whether the button was pressed; to delete strategies their names are typed first."""
    gone = change.deleted()
    if not gone:
        return st.button(action, type="primary", icon=":material/send:", key="send-change")
    names = " ".join(strategy["name"] for strategy in gone)
    return confirm.typed(
        f"{format.count(len(gone), 'strategy', 'strategies')} will be deleted from "
        f"{format.memory_name(opened.memory)}. AWS can't bring them back; their records stay.",
        names,
        action,
        key="send-change",
    )


def _send(opened: _Opened, change: MemoryChange) -> None:
    try:
        with st.spinner("Sending…"):
            resources.change_memory(change)
    except ChangedMeanwhile as changed:
        opened.meanwhile = changed
    else:
        notices.leave(f"{format.memory_name(opened.memory)} was changed.")
        close()
    st.rerun()


def _changed_meanwhile(opened: _Opened, changed: ChangedMeanwhile) -> None:
    """Says what somebody else changed, and offers the form on top of that."""
    before = memory_settings.settings(opened.memory, opened.tags)
    now = memory_settings.settings(changed.memory, changed.tags)
    found = [each for each in memory_settings.differences(before, now) if each.differs]
    meanwhile.show("memory", found, lambda: _start_again(opened, changed), key="take-new-version")


def _start_again(opened: _Opened, changed: ChangedMeanwhile) -> None:
    st.session_state[_OPENED] = _Opened(changed.memory, changed.tags, opened.untold, opened.version + 1)
