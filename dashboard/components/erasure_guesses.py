"""What may be about the person: records that mention them, and what people wrote into this dashboard."""

from collections.abc import Sized
from dataclasses import dataclass, field

import pandas as pd
import streamlit as st

from dashboard import format, resources, text
from dashboard.components.erasure_form import Asked
from services.erasure.scan import Guess, MemoryScan
from services.workspace.mentions import Mention

TALLEST = 320
FEW = 8


@dataclass(frozen=True)
class Ticked:
    """What shall go too: ids of records by memory, and keys of what the dashboard keeps."""

    records: dict[str, list[str]] = field(default_factory=dict)
    mentions: tuple[str, ...] = ()


def choose(asked: Asked, scans: list[MemoryScan]) -> Ticked:
    """Lists what mentions the person, with ticks; what was ticked."""
    guesses = [(scan.memory_id, guess) for scan in scans for guess in scan.guesses]
    mentions = resources.mentions_of(asked.subject, scans, everywhere=asked.everywhere)
    if not guesses and not mentions:
        return Ticked()
    st.subheader("Perhaps theirs")
    st.caption(
        f"A guess: {_how_many(guesses, mentions)} that mention the person and are not theirs for certain. "
        f"Tick what shall go too.{_not_listed(scans)}"
    )
    rows = [_of_mention(each) for each in mentions] + [_of_guess(*each) for each in guesses]
    ids = [each.key for each in mentions] + [guess.record_id for _, guess in guesses]
    ticks = _ticks(rows, format.fingerprint(ids))
    return Ticked(_records(guesses, ticks[len(mentions) :]), _keys(mentions, ticks))


def _how_many(guesses: Sized, mentions: Sized) -> str:
    parts = [
        *([format.count(len(guesses), "record")] if guesses else []),
        *([f"{format.count(len(mentions), 'note')} of this dashboard"] if mentions else []),
    ]
    return " and ".join(parts)


def _not_listed(scans: list[MemoryScan]) -> str:
    more = sum(scan.more_guesses for scan in scans)
    if not more:
        return ""
    places = ", ".join(format.memory_name({"id": scan.memory_id}) for scan in scans if scan.more_guesses)
    return (
        f" The list ends here: {format.count(more, 'more record')} like these in {text.label(places)} are "
        "not listed. Erase what you tick, then look again for the next."
    )


def _of_guess(memory_id: str, guess: Guess) -> dict[str, str]:
    return {
        "why": text.preview(guess.reason),
        "text": text.preview(guess.excerpt, 300),
        "where": text.preview(f"{format.memory_name({'id': memory_id})} · {guess.namespace}"),
    }


def _of_mention(mention: Mention) -> dict[str, str]:
    return {
        "why": f"a {mention.kind} of this dashboard mentions it",
        "text": text.preview(mention.text, 300),
        "where": text.preview(f"{format.memory_name({'id': mention.memory_id})} · this dashboard"),
    }


def _ticks(rows: list[dict[str, str]], about: str) -> list[bool]:
    """The table; which of its rows are ticked."""
    every = st.checkbox("Tick all", key=f"erase-all-{about}") if len(rows) > 1 else False
    edited = st.data_editor(
        pd.DataFrame([{"erase": every, **row} for row in rows]),
        key=f"erase-guesses-{about}-{every}",
        hide_index=True,
        height="content" if len(rows) < FEW else TALLEST,
        disabled=["why", "text", "where"],
        column_config={
            "erase": st.column_config.CheckboxColumn("Erase", width="small"),
            "why": st.column_config.TextColumn("Why it is listed"),
            "text": st.column_config.TextColumn("Text", width="large"),
            "where": st.column_config.TextColumn("Where"),
        },
    )
    return [bool(each) for each in edited["erase"]]


def _records(guesses: list[tuple[str, Guess]], ticks: list[bool]) -> dict[str, list[str]]:
    chosen: dict[str, list[str]] = {}
    for (memory_id, guess), ticked in zip(guesses, ticks, strict=True):
        if ticked:
            chosen.setdefault(memory_id, []).append(guess.record_id)
    return chosen


def _keys(mentions: list[Mention], ticks: list[bool]) -> tuple[str, ...]:
    return tuple(each.key for each, ticked in zip(mentions, ticks, strict=False) if ticked)
