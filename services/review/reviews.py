"""Reviewing memory records: which state a record is in, decisions, and what they change.

A state belongs to what a record says, where and by which strategy: a changed text makes it unreviewed again,
and a record that was extracted anew with the same text has the state of the one before it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from services.authorization import REVIEW_RECORDS, authorize, current_role
from services.clients import Clients
from services.errors import InvalidValue, NotAuthorized
from services.findings.model import plain
from services.records import history as record_history
from services.records import joint
from services.records.batches import (
    ItemResult,
    RecordUpdate,
    plan_deletes,
    plan_updates,
    results,
    update_records,
)
from services.records.drafts import fingerprint, own_metadata
from services.records.runs import carry_out
from services.workspace import audit
from services.workspace import reviews as kept
from services.workspace.golden import Home
from services.workspace.reviews import Decided, Outcome, Review, Settings, State, Verdict
from services.workspace.store import Workspace

Row = dict[str, Any]
LONGEST_COMMENT = 2_000
LONGEST_NAME = 200
REASONS: dict[State, tuple[str, ...]] = {
    "approved": ("Right", "Right, though worded badly"),
    "rejected": (
        "Wrong",
        "Out of date",
        "Duplicate",
        "Sensitive",
        "Instruction to an agent",
        "Not worth remembering",
        "About somebody else",
    ),
    "skipped": ("Somebody else has to decide", "Needs the source"),
    "fixed": (),
    "unreviewed": (),
}
STATE_KEY = "reviewState"
BY_KEY = "reviewedBy"
AT_KEY = "reviewedAt"
"""Metadata of records where states are mirrored."""
REVEALED = "RevealSensitiveText"
MERGE = "Merge"
"""The audit trail's name for showing what was masked."""


def may_review() -> bool:
    """Whether whoever acts now may decide about records."""
    try:
        authorize(current_role(), REVIEW_RECORDS)
    except NotAuthorized:
        return False
    return True


def home(clients: Clients, memory_id: str) -> Home:
    """Whose reviews they are: those of a memory at a connection."""
    return Home(clients.connection.key, memory_id)


def content_fingerprint(record: Mapping[str, Any]) -> str:
    """A digest of what a record says (its words, whatever the case and punctuation), its strategy and its
    namespace."""
    text = str(record.get("content", {}).get("text", ""))
    namespace = next(iter(record.get("namespaces", [])), "")
    # words alone would make texts of signs only alike
    parts = (plain(text) or text.strip(), str(record.get("memoryStrategyId") or ""), namespace)
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True)
class Standing:
    """A record's state. `review` is the decision behind it: about this record, or, with `inherited`, about
    the one that it was extracted as before. `changed`: the decision was about another text, and no longer
    counts. `sequence` is what the next decision has to say that it was made from."""

    state: State
    review: Review | None = None
    inherited: bool = False
    changed: bool = False
    sequence: int = 0

    @property
    def assignee(self) -> str | None:
        return self.review.verdict.assignee if self.review else None

    @property
    def is_open(self) -> bool:
        """Whether it waits for a decision; so does what was rejected and has come back."""
        return self.state == "unreviewed" or (self.state == "rejected" and self.inherited)


_NOTHING = Standing("unreviewed")


@dataclass
class Book:
    """The states of a memory's records as far as they were read; `catch_up` reads what is new."""

    workspace: Workspace
    home: Home
    latest: int = 0
    by_record: dict[str, Review] = field(default_factory=dict)
    by_fingerprint: dict[str, Review] = field(default_factory=dict)

    def catch_up(self) -> int:
        """Reads what this process and others decided since; the number of the latest decision."""
        for review in kept.since(self.workspace, self.home, self.latest):
            known = self.by_record.get(review.record_id)
            if known is None or known.sequence < review.sequence:
                self.by_record[review.record_id] = review
                self._by_text(review)
                self.latest = max(self.latest, review.sequence)
        return self.latest

    def _by_text(self, review: Review) -> None:
        known = self.by_fingerprint.get(review.fingerprint)
        if known is None or known.sequence < review.sequence:
            self.by_fingerprint[review.fingerprint] = review

    def standing(self, record_id: str, fingerprint: str, present: Collection[str]) -> Standing:
        """A record's state; `present` are the ids that still exist: a twin that does hands nothing on."""
        own = self.by_record.get(record_id)
        if own is not None:
            if own.fingerprint == fingerprint or own.verdict.state == "unreviewed":
                return Standing(own.verdict.state, own, sequence=own.sequence)
            return Standing("unreviewed", own, changed=True, sequence=own.sequence)
        earlier = self.by_fingerprint.get(fingerprint)
        if earlier is None or earlier.record_id in present or earlier.verdict.state == "unreviewed":
            return _NOTHING
        return Standing(earlier.verdict.state, earlier, inherited=True)


