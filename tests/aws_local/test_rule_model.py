"""Conversations with the model that has no language model."""

from __future__ import annotations

import json
from typing import Any

import pytest

from services.aws_local.conversation.rule_model import (
    MEMORY_TOOL,
    MODEL_ID,
    STORED_AUTOMATICALLY,
    Reply,
    reply,
)

TOOLS = frozenset({MEMORY_TOOL, "calculator"})


class Conversation:
    """Talks to the model as an agent does: runs its tool calls with prepared results."""

    def __init__(self, system: str = "", tools: frozenset[str] = TOOLS) -> None:
        self.messages: list[dict[str, Any]] = []
        self.system = system
        self.tools = tools

    def say(self, text: str) -> Reply:
        return self._turn([{"text": text}])

    def show(self, block: dict[str, Any]) -> Reply:
        return self._turn([block])

    def tool_results(self, *texts: str, status: str = "success") -> Reply:
        uses = [block["toolUse"] for block in self.messages[-1]["content"] if "toolUse" in block]
        return self._turn(
            [
                {"toolResult": {"toolUseId": use["toolUseId"], "status": status, "content": [{"text": text}]}}
                for use, text in zip(uses, texts, strict=True)
            ]
        )

    def _turn(self, content: list[dict[str, Any]]) -> Reply:
        self.messages.append({"role": "user", "content": content})
        answer = reply(self.messages, self.system, self.tools)
        self.messages.append({"role": "assistant", "content": answer.content()})
        return answer


def inputs(answer: Reply) -> list[dict[str, str]]:
    assert all(use["name"] == MEMORY_TOOL for use in answer.tool_uses)
    return [use["input"] for use in answer.tool_uses]


def memories(*records: tuple[str, str, float]) -> str:
    """The text in which strands_tools' agent_core_memory wraps records: (id, content, score)."""
    summaries = [
        {
            "memoryRecordId": name,
            "content": {"text": text},
            "score": score,
            "createdAt": "2026-03-01 14:36:22",
        }
        for name, text, score in records
    ]
    return f"Memories retrieved successfully: {json.dumps({'memoryRecordSummaries': summaries})}"


@pytest.mark.parametrize(
    ("said", "recorded"),
    [
        (
            "Im vegetarian and I prefer restaurants with a quiet atmosphere.",
            "The user is vegetarian and prefers restaurants with a quiet atmosphere.",
        ),
        ("Im in the mood for Italian cuisine.", "The user is in the mood for Italian cuisine."),
        (
            "Id prefer something mid-range and located downtown.",
            "The user would prefer something mid-range and located downtown.",
        ),
        ("I live in Irvine.", "The user lives in Irvine."),
        (
            "Hi, I'm having trouble with my order #12345",
            "The user is having trouble with their order #12345.",
        ),
        ("The package arrived damaged", 'The user said: "The package arrived damaged"'),
        (
            "Hi, I would like to book a flight from Seattle to New York for this Sunday",
            "The user would like to book a flight from Seattle to New York for this Sunday.",
        ),
        ("Remember that I'm allergic to nuts.", "The user is allergic to nuts."),
        ("Remember this: my dog Pixel is a corgi.", "The user's dog Pixel is a corgi."),
        ("My daughter studies in Lyon", "The user's daughter studies in Lyon."),
        ("I never carry cash. I went to Rome.", "The user never carries cash. The user went to Rome."),
        ("I don't like olives", "The user does not like olives."),
        (
            "My budget is small and I hate long layovers",
            "The user's budget is small and the user hates long layovers.",
        ),
        ("I told you about my dog", "The user told the assistant about their dog."),
    ],
)
def test_what_the_user_tells_is_recorded_as_a_sentence_that_stands_alone(said: str, recorded: str) -> None:
    assert inputs(Conversation().say(said)) == [{"action": "record", "content": recorded}]


