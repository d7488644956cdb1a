"""The notebook, step by step: what each does, the code of its call, what came of it, and the clean-up."""

import json

import streamlit as st

from dashboard import agent_rooms, faults, format, navigation, state, text
from dashboard.components import (
    agent_chat,
    agent_trace,
    made_resources,
    notebook_faults,
    permissions,
    return_of_control,
    session_summaries,
)
from dashboard.resources import agents as bedrock
from dashboard.resources import tours
from dashboard.state import Key
from services.agents import traces as agent_traces
from services.agents.bedrock_agents import TEST_ALIAS
from services.agents.rooms import AgentRoom
from services.agents.turns import AgentTurn
from services.faults import CALL_ERRORS
from services.notebook import tour as notebook_tour
from services.notebook.acts import Guide
from services.notebook.tour import STEPS, TourStep

LOOK_SECONDS = 2.0
FOLLOW_SECONDS = 0.3
_NEEDS = "CreateAgent"
_ICONS = {"done": ":material/check_circle:", "now": ":material/play_circle:", "later": ":material/circle:"}


def chosen() -> Guide | None:
    """The tour of the address bar, at first the newest; None before the first one is begun."""
    known = tours.tours()
    if known:
        state.default(Key.TOUR, known[0].tour_id)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if known:
            ids = [tour.tour_id for tour in known]
            begun = {tour.tour_id: tour for tour in known}
            state.bound(
                st.selectbox,
                "Tour",
                Key.TOUR,
                ids,
                format_func=lambda id_: (
                    f"{id_} · begun {format.ago(begun[id_].at)} · "
                    f"{len(begun[id_].told)} of {len(STEPS)} steps"
                ),
            )
        st.button(
            "Begin a tour" if not known else "Begin another",
            type="secondary" if known else "primary",
            icon=":material/tour:",
            key="tour-begin",
            on_click=_begin,
            disabled=permissions.refused(_NEEDS) is not None,
        )
    permissions.say(_NEEDS)
    tour_id = state.get(Key.TOUR)
    found = tours.guide(tour_id) if tour_id else None
    if tour_id and found is None:
        st.warning(
            "The link names a tour that was not begun at this connection. Begin one.",
            icon=":material/search_off:",
        )
    return found


def _begin() -> None:
    with faults.shown():
        state.put(tour=tours.begin_tour().tour_id)


def introduction() -> None:
    """What the tour is, before it is begun."""
    st.markdown(
        "AWS's notebook **Create Agent with Memory** builds a travel assistant that remembers. Anna books a "
        "trip; a day later, in a new session, she asks to return on the 23rd, and the agent knows which trip."
    )
    st.caption(
        f"{len(STEPS)} steps, each with the boto3 call that it makes. Everything that is created is listed, "
        "and removed at the end. On AWS it takes an account with earlier use of Bedrock Agents, and costs "
        "what the model costs; on the embedded endpoint it takes neither."
    )


def steps(guided: Guide) -> None:
    """The step at hand, and all of them below it."""
    told = guided.tour.told
    upcoming = notebook_tour.next_step(guided.tour)
    st.progress(len(told) / len(STEPS), f"{len(told)} of {len(STEPS)} steps done")
    _build_all(guided, upcoming)
    if upcoming is None:
        left = any(each.removed_at is None for each in bedrock.made_in(guided.maker.made_for))
        rest = ". Remove what it created, on this page." if left else ", and what it created is removed."
        st.success(f"The tour is done{rest}", icon=":material/celebration:")
    else:
        _open(guided, upcoming, STEPS.index(upcoming) + 1)
    st.subheader("All steps", anchor=False)
    with st.container(gap="xsmall"):
        for number, step in enumerate(STEPS, start=1):
            when = "done" if step.name in told else "now" if step is upcoming else "later"
            _shown(guided, step, number, when)


def _build_all(guided: Guide, upcoming: TourStep | None) -> None:
    """The steps up to the prepared agent may be run in one go."""
    names = [step.name for step in STEPS]
    last = names.index("prepare")
    if upcoming is None or names.index(upcoming.name) > last:
        return
    left = STEPS[names.index(upcoming.name) : last + 1]
    if st.button(
        f"Run the {format.count(len(left), 'step')} that build the agent",
        icon=":material/fast_forward:",
        key="tour-build",
        disabled=permissions.refused(_NEEDS) is not None,
    ):
        with st.status("Building…") as status:
            for step in left:
                status.update(label=f"{step.title}…")
                tours.run_step(guided, step)
        st.rerun()


def _title(step: TourStep, number: int, when: str) -> str:
    return f"{_ICONS[when]} **{number}. {step.title}**"


def _shown(guided: Guide, step: TourStep, number: int, when: str) -> None:
    """A step as one line; what it does, its code and what came of it when that is wanted."""
    folded = st.expander(_title(step, number, when), key=f"tour-{step.name}", on_change="rerun")
    if folded.open:
        with folded:
            st.caption(step.about)
            _code(guided, step)
            if step.name in guided.tour.told:
                text.plain(guided.tour.told[step.name])


def _code(guided: Guide, step: TourStep) -> None:
    st.code(notebook_tour.code(guided, step), language="python")


def _open(guided: Guide, step: TourStep, number: int) -> None:
    """The step at hand."""
    with st.container(border=True, key="tour-now"):
        st.markdown(_title(step, number, "now"))
        st.caption(step.about)
        if step.kind in {"say", "end"}:
            text.plain(f"“{step.text}”")
        folded = st.expander("The call as boto3 code", key=f"tour-code-{step.name}", on_change="rerun")
        if folded.open:
            with folded:
                _code(guided, step)
        with faults.shown():
            if step.kind == "wait":
                _wait(guided, step)
            elif step.kind in {"say", "end"}:
                _say(guided, step)
            elif st.button(
                "Run this step", type="primary", icon=":material/play_arrow:", key=f"tour-run-{step.name}"
            ):
                with st.spinner("Running…"):
                    tours.run_step(guided, step)
                st.rerun()


