"""Guided demos: short stories that play on live data, so that everyone can see what memory changes.

A `Demo` is scenes in order. `performance` plays them in a chat like any other; `moments` is what happened, as
plain data that can be kept, replayed without AWS, and written down as a report.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.demos.scenes import Ask, NewSession, Say, Scene
from services.demos.stories import preferences, support, travel

__all__ = ["DEMOS", "Ask", "Demo", "NewSession", "Say", "Scene", "demo"]


@dataclass(frozen=True)
class Demo:
    """One story. `actor` begins the actor id of each play, `about` says what an audience will see."""

    name: str
    title: str
    about: str
    actor: str
    scenes: tuple[Scene, ...]


DEMOS = (
    Demo("support", "A support agent that remembers", support.ABOUT, "demo-dana", support.SCENES),
    Demo("travel", "A travel assistant that knows its guest", travel.ABOUT, "demo-anna", travel.SCENES),
    Demo("preferences", "Preferences that change", preferences.ABOUT, "demo-sam", preferences.SCENES),
)


def demo(name: str) -> Demo | None:
    """The demo of that name, None when there is none."""
    return next((each for each in DEMOS if each.name == name), None)
