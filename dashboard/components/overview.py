"""What is in the account and region: counts, what needs attention, what happened lately."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import faults, format, navigation, resources, text, times
from dashboard.components import erasure_progress, memories, tables
from dashboard.state import Key
from services.inventory.snapshot import Count, MemoryInventory, Snapshot, Thing

LOOK_SECONDS = 2.0
SOON = timedelta(days=7)
LATEST = 8
_TILES: tuple[tuple[str, Thing], ...] = (
    ("Actors", "actors"),
    ("Sessions", "sessions"),
    ("Events", "events"),
    ("Records", "records"),
    ("Unreviewed", "unreviewed"),
)
_HOW_COUNTED: dict[Thing, str] = {"actors": "An actor of several memories counts in each"}
_OF_MEMORY = (
    ("Configuration", "memories", "memory"),
    ("Events", "events", "forum"),
    ("Records", "records", "database"),
    ("Retrieval", "retrieval", "search"),
    ("Review", "review", "rate_review"),
)
ARROW = ":material/arrow_forward:"
EARLIER = "*"
"""Behind a number that the last whole count found and the present one has not reached."""


def show() -> None:
    """The whole page; while things are being counted it looks again every two seconds."""
    erasure_progress.announce()
    now, before = resources.inventory()
    if now.as_of is None:
        _counting()
    else:
        _page(now, before)


@st.fragment(run_every=LOOK_SECONDS)
def _counting() -> None:
    faults.part_anew()
    with faults.shown():
        now, before = resources.inventory()
        if now.as_of is not None:
            st.rerun()
        _page(now, before)


def _page(now: Snapshot, before: Snapshot | None) -> None:
    if now.fault:
        faults.show_fault(now.fault)
    if now.fault and not now.listed:
        return
    if now.listed and not now.memories:
        memories.none_yet()
        navigation.link("Open Memories", "memories", {}, icon=":material/memory:")
        return
    _tiles(now, before)
    dated = now.as_of or (before.as_of if before else None)
    st.caption(_as_of(now, before), help=format.exact(dated) or None)
    _unreadable(now)
    halves = st.grid(2, min_column_width=330, gap="medium")
    with halves.cell():
        _attention(now)
    with halves.cell():
        _lately(now)
    _table(now, before)


def _tiles(now: Snapshot, before: Snapshot | None) -> None:
    """One tile a kind of thing. While counting, the last whole count is shown where it is higher."""
    grid = st.grid(len(_TILES) + 1, min_column_width=120)
    with grid.cell():
        memories_listed = Count(len(now.memories), complete=now.listed)
        earlier = Count(len(before.memories), complete=True) if before else None
        st.metric("Memories", _number(memories_listed, earlier), border=True)
        navigation.link("All memories", "memories", {}, icon=ARROW)
    for title, thing in _TILES:
        with grid.cell():
            count = now.total(thing)
            earlier = before.total(thing) if before else None
            st.metric(title, _number(count, earlier), border=True, help=_HOW_COUNTED.get(thing))
            _explained(thing, now)


def _explained(thing: Thing, now: Snapshot) -> None:
    """A link to where the things behind a number can be seen: pages show one memory, so to the one that has
    most of them. The table below leads to each."""
    holding = [each for each in now.memories if each.count(thing).number]
    fullest = max(holding, key=lambda each: each.count(thing).number, default=None)
    place = {Key.MEMORY: fullest.memory_id if fullest else None}
    several = len(holding) > 1
    if thing == "actors":
        navigation.link("Where most are" if several else "All actors", "events", place, icon=ARROW)
    elif thing == "events":
        navigation.link("Search them", "events", place | {Key.SEARCH_IN: "memory"}, icon=ARROW)
    elif thing == "records":
        navigation.link("Where most are" if several else "All records", "records", place, icon=ARROW)
    elif thing == "unreviewed":
        navigation.link("Review them", "review", place, icon=ARROW)
    elif now.sessions:
        latest = now.sessions[0]
        session = (latest.memory_id, latest.actor_id, latest.session_id)
        navigation.session_link("Latest session", *session, icon=ARROW)
    else:
        navigation.link("By actor", "events", place, icon=ARROW)


def _number(count: Count, earlier: Count | None = None) -> str:
    if count.complete:
        return f"{count.number:,}"
    if count.fault and not count.number:
        return "not readable"
    if earlier and earlier.complete and earlier.number >= count.number:
        return f"{earlier.number:,}{EARLIER}"
    return f"≥ {count.number:,}" if count.number else "…"


def _unreadable(now: Snapshot) -> None:
    """What the count met on its way, each once: it is missing above, and no zero."""
    for fault, things in now.faults():
        if fault == now.fault:
            continue
        faults.show_fault(fault)
        what = ", ".join(
            f"{thing} of {format.count(n, 'memory', 'memories')}" for thing, n in Counter(things).items()
        )
        st.caption(f"Not counted therefore: {what}. Every other number stands.")


def _as_of(now: Snapshot, before: Snapshot | None) -> str:
    if now.as_of and (now.fault or now.faults()):
        return f"Counted as far as it can be read, as of {times.local(now.as_of)}."
    if now.as_of:
        return f"Counted by listing everything, as of {times.local(now.as_of)}. Counted anew after 5 minutes."
    shown = f" Numbers with {EARLIER} are those of {times.local(before.as_of)}." if before else ""
    return (
        "Still counting: AgentCore tells no numbers, so everything is listed, slowly enough to leave the "
        f"account's quotas to your agents.{shown}"
    )


def _attention(now: Snapshot) -> None:
    st.subheader("Needs attention", anchor=False)
    found = 0
    for each in now.memories:
        for problem in _problems(each):
            found += 1
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.badge("Look at it", color="orange", icon=":material/warning:")
                text.plain(problem)
                navigation.memory_link("Open", each.memory_id)
    soon = now.expiring(SOON, datetime.now(UTC))
    if soon:
        found += 1
        st.caption(
            f"In {format.count(len(soon), 'session')} the first events expire within 7 days, going by each "
            "memory's present expiry. Records made from them stay."
        )
    if found:
        return
    if now.fault or now.faults():
        st.caption("Nothing among what could be read.")
    else:
        st.caption(
            "Nothing so far."
            if now.as_of is None
            else "Nothing: no failure, and nothing expires within 7 days."
        )


def _problems(each: MemoryInventory) -> Iterable[str]:
    name = format.memory_name(each.memory or {"id": each.memory_id})
    memory = each.memory or {}
    if memory.get("status") == "FAILED":
        yield f"{name} has failed: {memory.get('failureReason', 'AWS gives no reason')}"
    for strategy in memory.get("strategies", []):
        if strategy.get("status") == "FAILED":
            yield f"{name}: the strategy {strategy['name']} has failed"
    jobs = each.count("failed jobs")
    if jobs.number:
        yield f"{name}: {format.count(jobs.number, 'extraction job')} failed and can be started again"


def _lately(now: Snapshot) -> None:
    st.subheader("Latest sessions", anchor=False)
    if not now.sessions:
        st.caption(_no_session(now))
    for seen in now.sessions[:LATEST]:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            navigation.session_link(
                text.label(f"{seen.actor_id} · {seen.session_id}", 70),
                seen.memory_id,
                seen.actor_id,
                seen.session_id,
            )
            times.ago(seen.created_at)


def _no_session(now: Snapshot) -> str:
    if now.total("sessions").fault:
        return "Not readable."
    return "Nothing so far." if now.as_of is None else "No session exists."


def _table(now: Snapshot, before: Snapshot | None) -> None:
    """A row for each memory; like the tiles it shows what the last whole count found until this one has."""
    if not now.listed and not before:
        return
    st.subheader("Memories", anchor=False)
    earlier = {each.memory_id: each for each in before.memories} if before else {}
    shown = now.memories if now.listed else tuple(MemoryInventory(memory_id) for memory_id in earlier)
    rows: list[dict[str, Any]] = [
        {
            "Memory": format.memory_name(each.memory or {"id": each.memory_id}),
            "Status": _status(each, earlier.get(each.memory_id), now),
            **{title: _cell(thing, each, earlier.get(each.memory_id), now) for title, thing in _TILES},
        }
        for each in shown
    ]
    chosen = tables.choose_row(
        pd.DataFrame(rows, index=pd.Index([each.memory_id for each in shown], dtype="object")),
        Key.MEMORY,
        "overview",
        column_config={"Memory": st.column_config.TextColumn(width=150)}
        | {title: st.column_config.TextColumn(width=62) for title in ("Status", *dict(_TILES))},
        alt="What each memory holds",
    )
    if chosen:
        _open(chosen)
    else:
        st.caption("Tick the box at the left of a row to open what that memory holds.")


def _open(memory_id: str) -> None:
    """Links to all that a memory holds."""
    with st.container(horizontal=True, vertical_alignment="center"):
        for label, page, icon in _OF_MEMORY:
            navigation.link(label, page, {Key.MEMORY: memory_id}, icon=f":material/{icon}:")


def _status(each: MemoryInventory, earlier: MemoryInventory | None, now: Snapshot) -> str:
    if each.memory is None and (each.fault or now.fault):
        return "not readable"
    known = each.memory or (earlier.memory if earlier else None) or {}
    return str(known.get("status", "…"))


def _cell(thing: Thing, each: MemoryInventory, earlier: MemoryInventory | None, now: Snapshot) -> str:
    return _number(_ended(each.count(thing), now), earlier.count(thing) if earlier else None)


def _ended(count: Count, now: Snapshot) -> Count:
    """A count that the end of the whole count cut off has that fault."""
    return replace(count, fault=count.fault or now.fault)
