"""One open conversation: the agent that talks in it, and the watch over what memory makes of it."""

import threading
import time
from dataclasses import dataclass, replace

from services import concurrently
from services.chat.agent import ChatAgent
from services.chat.carry_over import carried_over
from services.chat.earlier_turns import EarlierTurn, earlier_turns
from services.chat.extraction_watch import EventProgress, ExtractionWatch, RecordChange
from services.chat.history import (
    EarlierMessage,
    History,
    in_order,
    own_events,
    read_history,
    read_outline,
    spoken,
)
from services.chat.places import Place, places_to_read, places_to_watch
from services.chat.turns import Conversation, EventStored, Row, Turn
from services.clients import Clients
from services.endpoint_status import endpoint_status
from services.errors import InvalidConversation
from services.extraction_jobs import list_extraction_jobs
from services.faults import CALL_ERRORS, Fault, explain
from services.listing import Listing
from services.memory import memories
from services.records.memory_records import list_memory_records
from services.short_term.branches import Branch

# Newest first: what a chat changes is among the newest.
WATCHED_RECORDS = 300
# A failed extraction is rare and its listing costs a call: not at every poll.
FAILURES_EVERY_SECONDS = 15.0
# How old the known configuration of the memory may be: strategies are added seldom, but become ACTIVE soon.
MEMORY_AGE_SECONDS = 30.0
SETTLING_MEMORY_AGE_SECONDS = 2.0
_IN_TRANSITION = ("CREATING", "UPDATING")
# How often it is looked whether others changed the session, or its records while none are expected.
CATCH_UP_SECONDS = 2.0
IDLE_POLL_SECONDS = 30.0


@dataclass(frozen=True)
class Panel:
    """What the live panel shows: events newest first, and changes that no event of this chat explains.

    `fault` is why the records can't be watched at the moment; `next_poll` None: nothing is expected.
    """

    events: tuple[EventProgress, ...]
    unasked: tuple[RecordChange, ...]
    fault: Fault | None
    next_poll: float | None


