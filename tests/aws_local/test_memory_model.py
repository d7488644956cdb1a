"""A memory behaves like the plain model beside it, whatever is done to it and in whichever order."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tests.aws_local.agentcore import START, everything, new_memory, refused, texts_of

Place = tuple[str, str]  # actor and session
PLACES = st.sampled_from([("alice", "one"), ("alice", "two"), ("team/bob:1", "one")])
BRANCHES = st.sampled_from([None, "main", "b", "c"])
KINDS = st.sampled_from([None, "x", "y"])
NAMESPACES = ["/facts/alice/", "/facts/alice/work/", "/facts/bob", "other"]
PATHS = ["/", "/facts", "/facts/", "/facts/alice", "/facts/bob/", "other", "/fact"]
SIZES = st.integers(1, 5)


@dataclass(eq=False)
class Event:
    seconds: int
    branch: str
    kind: str | None
    identifier: str = ""


@dataclass
class Session:
    """A session's events in the order of their arrival, and what each branch forks off: root and parent."""

    created: int
    number: int
    events: list[Event] = field(default_factory=list)
    forks: dict[str, tuple[Event, str]] = field(default_factory=dict)
    roots: dict[str, str] = field(default_factory=dict)

    def newest_first(self) -> list[Event]:
        numbered = sorted(enumerate(self.events), key=lambda each: (each[1].seconds, each[0]), reverse=True)
        return [event for _, event in numbered]

    def seen_from(self, branch: str) -> list[Event]:
        """The events of a branch and its ancestors up to each root."""
        newest_first, found = self.newest_first(), []
        first = 0
        while branch:
            found += [event for event in newest_first[first:] if event.branch == branch]
            root, branch = self.forks.get(branch, (None, ""))
            first = newest_first.index(root) if root else 0
        return [event for event in newest_first if event in found]


@dataclass
class Record:
    text: str
    namespace: str
    kind: str | None
    seconds: int


def below(namespace: str, path: str) -> bool:
    stem = path.removesuffix("/")
    return not stem or namespace == stem or namespace.startswith(f"{stem}/")


def metadata(kind: str | None) -> dict[str, Any]:
    return {"metadata": {"kind": {"stringValue": kind}}} if kind else {}


def moment(seconds: int) -> Any:
    return START + timedelta(seconds=seconds)


