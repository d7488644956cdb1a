"""Changing a memory: what UpdateMemory is asked, worked out from how the memory is and how it shall be.

A form changes a copy of GetMemory's dict. From the two follow the request (only what differs is sent), what
AWS would refuse, and what is shown before it is sent. UpdateMemory has no condition on the version, so the
memory is read again right before, and nothing is sent when somebody else has changed it since the form was
opened. What changes in the moment between the two calls is not noticed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from services.auditing import audited
from services.authorization import authorize, current_role
from services.clients import Clients
from services.constraints import CONTROL, request_problems
from services.errors import ChangedMeanwhile, InvalidDraft
from services.memory import metadata_schema
from services.memory.drafts import MAX_STRATEGIES, MemoryDraft, tag_problems
from services.memory.memories import create_memory, get_memory, list_tags
from services.memory.namespaces import check_template
from services.memory.settings import Difference, differences, settings
from services.memory.strategy_details import is_override, kind_of, own_part, schema_of, template_of
from services.memory.strategy_drafts import StrategyDraft
from services.workspace.store import Workspace

Row = dict[str, Any]
MAX_INDEXED_KEYS = 10
_LEGACY = "namespaces"
# How members are called where they break a rule of the service model.
_LABELS = {
    "description": "The description",
    "eventExpiryDuration": "The event expiry in days",
    "memoryExecutionRoleArn": "The execution role's ARN",
    "namespaceTemplates": "A namespace template",
    "appendToPrompt": "The instructions",
    "modelId": "The model's id",
    "recordExpiryDurationDays": "The expiry of records in days",
    "definition": "A metadata key's definition",
    "llmExtractionInstruction": "A metadata key's instruction",
    "key": "A key",
    "regexPattern": "A namespace key's pattern",
    "allowedValues": "An allowed value",
    "dataStreamArn": "The stream's ARN",
    "topicArn": "The topic's ARN",
    "payloadDeliveryBucketName": "The bucket's name",
    "triggerConditions": "The list of triggers",
    "metadataSchema": "The metadata schema",
}


@dataclass(frozen=True)
class MemoryChange:
    """A memory and its tags as they were read, and as they shall be; `added` are further strategies.

    `before` and `after` are GetMemory's dicts; a strategy that `after` lacks is deleted.
    """

    before: Row
    after: Row
    tags_before: Mapping[str, str] = field(default_factory=dict)
    tags_after: Mapping[str, str] = field(default_factory=dict)
    added: tuple[StrategyDraft, ...] = ()

    def differences(self) -> list[Difference]:
        """What will be different, and nothing else."""
        added = [{"strategyId": "new"} | draft.shown() for draft in self.added]
        after = self.after | {"strategies": [*self.after.get("strategies", []), *added]}
        old = settings(self.before, self.tags_before)
        return [each for each in differences(old, settings(after, self.tags_after)) if each.differs]

    def deleted(self) -> list[Row]:
        """The strategies that will be deleted."""
        kept = {strategy["strategyId"] for strategy in self.after.get("strategies", [])}
        return [row for row in self.before.get("strategies", []) if row["strategyId"] not in kept]

    def request(self) -> Row:
        """UpdateMemory's parameters without memoryId; empty when it need not be called."""
        scalars = ("description", "eventExpiryDuration", "memoryExecutionRoleArn")
        request = {name: self.after[name] for name in scalars if self._differs(name) and self.after.get(name)}
        known = self.before.get("indexedKeys", [])
        added = [key for key in self.after.get("indexedKeys", []) if key not in known]
        if added:
            request["addIndexedKeys"] = added
        if self._differs("namespaceKeys"):
            request["namespaceKeys"] = self.after.get("namespaceKeys", [])
        if self._differs("streamDeliveryResources"):
            request["streamDeliveryResources"] = self.after.get("streamDeliveryResources") or {
                "resources": []
            }
        strategies = self._strategies()
        return request | ({"memoryStrategies": strategies} if strategies else {})

    def _differs(self, name: str) -> bool:
        return bool((self.before.get(name) or None) != (self.after.get(name) or None))

    def _strategies(self) -> Row:
        old = {row["strategyId"]: row for row in self.before.get("strategies", [])}
        pairs = [(old[row["strategyId"]], row) for row in self.after.get("strategies", [])]
        modified = [change for before, after in pairs if (change := _modification(before, after))]
        lists = {
            "addMemoryStrategies": [draft.request() for draft in self.added],
            "modifyMemoryStrategies": modified,
            "deleteMemoryStrategies": [{"memoryStrategyId": row["strategyId"]} for row in self.deleted()],
        }
        return {name: rows for name, rows in lists.items() if rows}

    def tag_changes(self) -> tuple[dict[str, str], list[str]]:
        """The tags to set (TagResource), and the keys to remove (UntagResource)."""
        changed = {key: value for key, value in self.tags_after.items() if self.tags_before.get(key) != value}
        return changed, [key for key in self.tags_before if key not in self.tags_after]

    def problems(self) -> list[str]:
        """What AWS would refuse, as sentences; empty when it may be sent."""
        found = request_problems(CONTROL, "UpdateMemory", replace(self, added=()).request(), _LABELS)
        found += [*self._emptied(), *self._key_problems(), *self._tag_problems()]
        declared = [key["key"] for key in self.after.get("namespaceKeys", [])]
        indexed = {key["key"]: key["type"] for key in self.after.get("indexedKeys", [])}
        for strategy in self.after.get("strategies", []):
            problems = _strategy_problems(strategy, declared, indexed)
            found += [f"{strategy['name']}: {problem}" for problem in problems]
        for draft in self.added:
            found += [f"{draft.name or 'The new strategy'}: {text}" for text in draft.problems(declared)]
        return list(dict.fromkeys([*found, *self._together_problems()]))

    def _emptied(self) -> Iterable[str]:
        fixed = {"description": "description", "memoryExecutionRoleArn": "execution role"}
        for name, words in fixed.items():
            if self.before.get(name) and not self.after.get(name):
                yield f"AWS cannot take the {words} away again, only change it."
        old = {row["strategyId"]: row for row in self.before.get("strategies", [])}
        for strategy in self.after.get("strategies", []):
            before = old[strategy["strategyId"]]
            if before.get("description") and not strategy.get("description"):
                yield f"{strategy['name']}: AWS cannot take the description away again, only change it."
            if schema_of(before) and not schema_of(strategy):
                yield f"{strategy['name']}: AWS cannot take the whole metadata schema away, only change it."

    def _key_problems(self) -> Iterable[str]:
        for name, words in (("indexedKeys", "indexed"), ("namespaceKeys", "namespace")):
            keys = [key["key"] for key in self.after.get(name, [])]
            for key in dict.fromkeys(keys):
                if keys.count(key) > 1:
                    yield f"The {words} key {key} is there twice."
        if len(self.after.get("indexedKeys", [])) > MAX_INDEXED_KEYS:
            yield f"A memory has at most {MAX_INDEXED_KEYS} indexed keys."

    def _tag_problems(self) -> list[str]:
        return tag_problems(self.tags_after) if any(self.tag_changes()) else []

    def _together_problems(self) -> Iterable[str]:
        strategies = self.after.get("strategies", [])
        names = [row["name"] for row in strategies] + [draft.name for draft in self.added]
        if len(set(names)) < len(names):
            yield "Two strategies have the same name."
        if len(names) > MAX_STRATEGIES:
            yield f"A memory may have at most {MAX_STRATEGIES} strategies."
        custom = any(row.get("type") == "CUSTOM" for row in strategies)
        custom = custom or any(draft.needs_role for draft in self.added)
        streams = self.after.get("streamDeliveryResources", {}).get("resources")
        if (custom or streams) and not self.after.get("memoryExecutionRoleArn"):
            what = "Stream delivery" if streams else "A custom strategy"
            yield f"{what} needs the memory's execution role."


