"""What else GetMemory tells of a memory: ids, expiry, keys, stream, tags, encryption, and its role."""

from typing import Any

import pandas as pd
import streamlit as st

from dashboard import faults, resources, text, times
from services.memory import execution_role
from services.memory.settings import namespace_key_in_words

Row = dict[str, Any]
_STREAM_LEVELS = {
    "FULL_CONTENT": "with the records' text",
    "METADATA_ONLY": "ids and metadata only, no text",
}


def show(memory: Row) -> None:
    """The short facts, then keys, delivery, tags and the role."""
    text.plain(f"Events expire {memory.get('eventExpiryDuration')} days after they are stored")
    with st.container(horizontal=True, gap="xsmall"):
        times.badge(memory.get("createdAt"), "Created")
        times.badge(memory.get("updatedAt"), "Updated")
    _identifier("ARN", memory.get("arn"))
    if memory.get("managedByResourceArn"):
        _identifier("Managed by another resource; change it there", memory["managedByResourceArn"])
    grid = st.grid(2, min_column_width=320, gap="medium")
    with grid.cell():
        _indexed_keys(memory)
    with grid.cell():
        _namespace_keys(memory)
    with grid.cell():
        _stream(memory)
    with grid.cell(), faults.shown():
        _tags(memory)
    _encryption(memory)
    _role(memory)


def _identifier(title: str, value: Any) -> None:
    st.caption(title)
    text.identifier(str(value))


def _indexed_keys(memory: Row) -> None:
    st.markdown("**Indexed keys**")
    keys = memory.get("indexedKeys", [])
    if not keys:
        st.caption("None: records can be filtered by the service's own keys only (created, updated, type).")
        return
    st.caption(
        "Records can be filtered by these. Only records written after a key was indexed are found by it."
    )
    _table([{"Key": key["key"], "Type": key["type"]} for key in keys], "indexed-keys", "Indexed keys")


def _namespace_keys(memory: Row) -> None:
    st.markdown("**Namespace keys**")
    keys = memory.get("namespaceKeys", [])
    if not keys:
        st.caption("None: templates use actorId, sessionId and memoryStrategyId only.")
        return
    st.caption("Placeholders of your own. Events bring their values in extractionConfig.namespaceVariables.")
    rows = [{"Placeholder": f"{{{key['key']}}}", "Values": namespace_key_in_words(key)} for key in keys]
    _table(rows, "namespace-keys", "Namespace keys")


def _table(rows: list[Row], key: str, alt: str) -> None:
    st.dataframe(pd.DataFrame(rows), hide_index=True, height="content", key=key, alt=alt)


def _stream(memory: Row) -> None:
    st.markdown("**Stream delivery**")
    resources_ = memory.get("streamDeliveryResources", {}).get("resources", [])
    if not resources_:
        st.caption("Off: nobody is told when records are created, changed or deleted.")
    for each in resources_:
        kinesis = each.get("kinesis", {})
        levels = [str(content.get("level")) for content in kinesis.get("contentConfigurations", [])]
        words = ", ".join(_STREAM_LEVELS.get(level, level) for level in levels)
        st.caption(f"Kinesis is told of every created, changed and deleted record: {text.label(words)}.")
        text.identifier(str(kinesis.get("dataStreamArn", "")))


def _tags(memory: Row) -> None:
    st.markdown("**Tags**")
    tags = resources.memory_tags(memory["arn"])
    if not tags:
        st.caption("None.")
        return
    _table([{"Key": key, "Value": tags[key]} for key in sorted(tags)], "tags", "Tags")


def _encryption(memory: Row) -> None:
    st.markdown("**Encryption key**")
    if memory.get("encryptionKeyArn"):
        text.identifier(memory["encryptionKeyArn"])
    else:
        st.caption("AWS's own key. A key of your own can be chosen when a memory is created, not later.")


def _role(memory: Row) -> None:
    st.markdown("**Execution role**")
    arn = memory.get("memoryExecutionRoleArn")
    if arn:
        text.identifier(arn)
    reasons = execution_role.reasons(memory)
    if not reasons:
        used = "Set, but nothing here needs it" if arn else "None, and none is needed"
        st.caption(f"{used}: built-in strategies run in AWS's account.")
        return
    st.caption("AWS assumes this role to work in your account. It is needed because:")
    for reason in reasons:
        text.plain(reason)
    folded = st.expander("Trust and permissions that the role needs", key="role-policies", on_change="rerun")
    if folded.open:
        with folded:
            policies(memory)


def policies(memory: Row) -> None:
    """The trust and the permissions that the memory's role needs, to copy."""
    st.caption(
        "Worked out from this memory's settings. What the role really allows is not known here: "
        "the dashboard asks IAM nothing."
    )
    st.caption("Trust policy: who may assume the role")
    st.code(execution_role.trust_policy(memory), language="json")
    st.caption("Permissions policy: what it may do, and nothing more")
    st.code(execution_role.permissions_policy(memory) or "", language="json")
    st.caption(
        "A stream, bucket or topic with a KMS key of its own needs kms:GenerateDataKey and kms:Decrypt on "
        "that key as well."
    )