@pytest.mark.parametrize(
    ("asked", "query"),
    [
        (
            "I dont remember what I was in a mood for, do you remember?",
            "what the user was in a mood for",
        ),
        ("What seat do I prefer?", "What seat does the user prefer"),
        ("What can't I eat?", "What can't the user eat"),
        ("where do i live", "where does the user live"),
        ("Can you tell me which airline I prefer?", "which airline the user prefers"),
        ("Please remind me of my allergies", "the user's allergies"),
        ("What do you know about me?", "facts and preferences about the user"),
        ("Do you remember me?", "facts and preferences about the user"),
        ("Can you summarize the support issue?", "Can the assistant summarize the support issue"),
        ("What is the capital of France?", "What is the capital of France"),
    ],
)
def test_a_question_is_looked_up(asked: str, query: str) -> None:
    assert inputs(Conversation().say(asked)) == [{"action": "retrieve", "query": query}]


def test_what_is_recorded_is_acknowledged_in_the_users_words() -> None:
    talk = Conversation()
    talk.say("Im vegetarian and I prefer quiet restaurants.")

    answer = talk.tool_results("Memory created successfully: {}")

    assert answer.content() == [{"text": "Noted: you're vegetarian and you prefer quiet restaurants."}]
    assert answer.stop_reason == "end_turn"


def test_a_question_is_answered_from_the_records_with_their_ids() -> None:
    talk = Conversation()
    talk.say("I dont remember what I was in a mood for, do you remember?")
    mood = {"context": "said so", "preference": "In the mood for Italian cuisine", "categories": ["food"]}

    answer = talk.tool_results(
        memories(
            ("mem-town", "The user lives in Irvine.", 0.12),
            ("mem-mood", json.dumps(mood), 0.52),
            ("mem-price", "The user would prefer something mid-range.", 0.41),
        )
    )

    assert answer.text == (
        "I remember: your preference “In the mood for Italian cuisine” (food) [mem-mood]; "
        "“The user would prefer something mid-range” [mem-price]."
    )


def test_a_summary_is_quoted_by_the_topic_that_answers() -> None:
    talk = Conversation()
    talk.say("What happened with my refund?")
    summary = (
        '<topic name="Email">\n The address was changed. \n</topic>\n'
        '<topic name="Refund status">\n A refund of 20 euros was sent. \n</topic>'
    )

    answer = talk.tool_results(memories(("mem-1", summary, 0.5)))

    assert (
        answer.text
        == "I remember: from a summary, on Refund status: “A refund of 20 euros was sent” [mem-1]."
    )


def test_what_several_records_say_is_said_once() -> None:
    talk = Conversation()
    talk.say("What seat do I like?")
    preference = json.dumps({"context": "", "preference": "Prefers window seats", "categories": ["travel"]})
    summary = '<topic name="Seats">The user prefers window seats. The user asked about them.</topic>'

    answer = talk.tool_results(
        memories(
            ("mem-liked", preference, 0.77),
            ("mem-fact", "The user prefers window seats.", 0.76),
            ("mem-summary", summary, 0.75),
            ("mem-not", "The user no longer prefers window seats.", 0.74),
            ("mem-more", "The user prefers window seats in the U.S.", 0.73),
        )
    )

    assert answer.text == (
        "I remember: your preference “Prefers window seats” (travel) [mem-liked] [mem-fact]; "
        "“The user no longer prefers window seats” [mem-not]; "
        "“The user prefers window seats in the U.S.” [mem-more]."
    )


def test_who_asks_for_all_is_told_facts_rather_than_the_summaries_that_hold_them() -> None:
    talk = Conversation()
    talk.say("What do you know about me?")

    def summary(text: str) -> str:
        return f'<topic name="Seats">{text}</topic>'

    said = "The user prefers window seats. The user lives in Oslo."
    answer = talk.tool_results(
        memories(
            ("mem-longer", summary(f"{said} The user asked about trains."), 0.4),
            ("mem-long", summary(said), 0.39),
            ("mem-trains", summary("A train was booked. It leaves at nine."), 0.38),
            ("mem-train", summary("A train was booked."), 0.37),
            ("mem-fact", "The user lives in Oslo.", 0.2),
        )
    )

    assert answer.text == (
        "I remember: “The user lives in Oslo” [mem-fact]; "
        "from a summary, on Seats: “A train was booked. It leaves at nine” [mem-trains]."
    )


