"""A memory's namespace templates against the namespaces that really exist, and what is wrong with them."""

from typing import Any

import pandas as pd
import streamlit as st

from dashboard import format, navigation, resources, text
from dashboard.components import strategies
from dashboard.state import Key
from services.memory import namespace_health
from services.memory.namespace_health import Finding, Place, Severity, Usage

Row = dict[str, Any]
_SEVERITIES: dict[Severity, tuple[str, format.Color, str]] = {
    "error": ("does not work", "red", ":material/error:"),
    "warning": ("better change", "orange", ":material/warning:"),
    "note": ("good to know", "gray", ":material/info:"),
}
_EXAMPLES = 500
"""Namespaces drawn at most; the Records page has them all, as a tree."""


def show(memory: Row) -> None:
    """Findings first, then each template with what it led to, then every namespace."""
    if not memory.get("strategies"):
        text.plain("Without strategies there are no namespaces: nothing is extracted.")
        return
    used = resources.namespace_usage(memory)
    _health(namespace_health.findings(memory, used), complete=used.complete)
    _templates(memory, used)
    _places(memory, used)


def _health(found: list[Finding], *, complete: bool) -> None:
    grave = [finding for finding in found if finding.severity != "note"]
    notes = [finding for finding in found if finding.severity == "note"]
    if not grave:
        judged = "" if complete else f", going by the newest {resources.LIST_LIMIT} records"
        st.success(f"No problem with the namespaces was found{judged}.", icon=":material/check_circle:")
    for finding in grave:
        _finding(finding)
    if notes:
        with st.expander(f"Good to know ({len(notes)})"):
            for finding in notes:
                _finding(finding)


def _finding(finding: Finding) -> None:
    words, color, icon = _SEVERITIES[finding.severity]
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.badge(words, color=color, icon=icon)
            st.markdown(f"**{text.label(finding.title, 160)}**", width="content")
            if finding.strategy_name:
                st.caption(text.label(finding.strategy_name), width="content")
        text.plain(finding.where)
        st.caption(
            f"{text.label(finding.meaning, 400)}  \n**What to do:** {text.label(finding.next_step, 300)}"
        )


def _templates(memory: Row, used: Usage) -> None:
    st.subheader("Templates", anchor=False)
    if not used.complete:
        st.caption(
            f"Judged by the newest {resources.LIST_LIMIT} records; the memory has more, so counts are "
            "“at least”."
        )
    declared = [key["key"] for key in memory.get("namespaceKeys", [])]
    for each in used.templates:
        led_to = used.of(each)
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            what = f"{each.strategy_name} · reflections" if each.reflections else each.strategy_name
            strategies.template(each.template, declared, text.label(what))
            st.badge(_count(len(led_to), used, "namespace"), color="blue" if led_to else "gray")
            records = sum(place.records for place in led_to)
            st.badge(_count(records, used, "record"), color="green" if records else "gray")


def _count(number: int, used: Usage, noun: str) -> str:
    return format.counted(number, used.complete, noun)


def _places(memory: Row, used: Usage) -> None:
    st.subheader("Namespaces that exist", anchor=False)
    if not used.places:
        text.plain("No record has been stored yet.")
        return
    frame = pd.DataFrame([_row(place) for place in used.places[:_EXAMPLES]])
    most = int(frame["Records"].max())
    st.dataframe(
        frame,
        hide_index=True,
        height="auto" if len(frame) <= 12 else 456,
        column_config={
            "Namespace": st.column_config.TextColumn(width="large"),
            "Records": st.column_config.ProgressColumn(format="%d", min_value=0, max_value=most),
        },
        key=f"namespaces-{memory['id']}",
        alt="Namespaces with records, most records first",
    )
    if len(used.places) > _EXAMPLES:
        st.caption(f"The {_EXAMPLES} fullest of {len(used.places):,} namespaces.")
    navigation.link(
        "See them as a tree", "records", {Key.MEMORY: memory["id"]}, icon=":material/account_tree:"
    )


def _row(place: Place) -> Row:
    belongs = place.strategy_name or (
        "none" if place.strategy_id is None else f"{place.strategy_id} (deleted)"
    )
    kind = "reflections" if place.reflections else "records"
    return {
        "Namespace": text.visible(place.namespace),
        "Records": place.records,
        "Strategy": text.visible(belongs),
        "Template for": kind if place.template else "no template",
        "Actor": text.visible(place.values.get("actorId", "")),
        "Session": text.visible(place.values.get("sessionId", "")),
    }
