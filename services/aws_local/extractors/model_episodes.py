"""Episodes and reflections by a language model: turns analysed, then episodes told, then lessons drawn."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from services.aws_local import identifiers
from services.aws_local.extraction import Extracted, Message
from services.aws_local.extraction.consolidation import Decision, Neighbour
from services.aws_local.extraction.episodes import Episode, settled
from services.aws_local.extraction.extracted import MAX_CONTENT
from services.aws_local.extractors import contracts
from services.aws_local.extractors.asking import Asker, conversation
from services.aws_local.extractors.contracts import Item
from services.aws_local.extractors.interface import Found
from services.aws_local.extractors.neighbours import Known
from services.aws_local.long_term.consolidation import REFLECTION, Change, Plan, Work, is_reflection
from services.aws_local.retrieval.encoding import Encoder, as_blob
from services.aws_local.storage.store import Row

_RELATED = 5  # episodes and reflections that the reflection prompt shows, of each
_NEAR_ENOUGH = 0.5  # cosine of two intents from which on an earlier episode is shown
# Members of the stored record, where they differ from the tags of the prompt.
_MEMBERS = {"assessment_assistant": "assessmentAssistant", "assessment_user": "assessmentUser"}


def extract(asker: Asker, work: Work) -> Found:
    """The episodes that have ended, each told in a call of its own."""
    turns = _turns(work.messages())
    if not turns:
        return Found(())
    given = "\n".join(conversation(turn, f"turn_{number}") for number, turn in enumerate(turns))
    told = asker.ask("extraction", given, lambda answer: contracts.episode_turns(answer, len(turns)))
    episodes, parts = _cut(turns, told)
    ended, unfinished = settled(episodes, work.quiet)
    records = [_episode(asker, episode, part) for episode, part in zip(ended, parts, strict=False)]
    return Found(tuple(records), unfinished)


def _turns(messages: Sequence[Message]) -> list[list[Message]]:
    """A turn is what the user said and all that followed, up to the user's next words."""
    turns: list[list[Message]] = []
    for message in messages:
        begins = message.role == "USER" and (not turns or any(each.role != "USER" for each in turns[-1]))
        if begins or not turns:
            turns.append([])
        turns[-1].append(message)
    return turns


def _cut(turns: list[list[Message]], told: list[Item]) -> tuple[list[Episode], list[list[Item]]]:
    """The turns as episodes, cut after each one that ends the user's matter, and what was told of them."""
    episodes: list[Episode] = []
    parts: list[list[Item]] = []
    start = 0
    for at, turn in enumerate(told):
        ends = turn["assessment_user"].lower().startswith("yes")
        if ends or at == len(told) - 1:
            messages = tuple(message for each in turns[start : at + 1] for message in each)
            episodes.append(Episode(messages, closed=ends))
            parts.append(told[start : at + 1])
            start = at + 1
    return episodes, parts


def _episode(asker: Asker, episode: Episode, turns: list[Item]) -> Extracted:
    shown = [{_MEMBERS.get(tag, tag): text for tag, text in turn.items()} for turn in turns]
    given = f"<conversation_turns>\n{json.dumps(shown, ensure_ascii=False)}\n</conversation_turns>"
    told = asker.ask("consolidation", given, contracts.episode)
    content = json.dumps(told | {"turns": shown}, ensure_ascii=False)
    while len(content) > MAX_CONTENT and len(shown) > 1:  # as the rules do: turns in the middle go
        del shown[len(shown) // 2]
        content = json.dumps(told | {"turns": shown}, ensure_ascii=False)
    return _record(content, told["intent"], "episode prompt", episode.messages)


def _record(content: str, embed_text: str, rule: str, messages: Sequence[Message]) -> Extracted:
    if len(content) > MAX_CONTENT:
        raise contracts.too_long("an episode")
    sources = tuple(dict.fromkeys((message.event_id, message.index) for message in messages))
    newest = max(message.timestamp for message in messages)
    return Extracted(content, embed_text, "user", rule, newest, sources)


def plan(asker: Asker, work: Work, stored: list[Row], encoder: Encoder) -> Plan:
    """Every ended episode is added; where there are others like it, the model reflects on them."""
    vectors = encoder.vectors([new.embed_text for new in work.extracted])
    embedded = vectors is not None
    learned = Known([each for each in stored if is_reflection(each)], embedded)
    known = Known([each for each in stored if not is_reflection(each)], embedded)
    changes: list[Change] = []
    for at, new in enumerate(work.extracted):
        vector = None if vectors is None else vectors[at]
        near = known.near(new, vector)
        blob = None if vector is None else as_blob(vector)
        added = Decision("AddMemory", None, "an episode came to its end")
        changes.append(Change(added, new, identifiers.record_id(), blob, near))
        known.put(changes[-1].record_id, new, vector)
        related = [each for each in near if each.cosine >= _NEAR_ENOUGH][:_RELATED]
        if related and work.reflections is not None:
            lessons = learned.near(new, vector, _RELATED)
            told, ids = _reflections(asker, new, related, lessons)
            changes.extend(
                replace(change, neighbours=tuple(related), namespace=work.reflections)
                for change in (_reflection(each, ids, new, encoder) for each in told)
            )
    return Plan.of(changes, stored)


def _reflections(
    asker: Asker, episode: Extracted, related: Sequence[Neighbour], lessons: Sequence[Neighbour]
) -> tuple[list[Item], dict[str, str]]:
    """What the model learned, and the record ids behind the short ones that it was shown."""
    ids = {f"R{number}": each.record_id for number, each in enumerate(lessons, start=1)}
    given = "\n".join(
        ["<main_episode>", episode.content, "</main_episode>", "<relevant_episodes>"]
        + [*(each.content for each in related), "</relevant_episodes>", "<existing_reflections>"]
        + [f"[ID]=R{number} {each.content}" for number, each in enumerate(lessons, start=1)]
        + ["</existing_reflections>"]
    )
    return asker.ask("reflection", given, lambda answer: contracts.reflections(answer, set(ids))), ids


def _reflection(told: Item, ids: dict[str, str], episode: Extracted, encoder: Encoder) -> Change:
    content = json.dumps({name: told[name] for name in contracts.REFLECTION_TAGS}, ensure_ascii=False)
    if len(content) > MAX_CONTENT:
        raise contracts.too_long("a reflection")
    new = Extracted(
        content, told["use_cases"], "episodes", "reflection prompt", episode.timestamp, episode.sources
    )
    decision = Decision("AddMemory", None, "the model adds a reflection")
    if told["operator"] == "update":
        decision = Decision("UpdateMemory", ids[told["id"]], "the model improves a reflection")
    (blob,) = encoder.blobs([new.embed_text])
    record_id = decision.record_id or identifiers.record_id()
    return Change(decision, new, record_id, blob, (), record_type=REFLECTION)
