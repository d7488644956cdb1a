"""Records that a person can read: who is meant, what is said, and nothing that was never said."""

import pytest

from services.aws_local.extraction.outcomes import last_sign
from tests.aws_local.conversation import ASSISTANT, USER, Turn, facts, phrases, topics, user


@pytest.mark.parametrize(
    ("said", "noted"),
    [
        ("We're seven women.", ["There are seven women in the user's group."]),
        (
            "I teach physics in Tampere and coach the debate club.",
            ["The user teaches physics in Tampere and coaches the debate club."],
        ),
        ("I'm free until one.", ["The user is free until one."]),
        ("I fly Swiss, never low-cost carriers.", ["The user flies Swiss, never low-cost carriers."]),
        ("Mostly I read history.", ["The user mostly reads history."]),
        (
            "Ann here, head of sales at Acme.",
            ["The user's name is Ann.", "The user is head of sales at Acme."],
        ),
        (
            "My fiancé Rui hates fondant, and honestly so do I.",
            ["The user's fiancé Rui hates fondant.", "The user hates fondant."],
        ),
        (
            "I'm building an app for couriers. It's written in Kotlin.",
            ["The user is building an app for couriers; it's written in Kotlin."],
        ),
        ("The technician never showed up.", ["The technician never showed up."]),
        ("The parser never returned. Why is that?", []),
        ("We're getting married in Porto.", ["The user is getting married in Porto."]),
        ("I'm thinking about cancelling.", ["The user is thinking about cancelling."]),
        ("I'm not allergic to work, haha.", []),
        ("I love it when the printer jams before a meeting.", []),
        ("Let's say I stopped.", []),
        ("It's nine chairs, not seven.", ["The user's correction is nine chairs, not seven."]),
        ("Moved to Trieste in May.", ["The user moved to Trieste in May."]),
        ("Small correction: my desk is in room 12.", ["The user's desk is in room 12."]),
        ("Forget the old one, new phone: 555 0142", ["The user's new phone number is 555 0142."]),
        ("I nap at noon, so call after two.", ["The user naps at noon."]),
        ("The one on Elm Road, it's closed.", []),
        ("My IBAN is DE89 3704 0044 0532 0130 00.", []),
        ("I moved to the US in 2019.", ["The user moved to the US in 2019."]),
        ("I live in Portland, ME.", ["The user lives in Portland, ME."]),
        ("I work in IT.", ["The user works in IT."]),
        ("We run our service in us-west-2.", ["The user's team runs their service in us-west-2."]),
        ("I take the I-95 to work.", ["The user takes the I-95 to work."]),
        ("I have Type I diabetes.", ["The user has Type I diabetes."]),
        ("My house belongs to my wife and me.", ["The user's house belongs to their wife and the user."]),
        ("I slept badly and overslept.", ["The user slept badly and overslept."]),
        (
            "By train if possible, I don't have a driving licence.",
            ["The user does not have a driving licence."],
        ),
        ("The review is on Thursday, please remind me in the morning.", ["The review is on Thursday."]),
        ("Half past six, I'm not a machine.", []),
        ("Twelve is a guess.", []),
        ("I promised. I changed my mind.", []),
        ("I'm not a machine operator.", ["The user is not a machine operator."]),
        ("MY BOSS FIRED ME.", ["The user's BOSS FIRED them."]),
        ("My/our address is 5 Elm Road.", ["The user's/their address is 5 Elm Road."]),
        (
            "I'm allergic to nuts, please be careful, and I'm diabetic.",
            ["The user is allergic to nuts.", "The user is diabetic."],
        ),
        (
            "i am allergic to penicillin and i had a very bad reaction to it in may\ni take blood thinners",
            [
                "The user is allergic to penicillin.",
                "The user takes blood thinners.",
            ],
        ),
        (
            "We sort all requests by the time at which they came, and not by the\nsender's name. Right.",
            ["The user sorts all requests by the time at which they came, and not by the sender's name."],
        ),
    ],
)
def test_statements(said: str, noted: list[str]) -> None:
    assert facts(*user(said)) == noted


