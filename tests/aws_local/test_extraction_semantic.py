"""What a person would note about the user, conversation by conversation, written down beforehand."""

from datetime import UTC, datetime

import pytest

from services.aws_local.extraction import extract
from tests.aws_local.conversation import (
    AIRLINE,
    ASSISTANT,
    ORDER_SUPPORT,
    RESTAURANT,
    TOOL,
    TRIP,
    USER,
    Turn,
    facts,
    messages,
    user,
)


def test_restaurant_conversation() -> None:
    assert facts(*RESTAURANT) == [
        "The user is vegetarian.",
        "The user prefers restaurants with a quiet atmosphere.",
        "The user is in the mood for Italian cuisine.",
        "The user would prefer something mid-range and located downtown.",
        "The user lives in Irvine.",
    ]


def test_order_support_conversation() -> None:
    assert facts(*ORDER_SUPPORT) == [
        "The user is having trouble with their order #12345.",
        "The user wants to change their email address.",
        "The user's new email is newemail@example.com.",
        "The package arrived damaged.",
    ]


def test_airline_conversation() -> None:
    assert facts(*AIRLINE) == [
        "The user would like to book a flight from Seattle to New York for Sunday, 3 August 2025.",
        "The user chose Delta airline.",
        "The user prefers a window seat.",
    ]


def test_trip_conversation() -> None:
    assert facts(*TRIP) == [
        "The user's name is Anna.",
        "The user would like to book a trip from Boston to NYC departuring on July 11th 2024 and returning on"
        " July 22nd 2024, via AIR.",
        "The user needs to stay an extra day.",
    ]


@pytest.mark.parametrize(
    ("said", "noted"),
    [
        ("I'm a nurse.", ["The user is a nurse."]),
        ("I have two kids and a dog.", ["The user has two kids and a dog."]),
        ("I go to the gym on Mondays.", ["The user goes to the gym on Mondays."]),
        ("I study medicine.", ["The user studies medicine."]),
        ("I watch a lot of anime.", ["The user watches a lot of anime."]),
        ("I don't drink coffee.", ["The user does not drink coffee."]),
        ("I can't eat gluten.", ["The user cannot eat gluten."]),
        ("I've been working at Initech since 2019.", ["The user has been working at Initech since 2019."]),
        ("I was born in Ohio.", ["The user was born in Ohio."]),
        (
            "I'll be traveling to Peru with my sister.",
            ["The user will be traveling to Peru with their sister."],
        ),
        ("I no longer work for Acme.", ["The user no longer works for Acme."]),
        ("I bought myself a new bike.", ["The user bought themselves a new bike."]),
        ("My wife and I are moving to Denver.", ["The user and their wife are moving to Denver."]),
        ("We have three children.", ["The user has three children."]),
        ("My doctor told me I should walk more.", ["The user's doctor told them they should walk more."]),
        ("My phone number is 555-0134.", ["The user's phone number is 555-0134."]),
        ("my name is jake", ["The user's name is Jake."]),
        ("I'm Sam, a teacher from Ohio.", ["The user's name is Sam.", "The user is a teacher from Ohio."]),
        ("Good morning, this is Robert Klein.", ["The user's name is Robert Klein."]),
        ("I'm German.", ["The user is German."]),
        (
            "We ship every two weeks. Our team is small.",
            ["The user's team ships every two weeks.", "The user's team is small."],
        ),
        (
            "hey so my gf and i are planning a trip to rome",
            ["The user and their gf are planning a trip to rome."],
        ),
    ],
)
def test_first_person_becomes_third_person(said: str, noted: list[str]) -> None:
    assert facts((said, USER)) == noted


