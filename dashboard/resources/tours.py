"""Notebook tours at the live connection: our own database, and the calls of their steps."""

from dashboard.live import calling, clients, connection, workspace
from dashboard.resources.agents import AGENTS, SUMMARIES
from dashboard.resources.keeping import Row, changing
from services.notebook import acts as notebook_acts
from services.notebook import tour as notebook_tour
from services.notebook.acts import Guide
from services.notebook.tour import TourStep
from services.workspace import agent_tours
from services.workspace.agent_tours import Tour


def tours() -> list[Tour]:
    """The tours of the connection, newest first."""
    return agent_tours.list_tours(workspace(), connection().key)


def begin_tour() -> Tour:
    """A new tour; nothing is called yet."""
    return agent_tours.begin(workspace(), connection().key, clients().actor)


def guide(tour_id: str) -> Guide | None:
    """The tour of that id, ready to go on; None for none at this connection."""
    tour = agent_tours.get(workspace(), connection().key, tour_id)
    return Guide(clients(), workspace(), tour) if tour else None


def run_step(guided: Guide, step: TourStep) -> str:
    """Makes a step's calls; what came of them."""
    with changing((AGENTS,), (SUMMARIES,)):
        return notebook_tour.run(guided, step)


def step_done(guided: Guide, step: TourStep, told: str) -> None:
    """Keeps that a step is done."""
    with changing((SUMMARIES,)):
        notebook_tour.done(guided, step, told)


def tour_summaries(guided: Guide) -> list[Row]:
    """The summaries of the tour's memory id, asked anew."""
    with calling():
        return notebook_acts.summaries(guided)
