"""Erasing one person: whom, what there is, and the confirmation."""

import re
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from dashboard import faults, format, resources, text
from dashboard.components import confirm, permissions
from services.authorization import ERASE_PERSON
from services.erasure.plan import Plan
from services.erasure.scan import Found, MemoryScan, SubjectScan
from services.erasure.subject import Subject, subject_of

LOOK_SECONDS = 1.0
FIRST_LOOK_SECONDS = 3.0
TALLEST = 320
_ASKED = "erase-asked"


@dataclass(frozen=True)
class Asked:
    """Whose data is looked for, and where."""

    subject: Subject
    memory_ids: tuple[str, ...]
    everywhere: bool
    agents: bool


def form(memory_ids: list[str]) -> Asked | None:
    """Asks whom to look for; returns what was asked last."""
    with st.form("erase-person", border=True):
        ids, words = st.columns(2, gap="medium")
        given = ids.text_area(
            "Actor ids of the person",
            key="erase-ids",
            height=100,
            placeholder="user-1\nuser-1-mobile",
            help="One or several, apart by lines or commas. Exactly as agents write them: case counts, and "
            "user-1 is not user-10.",
        )
        hints = words.text_area(
            "Also look for (optional)",
            key="erase-words",
            height=100,
            placeholder="Ann Lee\nann@example.com",
            help="A name or an e-mail address. Records that mention it are listed for you to decide.",
        )
        chosen = st.multiselect(
            "Memories",
            memory_ids,
            key="erase-memories",
            format_func=_name,
            placeholder="All memories of this connection",
        )
        agents = st.checkbox(
            "Also what Bedrock Agents remember",
            value=True,
            key="erase-agents",
            help="Session summaries under a memory id that is one of these ids, whatever the agent.",
        )
        submitted = st.form_submit_button("Look what there is", type="primary", icon=":material/search:")
    if submitted:
        st.session_state.pop(_ASKED, None)
        with faults.shown():
            subject = subject_of(given, hints)
            memories = tuple(chosen or memory_ids)
            asked = Asked(subject, memories, set(memories) == set(memory_ids), agents)
            _forget(asked)
            st.session_state[_ASKED] = asked
    found: Asked | None = st.session_state.get(_ASKED)
    return found


def _scan(asked: Asked) -> SubjectScan:
    return resources.subject_scan(asked.subject, asked.memory_ids, agents=asked.agents)


def _forget(asked: Asked) -> None:
    resources.forget_scan(asked.subject, asked.memory_ids, agents=asked.agents)


def _name(memory_id: str) -> str:
    return memory_id.rpartition("-")[0] or memory_id


def preview(asked: Asked) -> None:
    """What there is, while it is read and when it was; then the way to erase it."""
    found = _scan(asked).look(FIRST_LOOK_SECONDS, _ended)
    if not found.ended:
        _reading(asked)
        return
    if not found.complete:
        st.warning(
            "The search was stopped, so nobody knows what else there is. Look again before you erase."
            if found.stopped
            else "Not everything could be read, so nothing can be erased yet.",
            icon=":material/warning:",
        )
        if found.fault:
            faults.show_fault(found.fault)
        return
    _found(asked, found)


def _ended(found: Found) -> bool:
    return found.ended


@st.fragment(run_every=LOOK_SECONDS)
def _reading(asked: Asked) -> None:
    """How far the reading is; the page is drawn again when it has ended."""
    with faults.shown():
        scan = _scan(asked)
        found = scan.look()
        if found.ended:
            st.rerun()
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button("Stop", key="stop-looking", icon=":material/stop_circle:", on_click=scan.stop)
            read = sum(each.records_read for each in found.scans)
            st.caption(
                f":material/progress_activity: Memory {max(1, len(found.scans))} of {found.total}: "
                f"{format.count(read, 'record')} read so far"
            )
        st.progress(max(0, len(found.scans) - 1) / max(1, found.total))


def _found(asked: Asked, found: Found) -> None:
    scans = list(found.scans)
    for scan in scans:
        if scan.fault:
            st.warning(f"{text.label(_name(scan.memory_id))} could not be read.", icon=":material/warning:")
            faults.show_fault(scan.fault)
    if any(scan.fault and scan.fault.kind != "not_found" for scan in scans):
        st.caption("Nothing can be erased until every chosen memory can be read.")
        return
    if found.agents_fault:
        st.warning(
            "Bedrock Agents could not be asked. Look again without them, or with other credentials.",
            icon=":material/warning:",
        )
        faults.show_fault(found.agents_fault)
        return
    _totals(scans, found)
    _by_memory(scans, found)
    _look_alikes(scans)
    chosen = _guesses(scans)
    _confirmation(asked, found, chosen)


def _totals(scans: list[MemoryScan], found: Found) -> None:
    totals = {name: sum(scan.counts()[name] for scan in scans) for name in scans[0].counts()}
    guesses = sum(len(scan.guesses) + scan.more_guesses for scan in scans)
    shown = [
        ("Events", totals["events"], None),
        ("Sessions", totals["sessions"], "Sessions that hold events"),
        ("Records", totals["records"], "In namespaces that name the person as a whole path segment"),
        ("Perhaps theirs", guesses, "Records that mention the person: you decide"),
        ("Agent summaries", _summaries(found), "What Bedrock Agents remember"),
        ("Failed jobs", totals["failedJobs"], "Failed extractions go with their events"),
    ]
    with st.container(horizontal=True, key="erase-totals"):
        for label, number, about in shown:
            st.metric(label, f"{number:,}", help=about, width=140)


