"""What a persona is: what it is told, what it can do, and what one may say to it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from strands.types.tools import AgentTool


@dataclass(frozen=True)
class Customer:
    """Whom a persona serves: an actor of a memory, behind a connection (`Connection.key`)."""

    connection_key: str
    memory_id: str
    actor_id: str


def no_tools(customer: Customer) -> Sequence[AgentTool]:
    """Of a persona that only talks."""
    return ()


@dataclass(frozen=True)
class Persona:
    """Somebody to talk to. `name` is how choices keep it; `title` and `caption` are for people.

    `instructions` are added to what every agent of the chat is told. `suggestions` are sentences to begin
    with, in an order that makes a conversation, `welcome` what the persona begins with. `icon` is a Material
    icon. `make_tools` gives the tools that act for a customer; what they change is found again by every later
    conversation of theirs, until the process ends.
    """

    name: str
    title: str
    caption: str
    instructions: str
    suggestions: tuple[str, ...]
    icon: str
    welcome: str
    make_tools: Callable[[Customer], Sequence[AgentTool]] = no_tools

    @property
    def has_tools(self) -> bool:
        """Whether it acts in the made-up world."""
        return self.make_tools is not no_tools
