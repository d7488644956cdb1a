"""Golden queries and their runs: our own database, not cached; a run asks AWS anew."""

from collections.abc import Sequence

from dashboard.live import calling, clients, workspace
from dashboard.resources.keeping import Row
from services.retrieval import golden_queries as golden_service
from services.retrieval.inquiries import Inquiry
from services.retrieval.retrieval import Progress
from services.workspace import golden
from services.workspace.golden import Expectation, GoldenQuery, GoldenRun


def golden_queries(memory: Row) -> list[GoldenQuery]:
    """The golden queries of a memory, in the order they were saved."""
    return golden.list_queries(workspace(), golden_service.home(clients(), memory))


def golden_runs(memory: Row) -> list[GoldenRun]:
    """The last 100 runs of a memory's golden queries, oldest first."""
    return golden.list_runs(workspace(), golden_service.home(clients(), memory))


def save_golden_query(memory: Row, inquiry: Inquiry, expected: Sequence[Expectation]) -> str:
    """Keeps a question with what it should find; returns its id."""
    return golden_service.save(clients(), workspace(), memory, inquiry, expected)


def delete_golden_query(golden_query_id: str) -> None:
    """Removes a golden query and its results."""
    golden_service.delete(workspace(), golden_query_id)


def run_golden_queries(memory: Row, progress: Progress) -> str:
    """Asks every golden query of a memory anew; returns the run's id."""
    with calling():
        return golden_service.run(clients(), workspace(), memory, clients().pace, progress)
