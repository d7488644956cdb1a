"""Every read that a page makes, cached; every write, followed by forgetting what it may have changed.

Pages and components say `resources.actors(…)`: what is asked, not where it is kept. `refresh()` forgets
everything of a connection: the button in the sidebar.
"""

from dashboard.live import (
    clients,
    connection,
    connection_health,
    extractor_label,
    live_endpoint_status,
    refresh,
    workspace,
)
from dashboard.resources.access import (
    access,
)
from dashboard.resources.copies import (
    copy_json,
    saved_copies,
)
from dashboard.resources.events import (
    actors,
    delete_event,
    event,
    events,
    forget_events,
    restore_event,
    sessions,
    write_conversation,
)
from dashboard.resources.inventory import (
    inventory,
)
from dashboard.resources.keeping import (
    LIST_LIMIT,
)
from dashboard.resources.memories import (
    add_strategy,
    create_memory,
    forget_memories,
    memory,
    memory_details,
    memory_summaries,
    start_deleting_memory,
)
from dashboard.resources.records import (
    known_namespaces,
    likely_sources,
    memory_record,
    memory_records,
    namespaces_note,
    neighbours,
    retrieval,
    stored_records,
)
from dashboard.resources.samples import (
    load_sample_data,
    remove_sample_data,
)

__all__ = [
    "LIST_LIMIT",
    "access",
    "actors",
    "add_strategy",
    "clients",
    "connection",
    "connection_health",
    "copy_json",
    "create_memory",
    "delete_event",
    "event",
    "events",
    "extractor_label",
    "forget_events",
    "forget_memories",
    "inventory",
    "known_namespaces",
    "likely_sources",
    "live_endpoint_status",
    "load_sample_data",
    "memory",
    "memory_details",
    "memory_record",
    "memory_records",
    "memory_summaries",
    "namespaces_note",
    "neighbours",
    "refresh",
    "remove_sample_data",
    "restore_event",
    "retrieval",
    "saved_copies",
    "sessions",
    "start_deleting_memory",
    "stored_records",
    "workspace",
    "write_conversation",
]
