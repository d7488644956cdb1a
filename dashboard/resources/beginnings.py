"""What pages begin to read at once, before they ask for it one by one."""

from dashboard.live import source
from dashboard.resources import ahead
from dashboard.resources.background import directory
from dashboard.resources.events import read_actors, read_events, read_sessions
from dashboard.resources.keeping import CONTENTS, LIST_LIMIT, MEMORIES
from dashboard.resources.memories import read_memory


def begin_memory(memory_id: str) -> None:
    """A memory and its actors, for pages that need both."""
    ahead.begin(
        (read_memory, (source(MEMORIES), memory_id)),
        (read_actors, (source(CONTENTS, memory_id), memory_id, LIST_LIMIT)),
    )


def begin_conversation(memory_id: str, actor_id: str, session_id: str) -> None:
    """A memory, an actor's sessions and the events of one; the actors are read in the background."""
    contents = source(CONTENTS, memory_id)
    directory(memory_id, wait_seconds=0)
    ahead.begin(
        (read_memory, (source(MEMORIES), memory_id)),
        (read_sessions, (contents, memory_id, actor_id, LIST_LIMIT)),
        (read_events, (contents, memory_id, actor_id, session_id, LIST_LIMIT)),
    )
