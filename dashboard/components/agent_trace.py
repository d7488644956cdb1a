"""What the agent did before it answered: step by step, with durations and tokens, and what it remembered."""

from typing import Any

import streamlit as st

from dashboard import format, text
from services.agents import traces as agent_traces
from services.agents.rooms import AgentRoom
from services.agents.session_summaries import topics
from services.agents.traces import TraceStep
from services.agents.turns import AgentTurn

SHOWN = 6_000
_KEY = "agent-trace-turn"
RULES_PREFIX = "agentcore-studio.rules"
NO_MODEL = " · built-in rules, no language model"


def panel(room: AgentRoom) -> None:
    """The memory in the prompt and the steps of one exchange, at first the latest."""
    turns = [turn for turn in room.turns if turn.asked.kind != "end"]
    with st.container(border=True, key="agent-trace"):
        st.markdown("**What happened**")
        if not turns:
            st.caption("After a message: the memory that was in the prompt, and each step of the agent.")
            return
        numbers = list(range(len(turns), 0, -1))
        number = st.selectbox(
            "Exchange",
            numbers,
            format_func=lambda each: _name(each, turns[each - 1]),
            key=f"{_KEY}-{len(turns)}",
            label_visibility="collapsed",
        )
        turn = turns[number - 1]
        _live(turn)


def _name(number: int, turn: AgentTurn) -> str:
    words = "Results given to the agent" if turn.asked.kind == "results" else turn.asked.text
    return f"{number} · {text.preview(words, 60)}"


def _live(turn: AgentTurn) -> None:
    """Drawn again while the exchange goes on."""
    if turn.done:
        show(turn)
    else:
        st.fragment(_following, run_every=0.7)(turn)


def _following(turn: AgentTurn) -> None:
    if turn.done:
        st.rerun()
    show(turn)


def show(turn: AgentTurn) -> None:
    """The memory and the steps of one exchange."""
    traces = turn.traces
    if not traces:
        st.caption("No trace came." if turn.done else "No trace yet.")
        if turn.done and not turn.asked.trace:
            st.caption("Traces were switched off for this message.")
        return
    for model in agent_traces.models(traces):
        st.caption(f"Model: {text.label(model, 200)}{NO_MODEL if is_rules(model) else ''}")
    memory(agent_traces.memory_in_prompt(traces))
    steps = turn.steps
    st.markdown(f"**{format.count(len(steps), 'step')}**")
    for number, step in enumerate(steps, start=1):
        _step(number, step)
    st.download_button(
        "Trace as JSON",
        lambda: agent_traces.as_json(traces).encode(),
        file_name="trace.json",
        mime="application/json",
        icon=":material/download:",
        key="agent-trace-json",
        on_click="ignore",
        help="Its times are written as text: json.dumps alone fails on them, as the notebook's helper does",
    )


def is_rules(model_id: str) -> bool:
    """Whether it is the embedded endpoint's rules that answered."""
    return model_id.startswith(RULES_PREFIX)


def memory(synopsis: str | None) -> None:
    """The summaries that the prompt held; there is no trace of its own for memory."""
    if synopsis is None:
        st.caption(":material/psychology: No memory was in the prompt.")
        return
    summaries = agent_traces.summaries_in(synopsis)
    if not summaries:
        st.caption(":material/psychology: The prompt has a place for memory, and it was empty.")
        return
    with st.container(border=True, key="prompt-memory"):
        counted = format.count(len(summaries), "summary", "summaries")
        st.markdown(f":material/psychology: **Memory in the prompt** · {counted}")
        for summary in summaries:
            with st.container(gap="xxsmall"):
                for topic in topics(summary):
                    st.caption(text.label(topic.name))
                    text.plain(topic.text, limit=SHOWN)
        st.caption("Read out of the prompt's `<memory_synopsis>`.")


def _step(number: int, step: TraceStep) -> None:
    told = [f"{number} · {step.phase}"]
    if step.seconds is not None:
        told.append(format.seconds(step.seconds))
    if step.input_tokens is not None or step.output_tokens is not None:
        told.append(f"{step.input_tokens or 0:,} + {step.output_tokens or 0:,} tokens")
    folded = st.expander(" · ".join(told), key=f"trace-step-{step.phase}-{step.trace_id}", on_change="rerun")
    with folded:
        if not folded.open:
            return
        for entry in step.entries:
            words = [f"**{text.label(entry.title)}**"]
            if entry.seconds is not None:
                words.append(format.seconds(entry.seconds))
            st.caption(" · ".join(words))
            if entry.body.strip():
                st.code(
                    text.visible(entry.body)[:SHOWN],
                    language=None,
                    wrap_lines=True,
                    height=_height(entry.body),
                )
                if len(entry.body) > SHOWN:
                    st.caption(f"The first {SHOWN:,} of {len(entry.body):,} characters; the JSON has all.")


def _height(body: str) -> Any:
    return 220 if body.count("\n") > 9 or len(body) > 900 else "content"
