"""The workbench's three views of one session: dry run, replay, drafts."""

from functools import partial

from dashboard.components import (
    address_tabs,
    workbench_drafts,
    workbench_dry_run,
    workbench_prompts,
    workbench_replay,
)
from dashboard.components.workbench_place import Place
from dashboard.state import Key

VIEWS = {
    "Dry run": workbench_dry_run.show,
    "Replay": workbench_replay.show,
    "Drafts": workbench_drafts.show,
}


def tabs(place: Place) -> None:
    """The views as tabs; only the open one is drawn."""
    workbench_prompts.fill(place)
    address_tabs.show({name: partial(draw, place) for name, draw in VIEWS.items()}, Key.BENCH)