def _modification(before: Row, after: Row) -> Row:
    """One of modifyMemoryStrategies; empty when nothing differs."""
    change: Row = {}
    if after.get("description") and before.get("description") != after["description"]:
        change["description"] = after["description"]
    if template_of(before) != template_of(after):
        change["namespaceTemplates"] = [template_of(after)]
    if not metadata_schema.same(schema_of(before), schema_of(after)) and schema_of(after):
        change["memoryRecordSchema"] = {"metadataSchema": schema_of(after)}
    days = after.get("recordExpiryDurationDays")
    if before.get("recordExpiryDurationDays") != days:
        change["recordExpirySpecification"] = (
            {"recordExpiryDurationDays": days} if days else {"action": "REMOVE"}
        )
    configuration = _configuration(before, after)
    if configuration:
        change["configuration"] = configuration
    return {"memoryStrategyId": before["strategyId"]} | change if change else {}


def _configuration(before: Row, after: Row) -> Row:
    """The steps and the hand-over that differ, as UpdateMemory takes them."""
    old, new = before.get("configuration", {}), after.get("configuration", {})
    members = ("extraction", "consolidation", "reflection", "selfManagedConfiguration")
    return {
        name: _without_legacy(new[name]) for name in members if name in new and old.get(name) != new[name]
    }


