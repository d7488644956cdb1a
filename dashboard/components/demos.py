"""Choosing, playing and handing over a demo."""

import streamlit as st

from dashboard import demo_plays, faults, format, masking, outage, state, text
from dashboard.components import chat_agents, demo_stage, notices, permissions
from dashboard.demo_plays import Play
from dashboard.state import Key
from services.demos import DEMOS, Demo, demo
from services.demos.recording import MAX_BYTES, masked, read_recording
from services.demos.report import report

TICK_SECONDS = 0.5
PRESENTING = "demo-presenting"
BRISK = "demo-brisk"


def tell_if_down(play: Play | None) -> bool:
    """Whether the connection answers nothing; then the page says what can be done all the same."""
    if not outage.is_down() or (play is not None and play.live is None):
        return False  # a recording lacks nothing
    outage.tell(
        "The story waits and goes on from where it is. Asked again every few seconds, for {lasting} now."
        if play
        else "A story needs an endpoint that answers, a recording does not. Asked again every few seconds, "
        "for {lasting} now."
    )
    return True


def choice() -> Demo:
    """The demo that is chosen, the first one where none is."""
    titles = {each.name: each.title for each in DEMOS}
    state.default(Key.DEMO, DEMOS[0].name)
    state.bound(st.segmented_control, "Story", Key.DEMO, list(titles), format_func=titles.__getitem__)
    return demo(state.get(Key.DEMO) or "") or DEMOS[0]


def manner() -> None:
    """How it is played, for the whole browser session."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.toggle(
            "Presentation",
            key=PRESENTING,
            persist_state="session",
            help="Large type, ids hidden, and what looks like personal data or a secret masked",
        )
        st.toggle(
            "Brisk",
            key=BRISK,
            persist_state="session",
            help="Hands-free without the time that an audience needs for reading",
        )


def poster(chosen: Demo, *, down: bool) -> None:
    """What the story is about, and its beginning; while the connection is `down`, of a recording only."""
    st.markdown(f"#### {chosen.title}")
    st.markdown(chosen.about)
    scenes = format.count(len(chosen.scenes), "scene")
    st.caption(
        f"{scenes}, about a minute. Everything is live: the messages become events of a new actor in the "
        f"memory {demo_plays.MEMORY_NAME}, and the strategies of that memory write the records. "
        f"Who answers: {text.label(chat_agents.for_stories().label)} (chosen on the Chat page)."
    )
    refused = permissions.say("CreateEvent")
    with st.container(horizontal=True):
        off = down or refused is not None
        _start(chosen, "Play hands-free", ":material/play_arrow:", hands_free=True, off=off)
        _start(chosen, "Step by step", ":material/skip_next:", hands_free=False, off=off)
        _open_recording()


def _start(chosen: Demo, label: str, icon: str, *, hands_free: bool, off: bool) -> None:
    def start() -> None:
        with faults.shown():
            memory_id = demo_plays.memory_id() or demo_plays.make_memory()
            play = demo_plays.begin(chosen, memory_id, chat_agents.for_stories(), hands_free=hands_free)
            play.go_on(brisk=True)

    key = f"demo-start-{'hands-free' if hands_free else 'steps'}"
    st.button(
        label,
        key=key,
        icon=icon,
        type="primary" if hands_free else "secondary",
        on_click=start,
        disabled=off,
    )


def _open_recording() -> None:
    with st.popover("Replay a recording", icon=":material/replay:"), faults.shown():
        file = st.file_uploader(
            "A recording that was saved here",
            type="json",
            key="demo-recording",
            max_upload_size=MAX_BYTES // 10**6,
        )
        if file is not None and st.button("Replay", key="demo-replay", type="primary"):
            demo_plays.replay(read_recording(file.getvalue()))
            st.rerun()


def stage(play: Play, *, down: bool) -> None:
    """The play with its controls; it moves on by itself while something is to come, and waits while the
    connection is `down`."""
    moving = play.hands_free or play.what.busy
    ticking = moving and not down
    st.fragment(_stage, run_every=TICK_SECONDS if ticking else None)(play, moving=moving, down=down)


@faults.shown()
def _stage(play: Play, *, moving: bool, down: bool) -> None:
    if demo_plays.current() is not play:
        st.rerun()  # it was taken off, by a button that redraws the stage alone
    if play.live is not None and outage.is_down() != down:
        st.rerun()  # in the whole page: there it is told
    if not down:
        play.go_on(brisk=bool(st.session_state.get(BRISK)))
    if play.what.finished:
        play.hands_free = False
    if moving != (play.hands_free or play.what.busy):
        st.rerun()  # in the whole page: only there the ticking begins and ends
    presenting = bool(st.session_state.get(PRESENTING))
    moments = play.moments()
    _controls(play, down=down)
    if not moments and play.live is not None and not down:
        st.info("The memory is being made ready. The story begins as soon as its strategies are active.")
    if play.what.finished:
        _end(play, presenting=presenting)
    demo_stage.show(moments, presenting=presenting)


def _controls(play: Play, *, down: bool) -> None:
    def toggle() -> None:
        play.hands_free = not play.hands_free

    with st.container(horizontal=True, vertical_alignment="center"):
        if play.live is not None or not st.session_state.get(PRESENTING):  # a chat's title names the actor
            st.markdown(f"**{text.label(play.title)}**", width="content")
        if play.live is not None:
            st.caption(f"Scene {play.live.position} of {len(play.live.demo.scenes)}", width="content")
        if play.what.finished:
            st.badge("The end", icon=":material/flag:", color="green")
        else:
            label, icon = ("Pause", "pause") if play.hands_free else ("Play hands-free", "play_arrow")
            st.button(label, key="demo-hands-free", icon=f":material/{icon}:", on_click=toggle)
            st.button(
                "Next scene",
                key="demo-next",
                icon=":material/skip_next:",
                on_click=_shown_step,
                args=(play,),
                disabled=play.what.busy or play.hands_free or down,
            )
        _leave(play, down=down)


def _shown_step(play: Play) -> None:
    with faults.shown():
        play.step()


def _leave(play: Play, *, down: bool) -> None:
    """Back to the start: a live play takes with it what it wrote, once that can be reached."""

    def leave() -> None:
        with faults.shown():
            if play.live is None:
                demo_plays.end()
                return
            with st.spinner("Removing the play's events and records…"):
                settled = demo_plays.clear(play)
            if not settled:
                notices.leave(
                    "The play is removed. Strategies were still at work on it: what they write later is "
                    f"found under the actor {play.actor_id}."
                )

    what = "Deletes the events and records that this play wrote, and nothing else" if play.live else None
    label = "Reset" if play.live else "Close"
    st.button(
        label, key="demo-reset", icon=":material/restart_alt:", on_click=leave, help=what, disabled=down
    )


def _end(play: Play, *, presenting: bool) -> None:
    moments = play.moments()
    demo_stage.known_now(moments, presenting=presenting)
    recording = masked(play.recording()) if masking.is_on() else play.recording()
    with st.container(horizontal=True):
        st.download_button(
            "Report to hand over",
            lambda: report(recording),
            file_name="demo-report.html",
            mime="text/html",
            key="demo-report",
            on_click="ignore",
            icon=":material/description:",
        )
        st.download_button(
            "Recording",
            recording.to_json,
            file_name="demo-recording.json",
            mime="application/json",
            key="demo-save",
            on_click="ignore",
            icon=":material/download:",
            help="Replays here without AWS",
        )
