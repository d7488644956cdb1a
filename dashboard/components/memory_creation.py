"""Creating a memory: a name is enough, everything else has a default or is folded away."""

import streamlit as st

from dashboard import faults, resources, state
from dashboard.components import dialogs, permissions, problems, setting_tables, strategy_form
from services.memory.memories import MemoryDraft
from services.memory.strategy_kinds import kind_label


@st.dialog("Create a memory", width="large", on_dismiss=dialogs.close)
def create_dialog() -> None:
    """Name, expiry and strategies, checked as they are typed; nothing is sent before all of it is valid."""
    with faults.shown():
        draft = _draft()
        wrong = draft.problems()
        if draft.name:
            problems.show(wrong)
        refused = permissions.say("CreateMemory")
        if st.button(
            "Create memory",
            type="primary",
            icon=":material/add:",
            disabled=bool(wrong or refused),
            key="create-memory",
        ):
            with st.spinner("Creating…"):
                created = resources.create_memory(draft)
            state.put(memory=created["id"])
            dialogs.close()
            st.rerun()


def _draft() -> MemoryDraft:
    name = st.text_input(
        "Name",
        key="create-name",
        live=True,
        placeholder="CustomerSupportMemory",
        help="Letters, digits and _",
    )
    description = st.text_input("Description", key="create-description", placeholder="Optional")
    expiry = st.slider(
        "Keep events for",
        7,
        365,
        90,
        format="%d days",
        key="create-expiry",
        help="Fixed per event when it is stored",
    )
    kinds = st.pills(
        "Long-term strategies",
        strategy_form.KINDS,
        selection_mode="multi",
        format_func=kind_label,
        key="create-strategies",
        help="None chosen: short-term memory only. You can add strategies later.",
    )
    strategies = [strategy_form.fields(kind, f"create-{kind}") for kind in kinds]
    if not kinds:
        st.caption("No strategy: the memory stores events and extracts nothing from them.")
    needs_role = any(draft.needs_role for draft in strategies)
    with st.expander("More: role, encryption key, indexed keys, tags", expanded=needs_role):
        role = st.text_input(
            "Execution role's ARN",
            key="create-role",
            live=True,
            placeholder="arn:aws:iam::123456789012:role/MemoryRole",
            help="Needed for own instructions and self-managed strategies. Afterwards the memory's "
            "Configuration has the trust and permissions that it needs, ready to copy.",
        )
        key = st.text_input(
            "KMS key's ARN", key="create-key", live=True, help="Cannot be changed later; empty: AWS's own key"
        )
        st.caption("Indexed keys: metadata that records can be filtered by")
        indexed = setting_tables.indexed_keys([], "create-indexed")
        st.caption("Tags")
        tags = setting_tables.tags({}, "create-tags")
    return MemoryDraft(
        name=name.strip(),
        description=description.strip() or None,
        event_expiry_days=expiry,
        encryption_key_arn=key.strip() or None,
        execution_role_arn=role.strip() or None,
        strategies=tuple(strategies),
        tags=tags,
        indexed_keys={row["key"]: row["type"] for row in indexed},
    )
