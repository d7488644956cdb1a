"""What the sample data is made from: a domain is one memory, its scripts, and the people who play them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from services.sample_data.script import Turn, parse

Shape = Literal["message", "exchange", "conversation", "strands"]
"""How a session is cut into events: one per message, one per question with its answers, one for the whole
session, or as the Strands session manager writes (JSON-wrapped messages between agent-state blobs)."""

Script = str | tuple[Turn, ...]


@dataclass(frozen=True)
class MemoryBlueprint:
    """The memory resource to create. `strategies` are MemoryStrategyInput structures of the control plane."""

    name: str
    description: str
    event_expiry_days: int
    strategies: tuple[dict[str, Any], ...] = ()
    role_arn: str | None = None


@dataclass(frozen=True)
class Persona:
    """One actor: who they are, and the sessions they have had, oldest first.

    `stories` name scripts; `story@SessionId` fixes the session's id. `recent` puts the last session into the
    hours before the anchor.
    """

    actor_id: str
    stories: tuple[str, ...]
    slots: Mapping[str, str] = field(default_factory=dict)
    shape: Shape = "message"
    metadata: Mapping[str, str] = field(default_factory=dict)
    recent: bool = False


@dataclass(frozen=True)
class Profile:
    """A fact about an actor that another system knew: imported as a record, without any conversation."""

    actor_id: str
    text: str
    source: str


@dataclass(frozen=True)
class Domain:
    """One memory of the sample data with everything that is written to it."""

    key: str
    memory: MemoryBlueprint
    scripts: Mapping[str, Script]
    cast: tuple[Persona, ...]
    profiles: tuple[Profile, ...] = ()

    def turns(self, story: str) -> tuple[Turn, ...]:
        """The turns of a story, slots still open; KeyError when no script has the name."""
        script = self.scripts[story]
        return parse(script) if isinstance(script, str) else script
