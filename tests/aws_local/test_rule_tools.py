"""Conversations with Converse, whose rules use tools that they know by their JSON schemas alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

MEMORY_TOOL = "agent_core_memory"
STORED_FOR_IT = "Conversation turns are stored automatically."
DAY = "2031-03-03"


def text(description: str, **more: Any) -> dict[str, Any]:
    return {"type": "string", "description": description, **more}


def tool(name: str, description: str, required: str = "", **properties: Any) -> dict[str, Any]:
    schema = {"type": "object", "properties": properties, "required": required.split()}
    return {"toolSpec": {"name": name, "description": description, "inputSchema": {"json": schema}}}


FIND = tool(
    "find_courses",
    "Find sport courses in a city.",
    "city",
    city=text("the city, by default where the person lives"),
    level=text("how demanding it is", enum=["beginner", "advanced"]),
    outdoors={"type": "boolean", "description": "whether it is under the sky"},
)
BOOK = tool(
    "book_course",
    "Book a place in a course that was found.",
    "course_code date people",
    course_code=text("the code of the course"),
    date=text("the day, YYYY-MM-DD"),
    people={"type": "integer", "description": "for how many people"},
)
LIST = tool("list_course_bookings", "List the courses that the person has booked.")
CANCEL = tool(
    "cancel_course", "Cancel a booked course.", "booking_id", booking_id=text("the id of the booking")
)
MEMORY = tool(MEMORY_TOOL, "Remembers.", action=text("what to do"), query=text("what to look for"))
COURSES = [
    {"course_code": "YG101", "name": "Morning yoga", "price": 30},
    {"course_code": "CL204", "name": "Climbing hall", "price": 18},
]


class Talk:
    """An agent's host: runs the tools that the model wants, and keeps what it ran."""

    def __init__(
        self, runtime: Any, *records: str, tools: tuple[Any, ...] = (FIND, BOOK, LIST, CANCEL)
    ) -> None:
        self.runtime = runtime
        self.tools = [*tools, MEMORY]
        self.records = records
        self.results: dict[str, Any] = {}
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.queries: list[str] = []
        self.messages: list[dict[str, Any]] = []

    def say(self, words: str) -> str:
        """The model's answer, once it wants no more tools; the calls for it are in `calls`."""
        self.calls, self.queries = [], []
        self.messages.append({"role": "user", "content": [{"text": words}]})
        for _ in range(8):
            answer = self.runtime.converse(
                modelId="rules",
                messages=self.messages,
                system=[{"text": STORED_FOR_IT}],
                toolConfig={"tools": self.tools},
            )["output"]["message"]
            self.messages.append(answer)
            uses = [block["toolUse"] for block in answer["content"] if "toolUse" in block]
            if not uses:
                return str(answer["content"][0]["text"])
            results = [{"toolResult": {"toolUseId": use["toolUseId"], **self._run(use)}} for use in uses]
            self.messages.append({"role": "user", "content": results})
        raise AssertionError("it went on and on")

    def _run(self, use: dict[str, Any]) -> dict[str, Any]:
        if use["name"] == MEMORY_TOOL:
            self.queries.append(use["input"].get("query", ""))
            return self._remembered()
        self.calls.append((use["name"], use["input"]))
        result = self.results.get(use["name"], {"done": True})
        if isinstance(result, Exception):
            return {"status": "error", "content": [{"text": f"Error: {result}"}]}
        return {"content": [{"text": result} if isinstance(result, str) else {"json": result}]}

    def _remembered(self) -> dict[str, Any]:
        found = [
            {"memoryRecordId": f"mem-{number}", "content": {"text": record}, "score": 0.6}
            for number, record in enumerate(self.records)
        ]
        document = json.dumps({"memoryRecordSummaries": found})
        return {"content": [{"text": f"Memories retrieved successfully: {document}"}]}


@pytest.fixture
def talk(runtime: Any) -> Callable[..., Talk]:
    return lambda *records, **options: Talk(runtime, *records, **options)


def searched(talk: Talk) -> Talk:
    """After a search that found two courses."""
    talk.results["find_courses"] = {"courses": COURSES}
    talk.say("Find me a course in Porto")
    return talk