@pytest.mark.parametrize(
    ("said", "noted"),
    [
        (
            "I live in Irvine and work as a nurse.",
            ["The user lives in Irvine.", "The user works as a nurse."],
        ),
        (
            "I'm allergic to shellfish but I love salmon.",
            ["The user is allergic to shellfish.", "The user loves salmon."],
        ),
        ("When I travel, I prefer aisle seats.", ["The user prefers aisle seats when they travel."]),
        ("On weekends I play tennis.", ["The user plays tennis on weekends."]),
        ("I'm vegetarian, what do you recommend?", ["The user is vegetarian."]),
        ("Well, to be honest, I work at Dell, thanks!", ["The user works at Dell."]),
        ("Remember that my current hobby is knitting?", ["The user's current hobby is knitting."]),
        ("Remember this: my dog Pixel is a corgi.", ["The user's dog Pixel is a corgi."]),
        ("I want to relax and have fun in Rome.", ["The user wants to relax and have fun in Rome."]),
        ("Dr. Smith is my dentist. I see him twice a year.", ["Dr. Smith is the user's dentist."]),
    ],
)
def test_sentences_are_taken_apart(said: str, noted: list[str]) -> None:
    assert facts((said, USER)) == noted


@pytest.mark.parametrize(
    "said",
    [
        "Hi!",
        "Hello there, how are you?",
        "Good morning",
        "thank you!",
        "that is correct, thanks!",
        "end",
        "Great, see you then!",
        "What's the capital of France?",
        "can you help me with my homework",
        "Do you remember my name?",
        "I don't know.",
        "I'm not sure if that works.",
        "I have a quick question.",
        "I need some help.",
        "I understand",
        "I see, that makes sense.",
        "I like it!",
        "I'll take that one.",
        "I told you already.",
        "I love your suggestion.",
        "Book me a flight to Rome.",
        "Please send it to my work address.",
        "Write a story: I walked into the bar and I ordered a whisky.",
        "Summarize this: My company raised prices. Our customers left.",
        'My brother said "I hate parties".',
        "If I were rich I'd buy a yacht.",
        "I wish I had more time.",
        "Imagine I live on Mars.",
        "I just love it when my flight is delayed.",
        "I'm a billionaire jk",
        "It's raining.",
        "My parents still live there and I like it.",
        "My boss doesn't like it.",
        "We're both tall.",
        "He told me it would be fine.",
        "lol",
        "👍👍",
        "...",
        "lookup_order(order_id='12345')",
        '{"name": "I live in Irvine", "role": "user"}',
        "Traceback (most recent call last):\n  File 'a.py', line 1\nKeyError: 'my_key'",
        "```\nI live in Irvine\n```",
        "> I live in Irvine",
        "https://example.com/my/page",
    ],
)
def test_small_talk_questions_and_noise_give_nothing(said: str) -> None:
    assert facts((said, USER)) == []


@pytest.mark.parametrize(
    "said",
    [
        "My password is hunter2.",
        "my wifi password: sunflower99",
        "The PIN for my card is 4821, by the way.",
        "My card number is 4111 1111 1111 1111.",
        "I paid with 5500-0000-0000-0004.",
        "My SSN is 123-45-6789.",
        "I use the key sk-live-abc123DEF456ghi789 for Stripe.",
        "My AWS key is AKIAIOSFODNN7EXAMPLE.",
        "I pushed with ghp_abcdefghijklmnopqrstuvwxyz0123456789.",
        "My token is eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abc",
        "I connect to postgres://admin:hunter2@db.internal/prod from my laptop.",
        "My API key:\nabc-def-ghi",
    ],
)
def test_secrets_never_become_a_record(said: str) -> None:
    turns: list[Turn] = [(said, USER), ("I live in Irvine.", USER)]
    assert facts(*turns) == ["The user lives in Irvine."]
    for strategy_type in ("SEMANTIC", "USER_PREFERENCE", "SUMMARIZATION"):
        stored = " ".join(found.content for found in extract(strategy_type, messages(*turns), []))
        for word in (
            "hunter2",
            "sunflower",
            "4821",
            "4111",
            "0004",
            "6789",
            "sk-live",
            "AKIA",
            "ghp_",
            "eyJ",
            "abc-def",
        ):
            assert word not in stored


def test_the_answer_to_a_question_for_a_secret_is_one() -> None:
    assert facts(("What is your password?", ASSISTANT), ("I use sunflower for everything", USER)) == []


def test_speaking_of_a_password_is_harmless() -> None:
    assert facts(("I forgot my password for the billing portal.", USER)) == [
        "The user forgot their password for the billing portal."
    ]
    assert facts(("My password is not accepted by the portal.", USER)) == [
        "The user's password is not accepted by the portal."
    ]


