"""What may be logged of an exception, and answers that end before their end."""

from __future__ import annotations

import traceback


class BrokenOff(Exception):
    """What an answer was made of ended too early, when its head had been sent: the client is to see that it
    is not whole."""


def where(error: BaseException) -> str:
    """The exception's type and the lines it came through, without its text, which may quote what the client
    sent."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    return f"{type(error).__name__}\n{frames}"
