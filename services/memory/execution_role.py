"""The role that AWS assumes to work for a memory: the trust and the least permissions that it needs, as JSON.

Sources: developer guide, "Customize a built-in strategy", "Self-managed strategy", "Memory record streaming"
and "Cross-service confused deputy prevention". Nothing is asked of IAM: what the role really allows is not
known here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from services.memory.self_managed import hand_over
from services.memory.strategy_details import steps

Row = dict[str, Any]
SERVICE = "bedrock-agentcore.amazonaws.com"
# A cross-Region inference profile's id is a model id behind a geography: us.anthropic.…, global.amazon.…
_PROFILE = re.compile(r"^(?:us-gov|us|eu|apac|jp|au|ca|global)\.(?P<model>.+)$")


def reasons(memory: Row) -> list[str]:
    """What this memory needs a role for, as sentences; empty when it needs none."""
    found = [
        f"{strategy['name']} runs its own instructions on {', '.join(models)}."
        for strategy in memory.get("strategies", [])
        if (models := _models(strategy))
    ]
    found += [
        f"{strategy['name']} hands conversations to a bucket and a topic of yours."
        for strategy in memory.get("strategies", [])
        if hand_over(strategy)
    ]
    return found + (["Changes of records are streamed to Kinesis."] if _streams(memory) else [])


def trust_policy(memory: Row) -> str:
    """Who may assume the role: AgentCore, for the memories of this account and region only."""
    region, account = _home(memory)
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": SERVICE},
        "Action": "sts:AssumeRole",
        "Condition": {
            "StringEquals": {"aws:SourceAccount": account},
            "ArnLike": {"aws:SourceArn": f"arn:aws:bedrock-agentcore:{region}:{account}:memory/*"},
        },
    }
    return _policy([statement])


def permissions_policy(memory: Row) -> str | None:
    """What the role must be allowed for this memory; None when it needs no role."""
    statements = list(_statements(memory))
    return _policy(statements) if statements else None


def _statements(memory: Row) -> Iterator[Row]:
    strategies = memory.get("strategies", [])
    models = sorted({model for strategy in strategies for model in _models(strategy)})
    if models:
        yield {
            "Sid": "Models",
            "Effect": "Allow",
            "Action": ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"],
            "Resource": [arn for model in models for arn in _model_arns(model, memory)],
        }
    for stream in _streams(memory):
        yield _allow("Stream", ["kinesis:PutRecords", "kinesis:DescribeStream"], [stream])
    targets = [given for given in map(hand_over, strategies) if given]
    if targets:
        buckets = sorted({given.bucket for given in targets})
        arns = [f"arn:aws:s3:::{bucket}{part}" for bucket in buckets for part in ("", "/*")]
        yield _allow("Payloads", ["s3:GetBucketLocation", "s3:PutObject"], arns)
        topics = sorted({given.topic_arn for given in targets})
        yield _allow("Notifications", ["sns:GetTopicAttributes", "sns:Publish"], topics)
    if memory.get("encryptionKeyArn") and (models or targets or _streams(memory)):
        yield _allow("Key", ["kms:Decrypt", "kms:GenerateDataKey"], [memory["encryptionKeyArn"]])


def _allow(sid: str, actions: list[str], resources: list[str]) -> Row:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources}


def _models(strategy: Row) -> list[str]:
    return list(dict.fromkeys(step.model_id for step in steps(strategy) if step.model_id))


def _model_arns(model: str, memory: Row) -> list[str]:
    """A model's ARN; of an inference profile, its own and that of the model in every region behind it."""
    if model.startswith("arn:"):
        return [model]
    region, account = _home(memory)
    profile = _PROFILE.match(model)
    if not profile:
        return [f"arn:aws:bedrock:{region}::foundation-model/{model}"]
    return [
        f"arn:aws:bedrock:{region}:{account}:inference-profile/{model}",
        f"arn:aws:bedrock:*::foundation-model/{profile['model']}",
    ]


def _streams(memory: Row) -> list[str]:
    resources = memory.get("streamDeliveryResources", {}).get("resources", [])
    return [str(each["kinesis"]["dataStreamArn"]) for each in resources if "kinesis" in each]


def _home(memory: Row) -> tuple[str, str]:
    """Region and account, from the memory's ARN."""
    _, _, _, region, account, _ = str(memory["arn"]).split(":", 5)
    return region, account


def _policy(statements: list[Row]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=2)
