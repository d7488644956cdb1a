"""Strategies of every kind as GetMemory shows them, and one memory that has everything."""

from __future__ import annotations

from typing import Any

from services.memory.drafts import MemoryDraft
from services.memory.self_managed import SelfManaged
from services.memory.strategy_drafts import Instructions, StrategyDraft

ROLE = "arn:aws:iam::123456789012:role/memory"
TOPIC = "arn:aws:sns:us-west-2:123456789012:jobs"
STREAM = "arn:aws:kinesis:us-west-2:123456789012:stream/records"
KEY = "arn:aws:kms:us-west-2:123456789012:key/1"
MODEL = "amazon.nova-lite-v1:0"
PROFILE = "us.anthropic.claude-haiku-4-5-20251001-v1:0"
PROMPT = "Line one.\n\n- keep ![x](http://x/y.png)\n"


def facts_draft(**changes: Any) -> StrategyDraft:
    """Semantic facts with AWS's instructions."""
    return StrategyDraft(
        **({"kind": "semantic", "name": "Facts", "namespace_template": "/facts/{actorId}/"} | changes)
    )


def custom_draft() -> StrategyDraft:
    """Semantic facts with instructions of its own for both steps."""
    steps = {"extraction": Instructions(PROMPT, PROFILE), "consolidation": Instructions("Merge.", MODEL)}
    return facts_draft(name="OwnFacts", namespace_template="/own/{actorId}/", instructions=steps)


def pipeline_draft() -> StrategyDraft:
    """A self-managed strategy."""
    return facts_draft(
        kind="self_managed",
        name="Pipeline",
        namespace_template="/pipeline/{actorId}/",
        hand_over=SelfManaged(6, 0, 30, TOPIC, "payloads", 2),
    )


def episodes_draft(**changes: Any) -> StrategyDraft:
    """Episodes whose reflections lie above them."""
    fields = {
        "kind": "episodic",
        "name": "Episodes",
        "namespace_template": "/episodes/{actorId}/{sessionId}/",
        "reflection_template": "/episodes/{actorId}/",
    }
    return facts_draft(**(fields | changes))


def everything(name: str) -> MemoryDraft:
    """A memory with a strategy of each sort, a role, tags and an indexed key."""
    return MemoryDraft(
        name,
        description="All of it.",
        execution_role_arn=ROLE,
        strategies=(facts_draft(), custom_draft(), episodes_draft(), pipeline_draft()),
        tags={"team": "a", "stage": "test"},
        indexed_keys={"channel": "STRING"},
    )
