"""Figures from frames. Pure: nothing here draws, fetches or knows a page."""

from datetime import timedelta, tzinfo

import pandas as pd
import plotly.graph_objects as go

from dashboard import text
from services.workspace.golden import GoldenRun

A_DAY = pd.Timedelta(days=1)
FEW_DAYS = pd.Timedelta(days=14)
"""So many at least are shown, so that a day's bar is no wall."""
AN_HOUR = timedelta(hours=1)
FEW_RECORDS = 5
"""Up to so many a day have a tick each: Plotly would mark halves."""
NO_STRATEGY = "without a strategy"


def records_by_day(records: pd.DataFrame, strategy_names: dict[str, str], zone: tzinfo) -> go.Figure:
    """Stacked bars: how many memory records each strategy made, by day (in `zone`) of what they are about.
    A strategy has the same colour whichever of them have records here: theirs is the order of
    `strategy_names`.

    `timestamp` is the time of the source; a record written without one counts on the day of its creation.
    """
    moments = records["timestamp"].fillna(records["createdAt"]).dt.tz_convert(zone)
    days = moments.dt.tz_localize(None).dt.floor("D")  # without the zone: some have days without a midnight
    counts = records.groupby([records["memoryStrategyId"].fillna(NO_STRATEGY), days]).size()
    figure = go.Figure()
    first, last = days.min(), days.max()
    if last - first < FEW_DAYS:
        first, last = first - FEW_DAYS / 2, last + FEW_DAYS / 2
    there = counts.index.get_level_values(0).unique()
    for strategy_id in dict.fromkeys([*strategy_names, *there]):
        if strategy_id not in there:
            figure.add_bar(x=[], y=[], showlegend=False)  # takes its colour
            continue
        of_strategy = counts.loc[strategy_id]
        # Plotly reads a subset of HTML in names; `<` and `&` are all that can start it.
        name = text.preview(strategy_names.get(strategy_id, strategy_id), 40)
        figure.add_bar(
            x=of_strategy.index,
            y=of_strategy.to_numpy(),
            name=name.replace("&", "&amp;").replace("<", "&lt;"),
            showlegend=True,
            width=0.9 * A_DAY / pd.Timedelta(milliseconds=1),
            hovertemplate="%{x|%d %b}: %{y}<extra>%{fullData.name}</extra>",
        )
    figure.update_layout(
        barmode="stack",
        height=240,
        margin={"l": 0, "r": 0, "t": 8, "b": 0},
        legend={"orientation": "h", "y": 1.15, "x": 0},
        yaxis={
            "rangemode": "tozero",
            "title": None,
            "tickformat": ",d",
            "dtick": 1 if counts.groupby(level=1).sum().max() <= FEW_RECORDS else None,
        },
        xaxis={"type": "date", "title": None, "tickformat": "%d %b", "range": [first - A_DAY, last + A_DAY]},
    )
    return figure


def golden_runs(runs: list[GoldenRun], zone: tzinfo) -> go.Figure:
    """Two small lines, recall and MRR from 0 to 1, by run, with times in `zone`; a run that got no answer is
    a gap. At least an hour is shown: around a single run Plotly would mark milliseconds."""
    figure = go.Figure()
    moments = [run.at.astimezone(zone).replace(tzinfo=None) for run in runs]
    first, last = min(moments), max(moments)
    around = max(timedelta(0), AN_HOUR - (last - first)) / 2
    lines = {
        "Recall@k": [run.recall for run in runs],
        "MRR": [run.mean_reciprocal_rank for run in runs],
    }
    for name, values in lines.items():
        figure.add_scatter(
            x=moments,
            y=values,
            name=name,
            mode="lines+markers",
            cliponaxis=False,
            hovertemplate="%{x|%d %b %H:%M}: %{y:.2f}<extra>%{fullData.name}</extra>",
        )
    figure.update_layout(
        height=150,
        margin={"l": 0, "r": 0, "t": 8, "b": 0},
        legend={"orientation": "h", "y": 1.45, "x": 0},
        yaxis={"range": [0, 1], "title": None, "tickvals": [0, 0.5, 1]},
        xaxis={
            "type": "date",
            "title": None,
            "nticks": 4,
            "range": [first - around, last + around] if around else None,
        },
    )
    return figure
