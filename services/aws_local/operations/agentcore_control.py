"""Control plane of AgentCore Memory: memory resources, their strategies and tags.

Behaviour follows the AgentCore developer guide and what clients observe on AWS: a duplicate name and a
resource in transition are ValidationExceptions, not ConflictExceptions; fields that were never set are
absent from answers.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import apsw

from services.aws_local.call import Call
from services.aws_local.clock import now_ms, seconds
from services.aws_local.errors import ValidationException
from services.aws_local.identifiers import memory_arn, resource_id
from services.aws_local.long_term import extraction_queue
from services.aws_local.memory import erasure, memories, memory_rules, strategies
from services.aws_local.memory.memories import Memory
from services.aws_local.storage import client_tokens
from services.aws_local.storage.pagination import Query, page
from services.aws_local.storage.store import Row
from services.aws_local.streams import stream_events

SERVICE = "bedrock-agentcore-control"

_SETTINGS = (
    "description",
    "encryptionKeyArn",
    "memoryExecutionRoleArn",
    "eventExpiryDuration",
    "indexedKeys",
    "namespaceKeys",
    "streamDeliveryResources",
)
_UPDATABLE = (
    "description",
    "memoryExecutionRoleArn",
    "eventExpiryDuration",
    "namespaceKeys",
    "streamDeliveryResources",
)
_DEFAULT_PAGE = 10  # reference: ListMemories, "The default value is 10"
_MAX_INDEXED_KEYS = 10
_MAX_TAGS = 50


def create_memory(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """A new memory, CREATING (and its strategies with it) until the transition time is over.

    As on AWS this answer always says CREATING, even where that takes no time; a repeated client token gets
    the same answer as long as the memory was not changed, and makes a new one when it is gone.
    """

    def create(connection: apsw.Connection) -> Memory:
        owner = _account(call)
        memory_id = client_tokens.answer(connection, owner, call.operation, params.get("clientToken"))
        if memory_id is None or not memories.exists(connection, call.scope, memory_id):
            memory_id = _insert(connection, call, params)
            client_tokens.keep(connection, owner, call.operation, params.get("clientToken"), memory_id)
        return memories.find(connection, call.scope, memory_id)

    memory = call.backend.write(create)
    is_new = memory.transition == "CREATING"
    return {"memory": _shown(memory, memory.created_ms - 1 if is_new else now_ms())}


def _account(call: Call) -> str:
    """Under which name the client tokens of an account and region are kept."""
    return f"account:{call.scope.account_id}:{call.scope.region}"


def _insert(connection: apsw.Connection, call: Call, params: dict[str, Any]) -> str:
    """Store the memory and its strategies; its id."""
    memories.free_names(connection)
    _check_name_is_free(connection, call, params["name"])
    now = now_ms()
    settled = now + call.backend.transition_ms
    settings = {name: params[name] for name in _SETTINGS if name in params}
    fields = {
        "account_id": call.scope.account_id,
        "region": call.scope.region,
        "memory_id": resource_id(params["name"]),
        "name": params["name"],
        "created_ms": now,
        "settled_ms": settled,
        "settings": json.dumps(settings),
        "indexed_ms": json.dumps(_indexed({}, settings.get("indexedKeys", []), now)),
        "tags": json.dumps(params.get("tags", {})),
    }
    memory_no = memories.insert(connection, fields)
    for given in params.get("memoryStrategies", []):
        memories.insert_strategy(connection, memory_no, strategies.new_strategy(given, settled))
    given = params.get("memoryStrategies", [])
    memory_rules.check(memories.find(connection, call.scope, fields["memory_id"]), given)
    call.backend.quotas.check_memories(connection, call.scope)
    if given:
        call.backend.quotas.check_strategies(connection, call.scope, memory_no)
    if _stream(settings):
        stream_events.enabled(connection, memory_no)
    return str(fields["memory_id"])


def _stream(settings: dict[str, Any]) -> str | None:
    """The ARN of the Kinesis stream that is told of the memory's records."""
    resources = settings.get("streamDeliveryResources", {}).get("resources")
    return resources[0]["kinesis"]["dataStreamArn"] if resources else None


