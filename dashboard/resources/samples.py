"""The sample data, loaded and removed."""

from collections.abc import Callable

from dashboard.live import clients, workspace
from dashboard.resources.keeping import changing
from services import sample_data
from services.sample_data.audited import remove_audited


def load_sample_data(progress: Callable[[int, int, str], None]) -> str:
    """Writes the sample data through the API; returns what was written, in words."""
    with changing(()):
        live = clients()
        report = sample_data.load(live.control, live.data, progress)
    return f"The sample data is loaded: {report}"


def remove_sample_data(
    progress: Callable[[int, int, str], None], also: sample_data.Additions | None = None
) -> str:
    """Deletes the memories that the sample data made; returns what was removed. `also`: what they hold of
    other origin and may go too; raises sample_data.HoldsAdditions when they hold anything but that."""
    with changing(()):
        report = remove_audited(clients(), workspace(), progress, also=also)
    return f"The sample data is removed: {report}"
