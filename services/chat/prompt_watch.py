"""What the model is given, noted at the moment at which it is called: nothing is put together afterwards."""

from copy import deepcopy

from strands.hooks import BeforeModelCallEvent, HookProvider, HookRegistry

from services.chat.turns import ModelAsked, Turn


class PromptWatch(HookProvider):
    """Reports each call of the model to the turn, with all that it is given."""

    def __init__(self, turn: Turn) -> None:
        self.turn = turn

    def register_hooks(self, registry: HookRegistry, **_: object) -> None:
        registry.add_callback(BeforeModelCallEvent, self.before_model_call)

    def before_model_call(self, event: BeforeModelCallEvent) -> None:
        agent = event.agent
        messages = tuple(dict(message) for message in deepcopy(agent.messages))
        self.turn.append(ModelAsked(agent.system_prompt or "", messages, tuple(agent.tool_names)))
