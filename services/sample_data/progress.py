"""How the sample data tells what it is doing."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int, int, str], None]
"""Called with (steps done, steps in all, what is going on), always in the caller's thread."""
