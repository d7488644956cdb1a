"""Conversations for the extraction tests, and what is extracted from them."""

import json
from datetime import UTC, datetime
from typing import Any

from services.aws_local.extraction import Extracted, Message, extract
from services.aws_local.extraction.messages import conversational_messages

USER, ASSISTANT, TOOL = "USER", "ASSISTANT", "TOOL"
MONDAY = datetime(2025, 7, 28, 10, 30, tzinfo=UTC)
Turn = tuple[str, str]


def event(*turns: Turn, event_id: str = "event-1", said: datetime = MONDAY) -> dict[str, Any]:
    """An AWS event whose payload holds the given (text, role) pairs."""
    payload = [{"conversational": {"content": {"text": text}, "role": role}} for text, role in turns]
    return {"eventId": event_id, "eventTimestamp": said, "payload": payload}


def messages(*turns: Turn, event_id: str = "event-1", said: datetime = MONDAY) -> list[Message]:
    return conversational_messages(event(*turns, event_id=event_id, said=said))


def user(*texts: str) -> list[Turn]:
    return [(text, USER) for text in texts]


def facts(*turns: Turn, said: datetime = MONDAY) -> list[str]:
    return contents("SEMANTIC", *turns, said=said)


def contents(strategy_type: str, *turns: Turn, said: datetime = MONDAY) -> list[str]:
    return [found.content for found in extract(strategy_type, messages(*turns, said=said), [])]


def preferences(*turns: Turn) -> list[dict[str, Any]]:
    """The decoded records of the preference strategy."""
    return [json.loads(content) for content in contents("USER_PREFERENCE", *turns)]


def phrases(*turns: Turn) -> list[str]:
    return [found["preference"] for found in preferences(*turns)]


def topics(*turns: Turn) -> list[Extracted]:
    return extract("SUMMARIZATION", messages(*turns), [])


RESTAURANT = user(
    "Im vegetarian and I prefer restaurants with a quiet atmosphere.",
    "Im in the mood for Italian cuisine.",
    "Id prefer something mid-range and located downtown.",
    "I live in Irvine.",
    "I dont remember what I was in a mood for, do you remember?",
)
ORDER_SUPPORT: list[Turn] = [
    ("Hi, I'm having trouble with my order #12345", USER),
    ("I'm sorry to hear that. Let me look up your order.", ASSISTANT),
    ("lookup_order(order_id='12345')", TOOL),
    ("I see your order was shipped 3 days ago. What specific issue are you experiencing?", ASSISTANT),
    ("Actually, before that - I also want to change my email address", USER),
    (
        "Of course! I can help with both. Let's start with updating your email. What's your new email?",
        ASSISTANT,
    ),
    ("newemail@example.com", USER),
    ("update_customer_email(old='old@example.com', new='newemail@example.com')", TOOL),
    ("Email updated successfully! Now, about your order issue?", ASSISTANT),
    ("The package arrived damaged", USER),
]
AIRLINE: list[Turn] = [
    ("Hi, I would like to book a flight from Seattle to New York for this Sunday", USER),
    ("Certainly, let me try to find the best flights for you", ASSISTANT),
    ("flight_search(start='Seattle', end='New York', date='2025-07-30')", TOOL),
    (
        "I have a two options available. 1/ Delta Airlines DL456 at 10:30 AM"
        " 2/ American Airline AA345 at 4PM. ",
        ASSISTANT,
    ),
    ("Delta airline", USER),
    (
        "Sure. I will get you a seat on Delta flight DL456. Do you have a preference for a seat type",
        ASSISTANT,
    ),
    ("Yes. Window please", USER),
    (
        "I have booked you on flight DL456 at 10:30 AM on 07/30/2025. Your seat number is 26A. You will more"
        " details in your email",
        ASSISTANT,
    ),
]
TRIP: list[Turn] = [
    (
        "Hi, my name is Anna. I would like to book a trip from Boston to NYC departuring on July 11th 2024"
        " and returning on July 22nd 2024. Via AIR.",
        USER,
    ),
    ("Successfully booked trip from Boston to NYC via AIR. Your booking_id is a1b2c3d4", ASSISTANT),
    ("thank you!", USER),
    ("end", USER),
    ("I need to stay an extra day. Can I return on the 23rd instead?", USER),
    ("Your trip now ends on July 23rd. Is that correct?", ASSISTANT),
    ("that is correct, thanks!", USER),
    ("end", USER),
]
