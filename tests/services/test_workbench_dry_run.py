"""Dry runs against model servers that behave, and that misbehave in every way we know."""

from __future__ import annotations

import gc
import json
import threading
import time
import weakref
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from services.chat.models import ModelChoice
from services.errors import InvalidValue
from services.memory.namespaces import StrategyKindName
from services.memory.strategy_kinds import StepName
from services.tasks import Task
from services.workbench import conversation, dry_run, prompts
from services.workbench.dry_run import DryRun, DryRunRequest
from tests.services.scripted_model import (
    Act,
    Body,
    ScriptedHandler,
    ScriptedModel,
    fails,
    hangs_after,
    says,
    scripted_model,
    talks_garbage,
)

Row = dict[str, Any]
START = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)
FACTS = ["The user lives in Graz.", "The user wants an aisle seat."]
ANSWER = json.dumps([{"fact": fact} for fact in FACTS])
PATIENCE = 60.0


def event(number: int, *said: tuple[str, str], blob: Any = None) -> Row:
    payload: list[Row] = [
        {"conversational": {"role": role, "content": {"text": text}}} for role, text in said
    ]
    if blob is not None:
        payload.append({"blob": blob})
    return {
        "eventId": f"{number:019d}#0000000a",
        "eventTimestamp": START + timedelta(minutes=number),
        "payload": payload,
        "branch": {"name": "main"},
    }


# As ListEvents returns them: newest first.
EVENTS = [
    event(3, ("USER", "Window or aisle? Aisle, please."), ("ASSISTANT", "Noted.")),
    event(2, ("TOOL", "seats: 3A, 3C"), blob={"state": 1}),
    event(1, ("USER", "Hi, I live in Graz."), ("ASSISTANT", "Hello!")),
]


@pytest.fixture
def model() -> Iterator[ScriptedModel]:
    with scripted_model() as server:
        yield server


def request(model: ScriptedModel, kind: StrategyKindName = "semantic", *steps: StepName) -> DryRunRequest:
    choice = ModelChoice("openai_compatible", "m", base_url=model.url, timeout_seconds=PATIENCE)
    wanted = steps or prompts.DRY_STEPS[kind][:1]
    instructions = {step: f"Do the {step} well." for step in wanted}
    return DryRunRequest(kind, instructions, choice, conversation.passage(EVENTS, kind))


def run(model: ScriptedModel, *acts: Act, of: DryRunRequest | None = None) -> DryRun:
    model.acts = [*acts]
    return dry_run.run(of or request(model), lambda text: [])


def text_of(message: Row) -> str:
    """What a message of a chat completion says."""
    content = message["content"]
    return content if isinstance(content, str) else "".join(part["text"] for part in content)


def counts_tokens(text: str) -> Act:
    """Answers, and tells how many tokens that took."""

    def act(handler: ScriptedHandler, body: Body) -> None:
        handler.begin_stream()
        handler.send({"role": "assistant", "content": text})
        handler.send({}, "stop")
        usage = {"prompt_tokens": 40, "completion_tokens": 7, "total_tokens": 47}
        chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
        handler.wfile.write(f"data: {json.dumps(chunk | {'choices': [], 'usage': usage})}\n\n".encode())
        handler.end_stream()

    return act


def test_the_model_is_asked_as_the_service_asks(model: ScriptedModel) -> None:
    found = run(model, says(ANSWER))
    assert (found.ended, found.texts, found.fault) == ("done", FACTS, None)
    [asked] = model.requests
    system, text = (text_of(message) for message in asked["messages"])
    assert system == prompts.system_prompt("semantic", "extraction", "Do the extraction well.")
    assert text.index("I live in Graz") < text.index("aisle")  # oldest first
    assert "[2026-11-01T09:31:00Z] USER: Hi, I live in Graz." in text
    assert "seats: 3A" not in text  # tool results are not read for facts
    assert found.tokens == (None, None)


def test_tokens_and_calls_are_counted(model: ScriptedModel) -> None:
    found = run(model, says("no list"), counts_tokens(ANSWER))
    assert found.tokens == (None, None)  # one of the two was not told
    assert run(model, counts_tokens(ANSWER)).tokens == (40, 7)
    assert len(found.exchanges[0].replies) == 2


@pytest.mark.parametrize("answer", ["Sure! The user lives in Graz.", "", '{"fact": "x"}', '[{"note": "x"}]'])
def test_an_unusable_answer_is_repaired_once(model: ScriptedModel, answer: str) -> None:
    found = run(model, says(answer), says(f"```json\n{ANSWER}\n```"))
    assert (found.ended, found.texts) == ("done", FACTS)
    _, second = model.requests
    repair = json.dumps(second["messages"][-1]["content"])
    assert "cannot be used" in repair
    assert found.exchanges[0].problem is None


@pytest.mark.parametrize("answer", ["Sure! The user lives in Graz.", "", '[{"note": "x"}]'])
def test_an_answer_that_stays_unusable_is_a_failure_with_the_raw_answer(
    model: ScriptedModel, answer: str
) -> None:
    found = run(model, says(answer))
    assert found.ended == "failed"
    assert found.proposals == ()
    assert found.fault is not None
    assert "cannot be used" in found.fault.title
    [exchange] = found.exchanges
    assert [reply.text for reply in exchange.replies] == [answer, answer]
    assert exchange.problem
    assert len(model.requests) == 2


