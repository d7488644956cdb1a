"""A demo on live data: its scenes played one after the other in chats like any other.

Nothing is prepared: every message is an event, every record was extracted, every answer is the model's. A
scene is over when its answer is stored and no strategy is still at work on it.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from services.chat.history import spoken
from services.chat.models import ModelChoice
from services.chat.room import ChatRoom
from services.chat.turns import Turn
from services.chat.without_memory import AnswerWithoutMemory
from services.demos import Ask, Demo, NewSession, Scene
from services.demos.moments import Answered, Caption, Compared, Moment, SessionBegun, of_progress, of_turn

SETTLE_LOOK_SECONDS = 0.2

OpenRoom = Callable[[str, str], ChatRoom]
"""Opens the chat of an actor and a session."""


@dataclass(frozen=True)
class _Played:
    """A scene that was begun: where, when, and the exchange that it consists of."""

    scene: Scene
    room: ChatRoom
    at: float
    turn: Turn | None = None
    plain: AnswerWithoutMemory | None = None


class Performance:
    """One play of a demo, for an actor of its own, so that plays never mix. Not thread-safe."""

    def __init__(self, demo: Demo, open_room: OpenRoom, model: ModelChoice) -> None:
        self.demo = demo
        self.actor_id = f"{demo.actor}-{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
        self.started_at = time.time()
        self._open_room = open_room
        self._model = model
        self._sessions = 0
        self._played: list[_Played] = []
        self._room = self._new_room()

    @property
    def room(self) -> ChatRoom:
        """The conversation that is under way."""
        return self._room

    @property
    def position(self) -> int:
        """How many scenes were begun."""
        return len(self._played)

    @property
    def finished(self) -> bool:
        """Whether the last scene is over."""
        return self.position == len(self.demo.scenes) and not self.busy

    @property
    def busy(self) -> bool:
        """Whether something of the present scene is still to come, or the memory is not ready for it."""
        if self._room.settling:
            return True  # what is stored before the strategies are ACTIVE is not extracted
        if not self._played or (turn := self._played[-1].turn) is None:
            return False
        if turn.done is None or ((plain := self._played[-1].plain) is not None and plain.answer is None):
            return True
        if turn.unstored or not turn.stored:
            return False
        progress = {each.event["eventId"]: each for each in self._room.panel(time.time()).events}
        return any(
            stored.event["eventId"] not in progress or progress[stored.event["eventId"]].extracting
            for stored in turn.stored
        )

    def step(self) -> None:
        """Begin the next scene; nothing while one is under way, or after the last."""
        if self.busy or self.position >= len(self.demo.scenes):
            return
        scene, now = self.demo.scenes[self.position], time.time()
        if isinstance(scene, NewSession):
            self._room = self._new_room()
            self._played.append(_Played(scene, self._room, now))
            return
        asks = isinstance(scene, Ask)
        text = scene.question if isinstance(scene, Ask) else scene.text
        before = spoken(self._room.said())
        turn = self._room.agent.start_turn(text)
        plain = AnswerWithoutMemory(text, before, self._room.agent.without_memory()) if asks else None
        self._played.append(_Played(scene, self._room, now, turn, plain))

    def settle(self, seconds: float) -> bool:
        """Stop the present scene and wait, at most so long, until nothing of it is still to come."""
        if self._played and (turn := self._played[-1].turn) is not None:
            turn.cancel()
        deadline = time.monotonic() + seconds
        while self.busy and time.monotonic() < deadline:
            self.look()
            time.sleep(SETTLE_LOOK_SECONDS)
        return not self.busy

    def look(self) -> None:
        """Find out what memory has made of it, when it is time to."""
        self._room.poll_if_due(time.time())

    def moments(self) -> list[Moment]:
        """Everything that happened so far, in the order in which it is told."""
        return list(self._moments())

    def _moments(self) -> Iterator[Moment]:
        room: ChatRoom | None = None
        for played in self._played:
            yield Caption(played.at, played.scene.caption)
            if played.room is not room:
                room = played.room
                yield SessionBegun(played.at, room.conversation.session_id)
            if played.turn is not None:
                yield from _told(played, played.turn, room)
                yield from self._extracted(room, played.turn)

    def _extracted(self, room: ChatRoom, turn: Turn) -> Iterator[Moment]:
        own = {stored.event["eventId"] for stored in turn.stored}
        for progress in room.panel(time.time()).events:
            if progress.event["eventId"] in own:
                yield from of_progress(progress, room.strategies)

    def _new_room(self) -> ChatRoom:
        self._sessions += 1
        room = self._open_room(self.actor_id, f"session-{self._sessions}")
        room.agent.model = self._model
        return room


def _told(played: _Played, turn: Turn, room: ChatRoom) -> Iterator[Moment]:
    """The exchange, the answer without memory right after the one with it."""
    for moment in of_turn(turn, room.strategies):
        yield moment
        if isinstance(moment, Answered):
            yield from _comparison(played)


def _comparison(played: _Played) -> Iterator[Moment]:
    if played.plain is not None and (answer := played.plain.answer) is not None:
        at = played.at + answer.seconds
        fault = answer.fault.title if answer.fault else None
        yield Compared(at, played.plain.question, answer.text, fault)
