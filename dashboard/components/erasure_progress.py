"""The erasures of this connection: under way, cut off, waiting for their second check, certified."""

from typing import Any

import streamlit as st

from dashboard import faults, format, navigation, resources, text, times
from dashboard.components import permissions
from services.authorization import ERASE_PERSON
from services.faults import Fault
from services.workspace.erasures import Erasure

LOOK_SECONDS = 1.0
WAITING_LOOK_SECONDS = 10.0
SHOWN = 20
_STATES = {
    "running": ("Under way", "blue", ":material/progress_activity:"),
    "stopped": ("Stopped", "orange", ":material/pause_circle:"),
    "failed": ("Interrupted by a fault", "red", ":material/error:"),
    "remains": ("Something is there again", "orange", ":material/warning:"),
    "waiting": ("Waits for its second check", "blue", ":material/schedule:"),
    "closed": ("Closed", "green", ":material/verified:"),
}


def announce() -> None:
    """Elsewhere than on its page: that erasures wait for somebody, without saying whose."""
    waiting = resources.erasures_to_do()
    if not waiting:
        return
    with st.container(key="erasures-waiting", gap="small"):
        st.warning(
            f"{format.count(len(waiting), 'erasure of a person', 'erasures of persons')} "
            f"{'waits' if len(waiting) == 1 else 'wait'} for somebody: {_whys(waiting)}. Until that is done "
            "it is not certain that everything is gone.",
            icon=":material/person_remove:",
        )
        navigation.link("Open Erase a person", "erase", {}, icon=":material/person_remove:")


def _whys(waiting: list[Erasure]) -> str:
    """Why they wait, each reason once."""
    return ", ".join(dict.fromkeys(_why(each) for each in waiting))


def _why(erasure: Erasure) -> str:
    if erasure.is_due:
        return "the second check is due"
    if erasure.is_cut_off:
        return "it was cut off"
    return _STATES[erasure.state][0].lower()


def open_ones(erasures: list[Erasure]) -> None:
    """Every erasure that is not closed, with what to do about it."""
    for each in erasures:
        if each.state != "closed":
            running = each.is_alive or _in_hand(each)
            waiting = WAITING_LOOK_SECONDS if each.state == "waiting" else None
            every = LOOK_SECONDS if running else waiting
            st.fragment(_card, run_every=every)(each.erasure_id, ticking=running)


def _in_hand(erasure: Erasure) -> bool:
    task = resources.erasure_task(erasure.erasure_id)
    return task is not None and not task.finished


@faults.shown()
def _card(erasure_id: str, *, ticking: bool) -> None:
    """One erasure as it is now; the page is drawn again when it has ended or begun."""
    erasure = resources.erasure(erasure_id)
    if erasure.state == "closed" or ticking != (erasure.is_alive or _in_hand(erasure)):
        st.rerun()  # the second check may have been made by itself
    with st.container(border=True, key=f"erasure-{erasure_id}"):
        _title(erasure)
        _deleted(erasure)
        _what_now(erasure)
        _buttons(erasure, ticking=ticking)


def _title(erasure: Erasure) -> None:
    label, color, icon = _STATES[erasure.state]
    if erasure.is_cut_off and not _in_hand(erasure):
        label, color, icon = "Cut off", "orange", ":material/power_off:"
    ids = erasure.plan.get("subject", {}).get("actor_ids", [])
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.badge(label, color=color, icon=icon)  # type: ignore[arg-type]  # one of the colours
        st.markdown(f"**{text.label(', '.join(ids), 200)}**")
        st.space("stretch")
        times.badge(erasure.at, "Begun")


def _deleted(erasure: Erasure) -> None:
    deleted = erasure.progress.get("deleted", {})
    events = sum(each.get("events", 0) for each in deleted.values())
    records = sum(each.get("records", 0) for each in deleted.values())
    asked = len(erasure.plan.get("memory_ids", []))
    memories = f" · {format.count(asked, 'memory', 'memories')}" if asked else ""
    gone = amounts(events, records, erasure.progress.get("agentSummaries", 0))
    st.caption(f"{gone} deleted so far{memories} · by {text.label(erasure.who)}")
    phase = erasure.progress.get("phase")
    if phase and erasure.state == "running":
        place = erasure.progress.get("memory", "").rpartition("-")[0]
        st.markdown(f":shimmer[{phase.capitalize()}{f' in {text.label(place)}' if place else ''}…]")


def amounts(events: int, records: int, summaries: int) -> str:
    """How much something is, as in “1 event and 2 records”; session summaries only where there are some."""
    told = f", {format.count(summaries, 'session summary', 'session summaries')}" if summaries else ""
    return f"{format.count(events, 'event')}{told} and {format.count(records, 'record')}"


