"""What the model is told, and what of an exchange is kept."""

import pytest

from services.chat.messages import (
    cited_ids,
    model_messages,
    system_prompt,
    turn_messages,
    turn_metadata,
    without_citations,
)
from services.chat.turns import MemoriesRetrieved, TextDelta, Turn
from services.text_changes import MOST_WORDS, changed_words

FIRST, SECOND = f"mem-{'a' * 36}", f"mem-{'b' * 36}"
SAID = (
    "The user likes tea.",
    '{"context": "Asked", "preference": "Likes green tea", "categories": ["drinks"]}',
)


def turn(text: str, answer: str, *record_ids: str) -> Turn:
    made = Turn(text)
    records = tuple(
        {"memoryRecordId": record_id, "score": 0.5, "content": {"text": said}}
        for record_id, said in zip(record_ids, SAID, strict=False)
    )
    made.append(MemoriesRetrieved("query", records, 0.1))
    made.append(TextDelta(answer))
    return made


def test_stored_messages_become_user_and_assistant_in_turns() -> None:
    spoken = [
        ("ASSISTANT", "Welcome"),
        ("USER", "Hi"),
        ("USER", "My order is late"),
        ("ASSISTANT", "Let me look"),
        ("TOOL", "lookup_order()"),
        ("OTHER", "note"),
        ("ASSISTANT", ""),
        ("USER", "Thanks"),
    ]
    messages = model_messages(spoken)
    assert [message["role"] for message in messages] == ["user", "assistant", "user", "assistant"]
    assert [block["text"] for block in messages[0]["content"]] == ["Hi", "My order is late"]
    assert [block["text"] for block in messages[1]["content"]] == ["Let me look", "(Tool) lookup_order()"]
    assert "not answered" in messages[-1]["content"][0]["text"]


def test_the_prompt_says_who_stores() -> None:
    assert "Conversation turns are stored automatically" in system_prompt("turns")
    assert "Conversation turns are stored automatically" not in system_prompt("agent")
    assert 'action "record"' in system_prompt("agent")


def test_only_records_that_were_given_to_the_model_count_as_cited() -> None:
    answer = f"Tea [{FIRST}], coffee [{SECOND}] and [{FIRST}] again."
    assert cited_ids(turn("What do I like?", answer, FIRST)) == (FIRST,)


def test_an_agent_that_is_given_no_ids_cites_what_it_quotes() -> None:
    """As the session manager's, whose records stand before the question as bare texts."""
    answer = "I remember: your preference “Likes green tea” (drinks); “The user likes tea”."
    exchange = turn("What do I like?", answer, FIRST, SECOND)
    assert cited_ids(exchange) == (SECOND, FIRST)
    assert cited_ids(turn("What do I like?", "The user likes tea, I think.", FIRST, SECOND)) == ()


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        (f"You like tea [{FIRST}].", "You like tea."),
        (f"Tea [{FIRST}][{SECOND}] and coffee ({SECOND}).", "Tea and coffee."),
        (f"Tea [{FIRST}, {SECOND}].", "Tea."),
        ("Nothing [1] here.", "Nothing [1] here."),
    ],
)
def test_ids_are_no_part_of_what_is_stored(answer: str, kept: str) -> None:
    assert without_citations(answer) == kept


def test_a_turn_is_stored_with_what_it_cites() -> None:
    exchange = turn("What do I like?", f"Tea [{FIRST}].", FIRST, SECOND)
    assert [(message.role, message.text) for message in turn_messages(exchange)] == [
        ("USER", "What do I like?"),
        ("ASSISTANT", "Tea."),
    ]
    assert turn_metadata(exchange, "answered") == {"citedRecords": {"stringValue": FIRST}}


def test_what_is_noted_fits_into_an_events_metadata() -> None:
    ids = [f"mem-{number:036d}" for number in range(20)]
    noted = turn_metadata(turn("Q", " ".join(f"[{record_id}]" for record_id in ids), *ids), "stopped")
    assert len(noted["citedRecords"]["stringValue"]) <= 256
    assert noted["outcome"] == {"stringValue": "stopped"}


def test_an_answer_over_the_limit_is_stored_in_several_messages() -> None:
    messages = turn_messages(turn("Hi", "x" * 250_000))
    assert [len(message.text) for message in messages] == [2, 100_000, 100_000, 50_000]
    assert not [problem for message in messages for problem in message.problems()]


def test_word_differences() -> None:
    assert list(changed_words("The user likes green tea.", "The user likes black coffee.")) == [
        ("same", "The user likes"),
        ("gone", "green tea."),
        ("new", "black coffee."),
    ]


def test_very_long_texts_are_compared_as_a_whole() -> None:
    before, after = "a " * MOST_WORDS, "b " * MOST_WORDS
    assert [kind for kind, _ in changed_words(before, after)] == ["gone", "new"]