def unreviewed_counter(book: Book) -> Callable[[list[Row]], int]:
    """What counts, over the pages of a memory's records, those that wait for a decision.

    An empty page counts all anew, now that it is known which records still exist.
    """
    texts: dict[str, str] = {}
    waiting = 0

    def count(page: list[Row]) -> int:
        nonlocal waiting
        new = {row["memoryRecordId"]: content_fingerprint(row) for row in page}
        texts.update(new)
        if not page:
            book.catch_up()
            waiting, new = 0, texts
        waiting += sum(book.standing(id_, text, texts.keys()).is_open for id_, text in new.items())
        return waiting

    return count


def decide(clients: Clients, workspace: Workspace, memory_id: str, decided: Sequence[Decided]) -> Outcome:
    """Save decisions about records; those that somebody else was faster with are in the outcome's `taken`.

    Raises NotAuthorized, InvalidValue for a comment that is too long.
    """
    authorize(current_role(), REVIEW_RECORDS)
    for each in decided:
        if len(each.verdict.comment or "") > LONGEST_COMMENT:
            raise InvalidValue(f"A comment has at most {LONGEST_COMMENT:,} characters.")
        if len(each.verdict.assignee or "") > LONGEST_NAME:
            raise InvalidValue(f"A name has at most {LONGEST_NAME} characters.")
    return kept.decide(workspace, home(clients, memory_id), clients.actor, decided)


def undo(clients: Clients, workspace: Workspace, memory_id: str, sequences: Sequence[int]) -> list[Review]:
    """Take decisions back; left out is what somebody has decided about since. Raises NotAuthorized."""
    authorize(current_role(), REVIEW_RECORDS)
    return kept.undo(workspace, home(clients, memory_id), clients.actor, sequences)


def keep_settings(clients: Clients, workspace: Workspace, memory_id: str, chosen: Settings) -> None:
    """Keep how a memory is reviewed. Raises NotAuthorized."""
    authorize(current_role(), REVIEW_RECORDS)
    kept.keep_settings(workspace, home(clients, memory_id), clients.actor, chosen)


def save_filter(
    clients: Clients, workspace: Workspace, memory_id: str, name: str, document: Mapping[str, Any]
) -> str:
    """Keep a filter under a name; its id. Raises NotAuthorized, InvalidValue without a name."""
    authorize(current_role(), REVIEW_RECORDS)
    if not name.strip() or len(name) > LONGEST_NAME:
        raise InvalidValue(f"A filter needs a name of at most {LONGEST_NAME} characters.")
    return kept.save_filter(workspace, home(clients, memory_id), clients.actor, name.strip(), document)


def delete_filter(workspace: Workspace, filter_id: str) -> None:
    """Remove a saved filter. Raises NotAuthorized."""
    authorize(current_role(), REVIEW_RECORDS)
    kept.delete_filter(workspace, filter_id)


def mirror(
    clients: Clients, workspace: Workspace, memory_id: str, record: Row, verdict: Verdict
) -> ItemResult:
    """Write a state into the record's own metadata, beside what is there; what became of that."""
    moment = {"dateTimeValue": datetime.now(UTC)}
    own = {STATE_KEY: {"stringValue": verdict.state}, BY_KEY: _name(clients.actor), AT_KEY: moment}
    metadata = own_metadata(record) | own
    change = RecordUpdate(record["memoryRecordId"], metadata=metadata, expected=fingerprint(record))
    return update_records(clients, workspace, memory_id, [change], title="Review")[0]


def _name(actor: str) -> Row:
    """A person's name in the characters that metadata may have."""
    allowed = "".join(
        each if each.isascii() and (each.isalnum() or each in " ._:/=+@-") else "_" for each in actor
    )
    return {"stringValue": allowed[:256] or "somebody"}