def test_at_most_three_records_answer() -> None:
    talk = Conversation()
    talk.say("What do I like?")

    answer = talk.tool_results(memories(*((f"mem-{i}", f"The user likes tea {i}.", 0.5) for i in range(6))))

    assert answer.text.count("[mem-") == 3


@pytest.mark.parametrize("found", [memories(), memories(("mem-1", "The user has a dog.", 0.3))])
def test_what_is_not_in_memory_is_not_known(found: str) -> None:
    talk = Conversation()
    talk.say("What is the capital of France?")

    assert talk.tool_results(found).text == "I do not know: I found nothing in memory that answers this."


def test_a_broad_question_takes_what_there_is() -> None:
    talk = Conversation()
    talk.say("What do you know about me?")

    assert "[mem-1]" in talk.tool_results(memories(("mem-1", "The user has a dog.", 0.08))).text


def test_a_statement_and_a_question_at_once_are_both_served() -> None:
    talk = Conversation()
    wanted = inputs(talk.say("I moved to Lisbon. Where did I live before?"))

    assert [use["action"] for use in wanted] == ["record", "retrieve"]
    answer = talk.tool_results(
        "Memory created successfully: {}", memories(("mem-1", "The user lived in Porto.", 0.4))
    )
    assert answer.text == "Noted: you moved to Lisbon. I remember: “The user lived in Porto” [mem-1]."


def test_a_tool_that_failed_is_reported() -> None:
    talk = Conversation()
    talk.say("I live in Irvine.")
    assert (
        talk.tool_results("API error: denied", status="error").text
        == "I could not store that: API error: denied"
    )

    talk.say("Where do I live?")
    failed = talk.tool_results("API error: denied", status="error").text
    assert failed == "I could not look into my memory: API error: denied"


@pytest.mark.parametrize("found", ["Memories retrieved successfully: {broken", "something else", ""])
def test_a_result_that_cannot_be_read_is_not_taken_for_nothing_found(found: str) -> None:
    talk = Conversation()
    talk.say("Where do I live?")

    assert "could not read" in talk.tool_results(found).text


def test_turns_that_are_stored_by_the_host_are_not_recorded_again() -> None:
    talk = Conversation(system=f"You are an assistant. {STORED_AUTOMATICALLY}.")

    answer = talk.say("I live in Irvine.")

    assert answer.content() == [{"text": "Noted: you live in Irvine."}]
    assert inputs(talk.say("Where do I live?")) == [
        {"action": "retrieve", "query": "Where does the user live"}
    ]


@pytest.mark.parametrize("said", ["hello", "Hi there!", "Good morning"])
def test_a_greeting_says_what_answers(said: str) -> None:
    answer = Conversation().say(said)

    assert "without a language model" in answer.text
    assert answer.stop_reason == "end_turn"


@pytest.mark.parametrize("said", ["Book me a table for two", "Write a poem", "forget that I live in Irvine"])
def test_what_it_cannot_do_it_says(said: str) -> None:
    answer = Conversation().say(said)

    assert "cannot" in answer.text
    assert not answer.tool_uses


def test_without_the_memory_tool_it_does_not_pretend() -> None:
    talk = Conversation(tools=frozenset({"calculator"}))

    assert "no memory tool" in talk.say("Where do I live?").text
    assert "cannot keep that" in talk.say("I live in Irvine.").text


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ("What is my name and where do I live?", "you live in Irvine; your name is Charlie."),
        ("Where do I live?", ": you live in Irvine."),
        (
            "What do you know about me?",
            "your two dogs bark at night; you live in Irvine; your name is Charlie.",
        ),
        ("Do I have a dog?", ": your two dogs bark at night."),
        ("What is my blood type?", "You did not tell me"),
    ],
)
def test_without_the_memory_tool_it_answers_from_the_conversation(asked: str, answered: str) -> None:
    talk = Conversation(tools=frozenset())
    for told in ("Hello, my name is Charlie", "I live in Irvine", "My two dogs bark at night. Hello!"):
        talk.say(told)

    assert answered in talk.say(asked).text


def test_an_image_alone_is_not_understood_and_no_earlier_text_is_taken_for_it() -> None:
    talk = Conversation()
    talk.say("hello")

    assert "words only" in talk.show({"image": {"format": "png", "source": {"bytes": b""}}}).text


