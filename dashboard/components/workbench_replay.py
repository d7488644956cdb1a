"""A replay: a session written again into a scratch memory, to compare two strategies end to end."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard import faults, format, resources, state, text
from dashboard.components import (
    permissions,
    problems,
    workbench_comparison,
    workbench_model,
    workbench_prompts,
    workbench_scratch,
)
from dashboard.components import work as work_progress
from dashboard.components.workbench_place import Place
from dashboard.state import Key
from services.memory.strategy_details import is_override, kind_of, steps
from services.memory.strategy_drafts import Instructions
from services.memory.strategy_kinds import STRATEGY_KINDS, StepName
from services.workbench import comparison, replay, stored
from services.workbench.replay import Replayed, ReplayRequest, SideResult
from services.workbench.scratch import Side

Row = dict[str, Any]
_BUILT_IN, _TYPED, _NONE = "AWS's built-in instructions", "The instructions of the dry run", "What is stored"
FIRST_LOOK_SECONDS = 1.0


def show(place: Place) -> None:
    """The two sides, the button, and below what came of it; then the scratch memories that exist."""
    st.caption(
        "The session is written again into a scratch memory made for it, and the service itself extracts, "
        "with whatever it extracts with: the whole way, timing and consolidation included. On AWS, events, "
        "extraction and storage of a scratch memory are charged as those of any memory."
    )
    with faults.shown():
        request = _request(place)
        _begin(request)
    with faults.shown():
        _outcome(place)
    with faults.shown():
        workbench_scratch.listed(place)


def _request(place: Place) -> ReplayRequest:
    sources = _sources(place)
    grid = st.grid(2, min_column_width=260)
    with grid.cell():
        first = st.selectbox(
            "A", list(sources), key=f"bench-a-{place.kind}", format_func=text.preview, persist_state="session"
        )
    with grid.cell():
        second = st.selectbox(
            "B",
            [_NONE, *sources],
            key=f"bench-b-{place.kind}",
            format_func=text.preview,
            persist_state="session",
            help=f"“{_NONE}”: A is compared with the records that exist",
        )
    chosen = [first] if second == _NONE else [first, second]
    if _TYPED in chosen:
        sources[_TYPED] = _typed(place)
    sides = tuple(Side(name, sources[name]) for name in chosen)
    role = place.memory.get("memoryExecutionRoleArn", "")
    if any(side.instructions for side in sides):
        _say_who_carries_out()
        role = st.text_input(
            "Execution role (ARN)",
            role,
            key=f"bench-replay-role-{place.memory_id}",
            live=True,
            placeholder="arn:aws:iam::123456789012:role/MemoryRole",
            help="AWS refuses instructions of one's own without a role; Save as a strategy spells it out",
        ).strip()
    return ReplayRequest(
        place.memory_id,
        place.actor_id,
        place.session_id,
        place.kind,
        sides,
        int(place.memory["eventExpiryDuration"]),
        role or None,
    )


def _say_who_carries_out() -> None:
    """What an endpoint says of custom strategies: some carry out no instructions at all."""
    status = resources.live_endpoint_status()
    if status is None or not status.custom_models:
        return
    says = f"Custom strategies at this endpoint: {text.label(status.custom_models, 200)}."
    if status.custom_models.startswith("not used"):
        st.warning(f"{says} Instructions of your own change nothing here.", icon=":material/rule:")
    else:
        st.caption(says)


def _sources(place: Place) -> dict[str, Mapping[StepName, Instructions]]:
    """What a side can be: AWS's instructions, what is typed, the memory's custom strategies of the kind."""
    sources: dict[str, Mapping[StepName, Instructions]] = {_BUILT_IN: {}, _TYPED: {}}
    for strategy in place.memory.get("strategies", []):
        if kind_of(strategy) == place.kind and is_override(strategy):
            sources[f"The strategy {strategy['name']}"] = {
                step.name: Instructions(step.prompt, step.model_id)
                for step in steps(strategy)
                if step.prompt and step.model_id and step.name != "reflection"
            }
    return sources


def _typed(place: Place) -> Mapping[StepName, Instructions]:
    """What is typed on the dry run's side; consolidation only where it was switched on there."""
    typed = workbench_prompts.typed(place).steps
    wanted = [step for step in workbench_prompts.wanted_steps(place) if typed.get(step)]
    model = st.text_input(
        "Model for the instructions of the dry run",
        workbench_model.model_id() if workbench_model.is_bedrock() else "",
        key="bench-replay-model",
        live=True,
        placeholder="anthropic.claude-haiku-4-5-20251001-v1:0",
        help="On AWS a Bedrock model of your account. Another endpoint may take the names of its own models.",
    )
    return {step: Instructions(typed[step], model.strip()) for step in wanted}


def _begin(request: ReplayRequest) -> None:
    task = workbench_scratch.watched()
    running = task is not None and not task.wait(FIRST_LOOK_SECONDS)
    wrong = [*replay.problems(request), *_without_words(request)]
    problems.show(wrong)
    refused = permissions.say("CreateMemory")
    st.button(
        "Replay in a scratch memory",
        key="bench-replay-start",
        type="primary",
        icon=":material/replay:",
        disabled=bool(running or wrong or refused),
        on_click=_start,
        args=(request,),
    )


