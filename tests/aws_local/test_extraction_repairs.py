"""People who take something back, and words that are not the user's own: neither may leave a wrong memory."""

from typing import Any

import pytest

from tests.aws_local.agentcore import everything, new_memory, say, texts_of, until
from tests.aws_local.agentcore import facts as fact_strategy
from tests.aws_local.conversation import ASSISTANT, USER, Turn, facts, phrases, user


@pytest.mark.parametrize(
    ("said", "noted"),
    [
        ("My exam is on the 3rd, no sorry, the 4th of May.", ["The user's exam is on the 4th of May."]),
        ("Our fair is on June 5th, no, the 6th.", ["The user's fair is on June 6th."]),
        ("My shift starts at 3pm, I mean 4pm.", ["The user's shift starts at 4pm."]),
        ("I've lived here since 2015, no, 2016.", ["The user has lived here since 2016."]),
        ("My rent is £700. Actually that's wrong, it's £750.", ["The user's rent is £750."]),
        ("My son is 6 years old. Sorry, 9 years old.", ["The user's son is 9 years old."]),
        ("I live in Munich. Sorry, I meant Nuremberg.", ["The user lives in Nuremberg."]),
        ("I live in Leeds. Scratch that.", []),
        ("I love sushi. Actually no, I hate it.", []),
        # What only looks like it.
        ("I paid £40, it's £45 now.", ["The user paid £40, it's £45 now."]),
        ("I have 2 dogs, no 3 cats.", ["The user has 2 dogs, no 3 cats."]),
        ("I have 3 kids. Sorry, 10 minutes please.", ["The user has 3 kids."]),
        ("I work 5 days a week. Actually, at 5 I have yoga.", ["The user works 5 days a week."]),
        ("I live in Rome. Wait, no, that's not important.", ["The user lives in Rome."]),
        ("My daughter has asthma. Scratch that last question.", ["The user's daughter has asthma."]),
        ("I'm allergic to nuts. Never mind, I'll ask.", ["The user is allergic to nuts."]),
    ],
)
def test_what_is_taken_back_in_the_same_breath(said: str, noted: list[str]) -> None:
    assert facts(*user(said))[: len(noted)] == noted
    assert bool(facts(*user(said))) == bool(noted)


def test_a_correction_across_messages_corrects_nothing_by_its_number_alone() -> None:
    turns: list[Turn] = [
        ("My daughter turns 5 on Sunday.", USER),
        ("Nice! For how many people is the cake?", ASSISTANT),
        ("Actually, make it 12.", USER),
    ]
    assert facts(*turns)[0] == "The user's daughter turns 5 on Sunday."


@pytest.mark.parametrize(
    ("question", "answer", "noted"),
    [
        ("When can you start?", "1 December. Actually mid December.", "mid December"),
        ("Which day suits you?", "Monday. No, wait: Tuesday.", "Tuesday"),
    ],
)
def test_of_two_answers_the_second_counts(question: str, answer: str, noted: str) -> None:
    assert facts((question, ASSISTANT), (answer, USER)) == [
        f'Asked "{question}", the user answered "{noted}".'
    ]


@pytest.mark.parametrize(
    "said",
    [
        'My husband keeps saying "I want a boat, I need a boat" every day.',
        'She told me "I saw a van. I drive one, too." and left.',
        "In my novel the hero says that life is short and I live in a lighthouse.",
        "If I ever win the lottery, I quit my job and never work again.",
    ],
)
def test_another_i_is_not_the_user(said: str) -> None:
    assert facts(*user(said)) == []


@pytest.mark.parametrize(
    ("said", "noted"),
    [
        ("I work Mondays. No Fridays.", ["The user works Mondays."]),
        (
            "I'm allergic to nuts and I need a table at 7pm. Scratch that, 8pm.",
            ["The user is allergic to nuts.", "The user needs a table at 8pm."],
        ),
        (
            "I'm allergic to penicillin. Forget that, I have a question about my card.",
            ["The user is allergic to penicillin."],
        ),
        ("I like tea. Sorry, I can't stand it when it is cold.", ["The user likes tea."]),
        ("Can we stop the role-play? I live in Rome.", ["The user lives in Rome."]),
        ("I'm vegan. Let's roleplay a pirate! I am captain Hook.", ["The user is vegan."]),
        ("My height is 5'11\".", ["The user's height is 5'11\"."]),
        (
            'I love the album "1989". I live in Oslo. I saw "Blade Runner 2049".',
            [
                'The user loves the album "1989".',
                "The user lives in Oslo.",
                'The user saw "Blade Runner 2049".',
            ],
        ),
        ('I told my boss "I\'m leaving" and I start at Acme.', ["The user starts at Acme."]),
        ("If I won't be home, my neighbour helps.", ["The user's neighbour helps if they will not be home."]),
        (
            "I'm pregnant, please suggest exercises, I'm in week 20.",
            ["The user is pregnant.", "The user is in week 20."],
        ),
        ("Milk, cheese and butter make me ill.", ["Milk, cheese and butter make the user ill."]),
        ("My flight leaves on the 3rd.", ["The user's flight leaves on the 3rd."]),
        ("I'm Catholic.", ["The user is Catholic."]),
    ],
)
def test_what_only_looks_taken_back_or_played_stays(said: str, noted: list[str]) -> None:
    assert facts(*user(said)) == noted


