"""Creating an agent with memory: a name and an instruction are enough."""

import streamlit as st

from dashboard import faults, resources, state
from dashboard.components import agent_parts, dialogs, notices, permissions, problems
from dashboard.resources import agents as bedrock
from services.agents.bedrock_agents import DEFAULT_STORAGE_DAYS
from services.agents.drafts import (
    DEFAULT_IDLE_SECONDS,
    DEFAULT_MODEL,
    NAME_HINT,
    AgentDraft,
    MemoryDraft,
)

_STEPS = {
    "role": "Creating a role and a policy for the agent…",
    "agent": "Creating the agent…",
    "action group": "Adding the action group…",
    "preparing": "Preparing it…",
}


@st.dialog("Create an agent", width="large", on_dismiss=dialogs.close)
def create_dialog() -> None:
    """Everything is checked as it is typed; what is created on the way is removed if a step fails."""
    with faults.shown():
        if resources.connection().endpoint_url is None:
            st.info(
                "AWS lets only accounts with Bedrock Agents activity in the last 12 months create agents. "
                "If yours had none, AWS will refuse, and what was created by then is removed again.",
                icon=":material/info:",
            )
        draft = _draft()
        wrong = draft.problems()
        if draft.name:
            problems.show(wrong)
        refused = permissions.say("CreateAgent")
        if st.button(
            "Create agent",
            type="primary",
            icon=":material/add:",
            key="create-agent",
            disabled=bool(wrong or refused),
        ):
            with st.status("Creating…") as told:
                agent_id = bedrock.create_agent(draft, lambda step: told.update(label=_STEPS[step]))
            state.put(agent=agent_id)
            notices.leave(f"{draft.name} was created and prepared.")
            dialogs.close()
            st.rerun()


def _draft() -> AgentDraft:
    name = st.text_input(
        "Name",
        key="agent-name",
        live=True,
        placeholder="travel-assistant-with-memory",
        help=f"Allowed: {NAME_HINT}",
    )
    instruction = st.text_area(
        "Instruction",
        key="agent-instruction",
        height=110,
        placeholder="You are a travel agency agent that helps customers making travel reservations. …",
        help="What the agent is and does, 40 to 4,000 characters",
    )
    memory = memory_fields("agent", MemoryDraft())
    with st.expander("More: model, description, role, idle time"):
        model = st.text_input("Model or inference profile", DEFAULT_MODEL, key="agent-model", live=True)
        description = st.text_input("Description", key="agent-description", max_chars=200)
        role = st.text_input(
            "Role's ARN",
            key="agent-role",
            live=True,
            placeholder="Empty: a role that may invoke this model is created, and removed with the agent",
        )
        idle = st.number_input(
            "A session ends after idle seconds", 60, 5400, DEFAULT_IDLE_SECONDS, key="agent-idle"
        )
    wants_group = st.toggle("With an action group", key="agent-with-group")
    group = agent_parts.group_fields("agent-group") if wants_group else None
    return AgentDraft(
        name.strip(),
        instruction.strip(),
        model.strip(),
        description.strip(),
        role.strip() or None,
        int(idle),
        memory,
        group,
    )


def memory_fields(key: str, now: MemoryDraft | None) -> MemoryDraft | None:
    """What the agent shall remember; None for nothing."""
    on = st.toggle("Remember: summarise each session (SESSION_SUMMARY)", now is not None, key=f"{key}-memory")
    if not on:
        return None
    given = now or MemoryDraft()
    with st.container(horizontal=True):
        days = st.number_input(
            "Days that a summary is kept",
            1,
            365,
            given.storage_days or DEFAULT_STORAGE_DAYS,
            key=f"{key}-days",
        )
        recent = st.number_input(
            "Recent sessions in the prompt",
            min_value=1,
            value=given.max_recent_sessions,
            key=f"{key}-recent",
            placeholder="AWS's default",
            help="How many of the newest summaries the agent is given: a window, no limit of what is kept",
        )
    return MemoryDraft(int(days), int(recent) if recent else None)
