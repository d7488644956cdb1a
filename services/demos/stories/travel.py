"""A traveller's wishes, told once and used for the next trip."""

from services.demos.scenes import Ask, NewSession, Say

ABOUT = (
    "Anna plans a trip to Lisbon and mentions her wishes in passing. For the next trip the assistant knows "
    "them already."
)

SCENES = (
    Say(
        "Anna begins with a plan. Memory turns it into sentences that can be understood on their own.",
        "I am planning a trip to Lisbon with my sister in May.",
    ),
    Say(
        "In passing she mentions two wishes. Look how they become preferences, each with its topic.",
        "I prefer window seats. I am vegetarian.",
    ),
    Say(
        "A fact that matters for every booking from now on.",
        "My home airport is Zurich.",
    ),
    NewSession(
        "Autumn: Anna comes back with another trip in mind. It is a new conversation that starts empty."
    ),
    Ask(
        "The assistant can suggest the right seat, because it was told once. The record that it used is "
        "marked.",
        "Which seat do I prefer?",
    ),
    Ask(
        "The same for where she starts. Below it the assistant without memory: it can only ask.",
        "What is my home airport?",
    ),
)
