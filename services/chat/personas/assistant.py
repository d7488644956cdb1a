"""The plain assistant: it has the memory tool and nothing else. Its conversation is the AWS guide's."""

from services.chat.personas.persona import Persona

ASSISTANT = Persona(
    name="assistant",
    title="Plain assistant",
    caption="Remembers, and does nothing else.",
    instructions="",
    # "Use Long-term Memory in an Agent", with its apostrophes.
    suggestions=(
        "I'm vegetarian and I prefer restaurants with a quiet atmosphere.",
        "I'm in the mood for Italian cuisine.",
        "I'd prefer something mid-range and located downtown.",
        "I live in Irvine.",
        "I don't remember what I was in a mood for, do you remember?",
    ),
    icon=":material/smart_toy:",
    welcome="Tell me something about yourself, or ask what I remember.",
)
