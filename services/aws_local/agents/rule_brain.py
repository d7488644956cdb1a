"""The default brain: the rules that also answer Converse. No language model, and every answer says so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.aws_local.agents import summary_text
from services.aws_local.agents.brain import Citation, Prompt, Reply
from services.aws_local.conversation import rule_model
from services.aws_local.conversation.actions import deciding


class RuleBrain:
    """See Brain."""

    @property
    def name(self) -> str:
        return f"{rule_model.MODEL_ID} (rules, no language model)"

    def model_id(self, own: str) -> str:
        """The rules', whatever model the agent names: a trace must not claim that it had answered."""
        return rule_model.MODEL_ID

    def reply(self, prompt: Prompt) -> Reply:
        """The rules' decision."""
        decision = deciding.decide(prompt.messages, prompt.system, prompt.tools)
        cited = [Citation(each.start, each.end, each.session, each.text) for each in decision.quotes]
        return Reply(
            decision.text,
            decision.tool_uses,
            decision.rationale,
            citations=tuple(cited),
            asks=decision.asks,
        )

    def summary(self, messages: Sequence[dict[str, Any]], model_id: str) -> str:
        """What was said and done, repeated."""
        return summary_text.summary(messages)
