"""The extractor that needs no language model: the rules of `extraction`, behind the interface."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from services.aws_local import identifiers
from services.aws_local.extraction import EXTRACTOR, Extracted, extract
from services.aws_local.extraction.consolidation import (
    Decision,
    Neighbour,
    decide,
    reconcile_summary,
    statement_of,
)
from services.aws_local.extraction.episodes import extract_episodes, finished
from services.aws_local.extraction.reflections import SAME_INTENT, covers, reflect, same_deed
from services.aws_local.extractors.interface import Found
from services.aws_local.extractors.neighbours import NEIGHBOURS, Known
from services.aws_local.long_term.consolidation import REFLECTION, Change, Plan, Work, is_reflection
from services.aws_local.retrieval.encoding import Encoder, Vectors, as_blob
from services.aws_local.retrieval.ranking import without_subject
from services.aws_local.storage.store import Row

_COUNTED = 1_000  # the nearest earlier episodes that a reflection may count


class RulesExtractor:
    """Deterministic and at hand: it waits for nobody."""

    name = EXTRACTOR
    remote = False

    def extract(self, work: Work) -> Found:
        """The candidates; of an episodic strategy those episodes that have come to their end."""
        if work.is_episodic:
            episodes, unfinished = finished(work.messages(), work.quiet)
            return Found(tuple(extract_episodes(episodes)), unfinished)
        return Found(tuple(extract(work.strategy.extracts, work.messages(), work.context_messages())))

    def plan(self, work: Work, stored: list[Row], encoder: Encoder) -> Plan:
        """A decision for each candidate, in order; each sees what the earlier ones changed."""
        if work.is_summary:
            return _plan_summary(work, stored)
        vectors = encoder.vectors([new.embed_text for new in work.extracted])
        if work.is_episodic:
            return _plan_episodes(work, stored, vectors)
        known = Known(stored, embedded=vectors is not None)
        changes = []
        for at, candidate in enumerate(work.extracted):
            new, vector = candidate, None if vectors is None else vectors[at]
            neighbours = known.near(new, vector)
            decision = decide(work.strategy.extracts, new, neighbours)
            if decision.text:  # a stored sentence with a new value in it
                told = statement_of(work.strategy.extracts, decision.text)
                new = replace(new, content=decision.text, embed_text=without_subject(told))
                rewritten = encoder.vectors([new.embed_text])
                vector = None if rewritten is None else rewritten[0]
            change = _change(decision, new, vector, neighbours)
            if decision.operation != "SkipMemory":
                known.put(change.record_id, new, vector)
            changes.append(change)
        return Plan.of(changes, stored)


def _change(
    decision: Decision, new: Extracted, vector: Vectors | None, neighbours: Sequence[Neighbour]
) -> Change:
    blob = None if vector is None else as_blob(vector)
    return Change(decision, new, decision.record_id or identifiers.record_id(), blob, tuple(neighbours))


def _plan_summary(work: Work, stored: list[Row]) -> Plan:
    """A decision for each topic of the session, and the records of topics that no longer exist.

    Where only the end of a long session was read, topics that are missing in it are kept. No vectors: they
    are made later.
    """
    neighbours = tuple(Neighbour(each["record_id"], each["content"], 0.0) for each in stored)
    summary = reconcile_summary(work.extracted, neighbours)
    changes = [
        Change(decision, new, decision.record_id or identifiers.summary_record_id(), None, ())
        for decision, new in summary.changes
    ]
    return Plan.of(changes, stored, summary.stale if work.whole else ())


def _plan_episodes(work: Work, stored: list[Row], vectors: Vectors | None) -> Plan:
    """Every finished episode is kept; those that share an intent with earlier ones make a reflection."""
    reflections = {each["record_id"]: each["content"] for each in stored if is_reflection(each)}
    known = Known([each for each in stored if not is_reflection(each)], embedded=vectors is not None)
    changes: list[Change] = []
    for at, new in enumerate(work.extracted):
        vector = None if vectors is None else vectors[at]
        neighbours = known.near(new, vector, _COUNTED)
        shown = neighbours[:NEIGHBOURS]
        added = _change(Decision("AddMemory", None, "an episode came to its end"), new, vector, shown)
        known.put(added.record_id, new, vector)
        changes.append(added)
        reflection = _reflection(work, new, neighbours, reflections)
        if reflection is not None:
            reflections[reflection.record_id] = reflection.new.content
            changes.append(reflection)
    return Plan.of(changes, stored)


def _reflection(
    work: Work, episode: Extracted, neighbours: Sequence[Neighbour], reflections: dict[str, str]
) -> Change | None:
    """What the episode and earlier ones with its intent have in common: added, or in the place of the
    reflection that already covers that intent. None for an intent that stands alone.
    """
    near = [each for each in neighbours if each.cosine >= SAME_INTENT]
    related = [each for each in near if same_deed(episode.content, each.content)]
    if work.reflections is None or not related:
        return None
    contents = [episode.content, *(each.content for each in related)]
    new = reflect(episode, contents)
    known = next((key for key, content in reflections.items() if covers(content, contents)), None)
    if known is None:
        decision = Decision("AddMemory", None, f"{len(contents)} episodes share an intent")
    else:
        decision = Decision("UpdateMemory", known, f"now {len(contents)} episodes share its intent")
    change = _change(decision, new, None, related[:NEIGHBOURS])
    return Change(
        *(change.decision, change.new, change.record_id, change.vector, change.neighbours),
        namespace=work.reflections,
        record_type=REFLECTION,
    )
