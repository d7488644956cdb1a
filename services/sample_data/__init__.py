"""A believable store of sample data, written and removed through the public AgentCore Memory API.

Everything is invented for this project: people, companies, places of work and conversations, but for the
conversations of the AgentCore Memory getting-started guide, which are kept word for word. The same anchor and
seed give the same store.
"""

from services.sample_data.additions import Additions, additions
from services.sample_data.loading import LoadReport, call_count, is_loaded, load
from services.sample_data.progress import Progress
from services.sample_data.removal import HoldsAdditions, RemoveReport
from services.sample_data.sample_memories import SampleDataError, SampleMemory, sample_memories

__all__ = [
    "Additions",
    "HoldsAdditions",
    "LoadReport",
    "Progress",
    "RemoveReport",
    "SampleDataError",
    "SampleMemory",
    "additions",
    "call_count",
    "is_loaded",
    "load",
    "sample_memories",
]
