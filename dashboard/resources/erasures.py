"""Erasing one person: what there is, the erasures under way, and their certificates."""

from collections.abc import Sequence

import streamlit as st

from dashboard.freshness import Source
from dashboard.live import (
    clients,
    clients_of,
    connection,
    forgetter,
    source,
    workspace,
)
from dashboard.resources.keeping import Row
from services.erasure import certificates as erasure_certificates
from services.erasure import erasures as erasure_service
from services.erasure import notes
from services.erasure.certificates import Verdict
from services.erasure.plan import Plan
from services.erasure.scan import MemoryScan, SubjectScan
from services.erasure.subject import Subject
from services.errors import InvalidValue, WorkspaceUnavailable
from services.tasks import Task
from services.workspace import erasures
from services.workspace.erasures import Erasure
from services.workspace.mentions import Mention

TO_DO_SECONDS = 10


@st.cache_resource(max_entries=16, ttl=3600, show_spinner=False)
def _scan(asked: Source, subject: Subject, memory_ids: tuple[str, ...], agents: bool) -> SubjectScan:
    live = clients_of(asked)
    return SubjectScan(live, live.pace, subject, memory_ids, agents)


def subject_scan(subject: Subject, memory_ids: tuple[str, ...], *, agents: bool) -> SubjectScan:
    """The reading of what there is of a person, begun by the first look at it."""
    return _scan(source(), subject, memory_ids, agents)


def forget_scan(subject: Subject, memory_ids: tuple[str, ...], *, agents: bool) -> None:
    """The next look reads anew."""
    subject_scan(subject, memory_ids, agents=agents).stop()
    _scan.clear(source(), subject, memory_ids, agents)


def mentions_of(subject: Subject, scans: Sequence[MemoryScan], *, everywhere: bool) -> list[Mention]:
    """What people wrote into this dashboard that mentions the person."""
    return notes.find(workspace(), connection().key, subject, scans, everywhere=everywhere)


@st.cache_resource(max_entries=1)
def _tasks() -> dict[str, Task[Erasure]]:
    """Erasures that this process carries out, by id."""
    return {}


def begin_erasure(plan: Plan) -> str:
    """Writes an erasure down and begins it; its id."""
    erasure_id = erasure_service.begin(clients(), workspace(), plan)
    go_on_erasing(erasure_id)
    return erasure_id


def go_on_erasing(erasure_id: str) -> Task[Erasure]:
    """Goes on with an erasure, or makes its next check."""
    live, kept = clients(), workspace()

    def work(task: Task[Erasure]) -> Erasure:
        return erasure_service.carry_out(live, kept, erasure_id, lambda: task.stopping)

    forget = forgetter()

    def ended() -> None:
        forget()
        _to_do.clear()

    task = Task(f"erase-{erasure_id[:8]}", work, ended)
    _tasks()[erasure_id] = task
    _to_do.clear()
    task.start()
    return task


def erasure_task(erasure_id: str) -> Task[Erasure] | None:
    """What carries an erasure out in this process, if anything does or did."""
    return _tasks().get(erasure_id)


def erasures_here() -> list[Erasure]:
    """The erasures of the live connection, newest first."""
    return erasures.list_erasures(workspace(), connection().key)


def erasures_to_do() -> list[Erasure]:
    """The erasures of the live connection that wait for somebody, newest first; none while the database does
    not answer, which the pages that need it explain."""
    try:
        return _to_do(connection().key)
    except (WorkspaceUnavailable, InvalidValue):
        return []


@st.cache_data(ttl=TO_DO_SECONDS, max_entries=16, show_spinner=False)
def _to_do(connection_key: str) -> list[Erasure]:
    found = erasures.list_erasures(workspace(), connection_key)
    return [each for each in found if each.wants_somebody]


def erasure(erasure_id: str) -> Erasure:
    """One erasure as it is now."""
    return erasures.get(workspace(), erasure_id)


def certificate_files(certificate: Row) -> tuple[bytes, bytes]:
    """A certificate as HTML and as JSON."""
    return erasure_certificates.html_file(certificate), erasure_certificates.json_file(certificate)


def verify_certificate(file: bytes, actor_id: str | None) -> Verdict:
    """What a certificate is worth; InvalidValue for a file that is none."""
    return erasure_certificates.verify(file, workspace().audit_key, actor_id)
