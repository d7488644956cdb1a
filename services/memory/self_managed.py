"""The hand-over of a self-managed strategy: when conversations are given to your own pipeline, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]


@dataclass(frozen=True)
class SelfManaged:
    """After so many messages, tokens or idle seconds (0: not by this), told on an SNS topic, laid into a
    bucket, with so many earlier messages."""

    messages: int = 6
    tokens: int = 0
    idle_seconds: int = 0
    topic_arn: str = ""
    bucket: str = ""
    history: int = 4


def hand_over(strategy: Row) -> SelfManaged | None:
    """The hand-over of a strategy of GetMemory; None for one that is not self-managed."""
    given = strategy.get("configuration", {}).get("selfManagedConfiguration")
    if not given:
        return None
    triggers: Row = {}
    for condition in given.get("triggerConditions", []):
        for trigger in condition.values():
            triggers |= trigger
    target = given.get("invocationConfiguration", {})
    return SelfManaged(
        messages=int(triggers.get("messageCount", 0)),
        tokens=int(triggers.get("tokenCount", 0)),
        idle_seconds=int(triggers.get("idleSessionTimeout", 0)),
        topic_arn=str(target.get("topicArn", "")),
        bucket=str(target.get("payloadDeliveryBucketName", "")),
        history=int(given.get("historicalContextWindowSize", 0)),
    )


def configuration(wanted: SelfManaged) -> Row:
    """The `selfManagedConfiguration` of every operation; triggers that are 0 are left out."""
    triggers = [
        {"messageBasedTrigger": {"messageCount": wanted.messages}} if wanted.messages else None,
        {"tokenBasedTrigger": {"tokenCount": wanted.tokens}} if wanted.tokens else None,
        {"timeBasedTrigger": {"idleSessionTimeout": wanted.idle_seconds}} if wanted.idle_seconds else None,
    ]
    return {
        "triggerConditions": [each for each in triggers if each],
        "invocationConfiguration": {
            "topicArn": wanted.topic_arn,
            "payloadDeliveryBucketName": wanted.bucket,
        },
        "historicalContextWindowSize": wanted.history,
    }