@pytest.mark.parametrize(
    ("question", "answer", "noted"),
    [
        ("What's your new email?", "newemail@example.com", "The user's new email is newemail@example.com."),
        ("What is your phone number?", "It's 555-0134.", "The user's phone number is 555-0134."),
        ("Where do you live?", "In Portland", "The user lives in Portland."),
        ("Are you vegetarian?", "Yes", "The user is vegetarian."),
        ("Are you a smoker?", "No", "The user is not a smoker."),
        ("Do you have any pets?", "nope", "The user does not have any pets."),
        ("Do you have any allergies?", "Peanuts.", "The user has allergies: peanuts."),
        ("Do you like spicy food?", "not really", "The user does not like spicy food."),
        ("How many children do you have?", "Two", "The user has two children."),
        ("How old are you?", "42", "The user is 42 years old."),
        (
            "Can I have the email on the account?",
            "It's k.w@mail.com",
            "The user's email on the account is k.w@mail.com.",
        ),
        ("May I have your name?", "Maria Gonzalez", "The user's name is Maria Gonzalez."),
        ("What device do you use?", "An iPad.", "The user uses an iPad."),
        ("What do you do for a living?", "Software engineer", "The user's job is software engineer."),
        ("Do you prefer a male or female doctor?", "Female please", "The user prefers a female doctor."),
        ("Are you taking any medication?", "Yes, insulin", "The user is taking medication: insulin."),
        (
            "Which day works best for you?",
            "Tuesday or Wednesday",
            'Asked "Which day works best for you?", the user answered "Tuesday or Wednesday".',
        ),
    ],
)
def test_short_answers_join_their_question(question: str, answer: str, noted: str) -> None:
    assert facts((question, ASSISTANT), (answer, USER)) == [noted]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Is that correct?", "Yes"),
        ("Shall I book it?", "yes please"),
        ("Would you like me to continue?", "Sure"),
        ("Anything else?", "No, that's all"),
        ("How are you?", "Good"),
        ("What would you like to know?", "I don't know"),
        ("When did you lose it?", "Yesterday"),
    ],
)
def test_answers_within_the_conversation_are_not_facts(question: str, answer: str) -> None:
    assert facts((question, ASSISTANT), (answer, USER)) == []


def test_an_answer_may_go_on_with_a_statement() -> None:
    turns: list[Turn] = [
        ("Do you want hotels or Airbnbs?", ASSISTANT),
        ("airbnbs, we like to cook breakfast", USER),
    ]
    assert facts(*turns) == ["The user prefers Airbnbs.", "The user likes to cook breakfast."]


def test_a_question_is_answered_across_events() -> None:
    asked = messages(("Do you have a preference for a seat type", ASSISTANT), event_id="event-1")
    answered = messages(("Yes. Window please", USER), event_id="event-2")
    (found,) = extract("SEMANTIC", answered, asked)
    assert found.content == "The user prefers a window seat."
    assert found.sources == (("event-2", 0),)


def test_context_is_read_and_not_extracted_again() -> None:
    context = messages(("I have a dog named Biscuit.", USER), event_id="event-1")
    new = messages(("Biscuit is allergic to chicken.", USER), event_id="event-2")
    assert [found.content for found in extract("SEMANTIC", new, context)] == [
        "The user's dog Biscuit is allergic to chicken."
    ]


@pytest.mark.parametrize(
    ("said", "noted"),
    [
        (
            "My sister Clara lives in Madrid. She works as a chef.",
            ["The user's sister Clara lives in Madrid.", "The user's sister Clara works as a chef."],
        ),
        (
            "I have a cat. Her name is Miso.",
            ["The user has a cat.", "The user's cat's name is Miso."],
        ),
        (
            "My doctor is Dr. Patel, her office number is 617-555-0188.",
            ["The user's doctor is Dr. Patel.", "The user's doctor's office number is 617-555-0188."],
        ),
        (
            "My car is a Volvo. The car needs new tires.",
            ["The user's car is a Volvo.", "The user's car needs new tires."],
        ),
    ],
)
def test_people_pets_and_things_are_followed(said: str, noted: list[str]) -> None:
    assert facts((said, USER)) == noted