class Memory(RuleBasedStateMachine):
    """Short-term and long-term memory, through boto3, and the same in dictionaries."""

    def __init__(self, control: Any, data: Any) -> None:
        super().__init__()
        indexed = [{"key": "kind", "type": "STRING"}]
        self.data, self.memory = data, {"memoryId": new_memory(control, indexedKeys=indexed)}
        self.sessions: dict[Place, Session] = {}
        self.records: dict[str, Record] = {}
        self.answered: dict[str, str] = {}

    def where(self, place: Place) -> dict[str, Any]:
        return self.memory | {"actorId": place[0], "sessionId": place[1]}

    @rule(
        place=PLACES,
        given=st.lists(st.tuples(st.integers(0, 5), BRANCHES, KINDS), min_size=1, max_size=3),
        data=st.data(),
    )
    def create_events(self, place: Place, given: list[tuple[int, str | None, str | None]], data: Any) -> None:
        for seconds, branch, kind in given:
            self._create_event(place, seconds, branch, kind, data)

    def _create_event(
        self, place: Place, seconds: int, branch: str | None, kind: str | None, data: Any
    ) -> None:
        known, name = self.sessions.get(place), branch or "main"
        given: dict[str, Any] = {"branch": {"name": branch}} if branch else {}
        root = None
        if name != "main" and known and known.events and name not in known.roots:
            root = data.draw(st.sampled_from(known.events), label="root")
            given["branch"]["rootEventId"] = root.identifier
        sent = {"eventTimestamp": moment(seconds), "payload": []} | metadata(kind) | given
        made = self.data.create_event(**self.where(place), **sent)["event"]
        known = self._stored(place, Event(seconds, name, kind, made["eventId"]))
        if root is not None:
            known.roots[name] = root.identifier
            if root.branch != name:
                known.forks[name] = (root, root.branch)
        shown = {"name": name} | ({"rootEventId": known.roots[name]} if name in known.roots else {})
        assert made["branch"] == shown

    def _stored(self, place: Place, event: Event) -> Session:
        """The session of an event that was stored just now."""
        known = self.sessions.setdefault(place, Session(event.seconds, len(self.sessions)))
        known.events.append(event)
        return known

    @rule(place=PLACES, token=st.sampled_from(["t1", "t2"]))
    def repeat_a_token(self, place: Place, token: str) -> None:
        sent = {"eventTimestamp": START, "payload": [], "clientToken": token}
        made = self.data.create_event(**self.where(place), **sent)["event"]
        if token not in self.answered:
            self._stored(place, Event(0, "main", None, made["eventId"]))
        assert self.answered.setdefault(token, made["eventId"]) == made["eventId"]

    @rule(place=PLACES, data=st.data())
    def delete_event(self, place: Place, data: Any) -> None:
        known = self.sessions.get(place, Session(0, 0))
        roots = {root.identifier for root, _ in known.forks.values()}
        removable = [event for event in known.events if event.identifier not in roots]
        if not removable:
            return
        event = data.draw(st.sampled_from(removable), label="event")
        where = self.where(place) | {"eventId": event.identifier}
        assert self.data.delete_event(**where)["eventId"] == event.identifier
        known.events.remove(event)
        refused("ResourceNotFoundException", self.data.get_event, **where)

    @rule(place=PLACES, branch=BRANCHES, kind=KINDS, size=SIZES)
    def list_events(self, place: Place, branch: str | None, kind: str | None, size: int) -> None:
        known, wanted = self.sessions.get(place, Session(0, 0)), {}
        if kind is not None:
            right = {"right": {"metadataValue": {"stringValue": kind}}}
            wanted["eventMetadata"] = [{"left": {"metadataKey": "kind"}, "operator": "EQUALS_TO"} | right]
        if branch is None:
            self._same_events(place, known.newest_first(), wanted, kind, size)
            return
        own = [event for event in known.newest_first() if event.branch == branch]
        self._same_events(place, own, wanted | {"branch": {"name": branch}}, kind, size)
        parents = {"branch": {"name": branch, "includeParentBranches": True}}
        self._same_events(place, known.seen_from(branch), wanted | parents, kind, size)

    def _same_events(
        self, place: Place, expected: list[Event], wanted: dict[str, Any], kind: str | None, size: int
    ) -> None:
        listing = self.where(place) | ({"filter": wanted} if wanted else {})
        found = everything(self.data.list_events, "events", **listing, maxResults=size)
        passing = [event.identifier for event in expected if kind in {None, event.kind}]
        assert [each["eventId"] for each in found] == passing

    @rule(actor=st.sampled_from(["alice", "team/bob:1"]), size=SIZES, has_events=st.booleans())
    def list_sessions(self, actor: str, size: int, has_events: bool) -> None:
        listing = self.memory | ({"filter": {"eventFilter": "HAS_EVENTS"}} if has_events else {})
        found = everything(
            self.data.list_sessions, "sessionSummaries", **listing, actorId=actor, maxResults=size
        )
        own = [(place[1], known) for place, known in self.sessions.items() if place[0] == actor]
        own = [each for each in own if each[1].events or not has_events]
        newest = sorted(own, key=lambda each: (each[1].created, each[1].number), reverse=True)
        assert [each["sessionId"] for each in found] == [name for name, _ in newest]
        assert [each["createdAt"] for each in found] == [moment(known.created) for _, known in newest]

    @invariant()
    def actors(self) -> None:
        found = self.data.list_actors(**self.memory)["actorSummaries"]
        assert [each["actorId"] for each in found] == sorted({actor for actor, _ in self.sessions})

    @rule(
        given=st.lists(st.tuples(st.sampled_from(NAMESPACES), KINDS), min_size=1, max_size=3),
        seconds=st.integers(0, 9),
    )
    def create_records(self, given: list[tuple[str, str | None]], seconds: int) -> None:
        texts = [f"record {len(self.records) + place}" for place in range(len(given))]
        items = [
            {"requestIdentifier": str(place), "namespaces": [namespace], "content": {"text": texts[place]}}
            | {"timestamp": moment(seconds)}
            | metadata(kind)
            for place, (namespace, kind) in enumerate(given)
        ]
        answer = self.data.batch_create_memory_records(**self.memory, records=items)
        assert not answer["failedRecords"]
        for made, text, (namespace, kind) in zip(answer["successfulRecords"], texts, given, strict=True):
            self.records[made["memoryRecordId"]] = Record(text, namespace, kind, seconds)

    @rule(
        namespace=st.none() | st.sampled_from(NAMESPACES), kind=KINDS, renamed=st.booleans(), data=st.data()
    )
    def update_record(self, namespace: str | None, kind: str | None, renamed: bool, data: Any) -> None:
        if not self.records:
            return
        identifier = data.draw(st.sampled_from(sorted(self.records)), label="record")
        item: dict[str, Any] = {"memoryRecordId": identifier, "timestamp": moment(99)} | metadata(kind)
        stored = self.records[identifier]
        stored.seconds, stored.kind = 99, kind or stored.kind
        if namespace is not None:
            item["namespaces"] = [namespace]
            stored.namespace = namespace
        if renamed:
            stored.text += " again"
            item["content"] = {"text": stored.text}
        answer = self.data.batch_update_memory_records(**self.memory, records=[item])
        assert [each["memoryRecordId"] for each in answer["successfulRecords"]] == [identifier]

    @rule(data=st.data())
    def delete_record(self, data: Any) -> None:
        if not self.records:
            return
        identifier = data.draw(st.sampled_from(sorted(self.records)), label="record")
        del self.records[identifier]
        where = self.memory | {"memoryRecordId": identifier}
        assert self.data.delete_memory_record(**where)["memoryRecordId"] == identifier
        refused("ResourceNotFoundException", self.data.get_memory_record, **where)

    @rule(path=st.sampled_from(PATHS), exact=st.booleans(), kind=KINDS, size=SIZES)
    def list_records(self, path: str, exact: bool, kind: str | None, size: int) -> None:
        expected = [
            record
            for record in self.records.values()
            if (record.namespace == path if exact else below(record.namespace, path))
            and (kind is None or record.kind == kind)
        ]
        right = {"right": {"metadataValue": {"stringValue": kind}}}
        equals = {"left": {"metadataKey": "kind"}, "operator": "EQUALS_TO"} | right
        filters = {"metadataFilters": [equals]} if kind else {}
        where = self.memory | {"namespace" if exact else "namespacePath": path}
        listing = {"maxResults": size} | filters
        found = everything(self.data.list_memory_records, "memoryRecordSummaries", **where, **listing)
        assert texts_of(found) == [record.text for record in reversed(expected)]
        assert [each["timestamp"] for each in found] == [moment(each.seconds) for each in reversed(expected)]
        criteria = {"searchQuery": "record again", "topK": 100} | filters
        nearest = self.data.retrieve_memory_records(**where, searchCriteria=criteria, maxResults=100)
        assert sorted(texts_of(nearest["memoryRecordSummaries"])) == sorted(texts_of(found))


def test_a_memory_behaves_like_its_model(control: Any, data: Any) -> None:
    # Without shrinking: over the wire it takes minutes to make a failure smaller.
    bounds = settings(
        max_examples=10, stateful_step_count=30, deadline=None, phases=[Phase.explicit, Phase.generate]
    )
    run_state_machine_as_test(lambda: Memory(control, data), settings=bounds)
