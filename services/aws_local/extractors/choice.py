"""Which extractor makes a strategy's memories.

A custom strategy names models for its steps; `--model-id` names one for all others. Both are used only with
a model server (`--model-url` or `--model-bedrock`). Without one everything is extracted by rules, custom
strategies too: that is the documented default, said by /healthz and kept as evidence with each decision.
"""

from __future__ import annotations

from typing import Any

from services.aws_local.extraction import EXTRACTOR
from services.aws_local.extractors.asking import Step
from services.aws_local.extractors.interface import Extractor
from services.aws_local.extractors.model import PROMPTS, ModelExtractor
from services.aws_local.extractors.model_server import ModelServer
from services.aws_local.extractors.rules import RulesExtractor
from services.aws_local.memory.memories import Strategy

_STEPS = ("extraction", "consolidation", "reflection")


class Extractors:
    """Chooses; `server` is where models answer, `model_id` the one for strategies that name none."""

    def __init__(self, server: ModelServer | None = None, model_id: str | None = None) -> None:
        self._server = server
        self._model_id = model_id
        self._rules = RulesExtractor()

    def of(self, strategy: Strategy) -> Extractor:
        """The extractor of a strategy as it is configured now."""
        if self._server is None:
            return self._rules
        steps = steps_of(strategy)
        named = next((step.model_id for step in steps.values()), self._model_id)
        if named is None:
            return self._rules
        return ModelExtractor(self._server, {name: steps.get(name, Step(named)) for name in _STEPS})

    def shown(self) -> dict[str, str]:
        """What GET /healthz says about who extracts."""
        rules = f"{EXTRACTOR} (rules, no language model)"
        if self._server is None:
            return {
                "extractor": rules,
                "customModels": "not used, no model server is configured: overrides are extracted by rules",
            }
        models = f"{PROMPTS} (prompts for the model named by the strategy, at {self._server.place})"
        built_in = f"{PROMPTS} (prompts for {self._model_id} at {self._server.place})"
        return {"extractor": built_in if self._model_id else rules, "customModels": models}


def steps_of(strategy: Strategy) -> dict[str, Step]:
    """The steps for which a custom strategy has a model and instructions of its own."""
    configuration = strategy.settings.get("configuration", {})
    found = {name: _override(configuration.get(name)) for name in _STEPS}
    return {
        name: Step(override["modelId"], override["appendToPrompt"])
        for name, override in found.items()
        if override is not None
    }


def _override(document: Any) -> dict[str, Any] | None:
    """The object with the model's id inside of a step's wrappers (they are named after step and type)."""
    if not isinstance(document, dict):
        return None
    if "modelId" in document:
        return document
    return next((found for value in document.values() if (found := _override(value)) is not None), None)
