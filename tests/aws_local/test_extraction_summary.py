"""Session summaries: readable topics with usable names, and the same topics while a session grows."""

import re
from xml.etree import ElementTree

import pytest

from services.aws_local.extraction import extract
from services.aws_local.extraction.consolidation import Neighbour, reconcile_summary
from tests.aws_local.conversation import (
    AIRLINE,
    ASSISTANT,
    ORDER_SUPPORT,
    RESTAURANT,
    TOOL,
    TRIP,
    USER,
    Turn,
    messages,
    topics,
    user,
)


def by_name(*turns: Turn) -> dict[str, str]:
    """Topic name -> text of a session's summary."""
    roots = [ElementTree.fromstring(found.content) for found in topics(*turns)]  # noqa: S314 - our own output
    assert all(root.tag == "topic" for root in roots)
    return {root.attrib["name"]: (root.text or "").strip() for root in roots}


def test_order_support_is_two_topics_and_comes_back_to_the_first() -> None:
    summary = by_name(*ORDER_SUPPORT)
    assert list(summary) == ["Order Issue", "Email Address Update"]
    assert "trouble with their order #12345" in summary["Order Issue"]
    assert "shipped 3 days ago" in summary["Order Issue"]
    assert "The package arrived damaged." in summary["Order Issue"]
    assert "The user's new email is newemail@example.com." in summary["Email Address Update"]
    assert "Email updated successfully." in summary["Email Address Update"]
    assert "update_customer_email" in summary["Email Address Update"]
    assert "old@example.com" not in str(summary)  # arguments of tools are left out


def test_content_is_the_topic_element_as_the_service_writes_it() -> None:
    content = topics(*ORDER_SUPPORT)[0].content
    assert re.fullmatch(r'<topic name="Order Issue"> .+ </topic>', content)


def test_airline_booking() -> None:
    summary = by_name(*AIRLINE)
    assert list(summary) == ["Flight Booking"]
    text = summary["Flight Booking"]
    assert "from Seattle to New York for Sunday, 3 August 2025" in text
    assert "The user chose Delta airline." in text
    assert "The assistant has booked the user on flight DL456" in text
    assert "The user's seat number is 26A." in text
    assert "Certainly" not in text


def test_trip_booking_tells_the_change_that_was_asked_for() -> None:
    summary = by_name(*TRIP)
    assert list(summary) == ["Trip Booking"]
    assert 'The user asked "Can I return on the 23rd instead?"' in summary["Trip Booking"]
    assert "The user's trip now ends on July 23rd." in summary["Trip Booking"]


def test_restaurant_talk_is_one_topic_of_preferences() -> None:
    summary = by_name(*RESTAURANT)
    assert list(summary) == ["Food Preferences"]
    assert "The user is vegetarian." in summary["Food Preferences"]
    assert "The user lives in Irvine." in summary["Food Preferences"]


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("I need to cancel my gym membership.", "Gym Membership Cancellation"),
        ("I want to return the blue jacket.", "Blue Jacket Refund"),
        ("I'd like to report a lost card.", "Lost Card Report"),
        ("My washing machine is broken.", "Washing Machine Issue"),
        ("What's the capital of France?", "Capital of France"),
        ("I'm planning a surprise party for my mom.", "Surprise Party Planning"),
        ("I love jazz.", "Music Preferences"),
    ],
)
def test_topic_names(said: str, name: str) -> None:
    assert list(by_name((said, USER))) == [name]


def test_a_new_subject_opens_a_new_topic() -> None:
    summary = by_name(
        ("I'm having trouble with my order #1.", USER),
        ("I found it.", ASSISTANT),
        ("I love jazz and I play the piano.", USER),
    )
    assert list(summary) == ["Order Issue", "Music"]


def test_small_talk_alone_makes_no_summary() -> None:
    assert topics(("Hi!", USER), ("Hello! How can I help?", ASSISTANT), ("thanks", USER), ("end", USER)) == []


def test_requests_and_questions_are_told_in_the_third_person() -> None:
    text = " ".join(by_name(*user("Could you send me my invoice?", "Do you ship to Peru?")).values())
    assert "The user asked the assistant to send them their invoice." in text
    assert 'The user asked "Do you ship to Peru?"' in text


