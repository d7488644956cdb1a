"""Whatever is said: no extractor raises, and all output is well-formed, bounded and the same again."""

import json
import time
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.aws_local.extraction import Extracted, Message, extract
from services.aws_local.wordlist import words
from tests.aws_local.conversation import ASSISTANT, TOOL, USER, Turn, messages

STRATEGIES = ("SEMANTIC", "USER_PREFERENCE", "SUMMARIZATION")
MAX_CONTENT = 16_000
PIECES = (
    *sorted(
        words("I I'm Im my we prefer love have am don't and but because when yes no please she it yesterday")
    ),
    *sorted(words("window Delta dog Biscuit 12345 , . ? ! : - { } < > & &lt; <topic> ```")),
    *("The user", "live in", "Do you have", "What is your", "in 999 years", "next month", "password is"),
    *('"', "\n", "\ud800", "\x00", "\u200b", "👍", "é"),
)
said = st.one_of(
    st.text(max_size=120),
    st.lists(st.sampled_from(PIECES), max_size=25).map(" ".join),
)
turns = st.lists(st.tuples(said, st.sampled_from((USER, ASSISTANT, TOOL, "OTHER"))), max_size=8)


def read(conversation: list[Turn]) -> list[Message]:
    return messages(*conversation)


@given(turns, st.integers(0, 8), st.sampled_from(STRATEGIES))
def test_every_memory_is_well_formed(conversation: list[Turn], split: int, strategy_type: str) -> None:
    spoken = read(conversation)
    context, new = spoken[:split], spoken[split:]
    found = extract(strategy_type, new, context)
    assert found == extract(strategy_type, new, context)
    allowed = {(message.event_id, message.index) for message in spoken}
    for memory in found:
        assert 0 < len(memory.content) <= MAX_CONTENT
        assert memory.embed_text.strip()
        assert memory.sources
        assert set(memory.sources) <= allowed
        well_formed(strategy_type, memory)


def well_formed(strategy_type: str, memory: Extracted) -> None:
    if strategy_type == "SEMANTIC":
        assert memory.content[0] == memory.content[0].upper()
        assert memory.content.endswith(".")
        assert "\n" not in memory.content
    elif strategy_type == "USER_PREFERENCE":
        document = json.loads(memory.content)
        assert list(document) == ["context", "preference", "categories"]
        assert document["categories"]
    else:
        assert ElementTree.fromstring(memory.content).attrib["name"]  # noqa: S314 - our own output


@given(turns)
def test_new_messages_alone_are_sources(conversation: list[Turn]) -> None:
    context = messages(*conversation, event_id="before")
    new = messages(*conversation, event_id="now")
    for strategy_type in ("SEMANTIC", "USER_PREFERENCE"):
        for memory in extract(strategy_type, new, context):
            assert {event_id for event_id, _ in memory.sources} == {"now"}


@pytest.mark.parametrize("strategy_type", STRATEGIES)
@pytest.mark.parametrize("role", [USER, ASSISTANT])
@pytest.mark.parametrize(
    "text",
    [
        "a" * 100_000,
        "a. " * 33_000,
        "I " * 50_000,
        "I am and I have " * 6_000,
        "What? " * 16_000,
        '{"a":' * 20_000,
        "**a " * 25_000,
        "oh great, " * 10_000,
        "4 " * 190,
        ("When I " * 60)[:398],
        ("yes " * 100)[:398],
        ("my wife and " * 33)[:398],
    ],
    ids=lambda text: text[:12],
)
def test_the_longest_allowed_texts_are_read_in_reasonable_time(
    text: str, role: str, strategy_type: str
) -> None:
    """100,000 characters is the limit of one conversational text in the service's model."""
    spoken = messages((text, role), (text, USER))
    started = time.process_time()
    extract(strategy_type, spoken, [])
    assert time.process_time() - started < 5