@dataclass(frozen=True)
class Merge:
    """Records that say the same, as one: the survivor as it will be, and those that go."""

    survivor: Row
    metadata: dict[str, Row]
    gone: tuple[Row, ...]

    @property
    def changes(self) -> bool:
        """Whether the survivor gets anything from the others."""
        return self.metadata != own_metadata(self.survivor)


def merge(survivor: Row, others: Iterable[Row]) -> Merge:
    """What a merge would do: the survivor keeps its text, and its own metadata where others say otherwise.

    A record is in one namespace at most (service model), so namespaces are not joined.
    """
    gone = tuple(others)
    joined: dict[str, Row] = {}
    for other in gone:
        joined |= {key: value for key, value in own_metadata(other).items() if not key.startswith("x-amz-")}
    return Merge(survivor, joined | own_metadata(survivor), gone)


@dataclass(frozen=True)
class Done:
    """What became of records that were changed, in order, and the acts by which it can be undone."""

    results: tuple[ItemResult, ...]
    act_ids: tuple[str, ...]

    @property
    def problem(self) -> ItemResult | None:
        """The first that failed."""
        return next((each for each in self.results if not each.ok), None)


def delete(
    clients: Clients,
    workspace: Workspace,
    memory_id: str,
    records: Sequence[Row],
    title: str,
    *,
    act_id: str | None = None,
) -> Done:
    """Delete records as they were seen: one that was changed since stays. Can be undone."""
    seen: dict[str, str | None] = {row["memoryRecordId"]: fingerprint(row) for row in records}
    act_id = plan_deletes(clients, workspace, memory_id, seen, title=title, act_id=act_id)
    carry_out(clients, workspace, act_id)
    return Done(tuple(results(workspace, act_id)), (act_id,))


def carry_out_merge(clients: Clients, workspace: Workspace, memory_id: str, planned: Merge) -> Done:
    """Change the survivor, then delete the others; nothing is deleted when the change failed. One undo takes
    both back (`services.records.joint`)."""
    if not planned.changes:
        return delete(clients, workspace, memory_id, planned.gone, MERGE)
    survivor_id = planned.survivor["memoryRecordId"]
    change = RecordUpdate(survivor_id, metadata=planned.metadata, expected=fingerprint(planned.survivor))
    act_id = plan_updates(clients, workspace, memory_id, [change], title=MERGE)
    carry_out(clients, workspace, act_id)
    changed = tuple(results(workspace, act_id))
    if not changed[0].ok:
        return Done(changed, ())
    deleted = delete(clients, workspace, memory_id, planned.gone, MERGE, act_id=joint.second_id(act_id))
    return Done(changed + deleted.results, (act_id, *deleted.act_ids))


def bring_back(clients: Clients, workspace: Workspace, act_ids: Sequence[str]) -> Done:
    """Undo what decisions did in AWS. A deleted record returns with a new id and its old timestamp.

    Raises InvalidValue when there is nothing to take back, NotAuthorized.
    """
    done: list[ItemResult] = []
    acts: list[str] = []
    for act_id in reversed(act_ids):
        undoing = record_history.plan_undo(clients, workspace, act_id)
        carry_out(clients, workspace, undoing)
        done += results(workspace, undoing)
        acts.append(undoing)
    return Done(tuple(done), tuple(acts))


def note_revealed(
    clients: Clients, workspace: Workspace, memory_id: str | None, record_id: str | None
) -> None:
    """Write down that somebody had masked text shown: of one record, or None for all that follows.
    `memory_id` is the memory that was looked at then, if any."""
    resource = f"{clients.connection.key} {memory_id or '*'}/{record_id or '*'}"
    audit.append(workspace, clients.actor, REVEALED, resource, before=None, after=None, result="succeeded")


def decided(records: Iterable[tuple[str, str, Standing]], verdict: Verdict) -> list[Decided]:
    """The same verdict for many records (id, fingerprint, standing); each keeps who it was assigned to."""
    return [
        Decided(
            id_,
            fingerprint,
            standing.sequence,
            replace(verdict, assignee=verdict.assignee or standing.assignee),
        )
        for id_, fingerprint, standing in records
    ]
