"""Preferences a person would note: durable likes, diets, habits, choices and wishes; no passing requests."""

import json

import pytest

from services.aws_local.extraction import extract
from tests.aws_local.conversation import (
    AIRLINE,
    ASSISTANT,
    ORDER_SUPPORT,
    RESTAURANT,
    TRIP,
    USER,
    messages,
    phrases,
    preferences,
    user,
)


def test_restaurant_conversation() -> None:
    assert preferences(*RESTAURANT) == [
        {
            "context": 'The user said: "Im vegetarian and I prefer restaurants with a quiet atmosphere."',
            "preference": "Is vegetarian",
            "categories": ["food", "dietary restrictions"],
        },
        {
            "context": 'The user said: "Im vegetarian and I prefer restaurants with a quiet atmosphere."',
            "preference": "Prefers restaurants with a quiet atmosphere",
            "categories": ["ambience", "restaurants"],
        },
        {
            "context": 'The user said: "Im in the mood for Italian cuisine."',
            "preference": "In the mood for Italian cuisine",
            "categories": ["food", "restaurants"],
        },
        {
            "context": 'The user said: "Id prefer something mid-range and located downtown."',
            "preference": "Prefers something mid-range and located downtown",
            "categories": ["location", "budget"],
        },
    ]


def test_airline_conversation() -> None:
    airline, seat = preferences(*AIRLINE)
    assert airline["preference"] == "Prefers Delta airline"
    assert set(airline["categories"]) == {"airlines", "travel"}
    assert airline["context"].startswith('Offered "I have a two options available.')
    assert airline["context"].endswith('the user answered: "Delta airline"')
    assert seat["preference"] == "Prefers a window seat"
    assert set(seat["categories"]) == {"seating", "travel"}
    assert seat["context"] == (
        'Asked "Do you have a preference for a seat type", the user answered: "Yes. Window please"'
    )


def test_support_and_booking_conversations_state_no_preference() -> None:
    assert preferences(*ORDER_SUPPORT) == []
    assert preferences(*TRIP) == []


@pytest.mark.parametrize(
    ("said", "noted"),
    [
        ("I prefer tea over coffee.", "Prefers tea over coffee"),
        ("I'd rather take the train.", "Prefers to take the train"),
        ("I'd rather not be on the ground floor.", "Prefers not to be on the ground floor"),
        ("I really love jazz.", "Loves jazz"),
        ("i like hiking in the alps", "Likes hiking in the alps"),
        ("I enjoy crossword puzzles.", "Enjoys crossword puzzles"),
        ("I hate cilantro!", "Hates cilantro"),
        ("I can't stand horror movies.", "Cannot stand horror movies"),
        ("I don't like YAML.", "Does not like YAML"),
        ("I don't eat pork.", "Does not eat pork"),
        ("I don't drink.", "Does not drink"),
        ("I avoid red-eye flights.", "Avoids red-eye flights"),
        ("I'm lactose intolerant.", "Is lactose intolerant"),
        ("I'm allergic to peanuts.", "Is allergic to peanuts"),
        ("I'm a big fan of Studio Ghibli.", "Is a big fan of Studio Ghibli"),
        ("I'm a morning person.", "Is a morning person"),
        ("I always fly Delta.", "Always flies Delta"),
        ("I usually book hotels with a pool.", "Usually books hotels with a pool"),
        ("I never fly on Mondays.", "Never flies on Mondays"),
        ("I tend to work late.", "Tends to work late"),
        ("My favourite colour is teal.", "Favourite colour is teal"),
        ("My budget is $200 a night.", "Budget is $200 a night"),
        ("I don't want to spend more than $50.", "Does not want to spend more than $50"),
        ("Mornings work best for me.", "Prefers mornings"),
        ("Thursday afternoons are best for me.", "Prefers Thursday afternoons"),
        ("When I travel, I prefer aisle seats.", "Prefers aisle seats when they travel"),
        ("My wife and I love sushi.", "Loves sushi"),
        ("Call me Sam.", "Likes to be called Sam"),
        ("pls dont call me sir", "Prefers not to be called sir"),
        ("Please contact me by email.", "Prefers to be contacted by email"),
        ("Never use emojis.", "Wants the assistant to never use emojis"),
        ("From now on, please answer in German.", "Wants the assistant to answer in German from now on"),
        ("Please keep your answers short.", "Wants the assistant to keep answers short"),
        ("I like it when you use bullet points.", "Wants the assistant to use bullet points"),
        ("Can't stand bagpipes.", "Cannot stand bagpipes"),
        ("Not into reality shows.", "Is not into reality shows"),
        ("Huge fan of pickles.", "Is a huge fan of pickles"),
        ("Linen over silk any day.", "Prefers linen over silk"),
        ("Curtains: dark rather than patterned.", "Prefers dark rather than patterned"),
        ("I find trams terribly noisy.", "Finds trams terribly noisy"),
        ("I have a soft spot for old typewriters.", "Has a soft spot for old typewriters"),
        ("I steer clear of motorways.", "Steers clear of motorways"),
        ("I won't eat anything raw.", "Will not eat anything raw"),
        ("I'm fussy about pens.", "Is fussy about pens"),
        ("Opera bores me to tears.", "Opera bores the user to tears"),
        ("Camping isn't my cup of tea.", "Camping is not the user's cup of tea"),
        ("Night shifts are out of the question for me.", "Night shifts are out of the question for the user"),
        ("What matters most to me is a quiet dishwasher.", "A quiet dishwasher matters most to the user"),
        ("What I hate is small print.", "Hates small print"),
        ("Please only call me on weekdays.", "Wants the assistant to only call them on weekdays"),
        ("Spare me the statistics.", "Wants the assistant to avoid statistics"),
        ("Text me, don't ring.", "Prefers to be contacted by text message"),
        ("Keep them below 90 words.", "Wants the assistant to keep texts below 90 words"),
        ("I no longer eat fish.", "No longer eats fish"),
    ],
)
def test_stated_preferences(said: str, noted: str) -> None:
    assert phrases((said, USER)) == [noted]


