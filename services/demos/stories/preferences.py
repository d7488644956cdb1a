"""What someone says today may be wrong tomorrow: memory has to follow."""

from services.demos.scenes import Ask, NewSession, Say

ABOUT = (
    "Sam moves to another city. Memory does not pile up contradictions: what is outdated is changed, and the "
    "earlier wording can still be seen."
)

SCENES = (
    Say(
        "Sam says where he lives and what he eats.",
        "I live in Irvine. I prefer restaurants with a quiet atmosphere.",
    ),
    NewSession("Some months later, in a new conversation."),
    Say(
        "Sam has moved. Watch the record about the city: it is changed, not doubled. The old words are "
        "struck out.",
        "I moved to Portland last week. I live in Portland now.",
    ),
    NewSession("A new conversation again: what was just said is gone, unless memory kept it."),
    Ask(
        "The answer follows the change. Without memory the agent knows neither city.",
        "Where do I live?",
    ),
    Ask(
        "What did not change is still there.",
        "What kind of restaurants do I prefer?",
    ),
)