def test_an_empty_list_is_nothing_found_and_no_failure(model: ScriptedModel) -> None:
    found = run(model, says("[]"))
    assert (found.ended, found.proposals, found.fault) == ("done", (), None)


def test_a_server_that_fails_disappears_or_talks_garbage_is_reported(model: ScriptedModel) -> None:
    for act in (fails(500, "out of memory"), fails(404, "no such model"), fails(401, "no"), talks_garbage):
        found = run(model, act)
        assert (found.ended, found.proposals) == ("failed", ())
        assert found.fault is not None
        assert found.exchanges[0].replies == ()
    gone = replace(request(model).model, base_url="http://127.0.0.1:9/v1")
    found = dry_run.run(replace(request(model), model=gone), lambda text: [])
    assert found.fault is not None
    assert found.fault.kind == "unreachable"


def test_a_model_that_falls_silent_is_given_up_after_its_time(model: ScriptedModel) -> None:
    impatient = replace(request(model).model, timeout_seconds=1.0)
    found = run(model, hangs_after("["), of=replace(request(model), model=impatient))
    assert found.fault is not None
    assert (found.ended, found.fault.kind) == ("failed", "timeout")


def test_stop_ends_a_run_while_the_model_hangs(model: ScriptedModel) -> None:
    model.acts = [hangs_after("[")]
    heard = threading.Event()

    def tell(told: str) -> None:
        if "1 character" in told:
            heard.set()

    task = Task("run", lambda task: dry_run.run(request(model), lambda text: [], lambda: task.stopping, tell))
    task.start()
    assert heard.wait(PATIENCE)
    task.stop()
    assert task.wait(PATIENCE)  # the model would have hung for longer: the script holds it until the end
    assert not model.released.is_set()
    assert task.result is not None
    assert (task.result.ended, task.result.proposals) == ("stopped", ())


def test_what_a_task_was_given_is_not_kept_with_what_it_has_found(model: ScriptedModel) -> None:
    model.acts = [says(ANSWER)]
    asked = request(model)
    given = weakref.ref(asked)
    task = Task("run", partial(_dry_run, asked))
    del asked
    assert task.start().wait(PATIENCE)
    assert task.result is not None
    deadline = time.monotonic() + PATIENCE
    while given() is not None:
        assert time.monotonic() < deadline
        gc.collect()


def _dry_run(asked: DryRunRequest, task: Task[DryRun]) -> DryRun:
    return dry_run.run(asked, lambda text: [])


def test_a_key_of_the_server_is_never_shown(model: ScriptedModel) -> None:
    keyed = replace(request(model).model, api_key="sk-very-secret")
    found = run(model, fails(401, "bad key sk-very-secret"), of=replace(request(model), model=keyed))
    assert found.fault is not None
    assert "sk-very-secret" not in repr(found)
    assert found.request.model.api_key is None


def test_consolidation_decides_beside_the_nearest_records(model: ScriptedModel) -> None:
    stored = {"memoryRecordId": "mem-7", "content": {"text": "The user prefers the aisle."}}
    answer = [
        {"memory": {"fact": FACTS[0]}, "operation": "AddMemory"},
        {
            "memory": {"fact": FACTS[1]},
            "operation": "UpdateMemory",
            "update_id": "M1",
            "updated_memory": {"fact": "The user wants an aisle seat on every flight."},
        },
    ]
    model.acts = [says(ANSWER), says(json.dumps(answer))]
    asked: list[str] = []

    def near(text: str) -> list[Row]:
        asked.append(text)
        return [stored] if "aisle" in text else []

    found = dry_run.run(request(model, "semantic", "extraction", "consolidation"), near)
    assert asked == FACTS
    added, updated = found.proposals
    assert (added.operation, added.stored) == ("AddMemory", None)
    assert (updated.operation, updated.stored) == ("UpdateMemory", stored)
    assert updated.updated == "The user wants an aisle seat on every flight."
    given = json.dumps(model.requests[1]["messages"][1]["content"])
    assert "[ID]=M1 [MEMORY]=The user prefers the aisle." in given
    assert "mem-7" not in given


def test_an_update_of_a_record_that_was_not_shown_is_refused(model: ScriptedModel) -> None:
    invented = {"memory": {"fact": FACTS[0]}, "operation": "UpdateMemory", "update_id": "M9"}
    wrong = says(json.dumps([invented | {"updated_memory": {"fact": "x"}}]))
    found = run(model, says(ANSWER), wrong, of=request(model, "semantic", "extraction", "consolidation"))
    assert found.ended == "failed"
    assert [exchange.step for exchange in found.exchanges] == ["extraction", "consolidation"]