@pytest.mark.parametrize(
    "said",
    [
        "I'd like to book a table for two.",
        "I want a window seat on this flight.",
        "I'd love to hear more.",
        "I'm looking for a good book.",
        "I like that one.",
        "I love it!",
        "I love your idea.",
        "I like to think that I'm careful.",
        "I used to like jazz.",
        "I liked the movie yesterday.",
        "I would like some tips.",
        "I prefer not to say.",
        "I never got the email.",
        "I hate to bother you.",
        "Would you prefer tea?",
        "If I could choose, I'd like a castle.",
        "I'm not vegetarian.",
        "I live in Irvine.",
        "I never said I like pineapple.",
        "Please always include this email today.",
        "We went over budget again.",
        "Skip this one.",
        "Please change the seat to 12A instead of 14C.",
        "I find my keys in the fridge.",
        "I'm done with the form.",
    ],
)
def test_requests_reactions_and_the_past_are_no_preference(said: str) -> None:
    assert phrases((said, USER)) == []


def test_sarcasm_is_not_taken_at_its_word() -> None:
    assert phrases(("Oh great, my flight got cancelled again. I love sleeping in airports.", USER)) == []


@pytest.mark.parametrize(
    ("question", "answer", "noted"),
    [
        ("Do you have a preference for a seat type?", "Aisle", "Prefers an aisle seat"),
        ("What kind of food do you prefer?", "Italian", "Prefers Italian"),
        ("Do you prefer a male or female doctor?", "Female please", "Prefers a female doctor"),
        (
            "Would you like paper statements or electronic statements?",
            "Electronic.",
            "Prefers electronic statements",
        ),
        ("Do you like spicy food?", "yes!!", "Likes spicy food"),
        ("What is your favorite color?", "Blue", "Favorite color is Blue"),
        ("How would you like to be contacted?", "By email", "Prefers to be contacted by email"),
        ("How should we keep you posted?", "By letter", "Prefers to be contacted by letter"),
        ("Do you prefer a front or a rear door?", "Rear would be better.", "Prefers a rear door"),
        ("Would you like a voucher or a refund?", "A refund.", "Prefers a refund"),
        ("What's your budget?", "About $1500", "Budget is about $1500"),
    ],
)
def test_choices(question: str, answer: str, noted: str) -> None:
    assert phrases((question, ASSISTANT), (answer, USER)) == [noted]


def test_a_request_is_no_answer_to_what_was_noted_before() -> None:
    noted = ("Noted: you always prefer a window seat.", ASSISTANT)
    assert phrases(noted, ("Please change my seat to an aisle seat", USER)) == []
    assert phrases(("Window or aisle?", ASSISTANT), ("Window please", USER)) == ["Prefers a window seat"]


@pytest.mark.parametrize(
    ("said", "category"),
    [
        ("I prefer tea over coffee.", "drinks"),
        ("I love jazz.", "music"),
        ("I'm allergic to peanuts.", "dietary restrictions"),
        ("I always fly Delta.", "airlines"),
        ("I prefer aisle seats.", "seating"),
        ("I don't want to spend more than $50.", "budget"),
        ("Please keep your answers short.", "communication"),
        ("I enjoy reading novels.", "books"),
        ("I like playing tennis.", "sports"),
        ("I prefer dark mode in my editor.", "technology"),
        ("I hate shopping for clothes.", "shopping"),
        ("Mornings work best for me.", "schedule"),
        ("I usually book hotels with a pool.", "accommodation"),
        ("I love cats.", "pets"),
        ("I prefer index funds.", "finance"),
        ("I love xylomancy.", "general"),
    ],
)
def test_categories(said: str, category: str) -> None:
    (found,) = preferences((said, USER))
    assert category in found["categories"]
    assert len(found["categories"]) <= 3


def test_an_agent_may_record_a_preference() -> None:
    (found,) = preferences(("The user prefers quiet restaurants.", ASSISTANT))
    assert found["preference"] == "Prefers quiet restaurants"
    assert found["context"] == 'The agent recorded: "The user prefers quiet restaurants."'


def test_a_preference_said_twice_is_noted_once() -> None:
    assert phrases(*user("I love jazz.", "As I said, I love jazz!")) == ["Loves jazz"]


def test_a_preference_carries_its_evidence() -> None:
    new = messages(("Hi!", USER), ("I prefer tea.", USER), event_id="event-7")
    (found,) = extract("USER_PREFERENCE", new, [])
    assert found.sources == (("event-7", 1),)
    assert found.embed_text == "Prefers tea"
    assert found.rule == "preference"


def test_content_keeps_non_ascii_words_readable() -> None:
    (found,) = extract("USER_PREFERENCE", messages(("I love crème brûlée.", USER)), [])
    assert "crème brûlée" in found.content
    assert json.loads(found.content)["preference"] == "Loves crème brûlée"
