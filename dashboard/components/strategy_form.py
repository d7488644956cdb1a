"""The fields of one strategy that does not exist yet: the necessary ones first, the others folded away."""

from collections.abc import Sequence

import streamlit as st

from dashboard import text
from dashboard.components import problems
from services.memory import namespaces
from services.memory.self_managed import SelfManaged
from services.memory.strategy_drafts import Instructions, StrategyDraft, reflection_template
from services.memory.strategy_kinds import BY_ACTOR, STEPS, STRATEGY_KINDS, Kind, StepName, kind_label

KINDS: tuple[Kind, ...] = ("semantic", "user_preference", "summary", "episodic", "self_managed")
SELF_MANAGED_ABOUT = "AWS hands conversations to a bucket and a topic; your own pipeline writes the records."
SHORTEST_EXPIRY = 31
DEFAULT_EXPIRY = 365


def fields(kind: Kind, key: str, declared: Sequence[str] = ()) -> StrategyDraft:
    """A draft with its template checked as it is typed; `declared` are the memory's namespace keys."""
    with st.container(border=True, key=f"{key}-fields"):
        st.markdown(f"**{kind_label(kind)}**")
        known = STRATEGY_KINDS[kind] if kind != "self_managed" else None
        st.caption(known.description if known else SELF_MANAGED_ABOUT)
        default_name = known.default_name if known else "OwnPipeline"
        name = st.text_input("Strategy name", default_name, key=f"{key}-name", live=True).strip()
        default_template = known.default_template if known else BY_ACTOR
        template = template_field(kind, default_template, f"{key}-template", declared)
        hand_over = hand_over_fields(SelfManaged(), key) if kind == "self_managed" else None
        with st.expander(
            "More: description, expiry, own instructions" if known else "More: description, expiry"
        ):
            description = st.text_input("Description", key=f"{key}-description", placeholder="Optional")
            days = expiry_field(None, key)
            reflections = None
            if kind == "episodic":
                reflections = template_field(
                    kind,
                    reflection_template(template),
                    f"{key}-reflections",
                    declared,
                    "Namespace template of reflections",
                )
            instructions = _instructions(kind, key) if kind != "self_managed" else {}
    return StrategyDraft(
        kind=kind,
        name=name,
        namespace_template=template,
        description=description.strip() or None,
        instructions=instructions,
        hand_over=hand_over,
        reflection_template=reflections,
        record_expiry_days=days,
    )


def template_field(
    kind: Kind | None,
    value: str,
    key: str,
    declared: Sequence[str] = (),
    label: str = "Namespace template",
) -> str:
    """A template's field, with what is wrong with it and an example of what it becomes."""
    placeholders = ", ".join(f"{{{name}}}" for name in (*namespaces.PLACEHOLDERS, *declared))
    template = st.text_input(label, value, key=key, live=True, help=f"Placeholders: {placeholders}").strip()
    # A self-managed pipeline writes where it likes: only the form of its template is checked.
    of_kind = "semantic" if kind is None or kind == "self_managed" else kind
    found = namespaces.check_template(of_kind, template, declared)
    wrong = [problem.text for problem in found if problem.severity == "error"]
    problems.show(wrong)
    problems.show((problem.text for problem in found if problem.severity == "warning"), "orange")
    if not wrong:
        example = namespaces.resolve_template(template, "alice", "session-1", "Strategy-a1B2c3D4e5")
        st.caption(f"For actor alice in session-1: {text.label(example, 600)}")
    return template


def expiry_field(days: int | None, key: str) -> int | None:
    """After how many days records expire; None for never."""
    expires = st.toggle("Records expire", value=days is not None, key=f"{key}-expires")
    if not expires:
        return None
    return int(
        st.number_input(
            "Days until a record expires",
            min_value=SHORTEST_EXPIRY,
            value=days or DEFAULT_EXPIRY,
            key=f"{key}-days",
            help="Counted from when the record was stored or last updated",
        )
    )


def hand_over_fields(given: SelfManaged, key: str) -> SelfManaged:
    """When and where to a self-managed strategy hands conversations."""
    topic = st.text_input("SNS topic's ARN", given.topic_arn, key=f"{key}-topic", live=True)
    bucket = st.text_input("S3 bucket", given.bucket, key=f"{key}-bucket", live=True)
    grid = st.grid(4, min_column_width=130)
    numbers = {}
    for name, label, value, most in (
        ("messages", "After messages", given.messages, 50),
        ("tokens", "After tokens", given.tokens, 500_000),
        ("idle", "After idle seconds", given.idle_seconds, 3_000),
        ("history", "Earlier messages", given.history, 50),
    ):
        with grid.cell():
            numbers[name] = int(st.number_input(label, 0, most, min(value, most), key=f"{key}-{name}"))
    st.caption("0 messages, tokens or seconds: not handed over by that. At least one of the three is needed.")
    return SelfManaged(
        numbers["messages"],
        numbers["tokens"],
        numbers["idle"],
        topic.strip(),
        bucket.strip(),
        numbers["history"],
    )


def _instructions(kind: Kind, key: str) -> dict[StepName, Instructions]:
    """Own instructions for the steps that they are wanted for."""
    if kind == "self_managed":
        return {}
    steps = list(STEPS[kind])
    chosen = st.pills(
        "Own instructions for",
        steps,
        selection_mode="multi",
        format_func=str.capitalize,
        key=f"{key}-steps",
        help="They replace AWS's own and run on a Bedrock model of your account, through the execution role",
    )
    return {step: instructions_fields(step, "", "", f"{key}-{step}") for step in steps if step in chosen}


def instructions_fields(step: StepName, prompt: str, model_id: str, key: str) -> Instructions:
    """A step's instructions and model."""
    title = step.capitalize()
    given = st.text_area(
        f"{title}: instructions",
        prompt,
        key=f"{key}-prompt",
        height=160,
        max_chars=30_000,
        help="Build on AWS's own instructions (developer guide); the form of the answer is added by AWS",
    )
    model = st.text_input(
        f"{title}: model",
        model_id,
        key=f"{key}-model",
        live=True,
        placeholder="anthropic.claude-haiku-4-5-20251001-v1:0",
    )
    return Instructions(given, model.strip())