def _without_legacy(document: Any) -> Any:
    """The document without `namespaces` beside the `namespaceTemplates` that say the same."""
    if isinstance(document, list):
        return [_without_legacy(each) for each in document]
    if not isinstance(document, dict):
        return document
    drop = {_LEGACY} if "namespaceTemplates" in document else set()
    return {name: _without_legacy(value) for name, value in document.items() if name not in drop}


def _strategy_problems(strategy: Row, declared: list[str], indexed: dict[str, str]) -> Iterable[str]:
    kind = kind_of(strategy)
    if kind and kind != "self_managed":
        checked = check_template(kind, template_of(strategy), declared)
        yield from (problem.text for problem in checked if problem.severity == "error")
    reflection = own_part(strategy, "reflection")
    if template_of(reflection):
        checked = check_template("episodic", template_of(reflection), declared)
        yield from (f"Reflections: {problem.text}" for problem in checked if problem.severity == "error")
        above = template_of(reflection).rstrip("/")
        if not template_of(strategy).startswith(above):
            yield "The template of reflections must be a beginning of the template of episodes."
    if is_override(strategy):
        for step in ("extraction", "consolidation", "reflection"):
            part = own_part(strategy, step)
            if part and "modelId" in part and not (part["modelId"] and part.get("appendToPrompt")):
                yield f"The {step} needs both instructions and a model."
    yield from metadata_schema.problems(schema_of(strategy), indexed)
    yield from metadata_schema.problems(schema_of(reflection), indexed)


def create(clients: Clients, workspace: Workspace, draft: MemoryDraft) -> Row:
    """CreateMemory's `memory`, in status CREATING, with its audit entries.

    Raises InvalidDraft before anything is sent, and NotAuthorized.
    """
    authorize(current_role(), "CreateMemory")
    with audited(clients, workspace, "CreateMemory", draft.name, before=None) as after:
        after["request"] = draft.request()
        memory = create_memory(clients, draft)
        after["memoryId"] = memory["id"]
    return memory


def send(clients: Clients, workspace: Workspace, change: MemoryChange) -> Row:
    """Make the change; UpdateMemory's `memory`, or GetMemory's where only tags changed.

    Raises InvalidDraft before anything is sent, NotAuthorized, and ChangedMeanwhile when the memory or its
    tags are no longer what the change was made from. Each call leaves its audit entries. Tags are written
    last, so a failure there leaves the rest changed; the audit trail says so.
    """
    problems = change.problems()
    if problems:
        raise InvalidDraft(problems)
    request, (tags, untag) = change.request(), change.tag_changes()
    for needed, operation in ((request, "UpdateMemory"), (tags, "TagResource"), (untag, "UntagResource")):
        if needed:
            authorize(current_role(), operation)
    memory = _unchanged(clients, change)
    memory_id, arn = str(memory["id"]), str(memory["arn"])
    if request:
        with audited(clients, workspace, "UpdateMemory", memory_id, _audit_before(change)) as after:
            after["request"] = request
            memory = clients.control.update_memory(memoryId=memory_id, **request)["memory"]
    if tags:
        with audited(clients, workspace, "TagResource", memory_id, dict(change.tags_before)) as after:
            after["tags"] = tags
            clients.control.tag_resource(resourceArn=arn, tags=tags)
    if untag:
        with audited(clients, workspace, "UntagResource", memory_id, dict(change.tags_before)) as after:
            after["removed"] = untag
            clients.control.untag_resource(resourceArn=arn, tagKeys=untag)
    return memory


def _audit_before(change: MemoryChange) -> Row:
    """The old values of what changes, to be able to write them again."""
    return {f"{each.section}: {each.name}": each.before for each in change.differences()}


def _unchanged(clients: Clients, change: MemoryChange) -> Row:
    """The memory as it is now; raises ChangedMeanwhile when it is not what the change was made from."""
    now = get_memory(clients, str(change.before["id"]))
    touches_tags = any(change.tag_changes())
    tags = list_tags(clients, now["arn"]) if touches_tags else dict(change.tags_before)
    if now["updatedAt"] != change.before["updatedAt"] or tags != dict(change.tags_before):
        raise ChangedMeanwhile(str(now["id"]), now, tags)
    return now
