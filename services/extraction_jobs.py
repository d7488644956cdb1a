"""Extraction jobs: the backlog of failed ones, not a history of extraction.

AWS lists only jobs that failed and can be started again (observed on AWS, and the status enum has FAILED
alone); a healthy memory has none.
"""

from __future__ import annotations

from typing import Any

from services.clients import Clients
from services.listing import Listing, collect, pages

PAGE_SIZE = 50
"""The largest maxResults of ListMemoryExtractionJobs."""


def list_extraction_jobs(
    clients: Clients,
    memory_id: str,
    *,
    strategy_id: str | None = None,
    actor_id: str | None = None,
    session_id: str | None = None,
    limit: int | None = 1000,
) -> Listing[dict[str, Any]]:
    """Failed jobs (jobID, messages, failureReason, …); AWS refuses empty filters, so they are left out."""
    wanted = {"strategyId": strategy_id, "actorId": actor_id, "sessionId": session_id}
    given = {name: value for name, value in wanted.items() if value}
    params = {"memoryId": memory_id, "filter": given or None}
    found = pages(clients.data, "list_memory_extraction_jobs", limit, params, PAGE_SIZE)
    return collect(found, "jobs", limit)