def test_she_is_whom_the_assistant_asked_about() -> None:
    turns: list[Turn] = [("What does your mom enjoy?", ASSISTANT), ("She loves gardening.", USER)]
    assert facts(*turns) == ["The user's mom loves gardening."]


@pytest.mark.parametrize(
    ("said", "noted"),
    [
        ("I saw the dentist yesterday.", "The user saw the dentist on 27 July 2025."),
        ("I'm flying to Rome tomorrow.", "The user is flying to Rome on 29 July 2025."),
        ("I joined a gym last Friday.", "The user joined a gym on Friday, 25 July 2025."),
        ("I have an exam next Tuesday.", "The user has an exam on Tuesday, 5 August 2025."),
        ("I moved to Chicago last month.", "The user moved to Chicago in June 2025."),
        ("I graduated two years ago.", "The user graduated around 2023."),
        ("I'm moving to Lyon next year for work.", "The user is moving to Lyon in 2026 for work."),
        ("Last week I started a diet.", "The user started a diet in the week of 21 July 2025."),
        ("I got married three weeks ago.", "The user got married around 7 July 2025."),
        ("I read today's paper every morning.", "The user reads today's paper every morning."),
        ("I train every last Friday of the month.", "The user trains every last Friday of the month."),
    ],
)
def test_relative_dates_are_resolved_against_the_time_of_the_event(said: str, noted: str) -> None:
    """The event is of Monday, 28 July 2025."""
    assert facts((said, USER)) == [noted]


def test_dates_roll_over_the_end_of_the_year() -> None:
    new_years_eve = datetime(2025, 12, 31, 23, 0, tzinfo=UTC)
    assert facts(("I start a new job tomorrow.", USER), said=new_years_eve) == [
        "The user starts a new job on 1 January 2026."
    ]
    assert facts(("I'm moving to Oslo next month.", USER), said=new_years_eve) == [
        "The user is moving to Oslo in January 2026."
    ]


def test_what_only_the_assistant_or_a_tool_says_is_no_fact() -> None:
    assert facts(("I live in the cloud and I love helping people.", ASSISTANT)) == []
    assert facts(("My name is Tool and I live in Irvine.", TOOL)) == []
    assert facts(("Your order was shipped yesterday.", ASSISTANT)) == []


@pytest.mark.parametrize(
    ("recorded", "noted"),
    [
        (
            "The user is vegetarian and prefers quiet restaurants",
            ["The user is vegetarian.", "The user prefers quiet restaurants."],
        ),
        ("User likes sci-fi movies.", ["The user likes sci-fi movies."]),
        (
            "The user's name is Anna. They live in Irvine.",
            ["The user's name is Anna.", "The user lives in Irvine."],
        ),
        (
            "The customer has two children and drives a Volvo.",
            ["The user has two children.", "The user drives a Volvo."],
        ),
        ("Remember that the user is allergic to nuts.", ["The user is allergic to nuts."]),
        ("Hello, Remeber that my current hobby is knitting?", ["The user's current hobby is knitting."]),
        ("The user can reset the password in settings.", []),
        ("The user should click the button.", []),
        ("The user said hello.", []),
        ("Users prefer dark mode.", []),
        ("Sure! The user is vegetarian, so I left out the ham.", []),
    ],
)
def test_an_agent_may_record_statements_about_the_user(recorded: str, noted: list[str]) -> None:
    assert facts((recorded, ASSISTANT)) == noted


def test_a_statement_made_twice_is_noted_once() -> None:
    assert facts(*user("I live in Irvine.", "I live in Irvine!")) == ["The user lives in Irvine."]


def test_a_fact_carries_its_evidence() -> None:
    new = messages(("Hi!", USER), ("I live in Irvine.", USER), event_id="event-7")
    (found,) = extract("SEMANTIC", new, [])
    assert found.sources == (("event-7", 1),)
    assert found.timestamp == new[1].timestamp
    assert found.embed_text == "Lives in Irvine."
    assert found.rule == "first person"


def test_an_unknown_strategy_type_is_an_error() -> None:
    with pytest.raises(KeyError):
        extract("EPISODIC", [], [])
