"""What a demo consists of. A caption is for the audience: it says what to look at, without terms of art."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Say:
    """The person tells something; the scene is over when memory has made of it what it will."""

    caption: str
    text: str


@dataclass(frozen=True)
class NewSession:
    """The same person comes back later: only what was extracted carries over."""

    caption: str


@dataclass(frozen=True)
class Ask:
    """A question, answered with memory and, beside it, by the same agent without."""

    caption: str
    question: str


Scene = Say | NewSession | Ask
