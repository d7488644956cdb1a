"""What belongs to an agent: its action groups, and its aliases with the versions behind them."""

import json
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import faults, format, text
from dashboard.components import confirm, dialogs, notices, permissions, problems
from dashboard.resources import agents as bedrock
from services.agents.bedrock_agents import DRAFT, TEST_ALIAS, AgentView
from services.agents.drafts import AGENTS, NAME_HINT, ActionGroupDraft
from services.constraints import constraint

Row = dict[str, Any]
_EXAMPLE = json.dumps(
    [
        {
            "name": "book_trip",
            "description": "book a trip for a customer",
            "parameters": {
                "destination": {"description": "where to", "required": True, "type": "string"},
                "start_date": {"description": "YYYY-MM-DD", "required": True, "type": "string"},
            },
        }
    ],
    indent=2,
)


def action_groups(view: AgentView) -> None:
    """Every action group of the draft with its functions."""
    agent_id = str(view.agent["agentId"])
    if not view.action_groups:
        text.plain("The draft has no action group: the agent can only talk.")
    for group in view.action_groups:
        with st.container(border=True, key=f"group-{group['actionGroupId']}"):
            _group(group)
    st.button(
        "Add action group",
        icon=":material/add:",
        key="open-add-group",
        on_click=dialogs.open_,
        args=(f"add-action-group-{agent_id}",),
        disabled=permissions.refused("CreateAgentActionGroup") is not None,
    )


def _group(group: Row) -> None:
    enabled = group["actionGroupState"] == "ENABLED"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{text.label(str(group['actionGroupName']))}**", width="content")
        st.badge(text.label(str(group["actionGroupState"])), color="green" if enabled else "gray")
        st.badge(text.label(_executor(group)), color="blue")
        st.space("stretch")
        st.button(
            "Disable" if enabled else "Enable",
            key=f"switch-{group['actionGroupId']}",
            on_click=_switch,
            args=(group, not enabled),
            disabled=permissions.refused("UpdateAgentActionGroup") is not None,
        )
        with st.popover("Delete", icon=":material/delete:", key=f"delete-group-{group['actionGroupId']}"):
            _delete_group(group)
    if group.get("description"):
        text.plain(str(group["description"]).strip())
    arn = group.get("actionGroupExecutor", {}).get("lambda")
    if arn:
        text.identifier(str(arn))
    functions = group.get("functionSchema", {}).get("functions", [])
    if functions:
        st.dataframe(
            pd.DataFrame([_function_row(each) for each in functions]),
            hide_index=True,
            height="content",
            key=f"functions-{group['actionGroupId']}",
            alt="Functions of the action group",
        )
    elif group.get("apiSchema"):
        st.code(text.visible(json.dumps(group["apiSchema"], indent=2)[:4000]), language="json")


def _executor(group: Row) -> str:
    executor = group.get("actionGroupExecutor", {})
    if executor.get("lambda"):
        return "Lambda"
    if executor.get("customControl"):
        return "Returns control"
    return str(group.get("parentActionSignature") or "No executor")


def _function_row(function: Row) -> Row:
    parameters = [
        f"{name}: {each.get('type', '?')}{'' if each.get('required') else ' (optional)'}"
        for name, each in function.get("parameters", {}).items()
    ]
    return {
        "Function": function["name"],
        "What it does": function.get("description", ""),
        "Parameters": ", ".join(parameters),
        "Asks first": "yes" if function.get("requireConfirmation") == "ENABLED" else "no",
    }


def _switch(group: Row, enabled: bool) -> None:
    with faults.shown():
        bedrock.switch_action_group(group, enabled=enabled)
        state_words = "enabled" if enabled else "disabled"
        notices.leave(f"{group['actionGroupName']} is {state_words}. Prepare the agent for it to count.")


def _delete_group(group: Row) -> None:
    if permissions.say("DeleteAgentActionGroup"):
        return
    name = str(group["actionGroupName"])
    if confirm.typed(
        f"{name} is deleted from the draft. The audit trail keeps its definition.",
        name,
        "Delete action group",
        key=f"group-{group['actionGroupId']}",
    ):
        bedrock.delete_action_group(group)
        notices.leave(f"{name} was deleted. Prepare the agent for it to count.")
        st.rerun()