def _what_now(erasure: Erasure) -> None:
    if erasure.state == "running" and erasure.is_cut_off and not _in_hand(erasure):
        st.warning(
            "The process that carried this out is gone, so it is not finished. Go on: what is deleted "
            "already is left out.",
            icon=":material/power_off:",
        )
    if "fault" in erasure.progress:
        faults.show_fault(Fault(**erasure.progress["fault"]))
    if erasure.state == "remains":
        check = erasure.progress.get("secondCheck") or erasure.progress.get("firstCheck") or {}
        st.warning(
            f"The check found {_left(check)} again: an agent still writes, or something was extracted late. "
            "Erase that too.",
            icon=":material/warning:",
        )
    if erasure.state == "waiting":
        due = "now" if erasure.is_due else f"from {times.local(erasure.due_at)} on"
        st.info(
            "Listed again: nothing is left. Extraction that was under way may still write a record, so a "
            f"second check is due {due}. It is made by itself while the dashboard runs, and the certificate "
            "comes with it.",
            icon=":material/schedule:",
        )
    _out_of_reach(erasure)


def _out_of_reach(erasure: Erasure) -> None:
    """What could not be looked into; the certificate says so too."""
    files = erasure.progress.get("unreadableSnapshots")
    if files:
        st.warning(
            f"{format.count(len(files), 'snapshot file')} of the dashboard cannot be read, so nobody knows "
            f"whether they hold anything of this person: {text.label(', '.join(files), 600)}. Delete them on "
            "the Snapshots page, or in the folder “snapshots” of the dashboard's data directory.",
            icon=":material/warning:",
        )
    aliases = erasure.progress.get("agentsSwitchedOff")
    if aliases:
        names = ", ".join(f"{each['agent_id']}/{each['alias_id']}" for each in aliases)
        st.warning(
            "The memory of these aliases of Bedrock Agents is switched off, so AWS neither shows nor deletes "
            f"what they may remember: {text.label(names, 600)}.",
            icon=":material/visibility_off:",
        )


def _left(check: dict[str, Any]) -> str:
    counts = [each["counts"] for each in check.get("memories", {}).values()]
    events, records = (sum(each[name] for each in counts) for name in ("events", "records"))
    return amounts(events, records, check.get("agentSummaries", 0))


def _buttons(erasure: Erasure, *, ticking: bool) -> None:
    task = resources.erasure_task(erasure.erasure_id)
    if ticking:
        if task is not None and not task.finished:
            st.button(
                "Stopping…" if task.stopping else "Stop",
                key=f"stop-{erasure.erasure_id}",
                icon=":material/stop_circle:",
                disabled=task.stopping,
                on_click=task.stop,
            )
        return
    labels = {"waiting": "Check now", "remains": "Erase what came back"}
    if st.button(
        labels.get(erasure.state, "Go on"),
        key=f"go-on-{erasure.erasure_id}",
        icon=":material/fact_check:" if erasure.state == "waiting" else ":material/play_arrow:",
        type="primary" if erasure.state != "waiting" or erasure.is_due else "secondary",
        disabled=permissions.refused(ERASE_PERSON) is not None,
    ):
        resources.go_on_erasing(erasure.erasure_id)
        st.rerun()
    if task is not None and task.error is not None:
        faults.show(task.error)


def closed_ones(erasures: list[Erasure]) -> None:
    """The certificates, newest first."""
    done = [each for each in erasures if each.certificate is not None]
    if not done:
        return
    st.subheader("Certificates")
    for each in done[:SHOWN]:
        _certificate(each)
    if len(done) > SHOWN:
        st.caption(f"The newest {SHOWN}; the audit trail knows the others.")


@faults.shown()
def _certificate(erasure: Erasure) -> None:
    document = erasure.certificate or {}
    memories = document["memories"].values()
    events = sum(each["deleted"].get("events", 0) for each in memories)
    records = sum(each["deleted"].get("records", 0) for each in memories)
    summaries = document.get("bedrockAgents", {}).get("summariesDeleted", 0)
    page, data = resources.certificate_files(document)
    with st.container(border=True, key=f"certificate-{erasure.erasure_id}", gap="small"):
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            st.badge("Erased", color="green", icon=":material/verified:")
            st.caption(f"{amounts(events, records, summaries)} · by {text.label(erasure.who)}")
            st.space("stretch")
            times.badge(erasure.at, "Begun")
        with st.container(horizontal=True, gap="small"):
            for label, content, ending, mime in (
                ("Certificate", page, "html", "text/html"),
                ("As JSON", data, "json", "application/json"),
            ):
                st.download_button(
                    label,
                    content,
                    file_name=f"erasure-{erasure.erasure_id}.{ending}",
                    mime=mime,
                    icon=":material/download:",
                    on_click="ignore",
                    key=f"download-{ending}-{erasure.erasure_id}",
                )


def verification() -> None:
    """Holds a certificate that somebody brings against this dashboard's key."""
    with st.expander("Verify a certificate", icon=":material/verified_user:"), faults.shown():
        file = st.file_uploader("Certificate (HTML or JSON)", type=["html", "json"], key="certificate-file")
        actor_id = st.text_input("Is it about this actor id? (optional)", key="certificate-id").strip()
        if file is None:
            return
        verdict = resources.verify_certificate(file.getvalue(), actor_id or None)
        lines = [
            (verdict.unchanged, "Unchanged since it was made", "Changed since it was made"),
            (verdict.made_here, "Made by this dashboard", "Not made with this dashboard's key"),
        ]
        if verdict.about is not None:
            lines.append((verdict.about, "The id is one of the person's", "The id is none of the person's"))
        for good, yes, no in lines:
            if good:
                st.success(yes, icon=":material/check_circle:")
            else:
                st.error(no, icon=":material/cancel:")
