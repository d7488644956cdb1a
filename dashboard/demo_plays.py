"""The play that a browser session watches: a demo on live data, or a recording of one."""

import time
from dataclasses import dataclass, field

import streamlit as st

from dashboard import agent_rooms, resources
from services.chat.agent import Chosen
from services.chat.room import ChatRoom
from services.chat.turns import Conversation
from services.demos import Demo, clearing
from services.demos.moments import Caption, Moment
from services.demos.performance import Performance
from services.demos.recording import Recording
from services.demos.replay import Replay
from services.memory.memories import STRATEGY_KINDS, MemoryDraft, StrategyDraft, StrategyKindName

MEMORY_NAME = "DemoStories"
STRATEGIES: tuple[StrategyKindName, ...] = ("semantic", "user_preference")
_KEY = "demo-play"
# How long an audience is given for what has just happened: a moment, and a word's time for each word.
LOOK_SECONDS = 3.0
WORDS_A_SECOND = 4.0
BRISK_SECONDS = 0.5
SETTLE_SECONDS = 20.0
"""So long a reset waits for what is under way."""


@dataclass
class Play:
    """What is on: its title, the memory and actor that it is of, and whether it goes on by itself."""

    title: str
    memory_id: str
    actor_id: str
    what: Performance | Replay
    hands_free: bool = False
    _over_since: float | None = field(default=None, repr=False)

    @property
    def live(self) -> Performance | None:
        """The performance, None for a recording."""
        return self.what if isinstance(self.what, Performance) else None

    def go_on(self, *, brisk: bool) -> None:
        """Look what has happened, and begin the next scene when it is time to; `brisk` leaves no time to
        read."""
        self.what.look()
        if self.what.busy or not self.hands_free:
            self._over_since = None
            return
        self._over_since = self._over_since or time.monotonic()
        patience = BRISK_SECONDS if brisk else self._reading_seconds()
        if not self.moments() or time.monotonic() - self._over_since >= patience:
            self.step()

    def step(self) -> None:
        """Begin the next scene."""
        self._over_since = None
        self.what.step()

    def moments(self) -> list[Moment]:
        """Everything that happened so far."""
        return self.what.moments()

    def recording(self) -> Recording:
        """What happened so far, to keep."""
        if isinstance(self.what, Replay):
            return self.what.recording
        return Recording(self.title, self.memory_id, self.actor_id, tuple(self.moments()))

    def _reading_seconds(self) -> float:
        captions = [moment.text for moment in self.moments() if isinstance(moment, Caption)]
        return LOOK_SECONDS + len(captions[-1].split()) / WORDS_A_SECOND if captions else LOOK_SECONDS


def current() -> Play | None:
    """What is on at the live connection, if anything."""
    play: Play | None = st.session_state.get(_KEY)
    return play


def begin(demo: Demo, memory_id: str, chosen: Chosen, *, hands_free: bool) -> Play:
    """Put a demo on, with a new actor; `chosen` answers."""

    def open_room(actor_id: str, session_id: str) -> ChatRoom:
        room = ChatRoom.open(resources.clients(), Conversation(memory_id, actor_id, session_id))
        room.agent.choose(chosen)
        room.agent.agent_room = agent_rooms.of_chat(room.conversation, chosen.agent)
        return room

    performance = Performance(demo, open_room, chosen.model)
    play = Play(demo.title, memory_id, performance.actor_id, performance, hands_free)
    st.session_state[_KEY] = play
    return play


def replay(recording: Recording) -> None:
    """Put a recording on, at its first scene."""
    play = Play(recording.title, recording.memory_id, recording.actor_id, Replay(recording))
    play.step()
    st.session_state[_KEY] = play


def end() -> None:
    """Take off what is on; what it wrote stays."""
    st.session_state.pop(_KEY, None)


def clear(play: Play) -> bool:
    """Delete the events and records of a live play, and take it off.

    False when the strategies were still at work after a while: what they write later stays, under its actor.
    """
    play.hands_free = False
    settled = play.live.settle(SETTLE_SECONDS) if play.live else True
    clients = play.live.room.clients if play.live else resources.clients()
    clearing.clear(clients, play.memory_id, play.actor_id)
    resources.forget_events(play.memory_id)
    end()
    return settled


def memory_id() -> str | None:
    """The memory that demos play in, None when there is none yet."""
    ids = sorted(str(row["id"]) for row in resources.memory_summaries().rows)
    return next((each for each in ids if each.rpartition("-")[0] == MEMORY_NAME), None)


def make_memory() -> str:
    """Create it; returns its id."""
    strategies = tuple(
        StrategyDraft(kind, STRATEGY_KINDS[kind].default_name, STRATEGY_KINDS[kind].default_template)
        for kind in STRATEGIES
    )
    draft = MemoryDraft(MEMORY_NAME, description="Where the demos play", strategies=strategies)
    return str(resources.create_memory(draft)["id"])
