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
    recovered,
    refresh,
    waiting,
    workspace,
)
from dashboard.resources.access import (
    access,
)
from dashboard.resources.background import (
    directory,
    event_search,
    forget_search,
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
    fork,
    restore_event,
    sessions,
    write_conversation,
)
from dashboard.resources.golden_queries import (
    delete_golden_query,
    golden_queries,
    golden_runs,
    run_golden_queries,
    save_golden_query,
)
from dashboard.resources.inquiries import (
    answers,
)
from dashboard.resources.inventory import (
    inventory,
)
from dashboard.resources.keeping import (
    LIST_LIMIT,
)
from dashboard.resources.memories import (
    change_memory,
    create_memory,
    forget_memories,
    memory,
    memory_as_it_is,
    memory_details,
    memory_summaries,
    memory_tags,
    start_deleting_memory,
)
from dashboard.resources.records import (
    known_namespaces,
    likely_records,
    likely_sources,
    memory_record,
    memory_records,
    namespace_usage,
    namespaces_note,
    namespaces_to_browse,
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
    "answers",
    "change_memory",
    "clients",
    "connection",
    "connection_health",
    "copy_json",
    "create_memory",
    "delete_event",
    "delete_golden_query",
    "directory",
    "event",
    "event_search",
    "events",
    "extractor_label",
    "forget_events",
    "forget_memories",
    "forget_search",
    "fork",
    "golden_queries",
    "golden_runs",
    "inventory",
    "known_namespaces",
    "likely_records",
    "likely_sources",
    "live_endpoint_status",
    "load_sample_data",
    "memory",
    "memory_as_it_is",
    "memory_details",
    "memory_record",
    "memory_records",
    "memory_summaries",
    "memory_tags",
    "namespace_usage",
    "namespaces_note",
    "namespaces_to_browse",
    "neighbours",
    "recovered",
    "refresh",
    "remove_sample_data",
    "restore_event",
    "retrieval",
    "run_golden_queries",
    "save_golden_query",
    "saved_copies",
    "sessions",
    "start_deleting_memory",
    "stored_records",
    "waiting",
    "workspace",
    "write_conversation",
]