class ChatRoom:
    """An actor's session in a memory, opened for talking. Safe to use from several threads."""

    def __init__(self, clients: Clients, conversation: Conversation, memory: Row, history: History) -> None:
        self.clients = clients
        self.conversation = conversation
        self.memory = memory
        self._memory_at = time.time()
        self._history = history
        self._opened_with = frozenset(history.events)
        self._caught_up_at = time.time()
        self.agent = ChatAgent(
            clients,
            conversation,
            self._readable(),
            earlier=spoken(history.messages),
            on_stored=self._on_stored,
        )
        self._watch = ExtractionWatch()
        self.carried_over = Listing[Row]([], True)
        """The records that were known of the actor when this session, a new one, was opened."""
        self._earlier_turns: tuple[list[EarlierMessage], list[Row], list[EarlierTurn]] = ([], [], [])
        self._stored = 0
        self._fault: Fault | None = None
        self._failures_at = 0.0
        self._reports_pending = clients.connection.endpoint_url is not None
        self._lock = threading.Lock()

    @classmethod
    def open(cls, clients: Clients, conversation: Conversation) -> "ChatRoom":
        """Reads the memory, the conversation so far and the records that exist; raises what the calls raise,
        and InvalidConversation for a branch that does not exist and follows on nothing.

        Records that can't be listed do not keep anyone from talking: the panel says so.
        """
        memory = memories.get_memory(clients, conversation.memory_id)
        history = read_history(clients, conversation)
        point = conversation.branch
        if point is not None and point.root_event_id is None and not history.events:
            raise InvalidConversation([f"The session has no branch “{point.name}”."])
        room = cls(clients, conversation, memory, history)
        room.poll(time.time())
        if not history.events:
            room.look_back()
        return room

    def look_back(self) -> None:
        """Finds what carries over into this session; what goes wrong is in the panel's `fault`."""
        with self._lock:
            known = Listing(self._watch.records, self._watch.complete)
        try:
            self.carried_over = carried_over(
                self.clients, self.conversation.memory_id, self._readable(), self.places, known
            )
        except CALL_ERRORS as error:
            with self._lock:
                self._fault = explain(error)

    def use(self, clients: Clients) -> None:
        """Goes on with other clients of the same connection, from the next message on."""
        if clients is not self.clients:
            self.clients = clients
            self.agent.use(clients)

    @property
    def earlier(self) -> list[EarlierMessage]:
        """Messages that were not said in this chat, oldest first."""
        return self._history.without(self.agent.turns)

    @property
    def earlier_complete(self) -> bool:
        """Whether `earlier` has everything; False: the session has older events than were read."""
        return self._history.complete

    def earlier_turns(self, panel: Panel) -> list[EarlierTurn]:
        """The exchanges that were not said in this chat, oldest first, with the records that are not known
        from this chat's own events (those of `panel`). Guesses, made anew when either has changed."""
        own = {change.record_id for event in panel.events for change in event.changes}
        with self._lock:
            records = [row for row in self._watch.records if row["memoryRecordId"] not in own]
        messages = self.earlier
        if self._earlier_turns[:2] != (messages, records):
            self._earlier_turns = (messages, records, earlier_turns(messages, records))
        return self._earlier_turns[2]

    def said(self) -> list[EarlierMessage | Turn]:
        """Everything said, stored earlier or in this chat, oldest first."""
        return in_order(self.earlier, self.agent.turns, self._opened_with)

    @property
    def has_events(self) -> bool:
        """Whether the session exists at the service: an event of it is known."""
        return bool(self._history.events or own_events(self.agent.turns))

    @property
    def is_stored(self) -> bool:
        """Whether what is talked on exists at the service: the session, and its branch if it is on one."""
        point = self.conversation.branch
        if point is None:
            return self.has_events
        return bool(own_events(self.agent.turns)) or point.name in {
            row.name for row in self._history.branches
        }

    @property
    def branches(self) -> tuple[Branch, ...]:
        """The branches of the session, main first, each followed by those that fork off it."""
        return self._history.branches

    def event_ids(self) -> list[str]:
        """The events of the conversation, as far as they are known, oldest first."""
        ids: dict[str, None] = {}
        for part in self.said():
            ids |= dict.fromkeys(part.event_ids if isinstance(part, Turn) else [part.event_id])
        return list(ids)

    @property
    def unfinished(self) -> bool:
        """Whether something would be lost with this room: an answer on its way, a turn that isn't stored."""
        return self.agent.running is not None or bool(self.unstored)

    @property
    def unstored(self) -> list[Turn]:
        """The turns that could not be stored."""
        return [turn for turn in self.agent.turns if turn.unstored]

    def catch_up(self, now: float) -> bool:
        """Takes over what was changed elsewhere (events deleted, restored, written); whether there is news.

        Looks at most every two seconds, and not while an answer is on its way.
        """
        if self.agent.running is not None or now - self._caught_up_at < CATCH_UP_SECONDS:
            return False
        self._caught_up_at = now
        try:
            retold = self._retell_if_changed(now)
        except CALL_ERRORS as error:
            with self._lock:
                self._fault = explain(error)
            return True
        with self._lock:
            idle = self._fault is not None or self._watch.age(now) > IDLE_POLL_SECONDS
        return (idle and self.poll(now)) or retold

    def _retell_if_changed(self, now: float) -> bool:
        """Reads the session again when its events are others than those that are shown."""
        outline = read_outline(self.clients, self.conversation)
        gone = [turn for turn in self.agent.turns if outline.lacks(turn, now)]
        if not gone and outline.same_events(self._history, but=own_events(self.agent.turns)):
            news = not outline.same_branches(self._history)
            self._history = replace(self._history, branches=outline.branches)
            return news
        history = read_history(self.clients, self.conversation)
        kept = [turn for turn in self.agent.turns if turn not in gone]
        said = in_order(history.without(kept), kept, self._opened_with)
        if not self.agent.forget(gone, spoken(said)):
            return False
        self._history = history
        return True

    @property
    def strategies(self) -> list[Row]:
        return list(self.memory.get("strategies", []))

    @property
    def places(self) -> list[Place]:
        """The namespaces that are watched."""
        return places_to_watch(self.strategies, self.conversation.actor_id, self.conversation.session_id)

    def _readable(self) -> list[Place]:
        return places_to_read(self.strategies, self.conversation.actor_id, self.conversation.session_id)

    @property
    def settling(self) -> bool:
        """Whether the memory or one of its strategies is on its way to ACTIVE."""
        return any(row.get("status") in _IN_TRANSITION for row in (self.memory, *self.strategies))

    def _refresh_memory(self) -> None:
        """Reads the configuration again when it may have changed: only ACTIVE strategies read an event."""
        oldest = SETTLING_MEMORY_AGE_SECONDS if self.settling else MEMORY_AGE_SECONDS
        if time.time() - self._memory_at < oldest:
            return
        self._memory_at = time.time()
        self.memory = memories.get_memory(self.clients, self.conversation.memory_id)
        self.agent.read_from(self._readable())

    def _try_to_refresh_memory(self) -> None:
        try:
            self._refresh_memory()
        except CALL_ERRORS as error:
            with self._lock:
                self._fault = explain(error)

    @property
    def known_records(self) -> int:
        """How many records the watched namespaces held at the last look."""
        with self._lock:
            return self._watch.record_count

    @property
    def records_complete(self) -> bool:
        """Whether that look saw every record; False: it saw the newest of a namespace that holds more."""
        with self._lock:
            return self._watch.complete

    def record(self, record_id: str) -> Row | None:
        """A record of the watched namespaces, if the last look saw it."""
        with self._lock:
            return self._watch.record(record_id)

    def stored_since_asked(self) -> bool:
        """Whether events were stored since this was last asked: what others keep of them is out of date."""
        with self._lock:
            stored, self._stored = self._stored, 0
            return stored > 0

    def _on_stored(self, stored: EventStored) -> None:
        self._try_to_refresh_memory()
        with self._lock:
            self._stored += 1
            self._watch.event_stored(
                stored.event,
                stored.at,
                stored.seconds,
                self.strategies,
                stored.clock_ahead,
                extracted=stored.extracted,
            )

    def panel(self, now: float) -> Panel:
        """What is known at `now` (Unix seconds); makes no call."""
        with self._lock:
            next_poll = self._watch.next_poll(now)
            if next_poll is None and self.settling:
                next_poll = SETTLING_MEMORY_AGE_SECONDS
            events = self._watch.progress(now, self.strategies)
            return Panel(events, self._watch.unasked, self._fault, next_poll)

    def expects_news(self, now: float) -> bool:
        """Whether something may change by itself: an answer, a turn that is stored later, records."""
        return self.unfinished or self.panel(now).next_poll is not None

    def poll_if_due(self, now: float) -> bool:
        """Looks for new records when it is time to; whether anything changed."""
        with self._lock:
            due = self._watch.next_poll(now) == 0.0
        if not due and self.settling:
            self._try_to_refresh_memory()
        return self.poll(now) if due else False

    def poll(self, now: float) -> bool:
        """Looks for new records; whether anything changed. What goes wrong is in the panel's `fault`."""
        try:
            self._refresh_memory()
            idle = self._endpoint_is_idle(now)  # asked first: what it has written by then is in the listing
            found, complete = self._records()
            failures = self._failures(now)
        except CALL_ERRORS as error:
            with self._lock:
                self._fault = explain(error)
                self._watch.missed(now)
            return False
        with self._lock:
            self._fault = None
            self._watch.observe_failures(failures)
            changes = self._watch.observe(found, time.time(), complete)
            if idle:
                self._watch.observe_idle(now)
            return bool(changes)

    def _endpoint_is_idle(self, now: float) -> bool:
        """Whether the endpoint says that no extraction is pending; AWS and most others say nothing of it."""
        with self._lock:
            extracting = self._watch.extracting(now)
        if not extracting or not self._reports_pending:
            return False
        status = endpoint_status(self.clients.connection.endpoint_url or "")
        self._reports_pending = status is not None and status.pending_extractions is not None
        return status is not None and status.pending_extractions == 0

    def _records(self) -> tuple[list[Row], bool]:
        listings = concurrently.each(self._records_of, self.places)
        found = {record["memoryRecordId"]: record for listing in listings for record in listing.rows}
        return list(found.values()), all(listing.complete for listing in listings)

    def _records_of(self, place: Place) -> Listing[Row]:
        return list_memory_records(
            self.clients,
            self.conversation.memory_id,
            namespace=place.path if place.exact else None,
            namespace_path=None if place.exact else place.path,
            limit=WATCHED_RECORDS,
        )

    def _failures(self, now: float) -> list[Row]:
        """Failed jobs of this session, looked up now and then while events are being extracted."""
        if not self.agent.turns or now - self._failures_at < FAILURES_EVERY_SECONDS:
            return []
        self._failures_at = now
        return list_extraction_jobs(
            self.clients,
            self.conversation.memory_id,
            actor_id=self.conversation.actor_id,
            session_id=self.conversation.session_id,
            limit=50,
        ).rows
