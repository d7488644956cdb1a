"""Choosing an agent, its alias and a memory id, each bound to the address bar."""

from typing import Any

import streamlit as st

from dashboard import faults, format, navigation, resources, state, text
from dashboard.components import pickers
from dashboard.resources import agents as bedrock
from dashboard.state import Key
from services.agents.bedrock_agents import AgentView
from services.faults import CALL_ERRORS
from services.listing import Listing
from services.workspace.agent_memories import is_memory_id

Row = dict[str, Any]
NO_MEMORY = "-"
"""In the address bar: talk without a memory id. Shorter than any that AWS takes."""
GUEST = "guest"
"""Under this memory id one talks at first, where none is known yet."""


def agent() -> AgentView | None:
    """The chosen agent, or None when there is none to choose (`explain_none`). A link works without the right
    to list."""
    linked = state.get(Key.AGENT)
    listing = _listed(linked)
    names = {row["agentId"]: str(row["agentName"]) for row in listing.rows}
    if not names and (not linked or listing.complete):
        return None
    ids = sorted(names, key=lambda id_: names[id_].lower())
    if linked and linked not in names and not listing.complete:
        ids = [linked, *ids]
    if ids:
        state.default(Key.AGENT, ids[0])
    chosen = state.bound(st.selectbox, "Agent", Key.AGENT, ids, format_func=lambda id_: names.get(id_, id_))
    return bedrock.agent_view(chosen) if chosen else None


def _listed(linked: str | None) -> Listing[Row]:
    """The agents; none where they cannot be listed: `explain_none` tells it, unless one is linked."""
    try:
        return bedrock.agents()
    except CALL_ERRORS as error:
        if linked:
            faults.show(error)
        return Listing([], complete=False)


def explain_none() -> None:
    """Where `agent` found none: why, over the page's whole width."""
    with faults.shown():
        ids = [str(row["agentId"]) for row in bedrock.agents().rows]
        pickers.say_if_missing(Key.AGENT, ids, "agent")
        if not ids:
            none_yet()
            with st.container(horizontal=True):
                navigation.link("Agents", "agents", {}, icon=":material/support_agent:")
                navigation.link("Notebook tour", "notebook_tour", {}, icon=":material/tour:")


def none_yet() -> None:
    """A connection without any agent."""
    if resources.connection().endpoint_url is None:
        st.info(
            "There is no agent in this account and region. AWS takes new agents only from accounts that used "
            "Bedrock Agents in the last 12 months; the embedded endpoint takes them from everybody.",
            icon=":material/inbox:",
        )
        return
    st.info(
        "There is no agent here yet. The Agents page creates one, and the Notebook tour builds AWS's travel "
        "assistant step by step.",
        icon=":material/inbox:",
    )


def alias(view: AgentView) -> str | None:
    """The chosen alias; at first the test alias, which answers with the prepared draft."""
    ids = [str(row["agentAliasId"]) for row in view.aliases]
    state.default(Key.ALIAS, ids[0])
    pickers.say_if_missing(Key.ALIAS, ids, "alias")
    return state.bound(st.selectbox, "Alias", Key.ALIAS, ids, format_func=lambda id_: _alias_label(view, id_))


def _alias_label(view: AgentView, alias_id: str) -> str:
    row = next(each for each in view.aliases if each["agentAliasId"] == alias_id)
    routes = row.get("routingConfiguration") or [{}]
    version = str(routes[0].get("agentVersion", ""))
    name = view.alias_name(alias_id)
    return f"{name} · draft, as prepared" if version == "DRAFT" else f"{name} · version {version or '?'}"


def memory_id(agent_id: str, alias_id: str, *, or_none: bool = False) -> str | None:
    """The chosen memory id of the address book; a new one can be typed. `or_none`: it is for talking, so
    NO_MEMORY can be chosen too, and somebody who is not known yet is a guest.

    None when nothing is chosen, or what was typed is no memory id (it is said why).
    """
    known = [each.memory_id for each in bedrock.addresses(bedrock.home(agent_id, alias_id))]
    chosen = state.get(Key.AGENT_MEMORY)
    first = known[0] if known else GUEST if or_none else None
    if chosen is None and first:
        state.default(Key.AGENT_MEMORY, first)
        chosen = first
    options = list(dict.fromkeys([*known, *([chosen] if chosen else []), *([NO_MEMORY] if or_none else [])]))
    key = "agent-memory-choice"
    st.session_state[key] = chosen

    def changed() -> None:
        typed = (st.session_state[key] or "").strip()
        state.put(memory_id=typed or None)

    st.selectbox(
        "Memory id",
        options,
        key=key,
        accept_new_options=True,
        on_change=changed,
        format_func=lambda id_: "No memory id: nothing is remembered" if id_ == NO_MEMORY else id_,
        placeholder="Choose or type one",
        help="Whose memory it is, over all their sessions. AWS has no call that lists memory ids: known are "
        "those of chats here, and those in the address book.",
    )
    if chosen and chosen != NO_MEMORY and not is_memory_id(chosen):
        st.error(
            f"{text.label(chosen)} is no memory id: AWS takes 2 to 100 letters, digits and . \\_ : -",
            icon=":material/badge:",
        )
        return None
    return chosen


def status(agent: Row) -> None:
    """The agent's status as a badge."""
    colors: dict[str, format.Color] = {"PREPARED": "green", "NOT_PREPARED": "orange", "FAILED": "red"}
    value = str(agent["agentStatus"])
    st.badge(text.label(value), color=colors.get(value, "blue"))