def test_what_a_decision_leaves_out_is_skipped(model: ScriptedModel) -> None:
    one = says(json.dumps([{"memory": {"fact": FACTS[1]}, "operation": "AddMemory"}]))
    found = run(model, says(ANSWER), one, of=request(model, "semantic", "extraction", "consolidation"))
    assert [proposal.operation for proposal in found.proposals] == ["SkipMemory", "AddMemory"]


def test_preferences_come_as_the_service_stores_them(model: ScriptedModel) -> None:
    wanted = {"context": "Said so.", "preference": "An aisle seat", "categories": ["travel"]}
    found = run(model, says(json.dumps([wanted])), of=request(model, "user_preference"))
    assert [json.loads(text) for text in found.texts] == [wanted]


def test_a_summary_gives_its_topics_and_reads_tool_results(model: ScriptedModel) -> None:
    answer = (
        "<global_summary>Books a seat.</global_summary><delta_detailed_summary>"
        '<topic name="Seats">3A &amp; 3C are free.</topic></delta_detailed_summary>'
    )
    found = run(model, says(answer), of=request(model, "summary"))
    assert found.texts[0] == '<topic name="Seats">\n3A &amp; 3C are free.\n</topic>'
    assert "Books a seat." in found.texts[1]
    assert "seats: 3A, 3C" in json.dumps(model.requests[0]["messages"])


def test_episodes_are_cut_where_the_matter_ends(model: ScriptedModel) -> None:
    def turn(number: int, ends: str) -> str:
        tags = "".join(f"<{tag}>ok</{tag}>" for tag in ("situation", "intent", "action", "thought"))
        judged = f"<assessment_assistant>Yes</assessment_assistant><assessment_user>{ends}</assessment_user>"
        return f"<summary_turn><turn_id>{number}</turn_id>{tags}{judged}</summary_turn>"

    turns = f"<summary>{turn(0, 'Yes, it is over')}{turn(1, 'No')}</summary>"
    members = ("situation", "intent", "assessment", "justification", "reflection")
    whole = "<summary>" + "".join(f"<{tag}>Yes</{tag}>" for tag in members) + "</summary>"
    found = run(model, says(turns), says(whole), of=request(model, "episodic", "extraction", "consolidation"))
    first, second = (json.loads(text) for text in found.texts)
    assert (len(first["turns"]), len(second["turns"])) == (1, 1)
    assert first["turns"][0]["assessmentUser"] == "Yes, it is over"
    assert [proposal.note is None for proposal in found.proposals] == [True, False]
    assert len(model.requests) == 3


def test_a_part_of_a_session_is_explained_by_what_came_before(model: ScriptedModel) -> None:
    last = EVENTS[0]["eventId"]
    part = conversation.passage(EVENTS, "semantic", first=last, last=last)
    run(model, says("[]"), of=replace(request(model), passage=part))
    text = json.dumps(model.requests[0]["messages"][1]["content"])
    before, _, after = text.partition("</earlier_conversation>")
    assert "I live in Graz" in before
    assert "I live in Graz" not in after
    assert "Aisle, please" in after


@pytest.mark.parametrize(
    ("kind", "step", "block"),
    [("summary", "consolidation", "<new_part>"), ("episodic", "extraction", "<turn_0>")],
)
def test_summaries_and_episodes_are_explained_by_it_too(
    model: ScriptedModel, kind: StrategyKindName, step: StepName, block: str
) -> None:
    last = EVENTS[0]["eventId"]
    part = conversation.passage(EVENTS, kind, first=last, last=last)
    run(model, says("no use"), of=replace(request(model, kind, step), passage=part))
    before, _, after = text_of(model.requests[0]["messages"][1]).partition("</earlier_conversation>")
    assert "I live in Graz" in before
    assert block in after
    assert "I live in Graz" not in after
    assert "Aisle, please" in after


def test_frameworks_envelopes_are_opened_and_tool_calls_are_the_tools() -> None:
    blocks = [{"text": "I live in Graz."}, {"toolUse": {"name": "find", "input": {"q": 1}}}]
    wrapped = json.dumps({"message": {"role": "user", "content": blocks}, "message_id": 0})
    events = [event(1, ("USER", wrapped))]
    assert [(each.role, each.text) for each in conversation.passage(events, "semantic").said] == [
        ("USER", "I live in Graz.")
    ]
    assert [each.role for each in conversation.passage(events, "episodic").said] == ["USER", "TOOL"]


def test_nothing_to_read_and_no_instructions_are_refused(model: ScriptedModel) -> None:
    silent = conversation.passage([event(1, blob={"a": 1})], "semantic")
    with pytest.raises(InvalidValue):
        dry_run.run(replace(request(model), passage=silent), lambda text: [])
    with pytest.raises(InvalidValue):
        dry_run.run(replace(request(model), instructions={"extraction": "  "}), lambda text: [])
    assert model.requests == []


def test_a_call_of_aws_that_fails_between_the_steps_is_told_as_that(model: ScriptedModel) -> None:
    def near(text: str) -> list[Row]:
        raise InvalidValue("The namespace is not known.")

    model.acts = [says(ANSWER)]
    found = dry_run.run(request(model, "semantic", "extraction", "consolidation"), near)
    assert found.fault is not None
    assert "namespace is not known" in found.fault.detail
