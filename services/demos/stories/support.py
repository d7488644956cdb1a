"""A customer explains a problem once, and does not have to repeat it a week later."""

from services.demos.scenes import Ask, NewSession, Say

ABOUT = (
    "Dana has trouble with a laptop and says how she wants to be contacted. A week later she writes again, "
    "and nobody asks her for any of it a second time."
)

SCENES = (
    Say(
        "Dana describes her problem. The message is kept as an event; memory reads it and writes down what "
        "will still matter next week.",
        "I bought an Aurora X2 laptop in October. The screen flickers when I connect an external monitor.",
    ),
    Say(
        "She says how she wants to be treated. That is a preference, and it is kept apart from the facts.",
        "I prefer to be contacted by e-mail. I don't like phone calls.",
    ),
    Say(
        "Not everything is worth keeping: watch that a thank-you leaves nothing behind.",
        "Thanks a lot!",
    ),
    NewSession(
        "A week later Dana writes again. This is a new conversation: the agent sees none of the old "
        "messages, only what memory kept."
    ),
    Ask(
        "With memory the agent knows her laptop. Without it, the same agent has to ask again.",
        "Which laptop do I have?",
    ),
    Ask(
        "It also knows how to reach her.",
        "How do I prefer to be contacted?",
    ),
)
