"""What the dashboard created in AWS for agents: listed, and removable, wherever a creation stopped."""

from collections.abc import Sequence

import streamlit as st

from dashboard import faults, format, text
from dashboard.components import notices, permissions
from dashboard.resources import agents as bedrock
from services.agents.resources import Removed, in_removal_order, operation_for, words_for
from services.workspace.agent_resources import MadeResource


def popover() -> None:
    """Everything that was created here and not removed yet."""
    left = bedrock.made_left()
    opened = st.popover(
        f"Created here ({len(left)})",
        icon=":material/construction:",
        key="made-resources",
        on_change="rerun",
    )
    if opened.open:
        with opened, faults.shown():
            _list(left)


def _list(left: list[MadeResource]) -> None:
    if not left:
        st.caption("Nothing is left of what was created here: roles, policies, functions, agents, aliases.")
        return
    st.caption("Created by this dashboard and not removed yet. Delete an agent to remove what belongs to it.")
    for act in dict.fromkeys(each.made_for for each in left):
        mine = [each for each in left if each.made_for == act]
        with st.container(border=True, key=f"made-{act}"):
            listed(mine)
            remove_button(mine, act)


def listed(resources: Sequence[MadeResource]) -> None:
    """One line per resource, in the order of their removal."""
    with st.container(gap="xxsmall"):
        for each in in_removal_order(resources):
            st.caption(f"{words_for(each.kind)} · {text.label(each.name, 120)}")


def remove_button(resources: Sequence[MadeResource], key: str) -> None:
    """Removes all of them on a second click; what fails stays listed."""
    left = in_removal_order(resources)
    refused = next(filter(None, (permissions.refused(operation_for(each.kind)) for each in left)), None)
    armed = f"remove-armed-{key}"
    if refused:
        st.caption(f":material/lock: {refused}")
        return
    if not st.session_state.get(armed):
        st.button(
            f"Remove {format.count(len(left), 'resource')}",
            icon=":material/delete_sweep:",
            key=f"remove-{key}",
            disabled=not left,
            on_click=st.session_state.__setitem__,
            args=(armed, True),
        )
        return
    st.warning("They are removed in AWS for good, with what agents among them remember.")
    with st.container(horizontal=True):
        if st.button("Remove them", type="primary", icon=":material/delete:", key=f"remove-now-{key}"):
            st.session_state.pop(armed, None)
            with st.spinner("Removing…"):
                removed = bedrock.remove_made(left)
            if any(each.fault for each in removed):
                outcome(removed)
            else:
                notices.leave(f"{format.count(len(removed), 'resource')} removed.")
                st.rerun()
        st.button("Keep them", key=f"keep-{key}", on_click=st.session_state.pop, args=(armed, None))


def outcome(removed: Sequence[Removed]) -> None:
    """What became of each: gone, or why not."""
    for each in removed:
        words = f"{words_for(each.resource.kind)} · {text.label(each.resource.name, 120)}"
        if each.fault is None:
            st.caption(f":material/check: {words}")
        else:
            st.caption(f":material/error: {words}")
            faults.show_fault(each.fault)
