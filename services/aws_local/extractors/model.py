"""The extractor that asks a language model: our prompts, the service's contracts.

Semantic and preference strategies take two calls for a group, extraction and consolidation; a summary takes
one, as on the service. Episodes are in `model_episodes`. A failure is the group's: it is never extracted by
rules instead.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from xml.sax.saxutils import escape, quoteattr

from services.aws_local import identifiers
from services.aws_local.clock import milliseconds
from services.aws_local.extraction import Extracted, Message
from services.aws_local.extraction.consolidation import Decision, Neighbour
from services.aws_local.extraction.credentials import holds_secret
from services.aws_local.extraction.extracted import MAX_CONTENT, Source
from services.aws_local.extractors import contracts, model_episodes, prompts
from services.aws_local.extractors.asking import Asker, Step, conversation
from services.aws_local.extractors.contracts import Item, ModelDecision
from services.aws_local.extractors.interface import Found
from services.aws_local.extractors.model_server import ModelServer
from services.aws_local.extractors.neighbours import Known
from services.aws_local.long_term.consolidation import Change, Plan, Work
from services.aws_local.retrieval.encoding import Encoder, as_blob
from services.aws_local.retrieval.ranking import without_subject
from services.aws_local.storage.store import Row

log = logging.getLogger(__name__)

PROMPTS = f"model, {prompts.VERSION}"

_READ_ROLES = frozenset({"USER", "ASSISTANT"})  # reference: semantic and preference read no others
_NEIGHBOURS = 5  # of each new memory, as the consolidation prompt shows them
_READERS = {"SEMANTIC": contracts.fact, "USER_PREFERENCE": contracts.preference}
_GLOBAL_TOPIC = '<topic name="Session summary">'
_GLOBAL_RULE, _DELTA_RULE = "global summary", "delta summary"


@dataclass(frozen=True)
class ModelExtractor:
    """Extracts one strategy with the model of each of its steps."""

    server: ModelServer
    steps: Mapping[str, Step]

    remote = True

    @property
    def name(self) -> str:
        """The prompts' version and the models."""
        models = dict.fromkeys(step.model_id for step in self.steps.values())
        return f"{PROMPTS}, {' and '.join(models)}"

    def extract(self, work: Work) -> Found:
        """The candidates. A summary has none: its one step is consolidation."""
        asker = self._asker(work)
        if work.is_summary:
            return Found(())
        if work.is_episodic:
            return model_episodes.extract(asker, work)
        messages = [each for each in work.messages() if each.role in _READ_ROLES]
        if not messages:
            return Found(())
        context = [each for each in work.context_messages() if each.role in _READ_ROLES]
        given = f"{conversation(context, 'earlier_conversation')}\n{conversation(messages)}"
        read = _READERS[work.strategy.extracts]
        items = asker.ask("extraction", given, lambda answer: contracts.memories(answer, read))
        told = [each for each in messages if each.role == "USER"] or messages
        found = [_extracted(item, told) for item in items]
        safe = [each for each in found if _may_be_stored(each)]
        if len(safe) < len(found):
            log.warning("%d candidates with a secret, or too long, were dropped", len(found) - len(safe))
        return Found(tuple(safe))

    def plan(self, work: Work, stored: list[Row], encoder: Encoder) -> Plan:
        """The model's decisions."""
        asker = self._asker(work)
        if work.is_summary:
            return _plan_summary(asker, work, stored)
        if work.is_episodic:
            return model_episodes.plan(asker, work, stored, encoder)
        return _plan(asker, work, stored, encoder) if work.extracted else Plan.of([], stored)

    def _asker(self, work: Work) -> Asker:
        return Asker(self.server, self.steps, work.strategy.extracts)


def _extracted(item: Item, told: Sequence[Message]) -> Extracted:
    """A candidate. The contract does not say which message it is from: all that were read are its sources."""
    newest = max(message.timestamp for message in told)
    return _worded(item, Extracted("", "", "user", "extraction prompt", newest, _sources(told)))


def _worded(item: Item, candidate: Extracted) -> Extracted:
    """The candidate with the text of a memory in the contract's form."""
    if "preference" in item:
        content = json.dumps(item, ensure_ascii=False)
        return replace(candidate, content=content, embed_text=item["preference"])
    return replace(candidate, content=item["fact"], embed_text=without_subject(item["fact"]))


def _may_be_stored(told: Extracted) -> bool:
    return not holds_secret(told.content) and len(told.content) <= MAX_CONTENT


def _sources(messages: Sequence[Message]) -> tuple[Source, ...]:
    return tuple(dict.fromkeys((message.event_id, message.index) for message in messages))


# --- semantic and preference ------------------------------------------------------------------------


def _plan(asker: Asker, work: Work, stored: list[Row], encoder: Encoder) -> Plan:
    vectors = encoder.vectors([new.embed_text for new in work.extracted])
    known = Known(stored, embedded=vectors is not None)
    near = [
        known.near(new, None if vectors is None else vectors[at], _NEIGHBOURS)
        for at, new in enumerate(work.extracted)
    ]
    ids = {found.record_id: f"M{number}" for number, found in enumerate(_distinct(near), start=1)}
    stamps = {each["record_id"]: each["timestamp_ms"] for each in stored}
    given = "\n".join(_compared(new, near[at], ids, stamps) for at, new in enumerate(work.extracted))
    read, named = _READERS[work.strategy.extracts], set(ids.values())
    decided = asker.ask("consolidation", given, lambda answer: _matched(answer, read, named, work.extracted))
    real = {short: record_id for record_id, short in ids.items()}
    changes = []
    for at, new in enumerate(work.extracted):
        decision = decided.get(at)
        if decision is None:
            changes.append(_skipped(new, near[at], "the model named no operation for it"))
        elif decision.operation == "SkipMemory":
            changes.append(_skipped(new, near[at], "the model skips it"))
        elif decision.updated is None:
            blob = None if vectors is None else as_blob(vectors[at])
            added = Decision("AddMemory", None, "the model adds it")
            changes.append(Change(added, new, identifiers.record_id(), blob, near[at]))
        else:
            record_id = real[decision.update_id or ""]
            changes.append(_merged(new, decision.updated, near[at], record_id, encoder))
    return Plan.of(changes, stored)


