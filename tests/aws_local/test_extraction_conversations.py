"""How people type: pasted letters, forms, jokes, bare options, half sentences, wishes without "I like"."""

import json
from typing import Any

import pytest

from services.aws_local.extraction import Extracted, extract
from services.aws_local.extraction.consolidation import Decision, Neighbour, decide
from tests.aws_local.conversation import ASSISTANT, MONDAY, facts, messages, phrases, preferences, user


@pytest.mark.parametrize(
    ("said", "noted"),
    [
        ("Can you reply to this?\n\nHi Marta,\nI live in Toronto.\nBest,\nJoe", []),
        ("Hi Marta,\nI live in Toronto.\nBest,\nJoe", ["The user lives in Toronto."]),
        ("Child: Noah Weber\nAge: 5\nAllergies: kiwi", []),
        ("Name: Paul Novak\nAge: 42", ["The user's name is Paul Novak.", "The user's age is 42."]),
        ("I'm the queen of England, just kidding, I'm an intern.", ["The user is an intern."]),
        ("I'm vegan. Just kidding, I eat meat.", ["The user eats meat."]),
        ("make me a story where I am a wizard and I live in a cave", []),
    ],
)
def test_letters_forms_and_jokes_are_nobodys_facts(said: str, noted: list[str]) -> None:
    assert facts(*user(said)) == noted


@pytest.mark.parametrize(
    ("said", "noted"),
    [
        ("I'm a midwife so at all hours.", ["The user is a midwife."]),
        ("My teacher is super strict so sources please", ["The user's teacher is super strict."]),
        ("Max 5 hours, my youngest gets airsick.", ["The user's youngest gets airsick."]),
        ("My wife and I run a stall.", ["The user and their wife run a stall."]),
        ("I need a room for me and my husband.", ["The user needs a room for themselves and their husband."]),
        ("I don't like salads, they don't fill me.", [
            "The user does not like salads, they do not fill the user.",
        ]),
        ("We sang we Are the Champions.", ["The user sang we Are the Champions."]),
        ("My brother's in Perth.", ["The user's brother is in Perth."]),
        ("I have asthma, so this is serious.", ["The user has asthma."]),
        ("We have two at home.", []),
        ("Vegetarian since 2015", ["The user is vegetarian since 2015."]),
        ("2. My dad comes along", ["The user's dad comes along."]),
    ],
)  # fmt: skip
def test_a_statement_ends_where_it_stops_making_sense(said: str, noted: list[str]) -> None:
    assert facts(*user(said)) == noted


def test_a_pet_that_was_a_she_makes_she_doubtful() -> None:
    told = user(
        "My dog won't eat.", "She's a mix called Nala.", "My partner works more. She can't have milk."
    )
    assert not any("milk" in fact for fact in facts(*told))
    assert any("Nala" in fact for fact in facts(*told))


@pytest.mark.parametrize(
    ("question", "answer", "noted"),
    [
        ("New or used?", "used, max 3 years", ["The user prefers used over new."]),
        ("Chicken or fish?", "Chicken. Actually, fish.", ["The user prefers fish over chicken."]),
        ("How many kids do you have?", "I have 3. Why?", ["The user has 3 kids."]),
        ("What is your goal?", "buy a flat in Turin", ["The user's goal is to buy a flat in Turin."]),
        ("What are your hobbies?", "Hannah bakes and plays handball", [
            'Asked "What are your hobbies?", the user answered "Hannah bakes and plays handball".',
        ]),
        ("Do you smoke?", "quit 2019", ["The user quit smoking in 2019."]),
        ("Do you smoke?", "No, cigars only", ['Asked "Do you smoke?", the user answered "cigars only".']),
        ("What's your current level?", "87. why?", ["The user's current level is 87."]),
        ("Which brands do you like?", "had Brooks before", [
            'Asked "Which brands do you like?", the user answered "had Brooks before".',
        ]),
    ],
)  # fmt: skip
def test_an_answer_is_read_with_its_question(question: str, answer: str, noted: list[str]) -> None:
    assert facts((question, ASSISTANT), *user(answer)) == noted


