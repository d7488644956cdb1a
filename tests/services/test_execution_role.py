"""The role's policies: nothing where nothing is needed, and no more than is needed elsewhere."""

from __future__ import annotations

import json
from typing import Any

import pytest

from services.memory import execution_role
from services.memory.strategy_drafts import StrategyDraft
from tests.services.memory_examples import (
    KEY,
    MODEL,
    PROFILE,
    STREAM,
    TOPIC,
    custom_draft,
    episodes_draft,
    facts_draft,
    pipeline_draft,
)

Row = dict[str, Any]
ARN = "arn:aws:bedrock-agentcore:eu-west-1:123456789012:memory/M-0123456789"
STREAMED = {"streamDeliveryResources": {"resources": [{"kinesis": {"dataStreamArn": STREAM}}]}}


def memory(*drafts: StrategyDraft, **more: Any) -> Row:
    return {"arn": ARN, "strategies": [draft.shown() for draft in drafts]} | more


def allowed(of: Row) -> dict[str, list[str]]:
    """Resources by action."""
    policy = execution_role.permissions_policy(of)
    statements = json.loads(policy)["Statement"] if policy else []
    assert all(statement["Effect"] == "Allow" for statement in statements)
    return {action: statement["Resource"] for statement in statements for action in statement["Action"]}


@pytest.mark.parametrize(
    "of", [memory(), memory(facts_draft(), episodes_draft()), memory(encryptionKeyArn=KEY)]
)
def test_built_in_strategies_need_no_role(of: Row) -> None:
    assert execution_role.reasons(of) == []
    assert execution_role.permissions_policy(of) is None


def test_only_agentcore_of_this_account_may_assume_it() -> None:
    [statement] = json.loads(execution_role.trust_policy(memory()))["Statement"]
    assert statement["Principal"] == {"Service": "bedrock-agentcore.amazonaws.com"}
    assert statement["Action"] == "sts:AssumeRole"
    assert statement["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "123456789012"},
        "ArnLike": {"aws:SourceArn": "arn:aws:bedrock-agentcore:eu-west-1:123456789012:memory/*"},
    }


def test_own_instructions_need_exactly_their_models() -> None:
    of = memory(facts_draft(), custom_draft())
    found = allowed(of)
    assert set(found) == {"bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"}
    assert set(found["bedrock:InvokeModel"]) == {
        f"arn:aws:bedrock:eu-west-1::foundation-model/{MODEL}",
        f"arn:aws:bedrock:eu-west-1:123456789012:inference-profile/{PROFILE}",
        f"arn:aws:bedrock:*::foundation-model/{PROFILE.removeprefix('us.')}",
    }
    [reason] = execution_role.reasons(of)
    assert "OwnFacts" in reason
    assert MODEL in reason


def test_a_model_given_as_arn_is_taken_as_it_is() -> None:
    of = memory(custom_draft())
    profile = "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/abc"
    for step in ("extraction", "consolidation"):
        (override,) = of["strategies"][0]["configuration"][step].values()
        next(iter(override.values()))["modelId"] = profile
    assert allowed(of)["bedrock:InvokeModel"] == [profile]


def test_a_self_managed_strategy_needs_its_bucket_and_topic() -> None:
    found = allowed(memory(pipeline_draft()))
    assert set(found) == {"s3:GetBucketLocation", "s3:PutObject", "sns:GetTopicAttributes", "sns:Publish"}
    assert found["s3:PutObject"] == ["arn:aws:s3:::payloads", "arn:aws:s3:::payloads/*"]
    assert found["sns:Publish"] == [TOPIC]


def test_a_stream_needs_its_stream_and_a_key_the_key() -> None:
    assert allowed(memory(facts_draft(), **STREAMED)) == {
        "kinesis:PutRecords": [STREAM],
        "kinesis:DescribeStream": [STREAM],
    }
    with_key = allowed(memory(facts_draft(), **STREAMED, encryptionKeyArn=KEY))
    assert with_key["kms:Decrypt"] == with_key["kms:GenerateDataKey"] == [KEY]