@pytest.mark.parametrize(
    ("said", "answered"),
    [
        ("Thanks a lot, bye!", "You are welcome."),
        ("Great, thank you for your help.", "You are welcome."),
        ("Yes.", "All right."),
        ("Delta airline", "Please say it in a full sentence"),
        ("Order me a pizza", "I cannot do that"),
    ],
)
def test_short_turns_get_a_fitting_answer(said: str, answered: str) -> None:
    assert answered in Conversation().say(said).text


@pytest.mark.parametrize(
    ("said", "noted"),
    [
        ("newemail@example.com", "Noted: newemail@example.com."),
        ("Yes. Window please", "Noted: Window please."),
        ("Order 12345 arrived damaged", "Noted: Order 12345 arrived damaged."),
        ("Great food matters to me", "Noted: Great food matters to you."),
    ],
)
def test_what_the_host_stores_is_noted_however_short(said: str, noted: str) -> None:
    assert Conversation(system=STORED_AUTOMATICALLY).say(said).text == noted


def test_a_very_long_message_is_shortened_in_the_answer() -> None:
    talk = Conversation(system=STORED_AUTOMATICALLY)

    assert len(talk.say("I like " + "very " * 20_000 + "long texts.").text) < 400


def test_ids_of_tool_calls_differ_within_a_conversation_and_repeat_across() -> None:
    def ids() -> list[str]:
        talk = Conversation()
        found = []
        for _ in range(3):
            found += [use["toolUseId"] for use in talk.say("I like tea.").tool_uses]
            talk.tool_results("Memory created successfully: {}")
        return found

    assert ids() == ids()
    assert len(set(ids())) == 3


def test_converse_answers_and_says_what_answered(runtime: Any) -> None:
    hello = {"role": "user", "content": [{"text": "hello"}]}

    answer = runtime.converse(modelId="us.anthropic.claude-sonnet-4", messages=[hello])

    assert answer["stopReason"] == "end_turn"
    assert "rule-based" in answer["output"]["message"]["content"][0]["text"]
    assert answer["additionalModelResponseFields"] == {"answeredBy": MODEL_ID, "languageModel": False}
    assert answer["usage"]["totalTokens"] > 0


def test_converse_stream_gives_the_same_answer_piece_by_piece(runtime: Any) -> None:
    said = {"role": "user", "content": [{"text": "I live in Irvine."}]}
    tool = {"name": MEMORY_TOOL, "inputSchema": {"json": {"type": "object"}}}
    request = {"modelId": MODEL_ID, "messages": [said], "toolConfig": {"tools": [{"toolSpec": tool}]}}

    (whole,) = runtime.converse(**request)["output"]["message"]["content"]
    events = list(runtime.converse_stream(**request)["stream"])

    (start,) = [event["contentBlockStart"]["start"] for event in events if "contentBlockStart" in event]
    pieces = [event["contentBlockDelta"]["delta"] for event in events if "contentBlockDelta" in event]
    streamed = json.loads("".join(piece["toolUse"]["input"] for piece in pieces))
    assert whole["toolUse"] == {**start["toolUse"], "input": streamed}
    assert events[0] == {"messageStart": {"role": "assistant"}}
    assert events[-2]["messageStop"]["stopReason"] == "tool_use"


def test_a_forced_tool_call_is_refused_and_not_faked(runtime: Any) -> None:
    tool = {"name": "book", "inputSchema": {"json": {"type": "object"}}}
    forced = {"tools": [{"toolSpec": tool}], "toolChoice": {"tool": {"name": "book"}}}
    hello = {"role": "user", "content": [{"text": "hello"}]}

    with pytest.raises(runtime.exceptions.ValidationException, match="cannot be forced"):
        runtime.converse(modelId=MODEL_ID, messages=[hello], toolConfig=forced)


def test_a_conversation_that_does_not_end_with_the_user_is_refused(runtime: Any) -> None:
    with pytest.raises(runtime.exceptions.ValidationException, match="must end with a user message"):
        runtime.converse(modelId=MODEL_ID, messages=[])
