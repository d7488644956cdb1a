"""STS: who the caller is, by the access key id alone, since signatures are not verified."""

from __future__ import annotations

from typing import Any

from services.aws_local.call import Call

SERVICE = "sts"

USER_NAME = "agentcore-local"


def get_caller_identity(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """The account of the signature."""
    account_id = call.scope.account_id
    return {
        "Account": account_id,
        "UserId": f"AIDA{account_id}LOCAL",
        "Arn": f"arn:aws:iam::{account_id}:user/{USER_NAME}",
    }
