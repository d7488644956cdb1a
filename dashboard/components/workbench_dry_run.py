"""The dry run: a prompt, a model, and what they would make of a session, beside what is stored."""

from collections import Counter
from typing import Any

import streamlit as st

from dashboard import faults, format, resources, text
from dashboard.components import (
    differences,
    workbench_comparison,
    workbench_model,
    workbench_place,
    workbench_prompts,
    workbench_saving,
)
from dashboard.components import work as work_progress
from dashboard.components.workbench_place import Place
from services.chat.models import ModelChoice
from services.memory.strategy_kinds import StepName
from services.workbench import comparison, stored
from services.workbench.dry_run import DryRun, DryRunRequest, Exchange, Proposal

Row = dict[str, Any]
_RUN, _BEFORE = "bench-run", "bench-run-before"
_STORED, _LAST = "Stored records", "The run before"
_DECISIONS: dict[str, tuple[str, format.Color]] = {
    "AddMemory": ("Add", "green"),
    "UpdateMemory": ("Update", "orange"),
    "SkipMemory": ("Skip", "gray"),
}
FIRST_LOOK_SECONDS = 1.0


def show(place: Place) -> None:
    """The prompt and the model side by side, and below what came of the last run."""
    grid = st.grid(5, min_column_width=150, gap=("small", "medium"))
    with grid.cell(column_span=3), faults.shown():
        instructions = workbench_prompts.editor(place)
    with grid.cell(column_span=2), faults.shown():
        model = workbench_model.fields()
        workbench_place.events_range(place)
        workbench_place.what_is_read(place)
    with st.container(horizontal=True, vertical_alignment="center"):
        _run_button(place, instructions, model)
        workbench_prompts.save_button(place)
        workbench_saving.button(place)
        lacking = _lacking(place, instructions, model)
        st.caption(
            f":material/info: A dry run needs {' and '.join(lacking)}."
            if lacking
            else "A dry run writes nothing to AWS. The conversation is sent to the model, and nowhere else."
        )
    with faults.shown():
        _outcome(place)


def _lacking(place: Place, instructions: dict[StepName, str], model: ModelChoice) -> list[str]:
    """What a dry run still needs; empty when it can begin."""
    needed = {
        "instructions": all(map(str.strip, instructions.values())),
        "a model's id": bool(model.model_id),
        "messages in which something is said": bool(place.passage.said),
    }
    return [what for what, there in needed.items() if not there]


def _run_button(place: Place, instructions: dict[StepName, str], model: ModelChoice) -> None:
    task = resources.dry_run_task(st.session_state.get(_RUN))
    running = task is not None and not task.wait(FIRST_LOOK_SECONDS)  # most of the quick ones end by then
    st.button(
        "Dry run",
        key="bench-dry-run",
        type="primary",
        icon=":material/play_arrow:",
        disabled=running or bool(_lacking(place, instructions, model)),
        on_click=_start,
        args=(place, instructions, model),
    )


@faults.shown()
def _start(place: Place, instructions: dict[StepName, str], model: ModelChoice) -> None:
    request = DryRunRequest(place.kind, instructions, model, place.passage)
    st.session_state[_BEFORE] = st.session_state.get(_RUN)
    st.session_state[_RUN] = resources.start_dry_run(
        request, place.memory_id, place.strategy, place.namespace
    )


def _outcome(place: Place) -> None:
    task = resources.dry_run_task(st.session_state.get(_RUN))
    if task is None:
        return
    run = work_progress.result(task, "Asking the model", 0.0)
    if run is None:
        return
    if run.request.kind != place.kind or run.request.passage.words != place.passage.words:
        st.info(
            "The result below is of other messages or another kind of strategy than what is chosen above.",
            icon=":material/history:",
        )
    if run.fault is not None:
        faults.show_fault(run.fault)
    if run.ended == "stopped":
        st.info("The dry run was stopped. Nothing was written anywhere.", icon=":material/stop_circle:")
    if run.ended == "done":
        _found(place, run)
    _costs(run)
    _exchanges(run, open_=run.fault is not None)


def _found(place: Place, run: DryRun) -> None:
    st.subheader(_made(run))
    against = _against(run)
    if against == _LAST and (before := _run_before()) is not None:
        compared = comparison.compare(run.texts, before.texts)
    else:
        compared = _with_stored(place, run)
    workbench_comparison.counts(compared)
    notes = list(dict.fromkeys(proposal.note for proposal in run.proposals if proposal.note))
    for note in notes:
        st.caption(text.label(note, 200))
    if any(proposal.operation for proposal in run.proposals):
        tabs = st.tabs(["Extracted, compared", "Consolidated"], key="bench-result-tabs")
        with tabs[1]:
            _decisions(run.proposals, place.memory_id)
        with tabs[0]:
            workbench_comparison.pairs(compared, place.memory_id, "bench-dry")
    else:
        workbench_comparison.pairs(compared, place.memory_id, "bench-dry")


