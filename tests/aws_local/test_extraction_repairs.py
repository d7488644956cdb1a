"""People who correct themselves or change their mind, within a session and after it."""

from typing import Any

import pytest

from services.aws_local.extraction import Extracted, extract
from services.aws_local.extraction.consolidation import Neighbour, decide
from services.aws_local.extraction.extracted import AMENDMENT_RULE, CORRECTION_RULE
from tests.aws_local.agentcore import everything, new_memory, say, texts_of, until
from tests.aws_local.conversation import ASSISTANT, MONDAY, USER, Turn, facts, messages, phrases, user


@pytest.mark.parametrize(
    ("said", "noted"),
    [
        ("I tore my meniscus in 2015, no, sorry, 2016.", "The user tore their meniscus in 2016."),
        ("We need a room for 12, I mean 14 people.", "The user needs a room for 14 people."),
        ("My last day is 14 March. Scratch that, 7 March.", "The user's last day is 7 March."),
        ("We have 20 guests. No, 25.", "The user has 25 guests."),
        ("I fly to Rome on the 3rd. Actually make that the 5th.", "The user flies to Rome on the 5th."),
    ],
)
def test_a_value_taken_back_at_once_is_never_noted(said: str, noted: str) -> None:
    assert facts(*user(said)) == [noted]


def test_an_answer_taken_back_is_none() -> None:
    turns: list[Turn] = [
        ("Would you prefer a morning or an evening flight?", ASSISTANT),
        ("A morning flight. No wait, is there a train?", USER),
    ]
    assert phrases(*turns) == []


def test_a_value_of_an_answer_is_taken_back() -> None:
    turns: list[Turn] = [
        ("What's your budget?", ASSISTANT),
        ("About £90 a night. Actually make that £80.", USER),
    ]
    assert phrases(*turns) == ["Budget is about £80 a night"]


def test_a_later_message_takes_a_value_back() -> None:
    turns: list[Turn] = [
        ("I'm away from the 20th to the 27th.", USER),
        ("Noted.", ASSISTANT),
        ("Sorry, I meant the 21st.", USER),
    ]
    assert facts(*turns) == ["The user is away from the 21st to the 27th."]


def test_what_an_earlier_batch_told_is_corrected_from_its_context() -> None:
    context = messages(("I'm away from the 20th to the 27th.", USER), event_id="event-1")
    (new,) = extract("SEMANTIC", messages(("Sorry, I meant the 21st.", USER), event_id="event-2"), context)
    assert (new.content, new.rule) == ("The user is away from the 21st to the 27th.", CORRECTION_RULE)
    assert new.sources == (("event-2", 0),)
    stored = Neighbour("mem-1", "The user is away from the 20th to the 27th.", 0.9)
    decision = decide("SEMANTIC", new, [stored])
    assert (decision.operation, decision.record_id) == ("UpdateMemory", "mem-1")


def test_without_the_word_of_its_speaker_a_likeness_corrects_nothing() -> None:
    stored = Neighbour("mem-1", "The user booked a room for the 20th.", 0.99)
    new = _new("The user booked a room for the 21st.", "first person")
    assert decide("SEMANTIC", new, [stored]).operation == "AddMemory"


@pytest.mark.parametrize(
    ("old", "new", "now"),
    [
        (
            "The user is getting married next September at a farm.",
            "The user moved the wedding to the 5th of October because the farm double-booked.",
            "The user is getting married on the 5th of October at a farm.",
        ),
        (
            "The user needs a boat for 8 people from 12 to 19 May.",
            "There are now 6 people in the user's group, two dropped out.",
            "The user needs a boat for 6 people from 12 to 19 May.",
        ),
    ],
)
def test_only_the_value_changes_in_a_sentence_that_says_more(old: str, new: str, now: str) -> None:
    decision = decide("SEMANTIC", _new(new, "first person"), [Neighbour("mem-1", old, 0.6)])
    assert (decision.operation, decision.text) == ("UpdateMemory", now)


@pytest.mark.parametrize(
    ("old", "new", "operation"),
    [
        ("Prefers afternoon appointments", "Prefers mornings now", "UpdateMemory"),
        ("Prefers to be contacted by e-mail", "Prefers to be contacted by phone instead", "UpdateMemory"),
        ("Prefers afternoon appointments", "Prefers mornings", "AddMemory"),
        ("Loves jazz", "Prefers mornings now", "AddMemory"),
    ],
)
def test_who_says_that_a_taste_changed_chooses_another_of_the_alternatives(
    old: str, new: str, operation: str
) -> None:
    assert decide("USER_PREFERENCE", _new(new, "wish"), [Neighbour("mem-1", old, 0.5)]).operation == operation


PREFERENCES = {
    "userPreferenceMemoryStrategy": {"name": "tastes", "namespaceTemplates": ["/tastes/{actorId}/"]}
}


def test_an_amendment_is_kept_only_where_it_amends_something(control: Any, data: Any) -> None:
    memory_id = new_memory(control, PREFERENCES)

    def kept() -> list[str]:
        found = everything(
            data.list_memory_records, "memoryRecordSummaries", memoryId=memory_id, namespace="/tastes/alice/"
        )
        return texts_of(found)

    say(data, memory_id, "Keep the notes under 200 words, please. Our office moved to Leeds in May.")
    until(kept)
    say(data, memory_id, "One correction, the notes can be up to 300 words after all.", seconds=60)
    until(lambda: "300 words" in "".join(kept()))
    assert len(kept()) == 1


def test_a_statement_that_only_corrects_is_an_amendment() -> None:
    (new,) = extract("SEMANTIC", messages(*user("It's six vegans, not five.")), [])
    assert new.rule == AMENDMENT_RULE


def _new(content: str, rule: str) -> Extracted:
    return Extracted(content, content, "user", rule, MONDAY, (("event-1", 0),))