@st.dialog("Add an action group", width="large", on_dismiss=dialogs.close)
def add_group_dialog(view: AgentView) -> None:
    """Name, executor and functions, checked as they are typed."""
    with faults.shown():
        draft = group_fields("group")
        wrong = draft.problems()
        if draft.name:
            problems.show(wrong)
        refused = permissions.say("CreateAgentActionGroup")
        if st.button("Add action group", type="primary", key="add-group", disabled=bool(wrong or refused)):
            bedrock.add_action_group(str(view.agent["agentId"]), draft)
            notices.leave(f"{draft.name} was added. Prepare the agent for it to count.")
            dialogs.close()
            st.rerun()


def group_fields(key: str) -> ActionGroupDraft:
    """The fields of an action group that does not exist yet."""
    name = st.text_input("Name", key=f"{key}-name", live=True, help=f"Allowed: {NAME_HINT}")
    description = st.text_input("Description", key=f"{key}-description", max_chars=200)
    arn = st.text_input(
        "Lambda function's ARN",
        key=f"{key}-lambda",
        live=True,
        placeholder="Empty: the agent returns control, and you answer in the chat",
    )
    functions = st.text_area("Functions, as JSON", _EXAMPLE, key=f"{key}-functions", height=260)
    return ActionGroupDraft(name.strip(), functions, description.strip(), arn.strip() or None)


def aliases(view: AgentView) -> None:
    """The aliases with what each answers with, and the versions."""
    for alias in view.aliases:
        with st.container(border=True, key=f"alias-{alias['agentAliasId']}"):
            _alias(view, alias)
    st.button(
        "Create alias",
        icon=":material/add:",
        key="open-add-alias",
        on_click=dialogs.open_,
        args=(f"add-alias-{view.agent['agentId']}",),
        disabled=permissions.refused("CreateAgentAlias") is not None
        or view.agent["agentStatus"] != "PREPARED",
        help="A numbered version of the prepared draft, under a name. It takes a prepared agent.",
    )
    if view.versions:
        st.markdown("**Versions**")
        rows = [
            {"Version": each["agentVersion"], "Status": each["agentStatus"], "Created": each["createdAt"]}
            for each in view.versions
        ]
        st.dataframe(pd.DataFrame(rows), hide_index=True, height="content", alt="Versions of the agent")


def _alias(view: AgentView, alias: Row) -> None:
    alias_id = str(alias["agentAliasId"])
    routes = alias.get("routingConfiguration") or [{}]
    version = str(routes[0].get("agentVersion", "?"))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{text.label(view.alias_name(alias_id))}**", width="content")
        st.badge(text.label(str(alias["agentAliasStatus"])), color="green")
        st.badge("draft, as prepared" if version == DRAFT else text.label(f"version {version}"), color="blue")
        if alias_id != TEST_ALIAS:
            st.space("stretch")
            with st.popover("Delete", icon=":material/delete:", key=f"delete-alias-{alias_id}"):
                _delete_alias(view, alias)
    known = len(bedrock.addresses(bedrock.home(str(view.agent["agentId"]), alias_id)))
    st.caption(
        f"{text.label(alias_id)} · {format.count(known, 'memory id')} known here. "
        + ("It always exists." if alias_id == TEST_ALIAS else "")
    )


def _delete_alias(view: AgentView, alias: Row) -> None:
    if permissions.say("DeleteAgentAlias"):
        return
    name = str(alias["agentAliasName"])
    if confirm.typed(
        f"{name} is deleted. Programs that use it fail, and what was remembered through it can no longer be "
        "reached.",
        name,
        "Delete alias",
        key=f"alias-{alias['agentAliasId']}",
    ):
        bedrock.delete_alias(str(view.agent["agentId"]), str(alias["agentAliasId"]))
        notices.leave(f"{name} was deleted.")
        st.rerun()


@st.dialog("Create an alias", on_dismiss=dialogs.close)
def add_alias_dialog(view: AgentView) -> None:
    """A name is all it takes."""
    with faults.shown():
        name = st.text_input("Name", key="alias-name", live=True, help=f"Allowed: {NAME_HINT}").strip()
        rules = constraint(AGENTS, "CreateAgentAlias", "agentAliasName")
        wrong = rules.text_problems("The alias's name", name, NAME_HINT)
        if name:
            problems.show(wrong)
        st.caption("Memory belongs to an alias: the new one remembers nothing yet.")
        refused = permissions.say("CreateAgentAlias")
        if st.button("Create alias", type="primary", key="add-alias", disabled=bool(wrong or refused)):
            made = bedrock.create_alias(str(view.agent["agentId"]), name)
            notices.leave(f"{name} is {made['agentAliasStatus']}.")
            dialogs.close()
            st.rerun()
