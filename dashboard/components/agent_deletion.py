"""Deleting an agent: everything that goes is listed, its name is typed, and each removal is reported."""

import streamlit as st

from dashboard import faults, format, state, text
from dashboard.components import confirm, dialogs, made_resources, notices, permissions
from dashboard.resources import agents as bedrock
from services.agents.bedrock_agents import AgentView
from services.agents.resources import Removed

_RESULT = "agent-deletion"


def _close() -> None:
    st.session_state.pop(_RESULT, None)
    dialogs.close()


@st.dialog("Delete this agent", width="large", on_dismiss=_close)
def delete_dialog(view: AgentView) -> None:
    """The preview, the typed name, and what became of each part."""
    with faults.shown():
        removed: list[Removed] | None = st.session_state.get(_RESULT)
        if removed is not None:
            made_resources.outcome(removed)
            st.button("Close", key="close-agent-deletion", on_click=_close)
            return
        plan = bedrock.deletion_plan(view)
        st.markdown("**This will be removed**")
        made_resources.listed(plan.resources)
        groups = format.count(len(view.action_groups), "action group")
        st.caption(f"With the agent go {groups} and {format.count(len(view.versions), 'version')}.")
        known = sum(len(ids) for ids in plan.memory_ids.values())
        if known:
            people = [each for ids in plan.memory_ids.values() for each in ids]
            st.warning(
                f"What it remembers goes too: {format.count(known, 'memory id')} known here "
                f"({text.label(', '.join(people), 200)}). Export summaries first if they are needed.",
                icon=":material/psychology_alt:",
            )
        if permissions.say("DeleteAgent"):
            return
        name = str(view.agent["agentName"])
        if confirm.typed(
            f"{name} will be deleted with its aliases, versions and memory. AWS can't bring it back.",
            name,
            "Delete agent",
            key="delete-agent",
        ):
            with st.spinner("Deleting…"):
                removed = bedrock.delete_agent(plan)
            state.put(agent=None)
            if any(each.fault for each in removed):
                st.session_state[_RESULT] = removed
            else:
                notices.leave(f"{name} was deleted: {format.count(len(removed), 'resource')} removed.")
                _close()
            st.rerun()
