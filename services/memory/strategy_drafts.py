"""A strategy before it exists: checked against AWS's rules while it is typed, then a request."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from services.constraints import CONTROL, constraint, request_problems
from services.memory import self_managed
from services.memory.namespaces import check_template
from services.memory.self_managed import SelfManaged
from services.memory.strategy_details import with_own_part, with_template
from services.memory.strategy_kinds import STEPS, STRATEGY_KINDS, Kind, StepName

Row = dict[str, Any]
NAME_HINT = "a letter, then letters, digits and _, at most 48 in all"
_CUSTOM = "customMemoryStrategy"
_LABELS = {
    "description": "The strategy's description",
    "appendToPrompt": "The instructions",
    "modelId": "The model's id",
    "topicArn": "The topic's ARN",
    "payloadDeliveryBucketName": "The bucket's name",
    "triggerConditions": "The list of triggers",
    "recordExpiryDurationDays": "The expiry of records in days",
}


@dataclass(frozen=True)
class Instructions:
    """What a step is told instead of AWS's own instructions, and the Bedrock model that is told it."""

    prompt: str
    model_id: str


@dataclass(frozen=True)
class StrategyDraft:
    """A strategy to create.

    With `instructions` for steps it is a custom one, run on your own Bedrock models. `hand_over` belongs to
    the kind self_managed. `reflection_template` (episodes only): where reflections go, else worked out from
    the template. `record_expiry_days`: when its records expire, None for never.
    """

    kind: Kind
    name: str
    namespace_template: str
    description: str | None = None
    instructions: Mapping[StepName, Instructions] = field(default_factory=dict)
    hand_over: SelfManaged | None = None
    reflection_template: str | None = None
    record_expiry_days: int | None = None

    @property
    def needs_role(self) -> bool:
        """Whether AWS works in your account for it, through the memory's execution role."""
        return bool(self.instructions) or self.kind == "self_managed"

    def problems(self, declared: Collection[str] = ()) -> list[str]:
        """What AWS would refuse, as sentences; `declared` are the memory's namespaceKeys."""
        ((member, fields),) = self.request().items()
        rules = constraint(CONTROL, "CreateMemory", "memoryStrategies", "[]", member, "name")
        found = rules.text_problems("The strategy's name", self.name, NAME_HINT)
        # Name and template are checked by themselves, with better words.
        rest = {name: value for name, value in fields.items() if name not in {"name", "namespaceTemplates"}}
        found += request_problems(CONTROL, "CreateMemory", {"memoryStrategies": [{member: rest}]}, _LABELS)
        # A self-managed pipeline writes where it likes: only the form of its template is checked.
        kind = "semantic" if self.kind == "self_managed" else self.kind
        checked = check_template(kind, self.namespace_template, declared)
        if self.kind == "episodic":
            checked = checked + check_template("episodic", self._reflections(), declared)
            above = self._reflections().rstrip("/")
            if not self.namespace_template.startswith(above):
                found.append("The template of reflections must be a beginning of the template of episodes.")
        found += [problem.text for problem in checked if problem.severity == "error"]
        found += [
            f"The {step} needs both instructions and a model."
            for step, given in self.instructions.items()
            if not (given.prompt and given.model_id)
        ]
        return list(dict.fromkeys(found))

    def _reflections(self) -> str:
        return self.reflection_template or reflection_template(self.namespace_template)

    def request(self) -> Row:
        """The MemoryStrategyInput that CreateMemory and UpdateMemory take."""
        fields: Row = {"name": self.name, "namespaceTemplates": [self.namespace_template]}
        if self.description:
            fields["description"] = self.description
        if self.record_expiry_days:
            fields["recordExpirySpecification"] = {"recordExpiryDurationDays": self.record_expiry_days}
        if self.kind == "self_managed":
            hand_over = self_managed.configuration(self.hand_over or SelfManaged())
            return {_CUSTOM: fields | {"configuration": {"selfManagedConfiguration": hand_over}}}
        known = STRATEGY_KINDS[self.kind]
        if self.instructions:
            given = {step: self._part(step) for step in STEPS[self.kind] if step in self.instructions}
            return {_CUSTOM: fields | {"configuration": {f"{known.stem}Override": given}}}
        if self.kind == "episodic":
            fields["reflectionConfiguration"] = {"namespaceTemplates": [self._reflections()]}
        return {known.member: fields}

    def _part(self, step: StepName) -> Row:
        given = self.instructions[step]
        part: Row = {"appendToPrompt": given.prompt, "modelId": given.model_id}
        return part | ({"namespaceTemplates": [self._reflections()]} if step == "reflection" else {})

    def shown(self) -> Row:
        """The strategy as GetMemory would show it, as far as it is known before it exists."""
        row = with_template({"name": self.name}, self.namespace_template)
        optional = {
            "description": self.description,
            "recordExpiryDurationDays": self.record_expiry_days,
        }
        row |= {name: value for name, value in optional.items() if value}
        if self.kind == "self_managed":
            hand_over = self_managed.configuration(self.hand_over or SelfManaged())
            configuration = {"type": "SELF_MANAGED", "selfManagedConfiguration": hand_over}
            return row | {"type": "CUSTOM", "configuration": configuration}
        if self.instructions:
            row |= {"type": "CUSTOM", "configuration": {"type": f"{self.kind.upper()}_OVERRIDE"}}
            for step in self.instructions:
                row = with_own_part(row, step, self._part(step))
            return row
        row["type"] = STRATEGY_KINDS[self.kind].type
        if self.kind == "episodic":
            row = with_own_part(row, "reflection", with_template({}, self._reflections()))
        return row


def reflection_template(template: str) -> str:
    """Where the reflections of an episodic strategy go: its template without the session's part.

    Reflections look across sessions and may be less nested than episodes, under the same prefix (developer
    guide, "Episodic memory strategy").
    """
    above = re.sub(r"[^/{}]*/?\{sessionId\}.*$", "", template)
    return f"{above.rstrip('/')}/" if above.strip("/") else template