def _distinct(near: Sequence[Sequence[Neighbour]]) -> list[Neighbour]:
    return list({found.record_id: found for each in near for found in each}.values())


def _compared(
    new: Extracted, near: Sequence[Neighbour], ids: Mapping[str, str], stamps: Mapping[str, int]
) -> str:
    """A new memory beside the stored ones nearest to it. Ids are short ones: models garble long ones."""
    lines = ["<existing_memories>"]
    for found in near:
        time = _time(stamps[found.record_id])
        lines.append(f"[ID]={ids[found.record_id]} [TIME]={time} [MEMORY]={found.content}")
    said = f"[TIME]={_time(milliseconds(new.timestamp))} [MEMORY]={new.content}"
    return "\n".join([*lines, "</existing_memories>", "<new_memory>", said, "</new_memory>"])


def _time(stamp_ms: int) -> str:
    return f"{datetime.fromtimestamp(stamp_ms / 1000, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _matched(
    answer: str, read: contracts.Reader, known: set[str], candidates: Sequence[Extracted]
) -> dict[int, ModelDecision]:
    """Each decision with the candidate that it is about: the one of the same words, or else of most."""
    decided: dict[int, ModelDecision] = {}
    for decision in contracts.decisions(answer, read, known):
        words = _words(" ".join(str(value) for value in decision.memory.values()))
        free = [at for at in range(len(candidates)) if at not in decided]
        if not free:
            raise contracts.ContractBroken("there are more decisions than new memories")
        best = max(free, key=lambda at: (len(words & _words(candidates[at].content)), -at))
        decided[best] = decision
    return decided


def _words(text: str) -> set[str]:
    return set(text.lower().split())


def _skipped(new: Extracted, near: tuple[Neighbour, ...], reason: str) -> Change:
    """Nothing is stored. The contract does not say what for: the nearest record, if any, stands for it."""
    nearest = near[0].record_id if near else ""
    return Change(Decision("SkipMemory", nearest or None, reason), new, nearest, None, near)


def _merged(
    new: Extracted, updated: Item, near: tuple[Neighbour, ...], record_id: str, encoder: Encoder
) -> Change:
    """The stored record is rewritten as the model words it, unless that may not be stored."""
    merged = replace(_worded(updated, new), rule="consolidation prompt")
    if not _may_be_stored(merged):
        log.warning("A merged memory with a secret, or too long, was dropped")
        return _skipped(new, near, "the model's merged memory holds a secret, or is too long")
    (blob,) = encoder.blobs([merged.embed_text])
    update = Decision("UpdateMemory", record_id, "the model merges it with a stored memory")
    return Change(update, new, record_id, blob, near, merged=merged)


# --- summary ----------------------------------------------------------------------------------------


def _plan_summary(asker: Asker, work: Work, stored: list[Row]) -> Plan:
    """The session's summary in its one record, rewritten; the new part's topics in a record of their own."""
    waiting = {each["event_id"] for each in work.queued}
    messages = [each for each in work.messages() if each.event_id in waiting]
    if not messages:
        return Plan.of([], stored)
    older = next((each for each in stored if each["content"].startswith(_GLOBAL_TOPIC)), None)
    parts = [each["content"] for each in stored if each is not older]
    so_far = f"<global_summary>{older['content'] if older else ''}</global_summary>"
    detailed = ["<previous_detailed_summary>", *parts, "</previous_detailed_summary>"]
    given = "\n".join([so_far, *detailed, conversation(messages, "new_part")])
    told = asker.ask("consolidation", given, contracts.summary)
    whole = _summarised(_topic("Session summary", told.text), told.text, _GLOBAL_RULE, messages)
    decision = Decision("AddMemory", None, "the session's first summary")
    if older is not None:
        decision = Decision("UpdateMemory", older["record_id"], "the session went on")
    new_id = decision.record_id or identifiers.summary_record_id()
    changes = [Change(decision, whole, new_id, None, ())]
    if told.topics:
        content = "\n".join(_topic(name, text) for name, text in told.topics)
        plain = " ".join(f"{name}. {text}" for name, text in told.topics)
        part = _summarised(content, plain, _DELTA_RULE, messages)
        added = Decision("AddMemory", None, "a new part of the session")
        changes.append(Change(added, part, identifiers.summary_record_id(), None, ()))
    return Plan.of(changes, stored)


def _topic(name: str, text: str) -> str:
    return f"<topic name={quoteattr(name)}> {escape(text)} </topic>"


def _summarised(content: str, plain: str, rule: str, messages: Sequence[Message]) -> Extracted:
    if len(content) > MAX_CONTENT:
        raise contracts.too_long("a summary")
    return Extracted(
        content=content,
        embed_text=plain,
        subject="session",
        rule=rule,
        timestamp=max(message.timestamp for message in messages),
        sources=_sources(messages),
    )