def _check_name_is_free(connection: apsw.Connection, call: Call, name: str) -> None:
    if memories.named(connection, call.scope, name) is not None:
        raise ValidationException(f"Memory with name {name} already exists")


def _indexed(known: dict[str, int], keys: list[dict[str, str]], now: int) -> dict[str, int]:
    """Since when each key is indexed: only records written later are found by it."""
    return {key["key"]: now for key in keys} | known


def get_memory(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """One memory. `view` makes no difference here: nothing is encrypted with a customer's key."""
    memory = call.backend.read(lambda connection: memories.find(connection, call.scope, params["memoryId"]))
    return {"memory": _shown(memory, now_ms())}


def _shown(memory: Memory, at_ms: int) -> dict[str, Any]:
    """The memory as answers have it, with the statuses of a moment."""
    return memory.settings | {
        "arn": memory.arn,
        "id": memory.memory_id,
        "name": memory.name,
        "status": memory.status(at_ms),
        "createdAt": seconds(memory.created_ms),
        "updatedAt": seconds(memory.updated_ms),
        "strategies": [strategies.shown(strategy, at_ms) for strategy in memory.strategies],
    }


def list_memories(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """Memories, newest first (AWS documents no order). Summaries carry no name, as on AWS."""
    query = Query.of(call, params)
    before = query.position(params.get("nextToken"))
    limit = params.get("maxResults", _DEFAULT_PAGE)
    found = call.backend.read(
        lambda connection: memories.newest_first(connection, call.scope, before, limit + 1)
    )
    shown, token = page(query, found, limit, lambda last: [last["created_ms"], last["memory_no"]])
    return {"memories": [_summary(memory) for memory in shown], "nextToken": token}


def _summary(found: Row) -> dict[str, Any]:
    return {
        "arn": memory_arn(found["account_id"], found["region"], found["memory_id"]),
        "id": found["memory_id"],
        "status": memories.status_of(found),
        "createdAt": seconds(found["created_ms"]),
        "updatedAt": seconds(found["updated_ms"]),
    }


def update_memory(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """Change settings and strategies. With strategies the memory is UPDATING for the transition time.

    As on AWS an answer with changed strategies always says UPDATING, even where that takes no time.
    """

    def update(connection: apsw.Connection) -> Memory:
        memory = memories.find(connection, call.scope, params["memoryId"])
        owner, token = memories.owner_of(memory.memory_no), params.get("clientToken")
        if client_tokens.answer(connection, owner, call.operation, token) is not None:
            return memory
        client_tokens.keep(connection, owner, call.operation, token, memory.memory_id)
        memory_rules.check_settled(memory, "update")
        _update(connection, call, memory, params)
        updated = memories.find(connection, call.scope, params["memoryId"])
        added = params.get("memoryStrategies", {}).get("addMemoryStrategies", [])
        memory_rules.check(updated, added)
        if added:
            call.backend.quotas.check_strategies(connection, call.scope, memory.memory_no)
        if _stream(updated.settings) not in {None, _stream(memory.settings)}:
            stream_events.enabled(connection, memory.memory_no)
        return updated

    updated = call.backend.write(update)
    return {"memory": _shown(updated, updated.settled_ms - 1 if params.get("memoryStrategies") else now_ms())}


def _update(connection: apsw.Connection, call: Call, memory: Memory, params: dict[str, Any]) -> None:
    now = now_ms()
    changes = params.get("memoryStrategies", {})
    settled = now + call.backend.transition_ms if changes else now
    settings = memory.settings | {name: params[name] for name in _UPDATABLE if name in params}
    added = params.get("addIndexedKeys", [])
    if added:
        settings["indexedKeys"] = _with_keys(settings.get("indexedKeys", []), added)
    indexed = _indexed(memory.indexed_ms, added, now)
    memories.update(connection, replace(memory, settings=settings, indexed_ms=indexed), "UPDATING", settled)
    _change_strategies(connection, memory, changes, settled)


def _with_keys(known: list[dict[str, str]], added: list[dict[str, str]]) -> list[dict[str, str]]:
    """All indexed keys. Reference: a key cannot be removed, and not change its type."""
    types = {key["key"]: key["type"] for key in known}
    for key in added:
        if types.setdefault(key["key"], key["type"]) != key["type"]:
            raise ValidationException(f"Indexed key {key['key']} already exists with another type.")
    if len(types) > _MAX_INDEXED_KEYS:
        raise ValidationException(f"A memory has at most {_MAX_INDEXED_KEYS} indexed keys.")
    return [{"key": key, "type": kind} for key, kind in types.items()]


def _change_strategies(
    connection: apsw.Connection, memory: Memory, changes: dict[str, Any], settled: int
) -> None:
    for strategy in memory_rules.known_strategies(
        memory, changes.get("deleteMemoryStrategies", []), "delete"
    ):
        memories.set_strategy_gone(connection, strategy.strategy_no, settled)
    modifications = changes.get("modifyMemoryStrategies", [])
    known = memory_rules.known_strategies(memory, modifications, "modify")
    for strategy, given in zip(known, modifications, strict=True):
        modified = strategies.modified(strategy, given)
        if modified.template != strategy.template:
            extraction_queue.keep_namespaces(connection, strategy)
        memories.update_strategy(connection, modified)
    for given in changes.get("addMemoryStrategies", []):
        memories.insert_strategy(connection, memory.memory_no, strategies.new_strategy(given, settled))


def delete_memory(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """DELETING for the transition time, then not found; a repeated client token is answered even then.

    Refused while the memory is CREATING or UPDATING, as on AWS; one that is DELETING is answered again.
    """

    def delete(connection: apsw.Connection) -> tuple[str, list[int]]:
        owner, token = _account(call), params.get("clientToken")
        if client_tokens.answer(connection, owner, call.operation, token) == params["memoryId"]:
            return str(params["memoryId"]), []
        memory = memories.find(connection, call.scope, params["memoryId"])
        if memory.transition != "DELETING":
            memory_rules.check_settled(memory, "delete")
            memories.set_deleting(connection, memory.memory_no, now_ms() + call.backend.transition_ms)
        if memory.memory_no in erasure.gone(connection):  # a small one at once, the rest of it in upkeep
            erasure.erase_some(connection, memory.memory_no, erasure.AT_ONCE)
        client_tokens.keep(connection, owner, call.operation, token, memory.memory_id)
        return memory.memory_id, [memory.memory_no]

    memory_id, gone = call.backend.write(delete)
    call.backend.forget(gone)  # now that nobody can read it any more
    return {"memoryId": memory_id, "status": "DELETING"}


def tag_resource(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """Add tags, replacing the values of those that exist."""

    def tag(connection: apsw.Connection) -> None:
        memory = memories.find(connection, call.scope, params["resourceArn"])
        tags = memory.tags | params["tags"]
        if len(tags) > _MAX_TAGS:
            raise ValidationException(f"A resource has at most {_MAX_TAGS} tags.")
        memories.set_tags(connection, memory.memory_no, tags)

    call.backend.write(tag)
    return {}


def untag_resource(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """Remove tags; those that do not exist are no error."""

    def untag(connection: apsw.Connection) -> None:
        memory = memories.find(connection, call.scope, params["resourceArn"])
        tags = {key: value for key, value in memory.tags.items() if key not in params["tagKeys"]}
        memories.set_tags(connection, memory.memory_no, tags)

    call.backend.write(untag)
    return {}


def list_tags_for_resource(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    memory = call.backend.read(
        lambda connection: memories.find(connection, call.scope, params["resourceArn"])
    )
    return {"tags": memory.tags}
