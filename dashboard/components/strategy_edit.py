"""The fields of a strategy that exists: what UpdateMemory can change about it."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from dashboard import text
from dashboard.components import setting_tables, strategy_form
from services.memory import self_managed
from services.memory.strategy_details import (
    is_override,
    kind_of,
    own_part,
    schema_of,
    steps,
    template_of,
    with_own_part,
    with_template,
)

Row = dict[str, Any]


def fields(strategy: Row, key: str, declared: Sequence[str]) -> Row | None:
    """The strategy as it shall be, equal to the given one where nothing was changed; None to delete it."""
    with st.expander(f"Strategy {text.label(strategy['name'])}", key=f"{key}-fields"):
        if st.checkbox("Delete this strategy", key=f"{key}-delete"):
            st.warning(
                "Its records stay and are still retrieved, but nothing updates them any more. What it has "
                "not extracted yet is dropped.",
                icon=":material/warning:",
            )
            return None
        changed = _described(strategy, key, declared)
        changed = _reflections(changed, key, declared)
        changed = _instructed(changed, key)
        changed = _handed_over(changed, key)
        return _with_schemas(changed, key)


def _described(strategy: Row, key: str, declared: Sequence[str]) -> Row:
    description = st.text_input("Description", strategy.get("description", ""), key=f"{key}-description")
    changed = set_or_drop(strategy, "description", description)
    template = strategy_form.template_field(
        kind_of(strategy), template_of(strategy), f"{key}-template", declared
    )
    if template != template_of(strategy):
        changed = with_template(changed, template)
        st.caption("Records that exist keep their namespace; only new ones go to the new place.")
    days = strategy_form.expiry_field(strategy.get("recordExpiryDurationDays"), key)
    return set_or_drop(changed, "recordExpiryDurationDays", days)


def set_or_drop(row: Row, name: str, value: Any) -> Row:
    """The row with another value; without the name where the value is empty, as AWS leaves out what is not
    set."""
    rest = {each: old for each, old in row.items() if each != name}
    return rest | ({name: value} if value else {})


def _reflections(strategy: Row, key: str, declared: Sequence[str]) -> Row:
    own = own_part(strategy, "reflection")
    if not template_of(own):
        return strategy
    template = strategy_form.template_field(
        "episodic",
        template_of(own),
        f"{key}-reflections",
        declared,
        "Namespace template of reflections",
    )
    if template == template_of(own):
        return strategy
    return with_own_part(strategy, "reflection", with_template(own, template))


def _instructed(strategy: Row, key: str) -> Row:
    """The steps that have instructions of their own; AWS gives a built-in strategy none afterwards."""
    if not is_override(strategy):
        if kind_of(strategy) != "self_managed":
            st.caption(
                "A built-in strategy follows AWS's instructions. For your own, add a strategy with "
                "instructions and delete this one."
            )
        return strategy
    changed = strategy
    for step in steps(strategy):
        before = step.prompt or "", step.model_id or ""
        given = strategy_form.instructions_fields(step.name, *before, f"{key}-{step.name}")
        if (given.prompt, given.model_id) != before:
            part = own_part(changed, step.name) | {
                "appendToPrompt": given.prompt,
                "modelId": given.model_id,
            }
            changed = with_own_part(changed, step.name, part)
    return changed


def _handed_over(strategy: Row, key: str) -> Row:
    before = self_managed.hand_over(strategy)
    if before is None:
        return strategy
    given = strategy_form.hand_over_fields(before, key)
    if given == before:
        return strategy
    configuration = strategy["configuration"] | {
        "selfManagedConfiguration": self_managed.configuration(given)
    }
    return strategy | {"configuration": configuration}


def _with_schemas(strategy: Row, key: str) -> Row:
    known = schema_of(strategy)
    if not st.toggle("Metadata schema", value=bool(known), key=f"{key}-has-schema"):
        return strategy
    st.caption("What records carry besides their text. To filter by a key, index it as well.")
    schema = setting_tables.schema(known, f"{key}-schema")
    if schema == known:
        return strategy
    return set_or_drop(strategy, "memoryRecordSchema", {"metadataSchema": schema} if schema else None)