def _without_words(request: ReplayRequest) -> list[str]:
    """A side that was to have instructions of its own, and has none, would be AWS's own."""
    bare = any(side.label == _TYPED and not side.instructions for side in request.sides)
    return ["Write the instructions under Dry run first."] if bare else []


@faults.shown()
def _start(request: ReplayRequest) -> None:
    state.put(scratch=None)
    workbench_scratch.watch(resources.start_replay(request))


def _outcome(place: Place) -> None:
    """The replay that this browser has begun, or the scratch memory that was chosen."""
    chosen = state.get(Key.SCRATCH)
    task = workbench_scratch.watched()
    watched = task.result if task is not None else None
    gone = next((id_ for id_ in (chosen, watched and watched.memory_id) if id_), None)
    if gone is not None and not workbench_scratch.exists(gone):
        name = text.label(format.memory_name({"id": gone}))
        st.info(f"{name} was removed, and with it what came of the replay.", icon=":material/delete:")
    elif chosen and (watched is None or watched.memory_id != chosen or not watched.settled):
        _compared(place, workbench_scratch.replayed(chosen))
    elif watched is not None and chosen:
        _compared(place, watched)
    elif task is not None:
        found = work_progress.result(task, "Replaying", 0.0)
        if found is not None:
            _ended(place, found)


def _ended(place: Place, found: Replayed) -> None:
    """A replay that has just ended, as it was watched."""
    if not found.sides:
        name = text.label(format.memory_name({"id": found.memory_id}))
        st.info(
            f"The replay was stopped. {name} stays: look at it, or remove it, below.",
            icon=":material/stop_circle:",
        )
        return
    state.put(scratch=found.memory_id)
    _compared(place, found)


def _compared(place: Place, found: Replayed) -> None:
    st.subheader(f"What came of it in {text.label(format.memory_name({'id': found.memory_id}))}")
    if not found.settled:
        st.warning(
            "This is what is there as of now: more records may come. Refresh the page to see them.",
            icon=":material/hourglass:",
        )
    if found.lacking:
        st.warning(
            f"The replay was stopped or cut off: {format.count(found.lacking, 'event')} of the session not "
            "written. What is shown came of the others. Remove it below, and replay the session again.",
            icon=":material/content_cut:",
        )
    is_of_place = found.is_of(place.memory_id, place.actor_id, place.session_id, place.kind)
    if not is_of_place:
        _say_of_which_session(found)
    if not found.complete:
        st.warning("There are more records than were listed; the comparison is of the first.")
    if any(side.label != _BUILT_IN for side in found.sides):
        _say_who_carries_out()
    grid = st.grid(max(1, len(found.sides)), min_column_width=260)
    for side in found.sides:
        with grid.cell():
            _side(side)
    if len(found.sides) == 2:
        first, second = found.sides
        st.caption("B beside A: “added” is what only B has, “missing” what only A has.")
        compared = comparison.compare([_words(row) for row in second.records], [*first.records])
        workbench_comparison.counts(compared)
        workbench_comparison.pairs(compared, found.memory_id, "bench-sides")
    elif found.sides and is_of_place:
        _beside_stored(place, found.sides[0])


def _say_of_which_session(found: Replayed) -> None:
    """That it is not of the session that is chosen: what is stored of that says nothing about it."""
    words = "It is not known here which session was replayed in it"
    if found.about is not None:
        kind = STRATEGY_KINDS[found.about["kind"]].label.lower()
        words = (
            f"This is of the session {found.about['sessionId']} of {found.about['actorId']} from "
            f"{found.about['memoryId']}, for {kind}, and not of what is chosen above"
        )
    st.info(text.label(f"{words}: it is not held against stored records.", 800), icon=":material/history:")


def _side(side: SideResult) -> None:
    with st.container(border=True, key=f"side-{side.letter}", gap="xsmall"):
        st.markdown(f"**{side.letter}** · {text.label(side.label, 120)}")
        with st.container(horizontal=True, gap="medium"):
            st.metric("Records", len(side.records), width="content")
            if side.seconds is not None:
                st.metric(
                    "Event to record",
                    format.seconds(side.seconds),
                    help="The usual time (median) from a stored event to a record made of it",
                    width="content",
                )
        for reason in side.failures:
            st.markdown(f":red[:material/error: {text.label(f'An extraction failed: {reason}', 300)}]")


def _beside_stored(place: Place, side: SideResult) -> None:
    """A replay with one side, beside what the memory has of the session."""
    if place.strategy is None:
        st.caption("The memory has no strategy of this kind: nothing is stored to compare with.")
        compared = comparison.compare([_words(row) for row in side.records], [])
    else:
        listing = resources.records_beside(place.memory_id, place.strategy, place.actor_id, place.session_id)
        st.caption(
            f"A beside the {format.counted(len(listing.rows), listing.complete, 'record')} that "
            f"{text.label(place.strategy['name'])} has stored."
        )
        guess = stored.is_of_session(place.strategy, place.events.rows)
        compared = comparison.compare([_words(row) for row in side.records], listing.rows, guess)
    workbench_comparison.counts(compared)
    workbench_comparison.pairs(compared, place.memory_id, "bench-stored")


def _words(row: Row) -> str:
    return str(row["content"]["text"])