@pytest.mark.parametrize(
    ("question", "answer", "noted"),
    [
        ("Any allergies?", "Peanuts. No shellfish.", "The user has allergies: peanuts."),
        ("How do you take your coffee?", "Black. No sugar.", "The user takes their coffee black."),
    ],
)
def test_a_sentence_with_no_is_no_correction(question: str, answer: str, noted: str) -> None:
    assert facts((question, ASSISTANT), (answer, USER)) == [noted]


def test_what_is_said_in_a_role_is_nobodys_fact_until_the_play_is_over() -> None:
    told = user(
        "Let's do a roleplay, I'm a knight.",
        "My sword arm is broken.",
        "OK stop, ooc. I'm writing a novel.",
        "I live in Bath.",
    )
    assert facts(*told) == ["The user is writing a novel.", "The user lives in Bath."]


@pytest.mark.parametrize(
    "said",
    [
        ("My boss is ill, and Tom always takes the aisle.", "He eats everything."),
        ("We use a guy called Stefan, my sister-in-law knows him.", "He won't do tiles."),
        ("My daughter is one.", "My wife is a midwife.", "The sling is old.", "She spits out her food."),
    ],
)
def test_he_and_she_are_nobody_where_somebody_else_may_be_meant(said: tuple[str, ...]) -> None:
    assert facts(*user(*said)) == facts(*user(*said[:-1]))


@pytest.mark.parametrize(
    ("question", "answer", "noted"),
    [
        ("Do you have any pets?", "No dogs, two cats", ["The user has no dogs, two cats."]),
        ("Do you have children?", "No kids", ["The user has no kids."]),
        ("How many eggs do you have?", "No eggs", ["The user has no eggs."]),
        ("Do you drink alcohol?", "God, no", ["The user does not drink alcohol."]),
        ("Do you have a car?", "Right now no", []),
        ("Do you like oats?", "They're like wallpaper paste.", []),
        ("How old are you and how often do you train?", "16, six times a week", []),
        ("Are you registered with us?", "Yes.", []),
        ("Any foods you avoid?", "Pork for religious reasons.", [
            "The user avoids pork for religious reasons.",
        ]),
        ("Do you have a favourite cuisine?", "Lebanese", ["The user's favourite cuisine is Lebanese."]),
    ],
)  # fmt: skip
def test_answers_keep_their_negation_and_their_subject(question: str, answer: str, noted: list[str]) -> None:
    assert facts((question, ASSISTANT), (answer, USER)) == noted


@pytest.mark.parametrize(
    ("said", "liked"),
    [
        ("Window seats for me, please.", ["Prefers window seats"]),
        ("Aisle for me.", ["Prefers an aisle seat"]),
        ("Please text me, I'm hard of hearing.", ["Prefers to be contacted by text message"]),
        ("By email please, not by phone.", ["Prefers to be contacted by email"]),
        ("Please no comments in the code.", ["Prefers no comments in the code"]),
        ("Be blunt with me.", ["Wants the assistant to be blunt with them"]),
        ("Kale I'm not fond of.", ["Is not fond of kale"]),
        ("I'd sooner do it alone than pay again.", ["Prefers to do it alone rather than pay again"]),
        # Complaints, orders and other people's tastes.
        ("No sound on my laptop please", []),
        ("No hot water since Monday, please send someone.", []),
        ("Power cut over the whole street again.", []),
        ("Don't book the 9:30 train.", []),
        ("I refuse to pay for this broken order.", []),
        ("She's from Piedmont so nothing Italian.", []),
        ("My sleeve is botanical, black and grey only.", []),
    ],
)
def test_tastes_that_are_said_without_liking(said: str, liked: list[str]) -> None:
    assert phrases(*user(said)) == liked


@pytest.mark.parametrize(
    ("said", "noted"),
    [
        ("I barely sleep.", ["The user barely sleeps."]),
        ("I use tabs, don't judge me.", ["The user uses tabs."]),
        ("My daughter's wedding in May.", []),
        ("I keep meaning to.", []),
        ("The fan didn't.", []),
        ("My mother she walks badly.", ["The user's mother walks badly."]),
        ("I bought it new at the 3. of November.", ["The user bought it new on 3 November."]),
        ("I changed my email, it's ann@mail.example now.", ["The user's new email is ann@mail.example."]),
        ("I'd need a week.", ["The user would need a week."]),
        ("I'm away next month so ping Lucia instead.", ["The user is away in August 2025."]),
        ("I live with my brother and his wife.", ["The user lives with their brother and his wife."]),
        ("I was born in 1980, that's 45 years ago.", ["The user was born in 1980, that's 45 years ago."]),
    ],
)
def test_statements_are_whole_and_in_the_third_person(said: str, noted: list[str]) -> None:
    assert facts(*user(said)) == noted


def test_a_correction_reaches_the_stored_record_and_a_stray_one_is_none(control: Any, data: Any) -> None:
    memory_id = new_memory(control, fact_strategy())

    def stored() -> list[str]:
        found = everything(
            data.list_memory_records,
            "memoryRecordSummaries",
            memoryId=memory_id,
            namespacePath="/facts/alice/",
        )
        return sorted(texts_of(found))

    say(data, memory_id, "My flight is on 11 May.")
    until(lambda: stored() == ["The user's flight is on 11 May."])
    say(data, memory_id, "Actually, my flight is on the 12th, not the 11th.", session="two", seconds=60)
    until(lambda: stored() == ["The user's flight is on 12th May."])
    say(data, memory_id, "It's nine chairs, not seven. I live in Bath.", session="three", seconds=120)
    until(lambda: "The user lives in Bath." in stored())
    assert not any("correction" in text for text in stored())
