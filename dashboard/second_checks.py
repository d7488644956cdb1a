"""The second checks of erasures, made by themselves as long as the dashboard runs."""

import threading

from dashboard import sign_in
from dashboard.live import clients_at, workspace
from services import people
from services.erasure.second_checks import SecondChecks
from services.errors import InvalidValue


def make(stopped: threading.Event) -> None:
    """Makes checks as they become due, until it is stopped; at once back where nobody may erase."""
    if _may_erase():
        SecondChecks(workspace, clients_at, stopped).keep_looking()


def _may_erase() -> bool:
    """Whether somebody can sign in as an admin here, or everybody is one."""
    try:
        return sign_in.is_needed() or people.deployment_role() == "admin"
    except InvalidValue:  # the pages say what is wrong with the settings
        return False
