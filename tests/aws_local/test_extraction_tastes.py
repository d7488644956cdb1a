"""Tastes that nobody states with "I like": fragments, refusals, conditions, answers."""

import pytest

from tests.aws_local.conversation import ASSISTANT, USER, phrases, user


@pytest.mark.parametrize(
    ("said", "preference"),
    [
        ("Nothing too spicy, my little one won't eat it.", "Prefers nothing too spicy"),
        ("And absolutely no bunting.", "Prefers no bunting"),
        ("Not Spain again, we've done it to death.", "Does not want Spain"),
        ("And never before 9am, please.", "Prefers never before 9am"),
        ("Aisle seat please, I've got a bad hip.", "Prefers aisle seat"),
        ("Finger food is easier than a buffet.", "Prefers finger food over a buffet"),
        ("Any day is ok as long as it's before noon.", "Prefers before noon"),
        ("I couldn't care less about plot.", "Could not care less about plot"),
        ("I don't get on with apps.", "Does not get on with apps"),
        ("I'll eat anything but olives.", "Will eat anything but olives"),
        ("What I can't bear is present tense.", "Cannot bear present tense"),
        ("A pool is non-negotiable.", "A pool is non-negotiable"),
        ("Azad Hind we generally take.", "Generally takes Azad Hind"),
        ("Ring me after ten, I work nights.", "Prefers to be contacted by phone after ten"),
        ("Please don't phone me.", "Wants the assistant not to phone them"),
        ("I'd rather you kept my names.", "Wants the assistant to keep their names"),
        ("Can you stop calling me at work?", "Wants the assistant to stop calling them at work"),
        (
            "If I go over my calories don't nag me.",
            "Wants the assistant not to nag them if they go over their calories",
        ),
    ],
)  # fmt: skip
def test_said_without_i_like(said: str, preference: str) -> None:
    assert phrases(*user(said)) == [preference]


@pytest.mark.parametrize(
    ("question", "answer", "preference"),
    [
        ("Any foods you avoid?", "Shellfish, it's an allergy.", "Avoids shellfish"),
        ("Any preferred colour?", "Dark green or rust.", "Preferred colour is dark green or rust"),
        ("Furnished?", "Unfurnished.", "Prefers unfurnished"),
        ("Would you consider physiotherapy?", "Yes, I would.", "Is open to physiotherapy"),
        ("Do you like mushrooms?", "God no, can't stand them.", "Does not like mushrooms"),
        ("What matters most to you?", "Small classes.", "Cares most about small classes"),
        ("Do you have a favourite band?", "Radiohead, by a mile.", "Favourite band is Radiohead"),
        (
            "Would you like to follow a strict plan or a flexible one?",
            "Flexible.",
            "Prefers a flexible plan",
        ),
    ],
)
def test_answers(question: str, answer: str, preference: str) -> None:
    assert phrases((question, ASSISTANT), (answer, USER)) == [preference]


def test_what_is_refused_is_not_chosen() -> None:
    assert phrases(("Do you prefer mornings or afternoons?", ASSISTANT), ("Not mornings.", USER)) == [
        "Does not want mornings"
    ]


@pytest.mark.parametrize(
    "said",
    [
        "No problem.",
        "No idea, sorry.",
        "Not yet.",
        "Not sure.",
        "Nothing else, thanks.",
        "The choir rehearses on Wednesdays instead of Thursdays.",
        "We need to hand over the keys on Friday.",
        "Mrs Pettifer would like tins, not fresh produce.",
        "They meet at Pongal and Diwali only.",
        "More details please.",
        "Two tickets please.",
        "It's not the first time.",
        "I took the train instead of the bus yesterday.",
    ],
)
def test_no_taste(said: str) -> None:
    assert phrases(*user(said)) == []