def test_a_tool_is_chosen_and_filled_from_one_sentence(talk: Callable[..., Talk]) -> None:
    agent = talk()
    agent.say("Can you find me an outdoors course for a beginner in Porto?")
    assert agent.calls == [("find_courses", {"city": "Porto", "level": "beginner", "outdoors": True})]


def test_data_without_words_are_told_in_words(talk: Callable[..., Talk]) -> None:
    agent = talk()
    agent.results["find_courses"] = {"courses": COURSES}
    told = agent.say("Find me a course in Porto")
    assert "Morning yoga" in told
    assert "CL204" in told
    assert "{" not in told


def test_a_result_of_any_depth_is_told(talk: Callable[..., Talk]) -> None:
    agent = talk()
    deep: Any = "bottom"
    for _ in range(60):
        deep = {"within": deep}
    agent.results["find_courses"] = {"name": "Yoga", "deep": deep}
    assert "Yoga" in agent.say("Find me a course in Porto")


def test_what_memory_knows_is_looked_up_first_used_and_cited(talk: Callable[..., Talk]) -> None:
    agent = talk("The user lives in Porto.", "The user prefers advanced courses.")
    told = agent.say("Find me a course")
    assert len(agent.queries) == 1
    assert agent.calls == [("find_courses", {"city": "Porto", "level": "advanced"})]
    assert "“Porto” because I remember “The user lives in Porto” [mem-0]" in told
    assert "“advanced” because I remember “The user prefers advanced courses” [mem-1]" in told


def test_what_is_said_now_counts_more_than_what_is_remembered(talk: Callable[..., Talk]) -> None:
    agent = talk("The user lives in Porto.", "The user prefers advanced courses.")
    told = agent.say("Find me a course for a beginner in Lyon")
    assert agent.calls == [("find_courses", {"city": "Lyon", "level": "beginner"})]
    assert "mem-" not in told


def test_what_a_framework_put_before_the_words_is_used_without_looking_it_up(runtime: Any) -> None:
    agent = Talk(runtime, tools=(FIND,))
    agent.tools.remove(MEMORY)
    known = '<user_context>The user lives in Porto.\n{"preference": "Likes advanced courses"}</user_context>'
    told = agent.say(f"{known}\nFind me a course")
    assert agent.calls == [("find_courses", {"city": "Porto", "level": "advanced"})]
    assert "“Porto” because I remember “The user lives in Porto”" in told
    assert "your preference “Likes advanced courses”" in told


@pytest.mark.parametrize(
    "record",
    [
        "The user does not like advanced courses.",
        "The user avoids advanced courses",
        '{"preference": "Never takes advanced courses"}',
    ],
)
def test_what_somebody_does_not_like_is_not_chosen_for_them(talk: Callable[..., Talk], record: str) -> None:
    agent = talk(record)
    agent.say("Find me a course in Porto")
    assert agent.calls == [("find_courses", {"city": "Porto"})]


def test_what_the_user_said_before_is_used_too(talk: Callable[..., Talk]) -> None:
    agent = talk()
    agent.say("I am an advanced climber, and I live in Porto.")
    assert not agent.calls
    agent.say("Find me a course")
    assert agent.calls == [("find_courses", {"city": "Porto", "level": "advanced"})]


def test_what_is_missing_is_asked_for_and_the_answer_taken(talk: Callable[..., Talk]) -> None:
    agent = talk()
    assert "Please tell me city" in agent.say("Find me a course")
    assert not agent.calls
    agent.say("Porto")
    assert agent.calls == [("find_courses", {"city": "Porto"})]


@pytest.mark.parametrize(
    ("said", "answered"),
    [
        ("What do I prefer?", "I do not know"),
        ("Never mind", "All right, I leave it."),
        ("Which courses have I booked?", "done"),
    ],
)
def test_who_is_asked_may_speak_of_something_else(
    talk: Callable[..., Talk], said: str, answered: str
) -> None:
    agent = talk()
    assert "Please tell me city" in agent.say("Find me a course")
    assert answered in agent.say(said)
    assert "find_courses" not in [name for name, _ in agent.calls]