def _summaries(found: Found) -> int:
    return sum(each.summaries for each in found.agents)


def _by_memory(scans: list[MemoryScan], found: Found) -> None:
    """What there is in each memory, and in which namespaces."""
    rows = [
        {"place": text.preview(place), "what": what, "number": number}
        for scan in scans
        for place, what, number in _places(scan)
    ]
    rows += [
        {
            "place": text.preview(f"Agent {each.agent_id}, alias {each.alias_id} · {each.memory_id}"),
            "what": "session summaries",
            "number": each.summaries,
        }
        for each in found.agents
    ]
    if not rows:
        st.info("Nothing of this person is in these memories.", icon=":material/check_circle:")
        return
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        column_order=["number", "what", "place"],
        height="content" if len(rows) < 8 else TALLEST,
        column_config={
            "number": st.column_config.NumberColumn("How many", format="localized", width="small"),
            "what": st.column_config.TextColumn("What", width="small"),
            "place": st.column_config.TextColumn("Where", width="large"),
        },
        alt="What there is of the person, by memory and namespace",
    )


def _places(scan: MemoryScan) -> list[tuple[str, str, int]]:
    name = _name(scan.memory_id)
    by_actor: dict[str, int] = {}
    for session in scan.sessions:
        by_actor[session.actor_id] = by_actor.get(session.actor_id, 0) + session.events
    by_namespace: dict[str, int] = {}
    for record in scan.records:
        by_namespace[record.namespace] = by_namespace.get(record.namespace, 0) + 1
    found = [(f"{name} · actor {actor}", "events", number) for actor, number in by_actor.items() if number]
    return found + [(f"{name} · {each}", "records", number) for each, number in sorted(by_namespace.items())]


def _look_alikes(scans: list[MemoryScan]) -> None:
    alike = sorted({each for scan in scans for each in scan.look_alikes})
    if alike:
        names = ", ".join(text.label(each) for each in alike[:10])
        st.warning(
            f"Other actors have the same id in another case: {names}. If they are the same person, add them.",
            icon=":material/person_search:",
        )


def _guesses(scans: list[MemoryScan]) -> dict[str, list[str]]:
    """Records that may be about the person, with ticks; the ticked ids by memory."""
    guesses = [(scan.memory_id, guess) for scan in scans for guess in scan.guesses]
    if not guesses:
        return {}
    st.subheader("Perhaps theirs")
    more = sum(scan.more_guesses for scan in scans)
    st.caption(
        "A guess: these records are not in the person's namespaces, but mention them. Tick what shall go too."
        + (f" {format.count(more, 'more record')} like these are not listed." if more else "")
    )
    frame = pd.DataFrame(
        {
            "erase": [False] * len(guesses),
            "why": [text.preview(guess.reason) for _, guess in guesses],
            "text": [text.preview(guess.excerpt, 300) for _, guess in guesses],
            "where": [
                text.preview(f"{_name(memory_id)} · {guess.namespace}") for memory_id, guess in guesses
            ],
        }
    )
    edited = st.data_editor(
        frame,
        key=f"erase-guesses-{format.fingerprint([guess.record_id for _, guess in guesses])}",
        hide_index=True,
        height="content" if len(guesses) < 8 else TALLEST,
        disabled=["why", "text", "where"],
        column_config={
            "erase": st.column_config.CheckboxColumn("Erase", width="small"),
            "why": st.column_config.TextColumn("Why it is listed"),
            "text": st.column_config.TextColumn("Text", width="large"),
            "where": st.column_config.TextColumn("Where"),
        },
    )
    chosen: dict[str, list[str]] = {}
    for (memory_id, guess), ticked in zip(guesses, edited["erase"], strict=True):
        if ticked:
            chosen.setdefault(memory_id, []).append(guess.record_id)
    return chosen


def _confirmation(asked: Asked, found: Found, chosen: dict[str, list[str]]) -> None:
    scans = found.scans
    st.subheader("Erase")
    if permissions.say(ERASE_PERSON):
        return
    extra = sum(map(len, chosen.values()))
    events = sum(scan.events for scan in scans)
    records = sum(len(scan.records) for scan in scans) + extra
    who = ", ".join(asked.subject.actor_ids)
    memories = format.count(len(asked.memory_ids), "memory", "memories")
    summaries = _summaries(found)
    told = f", {format.count(summaries, 'session summary', 'session summaries')}" if summaries else ""
    consequence = (
        f"{format.count(events, 'event')}{told} and {format.count(records, 'record')} of {who} will be "
        f"deleted for good in {memories}, and what this dashboard kept of them: saved copies, earlier "
        "versions, snapshots, reviews, golden queries, texts in the audit trail. No copy is made: nothing "
        "can be undone. Emptied sessions stay listed for a day: AWS cannot delete a session."
    )
    if confirm.typed(consequence, asked.subject.actor_ids[0], "Erase this person", key=_key(asked)):
        before = {scan.memory_id: scan.counts() for scan in scans}
        plan = Plan(
            asked.subject,
            asked.memory_ids,
            chosen,
            before,
            everywhere=asked.everywhere,
            agents=asked.agents,
            agent_summaries=_summaries(found),
        )
        with faults.shown():
            resources.begin_erasure(plan)
            for name in (_ASKED, "erase-ids", "erase-words", "erase-memories"):
                st.session_state.pop(name, None)
            _forget(asked)
            st.rerun()


def _key(asked: Asked) -> str:
    return "erase-" + re.sub(r"\W", "", format.fingerprint([*asked.subject.actor_ids, *asked.memory_ids]))
