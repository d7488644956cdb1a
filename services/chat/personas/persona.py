"""What a persona is: what it is told, what it can do, and what one may say to it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from strands.types.tools import AgentTool


def no_tools(actor_id: str) -> Sequence[AgentTool]:
    """Of a persona that only talks."""
    return ()


@dataclass(frozen=True)
class Persona:
    """Somebody to talk to. `name` is how choices keep it; `title` and `caption` are for people.

    `instructions` are added to what every agent of the chat is told. `suggestions` are sentences to begin
    with, in an order that makes a conversation, `welcome` what the persona begins with. `icon` is a Material
    icon. `make_tools` gives the tools that act for an actor; what they change is found again by every later
    conversation of that actor, until the process ends.
    """

    name: str
    title: str
    caption: str
    instructions: str
    suggestions: tuple[str, ...]
    icon: str
    welcome: str
    make_tools: Callable[[str], Sequence[AgentTool]] = no_tools

    @property
    def has_tools(self) -> bool:
        """Whether it acts in the made-up world."""
        return self.make_tools is not no_tools