def test_what_only_looks_like_a_request_is_none() -> None:
    order = "Order 48213 was promised for Friday, why isn't it here?"
    text = " ".join(by_name(*user(order, "Let's see how long this takes.", "Order the blue one.")).values())
    assert "asked the assistant to order 48213" not in text
    assert "let's" not in text
    assert "The user asked the assistant to order the blue one." in text


@pytest.mark.parametrize(
    ("told", "text"),
    [
        ("We can warn you before you order food.", "We can warn the user before the user orders food."),
        (
            "You have 40 points and are in the silver tier.",
            "The user has 40 points and is in the silver tier.",
        ),
    ],
)
def test_what_an_assistant_tells_is_grammatical(told: str, text: str) -> None:
    assert text in " ".join(by_name(("Do you know my points?", USER), (told, ASSISTANT)).values())


def test_what_an_assistant_recites_from_memory_is_not_news() -> None:
    recited = "I remember: “The user lives in Oslo” [mem-1]; your preference “Prefers window seats” (travel)."
    summary = by_name(
        ("Where do I live?", USER), (recited, ASSISTANT), ("I moved to Bergen last week.", USER)
    )
    told = " ".join(summary.values())
    assert "Oslo" not in told
    assert 'The user asked "Where do I live?"' in told
    assert "Bergen" in told


def test_a_text_written_for_the_user_is_not_news() -> None:
    text = " ".join(
        by_name(("Write me a poem about autumn.", USER), ("Golden leaves drift down.", ASSISTANT)).values()
    )
    assert "Golden" not in text


def test_markup_in_what_was_said_is_escaped() -> None:
    (found,) = topics(('I love the band "R&B <3" & "AT&T".', USER))
    assert ElementTree.fromstring(found.content).text  # noqa: S314 - our own output


def test_a_topic_names_all_its_sources() -> None:
    (found,) = topics(*AIRLINE)
    assert ("event-1", 0) in found.sources
    assert ("event-1", 7) in found.sources
    assert ("event-1", 1) not in found.sources


def test_tool_calls_are_named_once() -> None:
    turns: list[Turn] = [("I want to cancel my order.", USER), ("find(id=1)", TOOL), ("find(id=2)", TOOL)]
    (text,) = by_name(*turns).values()
    assert text.endswith("Tools used: find.")


def test_long_topics_go_on_in_records_of_their_own() -> None:
    pets = user(*(f"My dog ate {number} bones." for number in range(30)))
    names = list(by_name(*pets))
    assert names == ["Pets", "Pets (part 2)", "Pets (part 3)"]


def test_a_growing_session_rewrites_its_chunks_and_adds_none_twice() -> None:
    """Every prefix of the session, one message at a time, as the pipeline would see it."""
    stored: dict[str, str] = {}
    for length in range(1, len(ORDER_SUPPORT) + 1):
        made = extract("SUMMARIZATION", messages(*ORDER_SUPPORT[:length]), [])
        plan = reconcile_summary(made, [Neighbour(key, content, 0.0) for key, content in stored.items()])
        for decision, topic in plan.changes:
            key = decision.record_id or f"record-{len(stored)}"
            assert (decision.operation == "AddMemory") == (key not in stored)
            stored[key] = topic.content
        for key in plan.stale:
            del stored[key]
        assert sorted(stored.values()) == sorted(topic.content for topic in made)
    assert set(stored) == {"record-0", "record-1"}


def test_an_unchanged_session_changes_nothing() -> None:
    made = topics(*ORDER_SUPPORT)
    plan = reconcile_summary(made, [Neighbour(found.content, found.content, 0.0) for found in made])
    assert {decision.operation for decision, _ in plan.changes} == {"SkipMemory"}
    assert plan.stale == ()


def test_a_renamed_topic_keeps_its_record() -> None:
    (topic,) = topics(("I'm having trouble with my order #1.", USER))
    old = Neighbour("mem-1", topic.content.replace("Order Issue", "Order Question"), 0.0)
    ((decision, _),) = reconcile_summary([topic], [old]).changes
    assert (decision.operation, decision.record_id) == ("UpdateMemory", "mem-1")


def test_a_topic_that_is_gone_is_stale() -> None:
    (topic,) = topics(("I'm having trouble with my order #1.", USER))
    old = Neighbour("mem-1", '<topic name="Weather"> It was going to snow in the mountains. </topic>', 0.0)
    plan = reconcile_summary([topic], [old])
    assert [decision.operation for decision, _ in plan.changes] == ["AddMemory"]
    assert plan.stale == ("mem-1",)
