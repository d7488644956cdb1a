"""Changing an agent: a form over the whole of it, then exactly what will change, then the call."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from dashboard import faults
from dashboard.components import (
    agent_form,
    confirm,
    dialogs,
    differences,
    meanwhile,
    notices,
    permissions,
    problems,
)
from dashboard.resources import agents as bedrock
from services.agents.bedrock_agents import AgentView, memory_settings
from services.agents.changes import AgentChange, with_memory
from services.agents.drafts import MemoryDraft
from services.errors import AgentChangedMeanwhile

Row = dict[str, Any]
_OPENED = "agent-edit"


@dataclass
class _Opened:
    """The agent as it was when the form was opened; each version of the form has fields of its own."""

    agent: Row
    version: int = 0
    meanwhile: Row | None = None


def begin(agent_id: str) -> None:
    """Opens the dialog on a fresh reading; a button's `on_click`."""
    with faults.shown():
        st.session_state[_OPENED] = _Opened(bedrock.agent_as_it_is(agent_id))
        dialogs.open_(f"edit-agent-{agent_id}")


def _close() -> None:
    st.session_state.pop(_OPENED, None)
    dialogs.close()


@st.dialog("Edit this agent", width="large", on_dismiss=_close)
def edit_dialog(view: AgentView) -> None:
    """UpdateAgent replaces the whole draft, so the form holds the whole of it."""
    with faults.shown():
        opened: _Opened | None = st.session_state.get(_OPENED)
        if opened is None or opened.agent["agentId"] != view.agent["agentId"]:
            opened = _Opened(view.agent)
            st.session_state[_OPENED] = opened
        if opened.meanwhile:
            _changed_meanwhile(opened, opened.meanwhile)
            return
        _preview(opened, AgentChange(opened.agent, _form(opened)))


def _form(opened: _Opened) -> Row:
    agent, key = opened.agent, f"edit-agent-{opened.version}"
    texts = {
        "agentName": st.text_input("Name", agent["agentName"], key=f"{key}-name", live=True),
        "description": st.text_input(
            "Description", agent.get("description", ""), key=f"{key}-description", max_chars=200
        ),
        "instruction": st.text_area(
            "Instruction", agent.get("instruction", ""), key=f"{key}-instruction", height=140
        ),
        "foundationModel": st.text_input(
            "Model or inference profile", agent.get("foundationModel", ""), key=f"{key}-model", live=True
        ),
        "agentResourceRoleArn": st.text_input(
            "Role's ARN", agent["agentResourceRoleArn"], key=f"{key}-role", live=True
        ),
    }
    after = agent | {name: value.strip() if name != "instruction" else value for name, value in texts.items()}
    idle = st.number_input(
        "A session ends after idle seconds",
        60,
        5400,
        int(agent["idleSessionTTLInSeconds"]),
        key=f"{key}-idle",
    )
    after["idleSessionTTLInSeconds"] = int(idle)
    settings = memory_settings(agent)
    now = MemoryDraft(settings.storage_days, settings.max_recent_sessions) if settings else None
    wanted = agent_form.memory_fields(key, now)
    return after if wanted == now else with_memory(after, wanted)


def _preview(opened: _Opened, change: AgentChange) -> None:
    found = change.differences()
    with st.container(border=True, key="agent-preview"):
        st.markdown("**What will change**" if found else "**Nothing is changed yet**")
        if found:
            differences.show(found)
        st.caption(
            "UpdateAgent replaces the whole draft, so everything else is sent again as it is: prompts, "
            "guardrail, encryption key and memory too."
        )
    wrong = change.problems()
    problems.show(wrong)
    refused = permissions.say("UpdateAgent")
    if not found or wrong or refused:
        st.button("Send the change", type="primary", key="send-agent-change", disabled=True)
        return
    name = str(opened.agent["agentName"])
    if change.switches_memory_off:
        agreed = confirm.typed(
            "This switches memory off. Summaries that exist can no longer be read, for any memory id, and "
            "no new ones are made.",
            name,
            "Switch memory off",
            key="send-agent-change",
        )
    else:
        agreed = st.button("Send the change", type="primary", icon=":material/send:", key="send-agent-change")
    if agreed:
        _send(opened, change)


def _send(opened: _Opened, change: AgentChange) -> None:
    try:
        with st.spinner("Sending…"):
            bedrock.change_agent(change, memory_may_end=change.switches_memory_off)
    except AgentChangedMeanwhile as changed:
        opened.meanwhile = changed.agent
    else:
        notices.leave(f"{opened.agent['agentName']} was changed. Prepare it for the change to count.")
        _close()
    st.rerun()


def _changed_meanwhile(opened: _Opened, now: Row) -> None:
    found = AgentChange(opened.agent, now).differences()
    meanwhile.show("agent", found, lambda: _start_again(opened, now), key="take-new-agent")


def _start_again(opened: _Opened, now: Row) -> None:
    st.session_state[_OPENED] = _Opened(now, opened.version + 1)
