"""Agents of Bedrock Agents: the table of all, and one of them in detail."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import faults, format, navigation, resources, state, text, times
from dashboard.components import (
    address_tabs,
    agent_deletion,
    agent_edit,
    agent_form,
    agent_parts,
    agent_pickers,
    dialogs,
    made_resources,
    notices,
    permissions,
    pickers,
    tables,
)
from dashboard.components.memory_records import raw_json
from dashboard.resources import agents as bedrock
from dashboard.state import Key
from services.agents import bedrock_agents
from services.agents.bedrock_agents import AgentView
from services.listing import Listing

Row = dict[str, Any]
WATCH_SECONDS = 2.0
_COLUMNS = ("agentName", "agentStatus", "description", "latestAgentVersion", "updatedAt", "agentId")


def toolbar() -> None:
    """What can be done without choosing an agent first."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Create agent",
            type="primary",
            icon=":material/add:",
            key="open-create-agent",
            on_click=dialogs.open_,
            args=("create-agent",),
            disabled=permissions.refused("CreateAgent") is not None,
        )
        made_resources.popover()
        navigation.link("Notebook tour", "notebook_tour", {}, icon=":material/tour:")
    permissions.say("CreateAgent")
    st.caption(
        "Bedrock Agents are in maintenance mode at AWS: since 30 July 2026 accounts without earlier use "
        "cannot create any. What exists goes on working."
        if resources.connection().endpoint_url is None
        else "These agents live on the embedded endpoint; no account is needed."
    )
    if dialogs.is_open("create-agent"):
        agent_form.create_dialog()


def table(listing: Listing[Row]) -> str | None:
    """All agents, one row each; returns the chosen one's id, at first the first row's."""
    rows = sorted(listing.rows, key=lambda row: str(row["agentName"]).lower())
    shown = [{name: row.get(name, "") for name in _COLUMNS} for row in rows]
    frame = pd.DataFrame(shown).set_index("agentId", drop=False)
    frame["updatedAt"] = pd.to_datetime(frame["updatedAt"], utc=True)
    state.default(Key.AGENT, str(frame.index[0]))
    tables.choose_row(
        frame,
        Key.AGENT,
        "agents",
        column_order=_COLUMNS,
        column_config={
            "agentName": st.column_config.TextColumn("Name", width="medium"),
            "agentStatus": st.column_config.TextColumn("Status", width="small"),
            "description": st.column_config.TextColumn("Description", width="large"),
            "latestAgentVersion": st.column_config.TextColumn("Latest version", width="small"),
            "updatedAt": times.column("Updated", frame["updatedAt"]),
            "agentId": st.column_config.TextColumn("Id", width="small"),
        },
        height="auto" if len(frame) <= 10 else 386,
        alt="Agents",
    )
    st.caption(f"{format.counted(len(frame), listing.complete, 'agent')}.")
    missing = pickers.say_if_missing(Key.AGENT, [str(id_) for id_ in frame.index], "agent")
    return None if missing and listing.complete else state.get(Key.AGENT)


def detail(agent_id: str) -> AgentView:
    """One agent in full; while its state changes it is read again until it has settled."""
    view = bedrock.agent_view(agent_id)
    if view.agent["agentStatus"] in bedrock_agents.IN_TRANSITION:
        _watched(agent_id)
    else:
        _detail(view)
    return view


@st.fragment(run_every=WATCH_SECONDS)
def _watched(agent_id: str) -> None:
    with faults.shown():
        bedrock.forget_agents()
        view = bedrock.agent_view(agent_id)
        if view.agent["agentStatus"] not in bedrock_agents.IN_TRANSITION:
            st.rerun()
        st.caption(f"Changing. Read again every {WATCH_SECONDS:.0f} seconds until it has settled.")
        _detail(view)


def open_dialog(view: AgentView) -> None:
    """Draws the dialog about this agent that is open, if any."""
    agent_id = str(view.agent["agentId"])
    for name, draw in (
        ("edit-agent", agent_edit.edit_dialog),
        ("add-action-group", agent_parts.add_group_dialog),
        ("add-alias", agent_parts.add_alias_dialog),
        ("delete-agent", agent_deletion.delete_dialog),
    ):
        if dialogs.is_open(f"{name}-{agent_id}"):
            draw(view)


