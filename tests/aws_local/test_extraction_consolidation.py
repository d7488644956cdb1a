"""Add, update or skip: restated facts skip, single-valued slots update, all else is added."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.aws_local.extraction import Extracted
from services.aws_local.extraction.consolidation import Decision, Neighbour, decide
from tests.aws_local.agentcore import everything, facts, new_memory, say, texts_of, until
from tests.aws_local.conversation import MONDAY

NEARLY_THE_SAME = 0.97


def fact(content: str) -> Extracted:
    return Extracted(content, content, "user", "first person", MONDAY, (("event-1", 0),))


def preference(phrase: str, context: str = "The user said so.") -> str:
    return json.dumps({"context": context, "preference": phrase, "categories": ["general"]})


def decided(new: str, *stored: str, cosine: float = 0.8, strategy_type: str = "SEMANTIC") -> Decision:
    neighbours = [Neighbour(f"mem-{place}", content, cosine) for place, content in enumerate(stored)]
    return decide(strategy_type, fact(new), neighbours)


def test_nothing_stored_adds() -> None:
    decision = decided("The user lives in Irvine.")
    assert (decision.operation, decision.record_id) == ("AddMemory", None)


def test_a_name_is_not_cut_short_by_a_part_of_it() -> None:
    assert decided("The user's name is Tom.", "The user's name is Tom Baker.").operation == "SkipMemory"
    assert decided("The user's name is Tom Baker.", "The user's name is Tom.").operation == "UpdateMemory"
    assert decided("The user's name is Tomas.", "The user's name is Tom Baker.").operation == "UpdateMemory"


@pytest.mark.parametrize(
    "stored", ["The user lives in Irvine.", "the user lives in irvine", "The user lives in Irvine!"]
)
def test_the_same_words_skip_whatever_their_case_and_stops(stored: str) -> None:
    decision = decided("The user lives in Irvine.", stored, cosine=0.2)
    assert (decision.operation, decision.record_id) == ("SkipMemory", "mem-0")


def test_the_same_meaning_skips() -> None:
    decision = decided(
        "The user really likes spicy food.", "The user likes spicy food a lot.", cosine=NEARLY_THE_SAME
    )
    assert decision.operation == "SkipMemory"
    assert "0.97" in decision.reason


@pytest.mark.parametrize(
    ("new", "stored"),
    [
        ("The user took 20 pictures.", "The user took 30 pictures."),
        ("The user saw the dentist on 27 July 2025.", "The user saw the dentist on 4 May 2025."),
        ("The user likes golf.", "The user does not like golf."),
        ("The user can't stand golf.", "The user can stand golf."),
        ("The user's sister Maria is a nurse.", "The user's sister Marta is a nurse."),
    ],
)
def test_other_numbers_dates_names_or_a_negation_add(new: str, stored: str) -> None:
    assert decided(new, stored, cosine=NEARLY_THE_SAME).operation == "AddMemory"
    assert decided(stored, new, cosine=NEARLY_THE_SAME).operation == "AddMemory"


def test_likeness_below_the_bound_adds() -> None:
    assert decided("The user likes hiking.", "The user enjoys hiking.", cosine=0.94).operation == "AddMemory"


@pytest.mark.parametrize(
    ("new", "stored"),
    [
        ("The user's name is Anna.", "The user's name is Ann."),
        ("The user's email is bob@new.com.", "The user's email address is bob@old.com."),
        ("The user's new email is bob@new.com.", "The user's email is bob@old.com."),
        ("The user's phone number is 555-0134.", "The user's phone number is 555-0199."),
        ("The user lives in Chicago.", "The user lives in Boston."),
        ("The user has just moved to Oslo.", "The user lives in Bergen."),
        ("The user works at Initech.", "The user works for Acme."),
        ("The user works as a teacher.", "The user's job is nurse."),
        ("The user is 43 years old.", "The user is 42 years old."),
        ("The user's favorite color is teal.", "The user's favorite color is red."),
        ("The user prefers an aisle seat.", "The user prefers a window seat."),
        ("The user's budget is $300.", "The user's budget is $200."),
    ],
)
def test_a_person_has_one_of_these_at_a_time(new: str, stored: str) -> None:
    decision = decided(new, "The user has a dog.", stored, cosine=0.6)
    assert (decision.operation, decision.record_id) == ("UpdateMemory", "mem-1")


@pytest.mark.parametrize(
    ("new", "stored"),
    [
        ("The user's favorite color is teal.", "The user's favorite food is pizza."),
        ("The user's work email is a@b.c.", "The user's email is d@e.f."),
        ("The user likes jazz.", "The user likes rock."),
        ("The user's sister's name is Clara.", "The user's name is Anna."),
        ("The user has a dog.", "The user has a cat."),
        ("The user prefers quiet restaurants.", "The user prefers a window seat."),
    ],
)
def test_different_things_are_added(new: str, stored: str) -> None:
    assert decided(new, stored, cosine=0.9).operation == "AddMemory"


def test_an_exact_repeat_wins_over_an_update() -> None:
    decision = decided("The user lives in Irvine.", "The user lives in Boston.", "The user lives in Irvine.")
    assert (decision.operation, decision.record_id) == ("SkipMemory", "mem-1")


def test_preferences_compare_by_their_preference_alone() -> None:
    new, old = preference("Loves jazz", "said today"), preference("Loves jazz", "said before")
    assert decided(new, old, strategy_type="USER_PREFERENCE").operation == "SkipMemory"
    aisle, window = preference("Prefers an aisle seat"), preference("Prefers a window seat")
    assert decided(aisle, window, strategy_type="USER_PREFERENCE").operation == "UpdateMemory"
    assert decided(
        preference("Loves jazz"), preference("Loves rock"), strategy_type="USER_PREFERENCE"
    ).operation == ("AddMemory")


@pytest.mark.parametrize("stored", ["plain text", "{", "[1]", '{"preference": 3}', '"Loves rock"'])
def test_records_written_by_clients_need_not_be_the_services_json(stored: str) -> None:
    assert decided(preference("Loves jazz"), stored, strategy_type="USER_PREFERENCE").operation == "AddMemory"


sentences = st.one_of(
    st.text(max_size=60),
    st.builds(
        "The user{} {} {}.".format,
        st.sampled_from(["", "'s name", "'s email"]),
        st.sampled_from(["is", "likes", "does not like", "lives in"]),
        st.sampled_from(["Irvine", "irvine", "20 dogs", "30 dogs", "Anna"]),
    ),
)


@given(sentences, sentences, st.floats(-1, 1))
def test_skipping_is_symmetric(one: str, other: str, cosine: float) -> None:
    forth, back = decided(one, other, cosine=cosine), decided(other, one, cosine=cosine)
    assert forth.operation == back.operation


@given(sentences, st.lists(st.tuples(sentences, st.floats(-1, 1)), max_size=4))
def test_a_decision_refers_to_a_given_record_or_adds(new: str, stored: list[tuple[str, float]]) -> None:
    neighbours = [Neighbour(f"mem-{place}", text, cosine) for place, (text, cosine) in enumerate(stored)]
    decision = decide("SEMANTIC", fact(new), neighbours)
    known = {neighbour.record_id for neighbour in neighbours}
    assert decision.record_id in known or (decision.operation == "AddMemory" and decision.record_id is None)
    assert decision.reason


@pytest.mark.parametrize(
    ("new", "old", "cosine", "operation"),
    [
        ("The wedding has been moved to May.", "The wedding is in September.", 0.7, "UpdateMemory"),
        (
            "The user's GP lowered the sertraline to 25 mg.",
            "The user takes medication: Sertraline, 50 mg.",
            0.6,
            "UpdateMemory",
        ),
        ("The wedding is in May.", "The wedding is in September.", 0.9, "AddMemory"),  # does not say so
        ("The wedding has been moved to May.", "The concert is in September.", 0.7, "AddMemory"),
        ("The wedding has been moved to May.", "The wedding is in September.", 0.3, "AddMemory"),
        ("The wedding has been moved to May.", "The user loves the wedding dress.", 0.6, "AddMemory"),
    ],
)
def test_a_statement_that_says_that_something_changed_replaces_it(
    new: str, old: str, cosine: float, operation: str
) -> None:
    assert decided(new, old, cosine=cosine).operation == operation


@pytest.mark.parametrize(
    ("new", "old", "then"),
    [
        (
            "The user's choir has 40 singers now, not 36.",
            "The user's choir has 36 singers and meets in the chapel.",
            "The user's choir has 40 singers and meets in the chapel.",
        ),
        (
            "The recital got postponed to March, the hall is flooded.",
            "The user plays Satie at a recital in January.",
            "The user plays Satie at a recital in March; the hall is flooded.",
        ),
        (
            "The user's rehearsal is on Mondays from now on instead of Fridays.",
            "The user's rehearsal is every Friday at the school.",
            "The user's rehearsal is every Monday at the school.",
        ),
        (
            "The user's rent is 900 now, not 850.",
            "The user's rent is 850 euros, heating included.",
            "The user's rent is 900 euros, heating included.",
        ),
        (
            "The user no longer swims.",
            "The user wears contact lenses when they swim in the lake near Ulm.",
            "The user wears contact lenses when they swim in the lake near Ulm; the user no longer swims.",
        ),
    ],
)
def test_only_what_changed_is_replaced_in_a_longer_statement(new: str, old: str, then: str) -> None:
    decision = decided(new, old, cosine=0.5)
    assert (decision.operation, decision.record_id, decision.text) == ("UpdateMemory", "mem-0", then)


@pytest.mark.parametrize(
    ("new", "old"),
    [
        ("The user no longer works as a diver.", "The user is a diver."),
        ("The user's new accountant is Ines.", "The user's accountant is Paul."),
        (
            "The user has switched to a new mail address, k@new.example.",
            "The user's email address is k@old.example.",
        ),
    ],
)
def test_an_end_and_a_successor_take_the_place_of_what_was(new: str, old: str) -> None:
    decision = decided(new, old, cosine=0.5)
    assert (decision.operation, decision.text) == ("UpdateMemory", "")


@pytest.mark.parametrize(
    ("new", "old"),
    [
        ("The user has 3 more cats now.", "The user has 2 cats."),  # one more is no other number
        ("The user has 7 hens now.", "The user has 5 goats."),
        ("The user plays on Tuesdays.", "The user plays on Fridays."),  # does not say that it changed
        ("The user no longer drives.", "The user's son cycles to school."),
        ("The user's new accountant is Ines.", "The user's dentist is Paul."),
    ],
)
def test_what_does_not_say_that_this_changed_is_added(new: str, old: str) -> None:
    assert decided(new, old, cosine=0.5).operation == "AddMemory"


def test_a_record_is_rewritten_in_place_and_found_by_its_new_text(control: Any, data: Any) -> None:
    memory_id = new_memory(control, facts())

    def stored() -> list[dict[str, Any]]:
        where = {"memoryId": memory_id, "namespacePath": "/"}
        return everything(data.list_memory_records, "memoryRecordSummaries", **where)

    say(data, memory_id, "My choir has 36 singers and meets in the chapel.")
    until(lambda: len(stored()) == 1)
    (before,) = stored()
    say(data, memory_id, "Quick update: my choir has 40 singers now, not 36.", seconds=60)
    wanted = ["The user's choir has 40 singers and meets in the chapel."]
    until(lambda: texts_of(stored()) == wanted)
    assert stored()[0]["memoryRecordId"] == before["memoryRecordId"]
    answer = data.retrieve_memory_records(
        memoryId=memory_id, namespace="/facts/alice/", searchCriteria={"searchQuery": "40 singers"}
    )
    assert texts_of(answer["memoryRecordSummaries"]) == wanted