@pytest.mark.parametrize(
    ("said", "liked"),
    [
        ("Not Ryanair please", ["Wants the assistant to avoid Ryanair"]),
        ("no crypto please", ["Wants the assistant to avoid crypto"]),
        ("paper receipts please", ["Prefers paper receipts"]),
        ("give me mountains over beach", ["Prefers mountains over beach"]),
        ("prefer composition over inheritance", ["Prefers composition over inheritance"]),
        ("In general don't put meetings of mine before 9:30.", [
            "Wants the assistant not to put meetings of theirs before 9:30",
        ]),
        ("I asked to be called Mx. Rivera not Mr.", ["Prefers to be called Mx. Rivera"]),
        ("Background music helps me focus", ["Background music helps the user focus"]),
        ("I could never live without my bike", ["Could never live without their bike"]),
        ("I like examples more than theory", ["Likes examples more than theory"]),
        ("Please explain the rest in Arabic", ["Wants the assistant to explain the rest in Arabic"]),
        ("So no other sparks please.", []),
        ("I only have an air fryer.", []),
    ],
)  # fmt: skip
def test_wishes_that_need_no_liking(said: str, liked: list[str]) -> None:
    assert phrases(*user(said)) == liked


def test_an_allergy_is_about_food_only_where_food_is_named() -> None:
    latex, eggs = preferences(*user("I'm allergic to latex.", "I'm allergic to eggs."))
    assert latex["categories"] == ["health"]
    assert "dietary restrictions" in eggs["categories"]


def corrected(said: str, stored: str, strategy_type: str = "SEMANTIC") -> Decision:
    """What a message does to one stored record that is near to it."""
    (new,) = extract(strategy_type, messages(*user(said)), [])[:1]
    return decide(strategy_type, new, [Neighbour("mem-1", stored, 0.6)])


@pytest.mark.parametrize(
    ("said", "stored", "now"),
    [
        ("Sorry, I said Austin, I meant Round Rock", "The user lives in Austin, Texas.",
         "The user lives in Round Rock, Texas."),
        ("It wasn't the hose, it was the seal", "The hose burst.", "The seal burst."),
        ("Make it Saturday instead of Friday", "The user needs a table on Friday.",
         "The user needs a table on Saturday."),
        ("I only drink one coffee now.", "The user drinks three coffees a day.",
         "The user drinks one coffee a day."),
        ("I reduced my hours to 30.", "The user works 40 hours a week.", "The user works 30 hours a week."),
    ],
)  # fmt: skip
def test_a_correction_changes_what_is_stored(said: str, stored: str, now: str) -> None:
    decision = corrected(said, stored)
    assert (decision.operation, decision.text) == ("UpdateMemory", now)


@pytest.mark.parametrize(
    ("said", "stored", "operation"),
    [
        ("I stopped smoking!", "The user smokes.", "UpdateMemory"),
        ("I moved to Linz last week.", "The user lives in Graz.", "UpdateMemory"),
        ("I moved to a new team.", "The user lives in Graz.", "AddMemory"),
        ("I moved to Linz in 1999.", "The user lives in Graz.", "AddMemory"),
    ],
)
def test_what_has_ended_and_where_somebody_lives(said: str, stored: str, operation: str) -> None:
    assert corrected(said, stored).operation == operation


def test_a_statement_that_is_no_preference_corrects_a_stored_one() -> None:
    def stored(phrase: str) -> str:
        return json.dumps({"context": "", "preference": phrase, "categories": ["budget"]})

    said = "We scraped together more, so the budget is 18,000 now, not 14,000."
    decision = corrected(said, stored("Budget is around 14,000 pounds"), "USER_PREFERENCE")
    document: dict[str, Any] = json.loads(decision.text)
    assert decision.operation == "UpdateMemory"
    assert (document["preference"], document["categories"]) == ("Budget is around 18,000 pounds", ["budget"])
    stray = corrected(said, stored("Likes jazz"), "USER_PREFERENCE")
    assert stray.operation == "SkipMemory"


def test_a_stray_correction_is_not_added() -> None:
    new = Extracted("x", "x", "user", "correction", MONDAY, (("event-1", 0),))
    assert decide("USER_PREFERENCE", new, []).operation == "SkipMemory"