def _room(guided: Guide, session: str) -> AgentRoom:
    return agent_rooms.room(guided.place(session), 1_800, "tour")


def _say(guided: Guide, step: TourStep) -> None:
    """Something said to the agent: the exchange as it goes on, and its trace."""
    room = _room(guided, step.session)
    turn = room.turns[-1] if room.turns and _is_of(room, step) else None
    if turn is None or (turn.done and turn.fault is not None):
        if turn is not None:
            agent_chat.exchange(turn, len(room.turns))
        label = "Say it" if turn is None else "Say it again"
        st.button(
            label,
            type="primary",
            icon=":material/send:",
            key=f"tour-run-{step.name}",
            on_click=_send,
            args=(room, step),
            disabled=permissions.refused("InvokeAgent") is not None,
        )
        return
    if not turn.done:
        turn.wait(agent_chat.QUICK_SECONDS)
    if not turn.done:
        st.fragment(_following, run_every=FOLLOW_SECONDS)(turn)
        return
    agent_chat.exchange(turn, len(room.turns))
    if turn.control is not None:
        st.caption("The endpoint runs no Lambda code, so the agent returns control to whoever called it.")
        return_of_control.form(room, turn.control, notebook_tour.asked_for(step.text))
        return
    if step.kind == "say":
        agent_trace.memory(agent_traces.memory_in_prompt(turn.traces))
    _next_button(guided, step, turn.answer)


def _next_button(guided: Guide, step: TourStep, told: str) -> None:
    """A callback, which ends whatever is clicked meanwhile: a link that is followed loses no press of it."""
    st.button(
        "Next step",
        type="primary",
        icon=":material/arrow_forward:",
        key=f"tour-next-{step.name}",
        on_click=_go_on,
        args=(guided, step, told),
    )


def _is_of(room: AgentRoom, step: TourStep) -> bool:
    """Whether the last exchange belongs to a step: its own sentence, or results given on the way to it."""
    for turn in reversed(room.turns):
        if turn.asked.kind != "results":
            return turn.asked.text == step.text and (turn.asked.kind == "end") == (step.kind == "end")
    return False


def _send(room: AgentRoom, step: TourStep) -> None:
    try:
        room.ask(notebook_tour.asked_for(step.text, end=step.kind == "end"))
    except CALL_ERRORS as error:
        faults.show(error)


def _go_on(guided: Guide, step: TourStep, told: str) -> None:
    with faults.shown():
        tours.step_done(guided, step, told)


@faults.shown()
def _following(turn: AgentTurn) -> None:
    if turn.done:
        st.rerun()
    if turn.answer:
        text.plain(turn.answer)
    st.caption(f":shimmer[The agent is at it…] {turn.seconds:.0f} s")


def _wait(guided: Guide, step: TourStep) -> None:
    """Looks for summaries until there are as many as are expected."""
    stopped = f"tour-stopped-{step.name}"
    if st.session_state.get(stopped):
        st.button(
            "Look again", key=f"tour-run-{step.name}", on_click=st.session_state.pop, args=(stopped, None)
        )
        return
    st.fragment(_looking, run_every=LOOK_SECONDS)(guided, step, stopped)


@faults.shown()
def _looking(guided: Guide, step: TourStep, stopped: str) -> None:
    if step.name in guided.tour.told:
        st.rerun()
    found = tours.tour_summaries(guided)
    if len(found) >= step.at_least:
        for summary in found:
            with st.container(border=True):
                st.caption(text.label(str(summary.get("sessionId", "")), 100))
                session_summaries.topic_texts(str(summary.get("summaryText", "")))
        told = json.dumps(found, indent=2, default=str, ensure_ascii=False)
        _next_button(guided, step, told)
        return
    have = format.count(len(found), "summary", "summaries")
    st.caption(f":shimmer[{have} of {step.at_least} so far; asked every {LOOK_SECONDS:.0f} s…]")
    if st.button("Stop looking", key="tour-stop-looking"):
        st.session_state[stopped] = True
        st.rerun()


def created(guided: Guide) -> None:
    """What the tour created, with links to it, and its removal."""
    st.subheader("Created by this tour", anchor=False)
    act = guided.maker.made_for
    left = [each for each in bedrock.made_in(act) if each.removed_at is None]
    gone = [each for each in bedrock.made_in(act) if each.removed_at is not None]
    agent_id = guided.tour.values.get("agent_id")
    if agent_id and any(each.kind == "agent" for each in left):
        with st.container(horizontal=True):
            navigation.agent_link("The agent", "agents", agent_id)
            place = (
                (Key.ALIAS, TEST_ALIAS),
                (Key.AGENT_MEMORY, guided.value("memory_id")),
            )
            navigation.agent_link("Talk to it", "agent_chat", agent_id, *place)
            navigation.agent_link("Its session summaries", "session_summaries", agent_id, *place)
    if left:
        made_resources.listed(left)
        made_resources.remove_button(left, act)
    else:
        st.caption("Nothing is left." if gone else "Nothing yet.")
    if gone:
        st.caption(f"{format.count(len(gone), 'resource')} removed.")


def known_faults(guided: Guide) -> None:
    """The faults of the published notebook, to be met on purpose."""
    st.subheader("Known faults of the notebook", anchor=False)
    notebook_faults.show(guided)