def test_a_taste_may_be_the_answer(talk: Callable[..., Talk]) -> None:
    ask = tool("order_tea", "Order tea.", "kind", kind=text("which tea", enum=["green", "black"]))
    agent = talk(tools=(ask,))
    assert "Please tell me kind" in agent.say("Please order tea")
    agent.say("I prefer green tea")
    assert agent.calls == [("order_tea", {"kind": "green"})]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("Book the cheapest one", "CL204"),
        ("Book the first one", "YG101"),
        ("Book the climbing hall", "CL204"),
        ("Book the most expensive one", "YG101"),
        ("Book course CL204", "CL204"),
    ],
)
def test_one_of_what_was_found_is_meant(talk: Callable[..., Talk], said: str, code: str) -> None:
    agent = searched(talk())
    agent.say(f"{said} on March 3rd 2031 for 2 people")
    assert agent.calls == [("book_course", {"course_code": code, "date": DAY, "people": 2})]


def test_which_one_is_asked_where_several_were_found(talk: Callable[..., Talk]) -> None:
    agent = searched(talk())
    agent.say("Book a course on 3 March 2031 for two")
    assert not agent.calls
    assert "it is one of YG101 or CL204" in agent.say("something nice")
    agent.say("the yoga one")
    assert agent.calls == [("book_course", {"course_code": "YG101", "date": DAY, "people": 2})]


def test_a_booking_is_searched_for_what_it_needs(talk: Callable[..., Talk]) -> None:
    agent = talk()
    agent.results["find_courses"] = {"courses": COURSES}
    told = agent.say("Please book a course in Porto for tomorrow")
    assert [name for name, _ in agent.calls] == ["find_courses"]
    assert "Climbing hall" in told
    assert "course_code" in told


def test_what_is_cancelled_is_found_first(talk: Callable[..., Talk]) -> None:
    agent = talk()
    agent.results["list_course_bookings"] = {"bookings": [{"booking_id": "BK-7", "name": "Morning yoga"}]}
    agent.say("Cancel my course")
    assert agent.calls == [("list_course_bookings", {}), ("cancel_course", {"booking_id": "BK-7"})]


def test_what_is_booked_elsewhere_is_not_cancelled(talk: Callable[..., Talk]) -> None:
    agent = talk()
    agent.results["list_course_bookings"] = {"bookings": [{"booking_id": "BK-7", "city": "Porto"}]}
    assert "Please tell me booking_id" in agent.say("Cancel the course in Lyon")
    assert [name for name, _ in agent.calls] == ["list_course_bookings"]
    agent.say("Cancel the course in Porto")
    assert agent.calls == [("cancel_course", {"booking_id": "BK-7"})]


def test_of_several_bookings_none_is_cancelled_unasked(talk: Callable[..., Talk]) -> None:
    agent = searched(talk())
    for number, code in enumerate(("YG101", "CL204")):
        agent.results["book_course"] = {"booking_id": f"BK-{number}", "course_code": code}
        agent.say(f"Book course {code} on March 3rd 2031 for 2 people")
    both = [{"booking_id": "BK-0", "name": "Morning yoga"}, {"booking_id": "BK-1", "name": "Climbing hall"}]
    agent.results["list_course_bookings"] = {"bookings": both}
    assert "Please tell me booking_id" in agent.say("Cancel my course")
    assert [name for name, _ in agent.calls] == ["list_course_bookings"]
    agent.say("the yoga one")
    assert agent.calls == [("cancel_course", {"booking_id": "BK-0"})]


def test_a_question_about_what_was_done_does_nothing_again(talk: Callable[..., Talk]) -> None:
    pay = tool("refund_course", "Give the money of a course back.", "booking_id", booking_id=text("the id"))
    agent = talk(tools=(pay, LIST))
    agent.results["list_course_bookings"] = "You have booked nothing."
    agent.say("Has my course been refunded?")
    assert "refund_course" not in [name for name, _ in agent.calls]
    assert agent.say("What did I book?").endswith("You have booked nothing.")


@pytest.mark.parametrize("said", ["I'll take the climbing hall", "I want the climbing hall"])
def test_a_wish_for_one_of_what_was_found_books_it(talk: Callable[..., Talk], said: str) -> None:
    agent = searched(talk())
    agent.say(f"{said} for 2 people on March 3rd 2031")
    assert agent.calls == [("book_course", {"course_code": "CL204", "date": DAY, "people": 2})]


