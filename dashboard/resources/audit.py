"""The audit trail: our own database, not cached."""

from collections.abc import Callable

from dashboard.live import workspace
from services import audit_exports
from services.workspace import audit_search, audit_verification
from services.workspace.audit_search import ActPage, AuditAct, AuditSearch, Choices
from services.workspace.audit_verification import Verification


def audit_page(search: AuditSearch, number: int) -> ActPage:
    """A page of what was done, newest first."""
    return audit_search.page(workspace(), search, number)


def audit_act(audit_id: int) -> AuditAct | None:
    """One act by the number of one of its rows."""
    return audit_search.act(workspace(), audit_id)


def audit_choices() -> Choices:
    """Who and what there is to choose from."""
    return audit_search.choices(workspace())


def verify_audit() -> Verification:
    """Looks at the whole trail: seals, texts, anchor."""
    return audit_verification.verify(workspace())


def audit_csv(search: AuditSearch) -> Callable[[], bytes]:
    """What makes the CSV of every act that fits, when it is asked for."""
    live = workspace()
    return lambda: audit_exports.csv_bytes(live, search)


def audit_json(search: AuditSearch) -> Callable[[], bytes]:
    """What makes the JSON of every act that fits, when it is asked for."""
    live = workspace()
    return lambda: audit_exports.json_bytes(live, search)
