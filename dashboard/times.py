"""Times as the viewer reads them: in the browser's time zone, with the exact UTC on hover.

Tables have no hover of their own in a cell: there the column's title tells the zone, and whatever the row
opens shows the exact time. A browser whose zone is not known gets UTC and is told so.
"""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from dashboard import format, text

CLOCK = "HH:mm:ss"
_SHORT = "D MMM, HH:mm"
_LONG = "YYYY-MM-DD HH:mm"
_WIDTHS = {CLOCK: 75, _SHORT: 94, _LONG: 130}


def zone() -> tzinfo:
    """The viewer's time zone; UTC where the browser tells none that is known."""
    return _named(st.context.timezone) or UTC


def _named(name: str | None) -> tzinfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):  # no such zone; no path; a folder of zones
        return None


def zone_name() -> str:
    """`Asia/Kolkata`; `UTC` also where the browser tells no zone."""
    return str(zone())


def zone_in_words() -> str:
    """Which zone times are shown in, and why it is UTC where the browser's is not known."""
    if _named(st.context.timezone):
        return text.label(zone_name())
    return "UTC, since the browser's time zone is not known"


def local(moment: datetime | None) -> str:
    """The time in the viewer's zone: `2026-11-21 09:04:08 IST`; an empty string for no time."""
    return format.local(moment, zone())


def badge(
    moment: datetime | None, words: str = "", *, width: Literal["content", "stretch"] = "content"
) -> None:
    """A time behind words of ours (`Created`), the exact UTC on hover; draws nothing for no time."""
    if moment is not None:
        st.badge(f"{words} {local(moment)}".strip(), color="gray", width=width, help=format.exact(moment))


def ago(moment: datetime | None) -> None:
    """How long ago, with both times on hover; draws nothing for no time."""
    if moment is not None:
        both = f"{local(moment)}, exactly {format.exact(moment)}"
        st.badge(format.ago(moment), color="gray", help=both)


def column(title: str, times: pd.Series[Any], *, form: str | None = None) -> ColumnConfig:
    """A table's column of `times` in the viewer's zone; its title tells the zone on hover.

    They are short, so that more fits beside them, unless a year is needed to tell them apart.
    """
    years = {moment.year for moment in (times.min(), times.max()) if pd.notna(moment)}
    form = form or (_SHORT if years <= {datetime.now(UTC).year} else _LONG)
    return st.column_config.DatetimeColumn(
        title,
        format=form,
        timezone=zone_name(),
        width=_WIDTHS[form],
        help=f"In {zone_in_words()}. What a row opens shows the exact time, too.",
    )
