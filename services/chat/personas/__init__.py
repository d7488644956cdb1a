"""Personas to talk to, with tools that really run in a small made-up world.

The world is plain data in these modules: no shop, airline or restaurant in it exists, nothing is bought or
booked anywhere, and what an actor did in it lives as long as the process.
"""

from collections.abc import Mapping
from types import MappingProxyType

from strands.types.tools import AgentTool

from services.chat.personas.airline import AIRLINE
from services.chat.personas.assistant import ASSISTANT
from services.chat.personas.persona import Customer, Persona
from services.chat.personas.restaurants import RESTAURANT_FINDER
from services.chat.personas.support import SUPPORT
from services.chat.personas.travel import TRAVEL

__all__ = ["ASSISTANT", "PERSONAS", "Customer", "Persona", "tools"]

_ALL = (ASSISTANT, SUPPORT, AIRLINE, RESTAURANT_FINDER, TRAVEL)
PERSONAS: Mapping[str, Persona] = MappingProxyType({persona.name: persona for persona in _ALL})
"""All personas by name, the plain assistant first."""


def tools(persona: Persona, customer: Customer) -> list[AgentTool]:
    """The Strands tools of a persona, acting for this customer."""
    return list(persona.make_tools(customer))