def _made(run: DryRun) -> str:
    """How much would be made, by what consolidation decides where it ran."""
    if run.request.kind == "summary":
        return f"{format.count(len(run.proposals), 'topic')} would be made"
    decided = Counter(proposal.operation or "AddMemory" for proposal in run.proposals)
    made = f"{format.count(decided['AddMemory'], 'memory', 'memories')} would be made"
    if not any(proposal.operation for proposal in run.proposals):
        return made
    return f"{made}, {decided['UpdateMemory']:,} updated, {decided['SkipMemory']:,} skipped"


def _run_before() -> DryRun | None:
    task = resources.dry_run_task(st.session_state.get(_BEFORE))
    found = task.result if task is not None else None
    return found if found is not None and found.ended == "done" else None


def _against(run: DryRun) -> str:
    """What the run is compared with: the run before only where it read the same."""
    before = _run_before()
    if before is None or not _reads_the_same(before, run):
        return _STORED
    chosen: str = st.segmented_control(
        "Compared with", [_STORED, _LAST], default=_STORED, key="bench-against", required=True
    )
    return chosen


def _reads_the_same(before: DryRun, run: DryRun) -> bool:
    then, now = before.request, run.request
    return then.kind == now.kind and then.passage.words == now.passage.words


def _with_stored(place: Place, run: DryRun) -> comparison.Comparison:
    """Beside the records that the strategy has where it puts those of the session."""
    if place.strategy is None:
        return comparison.compare(run.texts, [])
    if place.namespace is None:
        st.caption(
            "Where this strategy puts records depends on values that events bring: nothing to compare."
        )
        return comparison.compare(run.texts, [])
    listing = resources.records_beside(place.memory_id, place.strategy, place.actor_id, place.session_id)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.caption(
            f"Beside {format.counted(len(listing.rows), listing.complete, 'record')} of "
            f"{text.label(place.strategy['name'])} in {text.label(place.namespace, 200)}",
            width="content",
        )
    guess = stored.is_of_session(place.strategy, place.events.rows)
    return comparison.compare(run.texts, listing.rows, guess)


def _decisions(proposals: tuple[Proposal, ...], memory_id: str) -> None:
    """What consolidation would do with each."""
    st.caption("What the model decides about each, beside the stored records that are nearest to it.")
    for number, proposal in enumerate(proposals):
        label, color = _DECISIONS[proposal.operation or "SkipMemory"]
        with st.container(border=True, key=f"decision-{number}", gap="xsmall"):
            st.badge(label, color=color)
            if proposal.stored is not None and proposal.updated is not None:
                before = comparison.readable(proposal.stored["content"]["text"])
                st.markdown(differences.marked_words(before, comparison.readable(proposal.updated)))
            else:
                workbench_comparison.body(proposal.text)


def _costs(run: DryRun) -> None:
    """Seconds and tokens, as far as the model's server tells them."""
    replies = sum(len(exchange.replies) for exchange in run.exchanges)
    given, made = run.tokens
    told = "tokens are not told by its server"
    if given is not None and made is not None:
        told = f"{given:,} tokens in, {made:,} out"
    calls = format.count(replies, "answer")
    st.caption(f"{text.label(run.request.model.label)} · {calls} in {format.seconds(run.seconds)} · {told}")


def _exchanges(run: DryRun, *, open_: bool) -> None:
    """All that went to the model and came back, literally."""
    for number, exchange in enumerate(run.exchanges, start=1):
        folded = st.expander(
            f"Step {number}, {exchange.step}: what the model was given, and what it answered",
            expanded=open_ and exchange is run.exchanges[-1],
            key=f"exchange-{st.session_state.get(_RUN)}-{number}",
            on_change="rerun",
        )
        if folded.open:
            with folded:
                _exchange(exchange, answers_first=open_)


def _exchange(exchange: Exchange, *, answers_first: bool) -> None:
    answers = [
        (f"Answer {number}, in {format.seconds(reply.seconds)}", reply.text or "(nothing)")
        for number, reply in enumerate(exchange.replies, start=1)
    ]
    if not answers:
        answers = [("Answer", "(none came)")]
    given = [("System prompt", exchange.system), ("Message", exchange.given)]
    if exchange.problem:
        st.markdown(f":red[:material/error: {text.label(exchange.problem, 300)}]")
    for title, words in [*answers, *given] if answers_first else [*given, *answers]:
        st.caption(title)
        st.code(text.visible(words), language=None, wrap_lines=True, height=_height(words))


def _height(words: str) -> Any:
    return 260 if len(words) > 1_500 or words.count("\n") > 12 else "content"
