"""Times without a browser: UTC, and said so; a year only where one is needed."""

from datetime import UTC, datetime, timedelta

import pandas as pd

from dashboard import times

NOW = datetime.now(UTC)


def form(*moments: datetime) -> str:
    column = times.column("At", pd.Series(pd.to_datetime(list(moments), utc=True)))
    settings = column["type_config"]
    assert settings is not None
    assert settings["timezone"] == "UTC"  # type: ignore[typeddict-item]
    assert "time zone is not known" in str(column["help"])
    return str(settings["format"])  # type: ignore[typeddict-item]


def test_a_table_tells_the_year_only_where_there_are_several() -> None:
    this_year, years_ago = NOW, NOW - timedelta(days=800)
    assert "YYYY" not in form(this_year, this_year)
    assert "YYYY" in form(this_year, years_ago)
    assert "YYYY" in form(years_ago)
    assert "YYYY" not in form()


def test_no_time_is_no_text() -> None:
    assert times.local(None) == ""
    assert times.local(datetime(2026, 11, 21, 3, 34, 8, tzinfo=UTC)) == "2026-11-21 03:34:08 UTC"
