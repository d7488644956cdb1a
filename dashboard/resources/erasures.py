"""Erasing one person: what there is, the erasures under way, and their certificates."""

import streamlit as st

from dashboard.freshness import Source
from dashboard.live import (
    clients,
    clients_for_long_work,
    clients_of,
    connection,
    forgetter,
    source,
    workspace,
)
from dashboard.resources.keeping import Row
from services.erasure import certificates as erasure_certificates
from services.erasure import erasures as erasure_service
from services.erasure.certificates import Verdict
from services.erasure.plan import Plan
from services.erasure.scan import SubjectScan
from services.erasure.subject import Subject
from services.tasks import Task
from services.workspace import erasures
from services.workspace.erasures import Erasure


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
    live, kept = clients_for_long_work(), workspace()

    def work(task: Task[Erasure]) -> Erasure:
        return erasure_service.carry_out(live, kept, erasure_id, lambda: task.stopping)

    task = Task(f"erase-{erasure_id[:8]}", work, forgetter())
    _tasks()[erasure_id] = task
    task.start()
    return task


def erasure_task(erasure_id: str) -> Task[Erasure] | None:
    """What carries an erasure out in this process, if anything does or did."""
    return _tasks().get(erasure_id)


def erasures_here() -> list[Erasure]:
    """The erasures of the live connection, newest first."""
    return erasures.list_erasures(workspace(), connection().key)


def erasure(erasure_id: str) -> Erasure:
    """One erasure as it is now."""
    return erasures.get(workspace(), erasure_id)


def certificate_files(certificate: Row) -> tuple[bytes, bytes]:
    """A certificate as HTML and as JSON."""
    return erasure_certificates.html_file(certificate), erasure_certificates.json_file(certificate)


def verify_certificate(file: bytes, actor_id: str | None) -> Verdict:
    """What a certificate is worth; InvalidValue for a file that is none."""
    return erasure_certificates.verify(file, workspace().audit_key, actor_id)
