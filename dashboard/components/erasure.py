"""Erasing one person: what there is, and the confirmation."""

import re

import pandas as pd
import streamlit as st

from dashboard import faults, format, resources, text
from dashboard.components import confirm, erasure_form, erasure_guesses, erasure_progress, permissions
from dashboard.components.erasure_form import Asked
from dashboard.components.erasure_guesses import FEW, TALLEST, Ticked
from services.authorization import ERASE_PERSON
from services.erasure.plan import Plan
from services.erasure.scan import Found, MemoryScan, SubjectScan

LOOK_SECONDS = 1.0
FIRST_LOOK_SECONDS = 3.0


def _scan(asked: Asked) -> SubjectScan:
    return resources.subject_scan(asked.subject, asked.memory_ids, agents=asked.agents)


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


def _memory(memory_id: str) -> str:
    return format.memory_name({"id": memory_id})


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
            where = f"Memory {max(1, len(found.scans))} of {found.total}" if found.total else "Bedrock Agents"
            st.caption(f":material/progress_activity: {where}: {format.count(read, 'record')} read so far")
        st.progress(max(0, len(found.scans) - 1) / max(1, found.total))


def _found(asked: Asked, found: Found) -> None:
    scans = list(found.scans)
    for scan in scans:
        if scan.fault:
            st.warning(f"{text.label(_memory(scan.memory_id))} could not be read.", icon=":material/warning:")
            faults.show_fault(scan.fault)
    if any(scan.fault and not scan.gone for scan in scans):
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
    _closed_agents(found)
    _look_alikes(scans)
    _confirmation(asked, found, erasure_guesses.choose(asked, scans))


def _totals(scans: list[MemoryScan], found: Found) -> None:
    totals = {name: sum(scan.counts()[name] for scan in scans) for name in MemoryScan("").counts()}
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
        st.info("Nothing of this person was found.", icon=":material/check_circle:")
        return
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        column_order=["number", "what", "place"],
        height="content" if len(rows) < FEW else TALLEST,
        column_config={
            "number": st.column_config.NumberColumn("How many", format="localized", width="small"),
            "what": st.column_config.TextColumn("What", width=140),
            "place": st.column_config.TextColumn("Where", width="large"),
        },
        alt="What there is of the person, by memory and namespace",
    )


def _places(scan: MemoryScan) -> list[tuple[str, str, int]]:
    name = _memory(scan.memory_id)
    by_actor: dict[str, int] = {}
    for session in scan.sessions:
        by_actor[session.actor_id] = by_actor.get(session.actor_id, 0) + session.events
    by_namespace: dict[str, int] = {}
    for record in scan.records:
        by_namespace[record.namespace] = by_namespace.get(record.namespace, 0) + 1
    found = [(f"{name} · actor {actor}", "events", number) for actor, number in by_actor.items() if number]
    return found + [(f"{name} · {each}", "records", number) for each, number in sorted(by_namespace.items())]


def _closed_agents(found: Found) -> None:
    """Aliases that cannot be asked."""
    if not found.closed_agents:
        return
    names = ", ".join(f"{each.agent_id}/{each.alias_id}" for each in found.closed_agents[:10])
    more = len(found.closed_agents) - 10
    st.warning(
        f"The memory of {format.count(len(found.closed_agents), 'alias', 'aliases')} of Bedrock Agents is "
        f"switched off: {text.label(names, 600)}{f' and {more} more' if more > 0 else ''}. AWS neither shows "
        "nor deletes what they may have remembered before, and the certificate will say so. To reach it, "
        "switch the memory of the agent on again, then look again.",
        icon=":material/visibility_off:",
    )


def _look_alikes(scans: list[MemoryScan]) -> None:
    alike = sorted({each for scan in scans for each in scan.look_alikes})
    if alike:
        names = ", ".join(text.label(each) for each in alike[:10])
        st.warning(
            f"Other actors have the same id in another case: {names}. If they are the same person, add them.",
            icon=":material/person_search:",
        )


def _confirmation(asked: Asked, found: Found, ticked: Ticked) -> None:
    scans = found.scans
    st.subheader("Erase")
    if permissions.say(ERASE_PERSON):
        return
    events = sum(scan.events for scan in scans)
    records = sum(len(scan.records) for scan in scans) + sum(map(len, ticked.records.values()))
    who = ", ".join(asked.subject.actor_ids)
    holding = [scan for scan in scans if scan.events or scan.records or ticked.records.get(scan.memory_id)]
    searched = format.count(len(asked.memory_ids), "memory", "memories")
    memories = f" in {len(holding):,} of the {searched} that were searched" if asked.memory_ids else ""
    notes = f", {format.count(len(ticked.mentions), 'ticked note')}" if ticked.mentions else ""
    consequence = (
        f"{erasure_progress.amounts(events, records, _summaries(found))} of {who} will be "
        f"deleted for good{memories}, and what this dashboard kept of them: saved copies, earlier "
        f"versions, snapshots, reviews, golden queries{notes}, texts in the audit trail. No copy is made: "
        "nothing can be undone. Emptied sessions stay listed for a day: AWS cannot delete a session."
    )
    if confirm.typed(consequence, asked.subject.actor_ids[0], "Erase this person", key=_key(asked)):
        before = {scan.memory_id: scan.counts() for scan in scans}
        plan = Plan(
            asked.subject,
            asked.memory_ids,
            ticked.records,
            before,
            everywhere=asked.everywhere,
            agents=asked.agents,
            agent_summaries=_summaries(found),
            mentions=ticked.mentions,
        )
        with faults.shown():
            resources.begin_erasure(plan)
            erasure_form.clear(asked)
            st.rerun()


def _key(asked: Asked) -> str:
    return "erase-" + re.sub(r"\W", "", format.fingerprint([*asked.subject.actor_ids, *asked.memory_ids]))
