"""What may be logged of an exception: where it happened. Its text may quote what the client sent."""

from __future__ import annotations

import traceback


def where(error: BaseException) -> str:
    """The exception's type and the lines it came through, without its text."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    return f"{type(error).__name__}\n{frames}"
