"""Which reads the live connection may make; asked anew each time."""

from dashboard.live import calling, clients
from services import access_check
from services.access_check import Access


def access(memory_id: str | None) -> list[Access]:
    """Tries every read, those about a memory on the named one."""
    with calling():
        return access_check.check_reads(clients(), memory_id)
