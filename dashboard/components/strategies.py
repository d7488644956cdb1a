"""A memory's strategies in full: what each keeps, step by step, where, how long, with what metadata."""

from collections.abc import Iterable
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import format, navigation, text, times
from dashboard.state import Key
from services.memory import metadata_schema, namespaces, self_managed
from services.memory.strategy_details import Step, kind_of, own_part, schema_of, steps, template_of
from services.memory.strategy_kinds import STRATEGY_KINDS

Row = dict[str, Any]
_STATUS_WORDS = {"CREATING": "not extracting yet", "DELETING": "being deleted", "FAILED": "has failed"}
_SCHEMA_COLUMNS = {
    "key": st.column_config.TextColumn("Key"),
    "type": st.column_config.TextColumn("Type"),
    "from": st.column_config.TextColumn("How it is filled"),
    "definition": st.column_config.TextColumn("What it means", width="medium"),
    "instruction": st.column_config.TextColumn("Instruction"),
    "limits": st.column_config.TextColumn("Limits"),
}


def show(memory: Row) -> None:
    """Every strategy on a card of its own."""
    strategies = memory.get("strategies", [])
    if not strategies:
        st.info(
            "Short-term memory only: events are kept, nothing is extracted. Add a strategy to change that.",
            icon=":material/info:",
        )
    declared = [key["key"] for key in memory.get("namespaceKeys", [])]
    for strategy in strategies:
        with st.container(border=True, key=f"strategy-{strategy['strategyId']}"):
            _strategy(strategy, declared)
            _workbench_link(memory, strategy)


def _workbench_link(memory: Row, strategy: Row) -> None:
    """To the workbench, for the kinds whose instructions can be tried."""
    kind = kind_of(strategy)
    if kind in STRATEGY_KINDS:
        places = (Key.KIND, kind), (Key.BESIDE, strategy["strategyId"])
        navigation.workbench_link("Try a prompt beside it", memory["id"], *places)


def _strategy(strategy: Row, declared: list[str]) -> None:
    status = strategy.get("status", "")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{text.label(strategy['name'])}**", width="content")
        st.badge(text.label(format.strategy_type(strategy)), color="blue")
        if status:
            words = f"{status}: {_STATUS_WORDS[status]}" if status in _STATUS_WORDS else status
            st.badge(text.label(words), color=format.status_color(status))
    st.caption(format.strategy_purpose(strategy) or "A kind of strategy that this dashboard does not know.")
    if strategy.get("description"):
        text.plain(strategy["description"])
    template(template_of(strategy), declared)
    reflection = own_part(strategy, "reflection")
    if template_of(reflection):
        template(template_of(reflection), declared, "Reflections go to")
    days = strategy.get("recordExpiryDurationDays")
    kept = f"Records expire after {days} days" if days else "Records never expire"
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(f"{kept} · {_id(strategy)}", width="content")
        times.badge(strategy.get("updatedAt"), "Updated")
    _instructions(strategy)
    _schemas(strategy, reflection)


def _id(strategy: Row) -> str:
    return f"id {text.label(strategy['strategyId'], 120)}"


def template(template: str, declared: Iterable[str], title: str = "Records go to") -> None:
    """A namespace template with its placeholders marked: red for those that nothing fills in."""
    known = (*namespaces.PLACEHOLDERS, *declared)
    parts = []
    for part, is_placeholder in namespaces.parts(template):
        color = "violet" if part[1:-1] in known else "red"
        parts.append(f":{color}-background[{text.label(part)}]" if is_placeholder else text.label(part, 512))
    st.markdown(f":gray[{title}] {''.join(parts)}")


def _instructions(strategy: Row) -> None:
    """What each step is told, drawn once it is wanted: a code block loads 1.5 MB of highlighter."""
    own = kind_of(strategy) == "self_managed" or any(step.prompt for step in steps(strategy))
    title = "How it works" if not own else "How it works: your own instructions"
    if kind_of(strategy) == "self_managed":
        title = "How it works: your own pipeline"
    folded = st.expander(title, key=f"steps-{strategy['strategyId']}", on_change="rerun")
    if not folded.open:
        return
    with folded:
        for step in steps(strategy):
            _step(step)
        _hand_over(strategy)


def _step(step: Step) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{step.name.capitalize()}**", width="content")
        st.badge(
            "your instructions" if step.prompt else "AWS's instructions",
            color="violet" if step.prompt else "gray",
        )
    st.caption(step.about)
    if step.model_id:
        st.caption("Model")
        text.identifier(step.model_id)
    elif not step.prompt:
        st.caption("Model: chosen and paid by AWS.")
    if step.prompt:
        st.caption("Instructions, sent in place of AWS's own; AWS adds the form of the answer")
        st.code(text.visible(step.prompt), language=None, wrap_lines=True, height=_height(step.prompt))


def _height(prompt: str) -> Any:
    return 320 if prompt.count("\n") > 14 or len(prompt) > 1_800 else "content"


def _hand_over(strategy: Row) -> None:
    given = self_managed.hand_over(strategy)
    if given is None:
        return
    after = {
        format.count(given.messages, "message"): given.messages,
        format.count(given.tokens, "token"): given.tokens,
        f"{format.count(given.idle_seconds, 'second')} without an event": given.idle_seconds,
    }
    text.plain(f"Handed over after {' or '.join(words for words, number in after.items() if number)}.")
    text.plain(f"With {format.count(given.history, 'earlier message')} of the session as context.")
    for title, value in (("Told on the SNS topic", given.topic_arn), ("Laid into the bucket", given.bucket)):
        st.caption(title)
        text.identifier(value)


def _schemas(strategy: Row, reflection: Row) -> None:
    for title, part, name in (
        ("Metadata of its records", strategy, "records"),
        ("Metadata of its reflections", reflection, "reflections"),
    ):
        schema = schema_of(part)
        if schema:
            st.caption(
                f"{title}. LLM_INFERRED: a model reads it off the conversation. STRICTLY_CONSISTENT: copied "
                "from the events' metadata, and only events of one value are extracted together."
            )
            frame = pd.DataFrame([_key_row(entry) for entry in schema])
            st.dataframe(
                frame,
                hide_index=True,
                column_config=_SCHEMA_COLUMNS,
                height="content",
                key=f"schema-{name}-{strategy['strategyId']}",
                alt=title,
            )


def _key_row(entry: Row) -> Row:
    (row,) = metadata_schema.to_rows([entry])
    shown = {name: row[name] or "" for name in ("key", "type", "from", "definition", "instruction")}
    return shown | {"limits": metadata_schema.limits_in_words(entry)}
