"""Figures as they are made of frames."""

from datetime import UTC, datetime

import pandas as pd

from dashboard import charts

NAMES = {"facts-1": "Facts", "likes-2": "Likes"}


def records_of(*strategy_ids: str | None) -> pd.DataFrame:
    moment = pd.Timestamp(datetime(2026, 3, 1, 12, tzinfo=UTC))
    rows = [{"memoryStrategyId": id_, "timestamp": moment, "createdAt": moment} for id_ in strategy_ids]
    return pd.DataFrame(rows)


def test_a_strategy_keeps_its_colour_when_others_are_filtered_away() -> None:
    everything = charts.records_by_day(records_of("likes-2", "facts-1", None), NAMES, UTC)
    narrowed = charts.records_by_day(records_of("likes-2"), NAMES, UTC)
    assert [bar.name for bar in everything.data] == ["Facts", "Likes", charts.NO_STRATEGY]
    # Plotly gives colours by place.
    assert [bool(bar.showlegend) for bar in narrowed.data] == [False, True]
    assert narrowed.data[1].name == "Likes"
    assert [list(bar.y) for bar in narrowed.data] == [[], [1]]