def test_a_pronoun_is_the_one_person_it_can_mean() -> None:
    """Even when the assistant spoke in between; "she" is no brother."""
    turns: list[Turn] = [
        ("My mum lives alone in Galway. My brother Sean visits every Sunday.", USER),
        ("How is her mobility?", ASSISTANT),
        ("She likes gadgets.", USER),
    ]
    assert facts(*turns)[-1] == "The user's mum likes gadgets."


@pytest.mark.parametrize(
    ("question", "answer", "noted"),
    [
        (
            "Would you prefer a visit in the morning or in the afternoon?",
            "In the afternoon, I have calls until one.",
            ["The user prefers a visit in the afternoon.", "The user has calls until one."],
        ),
        ("A fixed or a variable interest rate?", "Fixed.", ["The user prefers a fixed interest rate."]),
        ("Window or aisle?", "Aisle", ["The user prefers an aisle seat."]),
        ("What's your budget?", "no more than 50 a month", ["The user's budget is no more than 50 a month."]),
        ("What time do you go to bed?", "Around ten.", ["The user goes to bed around ten."]),
        ("Who do you live with?", "My parents.", ["The user lives with their parents."]),
        (
            "Do you take any medication?",
            "Sertraline, 50 mg",
            ["The user takes medication: Sertraline, 50 mg."],
        ),
        ("How many can train?", "Three is perfect.", []),
        ("How often do you swim?", "Every Sunday", ["The user swims every Sunday."]),
        ("And your phone number, just in case?", "555 0188", ["The user's phone number is 555 0188."]),
        ("Do you like ferries?", "meh", []),
        (
            "Would you prefer glass or wood?",
            "Glass feels cold on my hands.",
            ["Glass feels cold on the user's hands."],
        ),
        (
            "Would you like a refund or a replacement?",
            "A replacement please, I need one by Friday.",
            ["The user prefers a replacement.", "The user needs one by Friday."],
        ),
        (
            "Would you like it wrapped?",
            "Yes, wrapped, and without a price.",
            ['Asked "Would you like it wrapped?", the user answered "wrapped, and without a price".'],
        ),
        (
            "For how many?",
            "We are four this time: my wife, the two kids and me.",
            ["There are four people in the user's group this time: their wife, the two kids and the user."],
        ),
    ],
)
def test_answers(question: str, answer: str, noted: list[str]) -> None:
    assert facts((question, ASSISTANT), (answer, USER)) == noted


@pytest.mark.parametrize(
    ("said", "preferred"),
    [
        (
            "Please always show the imports, I lose time on them.",
            "Wants the assistant to always show the imports",
        ),
        ("never more than two hours, I work from home", None),
        ("Please send me videos rather than text.", "Prefers videos rather than text"),
        ("Don't use emojis when you write to me.", "Wants the assistant not to use emojis"),
        ("Don't send it yet.", None),
        ("No phone calls before 9 please.", "Prefers no phone calls before 9"),
        ("I don't use PayPal.", "Does not use PayPal"),
        ("I do like writing by hand.", "Likes writing by hand"),
        ("Small galleries suit me better.", "Prefers small galleries"),
        ("I'm not allergic to nuts.", None),
        ("Toronto to Vancouver over the holidays.", None),
    ],
)
def test_preferences(said: str, preferred: str | None) -> None:
    assert phrases(*user(said)) == ([preferred] if preferred else [])


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("My internet keeps dropping every evening.", "Internet Issue"),
        ("I want to roll out a new leave policy.", "Leave Policy"),
    ],
)
def test_topics_are_named_by_what_they_are_about(said: str, name: str) -> None:
    (topic,) = topics(*user(said))
    assert topic.content.startswith(f'<topic name="{name}">')


@pytest.mark.parametrize(
    ("said", "success"),
    [
        ("It still doesn't work.", False),
        ("My scanner still does not work.", False),
        ("His right knee doesn't work properly.", None),
        ("My cousin says those courses are useless.", None),
    ],
)
def test_only_what_was_done_here_can_have_failed(said: str, success: bool | None) -> None:
    sign = last_sign([said], USER)
    assert (sign.success if sign else None) is success
