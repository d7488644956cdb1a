"""How people really write: without subjects, with slang, in halves, and past the question."""

import pytest

from tests.aws_local.conversation import ASSISTANT, USER, Turn, facts, phrases, topics, user


@pytest.mark.parametrize(
    ("said", "noted"),
    [
        ("Planning a trip to Japan in April.", ["The user is planning a trip to Japan in April."]),
        ("Budget about 9,000 dollars.", ["The user's budget is about 9,000 dollars."]),
        ("Need help planning my dad's party.", ["The user needs help planning their dad's party."]),
        ("its ok but my knee hurts", ["The user's knee hurts."]),
        ("btw our retention is 15 days only", ["The user's retention is 15 days only."]),
        ("i like ambient music tbh, but techno puts me to sleep haha", [
            "The user likes ambient music, but techno puts them to sleep.",
        ]),
        ("i'm in 10th grade n i need a B", ["The user is in 10th grade.", "The user needs a B."]),
        ("Following up on our call: we currently track everything in Excel.", [
            "The user currently tracks everything in Excel.",
        ]),
        ("We're a logistics company with 240 trucks.", [
            "The user's company is a logistics company with 240 trucks.",
        ]),
        ("We can't, we rely on prepared statements.", ["The user relies on prepared statements."]),
        ("Banana is fine, but my son Ole is allergic to nuts.", ["The user's son Ole is allergic to nuts."]),
        ("We'd rather stay in small inns than big hotels, which I know is hard there.", [
            "The user would rather stay in small inns than big hotels.",
        ]),
        ("I should mention I'm on blood thinners.", ["The user is on blood thinners."]),
        ("Our insurance changed too, it's with Helvia now.", [
            "The user's insurance changed, it's with Helvia now.",
        ]),
        # Halves, and what only sounds like a statement.
        ("hmm thats when my daughter has swimming, can we make it friday", []),
        ("We do every Saturday.", []),
        ("My wife takes him.", []),
        ("We need to be quick.", []),
        ("They gave us amoxicillin, but he's allergic.", []),
        ("We split it three ways.", []),
        ("I live around the corner.", []),
        ("I'm at the gym before.", []),
        ("Did that, works now.", []),
        ("pls always give me the query without explanations", []),
    ],
)  # fmt: skip
def test_statements(said: str, noted: list[str]) -> None:
    assert facts(*user(said)) == noted


def test_a_person_introduced_by_their_office_is_who_she_is() -> None:
    turns: list[Turn] = [
        ("The decision maker is Katrin Vogel, our COO.", USER),
        ("Shall I invite her?", ASSISTANT),
        ("Not yet. She hates cold emails.", USER),
    ]
    assert facts(*turns)[-1] == "Katrin Vogel hates cold emails."


def test_a_stranger_whose_name_is_told_is_nobody_of_the_users() -> None:
    said = "My grandson Ben was with me. I met the driver, his name was Peter, he drives for a courier."
    told = facts(*user(said))
    assert not any("Ben" in fact and "courier" in fact for fact in told)


def test_he_who_says_something_is_not_the_rabbit() -> None:
    said = "Our rabbit Momo stopped eating. The vet trimmed her teeth in August. He said she has an overbite."
    assert facts(*user(said))[0] == "The user's rabbit Momo stopped eating."
    assert not any("Momo said" in fact for fact in facts(*user(said)))


@pytest.mark.parametrize(
    ("question", "answer", "noted"),
    [
        ("Any budget?", "under 40 quid a month if possible.", "The user's budget is under 40 quid a month."),
        (
            "Any other conditions?",
            "High blood pressure.",
            "The user has health conditions: high blood pressure.",
        ),
        ("Do you drink enough water?", "Probably not.", "The user does not drink enough water."),
        (
            "How much time do you have per week?",
            "Maybe three evenings.",
            'Asked "How much time do you have per week?", the user answered "three evenings".',
        ),
        (
            "What equipment do you have?",
            "A rowing machine that my son left.",
            'Asked "What equipment do you have?", the user answered "A rowing machine that my son left".',
        ),
    ],
)
def test_answers(question: str, answer: str, noted: str) -> None:
    assert facts((question, ASSISTANT), (answer, USER)) == [noted]


@pytest.mark.parametrize(
    ("said", "preference"),
    [
        ("Window seats only, please.", "Prefers window seats only"),
        ("Anything but jazz.", "Prefers anything but jazz"),
        ("No red meat for me.", "Prefers no red meat"),
        ("Gluten free please.", "Prefers gluten free"),
        ("Small venues over stadiums for me.", "Prefers small venues over stadiums"),
        ("Nothing beats a good curry.", "Prefers a good curry to everything else"),
        ("I'd rather settle than go to court.", "Prefers to settle rather than go to court"),
        ("Evening visits suit me better than mornings.", "Prefers evening visits over mornings"),
        ("Our team prefers Slack over email.", "Team prefers Slack over email"),
        ("Call me Bea, not Beatrice.", "Likes to be called Bea"),
        (
            "Please use bullet points in your answers.",
            "Wants the assistant to use bullet points in its answers",
        ),
        ("Please send me everything as PDF.", "Wants the assistant to send them everything as PDF"),
        (
            "Please correct my mistakes right away.",
            "Wants the assistant to correct their mistakes right away",
        ),
        ("Surprises are not my thing.", "Surprises are not the user's thing"),
        ("I can't concentrate with music on.", "Cannot concentrate with music on"),
        ("I hate it when apps send notifications.", "Hates it when apps send notifications"),
        ("We're beach people.", "Is a beach person"),
        ("I much prefer talking to a human.", "Prefers talking to a human"),
    ],
)
def test_preferences(said: str, preference: str) -> None:
    assert phrases(*user(said)) == [preference]


@pytest.mark.parametrize(
    "said",
    [
        "I make tracks in Ableton but never finish anything.",
        "I'd like to book a table for two.",
        "Only joking!",
        "Read only.",
        "I could eat a horse.",
        "I prefer not to say.",
        "I'd rather do it tomorrow.",
        "Nobody likes Mondays.",
        "I wear a hearing aid on the left.",
    ],
)
def test_no_preference(said: str) -> None:
    assert phrases(*user(said)) == []


@pytest.mark.parametrize(
    ("said", "misnomer"),
    [
        ("I run a small ceramics studio as a sole trader. I registered for VAT.", "sport"),
        ("We're evaluating CRMs, currently on Pipedrive with 35 seats.", "travel"),
        ("Our security team doesn't allow sidecars.", "issue"),
        ("Never suggest downtime during business hours, our office is busy.", "search"),
    ],
)
def test_a_topic_is_not_named_after_a_word_of_many_meanings(said: str, misnomer: str) -> None:
    assert not any(misnomer in topic.content.lower().partition(">")[0] for topic in topics(*user(said)))
