"""A pytest plugin: each test starts without memories.

moto's tests reuse names and count memories, since its decorator empties moto's server before each test
(POST /moto-api/reset). This endpoint keeps what it has, so the plugin deletes it as a client would.
"""

from __future__ import annotations

import os

import boto3
import pytest

REGION = "us-east-1"  # of moto's tests


@pytest.fixture(autouse=True)
def _no_memories_left() -> None:
    control = boto3.client(
        "bedrock-agentcore-control", REGION, endpoint_url=os.environ["TEST_SERVER_MODE_ENDPOINT"]
    )
    for page in control.get_paginator("list_memories").paginate():
        for memory in page["memories"]:
            control.delete_memory(memoryId=memory["id"])