def _detail(view: AgentView) -> None:
    with st.container(border=True, key="agent-detail"):
        _heading(view)
        views: dict[str, Callable[[], None]] = {
            "Memory and instruction": lambda: _settings(view),
            "Action groups": lambda: agent_parts.action_groups(view),
            "Aliases and versions": lambda: agent_parts.aliases(view),
            "As the API returns it": lambda: raw_json(view.agent),
        }
        address_tabs.show(views, Key.AGENT_TAB)


def _heading(view: AgentView) -> None:
    agent, agent_id = view.agent, str(view.agent["agentId"])
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(text.label(str(agent["agentName"])), anchor=False, width="content")
        agent_pickers.status(agent)
        memory = bedrock_agents.memory_settings(agent)
        st.badge("Remembers" if memory else "No memory", color="violet" if memory else "gray")
    if agent.get("description"):
        text.plain(str(agent["description"]))
    for reason in agent.get("failureReasons", []):
        st.error(text.label(str(reason), 400), icon=":material/error:")
    for action in agent.get("recommendedActions", []):
        st.info(text.label(str(action), 400), icon=":material/lightbulb:")
    differs = bedrock_agents.draft_differs(agent, view.action_groups)
    if differs:
        st.warning(differs, icon=":material/difference:")
    with st.container(horizontal=True, vertical_alignment="center"):
        navigation.agent_link("Chat", "agent_chat", agent_id)
        navigation.agent_link("Session summaries", "session_summaries", agent_id)
        _buttons(agent_id, bool(differs))


def _buttons(agent_id: str, differs: bool) -> None:
    st.button(
        "Prepare",
        icon=":material/play_circle:",
        type="primary" if differs else "secondary",
        key="prepare-agent",
        on_click=_prepare,
        args=(agent_id,),
        disabled=permissions.refused("PrepareAgent") is not None,
        help="Makes the draft what answers in tests",
    )
    st.button(
        "Edit",
        icon=":material/edit:",
        key="open-edit-agent",
        on_click=agent_edit.begin,
        args=(agent_id,),
        disabled=permissions.refused("UpdateAgent") is not None,
    )
    st.button(
        "Delete",
        icon=":material/delete:",
        type="tertiary",
        key="open-delete-agent",
        on_click=dialogs.open_,
        args=(f"delete-agent-{agent_id}",),
        disabled=permissions.refused("DeleteAgent") is not None,
    )


def _prepare(agent_id: str) -> None:
    with faults.shown():
        agent = bedrock.prepare_agent(agent_id)
        notices.leave(f"{agent['agentName']} is {agent['agentStatus']}.")


def _settings(view: AgentView) -> None:
    agent = view.agent
    memory = bedrock_agents.memory_settings(agent)
    st.markdown("**Memory**")
    if memory is None:
        text.plain("Off: sessions are not summarised, and nothing is recalled. Edit switches it on.")
    else:
        recent = memory.max_recent_sessions
        how_many = f"the newest {recent}" if recent else "the newest ones (AWS's default number)"
        text.plain(
            f"Session summaries (SESSION_SUMMARY), kept for {format.count(memory.storage_days, 'day')}; "
            f"{how_many} go into the prompt of a session with the same memory id."
        )
        st.caption(
            "Memory belongs to an alias: what is remembered through one alias is not known through another. "
            "A session's summary is made in the background after the session has ended."
        )
    idle = agent["idleSessionTTLInSeconds"]
    text.plain(f"A session ends by itself after {idle:,} seconds without a message.")
    st.markdown("**Model**")
    text.identifier(str(agent.get("foundationModel", "none")))
    st.markdown("**Instruction**")
    st.code(text.visible(str(agent.get("instruction", ""))), language=None, wrap_lines=True)
    st.markdown("**Role**")
    text.identifier(str(agent["agentResourceRoleArn"]))
    with st.container(horizontal=True, gap="xsmall"):
        times.badge(agent["updatedAt"], "Changed")
        times.badge(agent.get("preparedAt"), "Prepared")
    if not agent.get("preparedAt"):
        st.caption("Never prepared.")
    text.identifier(str(agent["agentId"]))