def test_thanks_are_no_value(talk: Callable[..., Talk]) -> None:
    agent = talk()
    agent.say("Find me a course")
    assert agent.say("ok, thanks") == "You are welcome."
    assert not agent.calls


def test_where_nothing_is_booked_nothing_is_asked(talk: Callable[..., Talk]) -> None:
    agent = talk()
    agent.results["list_course_bookings"] = "You have booked nothing."
    assert agent.say("Cancel my course") == "You have booked nothing."


def test_the_same_call_is_not_made_twice_in_a_row(talk: Callable[..., Talk]) -> None:
    agent = talk()
    agent.results["list_course_bookings"] = "You have booked nothing."
    agent.say("Which courses have I booked?")
    assert agent.calls
    assert agent.say("Which courses have I booked?") == "I have just done that: You have booked nothing."
    assert not agent.calls


def test_a_call_that_failed_is_told_and_may_be_made_again(talk: Callable[..., Talk]) -> None:
    agent = talk()
    agent.results["list_course_bookings"] = RuntimeError("the desk is closed")
    assert agent.say("Which courses have I booked?") == "That did not work: the desk is closed"
    agent.say("Which courses have I booked?")
    assert len(agent.calls) == 1


@pytest.mark.parametrize(
    "said",
    [
        "I prefer courses in the morning.",
        "I love my course.",
        "Thanks a lot!",
        "I booked a course last year.",
        "What course do I prefer?",
    ],
)
def test_what_asks_for_nothing_calls_nothing(talk: Callable[..., Talk], said: str) -> None:
    agent = talk()
    agent.say(said)
    assert not agent.calls


def test_what_no_tool_does_is_said_with_what_the_tools_do(talk: Callable[..., Talk]) -> None:
    assert "My tools are: book course, cancel course" in talk().say("Write a poem")


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"properties": None, "required": None},
        {"properties": [], "required": "city"},
        {"properties": {"city": None, "level": {"enum": 7, "type": ["null", "string"]}}},
        {"properties": {"city": {"anyOf": [{"type": "string"}, {"type": "null"}], "description": 3}}},
        {"properties": {"city": {"$ref": "#/definitions/city"}}, "required": [1]},
    ],
)
def test_a_schema_as_nobody_should_write_it_breaks_nothing(talk: Callable[..., Talk], schema: Any) -> None:
    spec = {"name": "find_courses", "description": "Find courses.", "inputSchema": {"json": schema}}
    agent = talk(tools=({"toolSpec": spec},))
    agent.say("Find me a course in Porto")
    assert [name for name, _ in agent.calls] == ["find_courses"]


@pytest.mark.parametrize(
    ("said", "value"),
    [("at 7:30 pm", "19:30"), ("at 19:30", "19:30"), ("at noon", "12:00"), ("at 12 am", "00:00")],
)
def test_times_of_the_day(talk: Callable[..., Talk], said: str, value: str) -> None:
    wake = tool("set_alarm", "Set the alarm of a room.", "time", time=text("when, HH:MM"))
    agent = talk(tools=(wake,))
    agent.say(f"Please set the alarm {said}")
    assert agent.calls == [("set_alarm", {"time": value})]


@pytest.mark.parametrize(
    ("said", "days"), [("today", 0), ("tomorrow", 1), ("the day after tomorrow", 2), ("in two weeks", 14)]
)
def test_days_from_today(talk: Callable[..., Talk], said: str, days: int) -> None:
    agent = searched(talk())
    agent.say(f"Book the first one for 2 people {said}")
    [(_, given)] = agent.calls
    before, after = (
        (datetime.now(UTC).date() + timedelta(days=days + shift)).isoformat() for shift in (-1, 0)
    )
    assert given["date"] in {before, after}  # midnight may have come meanwhile


def test_a_day_of_the_week_is_the_next_one(talk: Callable[..., Talk]) -> None:
    agent = searched(talk())
    agent.say("Book the first one on Friday for 2 people")
    [(_, given)] = agent.calls
    day = datetime.fromisoformat(given["date"]).date()
    assert day.strftime("%A") == "Friday"
    assert 0 <= (day - datetime.now(UTC).date()).days <= 7
