"""Extraction by a language model, against a scripted one: what it is asked, what its answers become, and
what its failures become. A failure never becomes a record that rules wrote.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from services.aws_local.backend import Backend, Settings
from services.aws_local.extractors.model_server import ChatCompletions, Converse
from services.aws_local.long_term import extraction_queue, remote_lane
from services.aws_local.storage.store import Store
from tests.aws_local.agentcore import ROLE_ARN, START, facts, fresh_name, until
from tests.aws_local.conversation import ASSISTANT, TOOL, USER, event
from tests.aws_local.in_process import InProcess
from tests.aws_local.model_server import Failure, ModelServer, Prompt, model_server

MODEL = "vendor.model-1"
OWN_WORDS = "Collect only what is said about cities."
TYPE_KEY = "x-amz-agentcore-memory-recordType"


@pytest.fixture
def model() -> Iterator[ModelServer]:
    with model_server() as running:
        yield running


Open = Callable[..., Backend]


@pytest.fixture
def opened(tmp_path: Path, model: ModelServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Opens backends whose strategies can ask the scripted model, and closes them."""
    monkeypatch.setattr(extraction_queue, "RETRY_MS", 1)
    monkeypatch.setattr(remote_lane, "_STOP_SECONDS", 0.1)
    running: list[Backend] = []

    def open_one(**settings: Any) -> Backend:
        server = settings.pop("server", None) or ChatCompletions(f"{model.url}/v1", timeout=30)
        given = {"extraction_delay": 0.02, "model_server": server} | settings
        running.append(Backend(Store.open(tmp_path / "data"), Settings(**given), embedder=None))
        running[-1].start()
        return running[-1]

    yield open_one
    model.release.set()
    for backend in running:
        backend.close()


def custom(override: str, *steps: str, template: str = "/own/{actorId}/") -> dict[str, Any]:
    """A custom strategy that names the model, with instructions of its own, for these steps."""
    step = {"appendToPrompt": OWN_WORDS, "modelId": MODEL}
    configuration = {override: {name: dict(step) for name in steps}}
    given = {"name": "own", "namespaceTemplates": [template], "configuration": configuration}
    return {"customMemoryStrategy": given}


def new_memory(backend: Backend, *strategies: dict[str, Any]) -> tuple[InProcess, str]:
    aws = InProcess(backend)
    made = aws(
        "CreateMemory",
        name=fresh_name(),
        eventExpiryDuration=30,
        memoryStrategies=list(strategies),
        memoryExecutionRoleArn=ROLE_ARN,
    )
    return aws, made["memory"]["id"]


def decisions(backend: Backend) -> list[dict[str, Any]]:
    """All decisions, oldest first."""
    sql = "SELECT * FROM decisions ORDER BY decision_no"
    return backend.read(lambda connection: list(connection.execute(sql)))


def stage(prompt: Prompt) -> str:
    """Which step a prompt is of."""
    return "consolidation" if "<new_memory>" in prompt.text else "extraction"


def fact(text: str) -> dict[str, str]:
    return {"fact": text}


def remembers(**by_stage: Any) -> Callable[[Prompt], str]:
    return lambda prompt: json.dumps(by_stage[stage(prompt)])


def test_facts_are_extracted_and_merged_as_the_model_says(opened: Open, model: ModelServer) -> None:
    backend = opened()
    aws, memory_id = new_memory(backend, custom("semanticOverride", "extraction", "consolidation"))
    first = fact("The user lives in Lisbon.")
    added = {"memory": first, "operation": "AddMemory"}
    model.script = remembers(extraction=[first], consolidation=[added])
    event_id = aws.say(memory_id, "I live in Lisbon.", "one")
    until(lambda: aws.texts(memory_id) == ["The user lives in Lisbon."])
    extraction, consolidation = model.prompts
    assert [prompt.model for prompt in model.prompts] == [MODEL, MODEL]
    assert extraction.system.startswith(OWN_WORDS)
    assert "lasting facts" not in extraction.system  # our instructions are replaced …
    assert '"fact"' in extraction.system  # … and the form of the answer is added
    assert "USER: I live in Lisbon." in extraction.text
    assert "The user lives in Lisbon." in consolidation.text

    def merge(prompt: Prompt) -> str:
        new = fact("The user lives near the river.")
        if stage(prompt) == "extraction":
            return f"```json\n{json.dumps([new])}\n```"
        known = re.findall(r"\[ID\]=(\S+) ", prompt.text)[0]
        merged = fact("The user lives in Lisbon, near the river.")
        update = {"operation": "UpdateMemory", "update_id": known, "updated_memory": merged}
        return json.dumps([{"memory": new} | update])

    model.script = merge
    aws.say(memory_id, "It is near the river.", "one")
    until(lambda: aws.texts(memory_id) == ["The user lives in Lisbon, near the river."])
    add, update = decisions(backend)
    assert (add["operation"], update["operation"]) == ("AddMemory", "UpdateMemory")
    assert add["record_id"] == update["record_id"]
    assert update["content"] == "The user lives near the river."
    assert update["previous"] == "The user lives in Lisbon."
    assert json.loads(add["sources"]) == [[event_id, 0]]
    assert json.loads(update["neighbours"])[0][0] == add["record_id"]
    assert MODEL in add["extractor"]
    assert "prompts-" in add["extractor"]


def test_what_the_model_leaves_out_is_skipped_with_evidence(opened: Open, model: ModelServer) -> None:
    backend = opened()
    aws, memory_id = new_memory(backend, custom("semanticOverride", "extraction"))
    model.script = remembers(extraction=[fact("The user said hello.")], consolidation=[])
    aws.say(memory_id, "Hello.", "one")
    (skipped,) = until(lambda: decisions(backend))
    assert skipped["operation"] == "SkipMemory"
    assert aws.texts(memory_id) == []


def test_preferences_keep_the_services_form(opened: Open, model: ModelServer) -> None:
    backend = opened()
    aws, memory_id = new_memory(backend, custom("userPreferenceOverride", "extraction"))
    tea = {"context": "The user said so.", "preference": "Likes tea", "categories": ["drinks"]}
    added = {"memory": tea, "operation": "AddMemory"}
    model.script = remembers(extraction=[tea], consolidation=[added])
    aws.say(memory_id, "I like tea.", "one")
    (text,) = until(lambda: aws.texts(memory_id))
    assert json.loads(text) == tea


def test_no_secret_is_stored_whatever_the_model_says(opened: Open, model: ModelServer) -> None:
    backend = opened()
    aws, memory_id = new_memory(backend, custom("semanticOverride", "extraction"))
    found = [fact("The user's password is hunter2-Xk9!"), fact("The user lives in Lisbon.")]
    added = [{"memory": each, "operation": "AddMemory"} for each in found[1:]]
    model.script = remembers(extraction=found, consolidation=added)
    aws.say(memory_id, "I live in Lisbon, and my password is hunter2-Xk9!", "one")
    until(lambda: aws.texts(memory_id) == ["The user lives in Lisbon."])


@pytest.mark.parametrize("merged", ["The user's password is hunter2-Xk9!", "Lisbon " * 3_000])
def test_a_merged_memory_with_a_secret_or_beyond_a_records_size_is_dropped(
    opened: Open, model: ModelServer, merged: str
) -> None:
    backend = opened()
    aws, memory_id = new_memory(backend, custom("semanticOverride", "extraction"))
    first, second = fact("The user lives in Lisbon."), fact("The user lives in Lisbon, by the river.")
    model.script = remembers(extraction=[first], consolidation=[{"memory": first, "operation": "AddMemory"}])
    aws.say(memory_id, "I live in Lisbon.", "one")
    until(lambda: aws.texts(memory_id))
    update = {"operation": "UpdateMemory", "update_id": "M1", "updated_memory": fact(merged)}
    model.script = remembers(extraction=[second], consolidation=[{"memory": second} | update])
    aws.say(memory_id, "It is by the river.", "one")
    _, dropped = until(lambda: found if len(found := decisions(backend)) == 2 else None)
    assert dropped["operation"] == "SkipMemory"
    assert "secret" in dropped["reason"]
    assert aws.texts(memory_id) == ["The user lives in Lisbon."]


def summary(text: str, topic: str, part: str) -> str:
    delta = f'<topic name="{topic}"> {part} </topic>'
    return (
        "<existing_global_summary_word_count>0</existing_global_summary_word_count>"
        f"<global_summary>{text}</global_summary>\n<delta_detailed_summary>{delta}</delta_detailed_summary>"
    )


def test_a_summary_has_a_record_of_the_whole_and_one_of_each_part(opened: Open, model: ModelServer) -> None:
    backend = opened()
    strategy = custom("summaryOverride", "consolidation", template="/sums/{actorId}/{sessionId}/")
    aws, memory_id = new_memory(backend, strategy)
    model.plays(summary("A broken machine.", "Damage &amp; cause", "It fell < 1 m."))
    aws.say(memory_id, "My machine is broken.", "one")
    until(lambda: len(aws.texts(memory_id)) == 2)
    model.plays(summary("A broken machine is replaced.", "Replacement", "A new one comes."))
    aws.say(memory_id, "Please send a new one.", "one")
    until(lambda: len(aws.texts(memory_id)) == 3)
    assert sorted(aws.texts(memory_id)) == [
        '<topic name="Damage &amp; cause"> It fell &lt; 1 m. </topic>',
        '<topic name="Replacement"> A new one comes. </topic>',
        '<topic name="Session summary"> A broken machine is replaced. </topic>',
    ]
    second = model.prompts[-1].text
    assert "A broken machine." in second
    assert "It fell" in second
    assert "USER: My machine is broken." not in second  # only the new part is sent


TURN = {
    "situation": "A user is locked out",
    "intent": "Reset the password",
    "action": "reset_password(user='alice')",
    "thought": "It is the tool for that",
    "assessment_assistant": "Yes, it worked",
    "assessment_user": "Yes, the user said so",
}
TOLD = {
    "situation": "Locked out",
    "intent": "Reset a forgotten password",
    "assessment": "Yes",
    "justification": "The user confirmed it",
    "reflection": "The tool works",
}
LESSON = {
    "operator": "add",
    "title": "Resetting",
    "use_cases": "Forgotten passwords",
    "hints": "Use the tool",
    "confidence": "0.8",
}


def tags(document: dict[str, str]) -> str:
    return "".join(f"<{name}>{text}</{name}>\n" for name, text in document.items())


def episodes(prompt: Prompt) -> str:
    if "<turn_0>" in prompt.text:
        count = len(re.findall(r"<turn_\d+>", prompt.text))
        return (
            f"<summary>{f'<summary_turn><turn_id>0</turn_id>{tags(TURN)}</summary_turn>' * count}</summary>"
        )
    if "<conversation_turns>" in prompt.text:
        return f"<summary>{tags(TOLD)}</summary>"
    known = re.findall(r"\[ID\]=(\S+) ", prompt.text)
    lesson = LESSON | ({"operator": "update", "id": known[0], "hints": "Still use it"} if known else {})
    return f"<reflections><reflection>{tags(lesson)}</reflection></reflections>"


def test_episodes_and_reflections_are_stored_in_the_services_form(opened: Open, model: ModelServer) -> None:
    backend = opened()
    steps = ("extraction", "consolidation", "reflection")
    strategy = custom("episodicOverride", *steps, template="/e/{actorId}/{sessionId}/")
    reflection = strategy["customMemoryStrategy"]["configuration"]["episodicOverride"]["reflection"]
    reflection["namespaceTemplates"] = ["/e/{actorId}/"]
    aws, memory_id = new_memory(backend, strategy)
    model.script = episodes
    turns = [("Reset it", USER), ("reset_password(user='alice')", TOOL), ("Done.", ASSISTANT)]

    def say(session: str) -> None:
        where = {"memoryId": memory_id, "actorId": "alice", "sessionId": session}
        aws("CreateEvent", **where, eventTimestamp=START, payload=event(*turns)["payload"])

    def records(kind: str) -> list[dict[str, Any]]:
        found = aws("ListMemoryRecords", memoryId=memory_id, namespacePath="/")["memoryRecordSummaries"]
        return [each for each in found if each["metadata"][TYPE_KEY]["stringValue"] == kind]

    say("one")
    (episode,) = until(lambda: records("BASE"))
    shown = {"assessmentAssistant": TURN["assessment_assistant"], "assessmentUser": TURN["assessment_user"]}
    plain = {name: text for name, text in TURN.items() if not name.startswith("assessment")}
    assert json.loads(episode["content"]["text"]) == TOLD | {"turns": [plain | shown]}
    assert "TOOL: reset_password" in model.prompts[0].text
    assert records("REFLECTION") == []
    say("two")
    (learned,) = until(lambda: records("REFLECTION"))
    expected = {name: LESSON[name] for name in ("title", "use_cases", "hints", "confidence")}
    assert json.loads(learned["content"]["text"]) == expected
    assert learned["namespaces"] == ["/e/alice/"]
    say("three")
    until(lambda: "Still use it" in str(records("REFLECTION")))
    (updated,) = records("REFLECTION")
    assert updated["memoryRecordId"] == learned["memoryRecordId"]


def test_an_answer_of_the_wrong_form_is_repaired_once(opened: Open, model: ModelServer) -> None:
    backend = opened()
    aws, memory_id = new_memory(backend, custom("semanticOverride", "extraction"))
    new = fact("The user lives in Lisbon.")
    model.plays(
        "Sure! Here is what I found.",
        json.dumps([new]),
        json.dumps([{"memory": new, "operation": "AddMemory"}]),
    )
    aws.say(memory_id, "I live in Lisbon.", "one")
    until(lambda: aws.texts(memory_id))
    _, repair, _ = model.prompts
    assert repair.texts[1] == "Sure! Here is what I found."
    assert "JSON list" in repair.texts[2]


FAILURES = [
    (Failure(401), "ACCESS_DENIED", 1),
    (Failure(404), "RESOURCE_NOT_FOUND", 1),
    (Failure(400), "VALIDATION_EXCEPTION", 1),
    (Failure(429), "THROTTLING", 3),
    (Failure(500), "INTERNAL_ERROR", 3),
    (Failure(503), "SERVICE_UNAVAILABLE", 3),
    (Failure(504), "MODEL_TIMEOUT", 3),
    ("no JSON at all", "MODEL_ERROR", 6),  # each attempt has its repair
    (r'[{"fact": "half a character: \ud83d"}]', "MODEL_ERROR", 6),
    ('[{"fact": "half a character: \ud83d"}]', "MODEL_ERROR", 6),
]


@pytest.mark.parametrize(("answer", "code", "requests"), FAILURES)
def test_a_failure_is_a_job_with_the_services_code_and_never_a_rule(
    opened: Open, model: ModelServer, answer: str | Failure, code: str, requests: int
) -> None:
    backend = opened()
    aws, memory_id = new_memory(backend, custom("semanticOverride", "extraction"))
    model.plays(answer)
    aws.say(memory_id, "I live in Lisbon.", "one")
    (job,) = until(lambda: aws.jobs(memory_id))
    assert job["failureReason"] == f"CUSTOM_MODEL_BEDROCK_{code}"
    assert len(model.prompts) == requests
    assert aws.texts(memory_id) == []

    new = fact("The user lives in Lisbon.")
    model.script = remembers(extraction=[new], consolidation=[{"memory": new, "operation": "AddMemory"}])
    aws("StartMemoryExtractionJob", memoryId=memory_id, extractionJob={"jobId": job["jobID"]})
    until(lambda: aws.texts(memory_id))
    assert aws.jobs(memory_id) == []


def test_a_server_that_is_not_there_or_says_nothing(opened: Open, model: ModelServer) -> None:
    model.script = lambda prompt: "late" if model.release.wait(60) else "never"
    backend = opened(server=ChatCompletions(f"{model.url}/v1", timeout=0.2))
    aws, memory_id = new_memory(backend, custom("semanticOverride", "extraction"))
    aws.say(memory_id, "I live in Lisbon.", "one")
    (job,) = until(lambda: aws.jobs(memory_id))
    assert job["failureReason"] == "CUSTOM_MODEL_BEDROCK_MODEL_TIMEOUT"


def test_a_slow_model_holds_up_no_rule(opened: Open, model: ModelServer) -> None:
    backend = opened()
    aws, memory_id = new_memory(backend, custom("semanticOverride", "extraction"), facts())
    new = fact("The user lives near the sea.")
    answers = remembers(extraction=[new], consolidation=[{"memory": new, "operation": "AddMemory"}])
    model.script = lambda prompt: answers(prompt) if model.release.wait(120) else ""
    for number in range(8):  # more than there are threads for models
        aws.say(memory_id, f"My number {number} is a city, and I live in Lisbon.", f"session-{number}")
    until(lambda: "Lisbon" in str(aws.texts(memory_id)))
    assert "sea" not in str(aws.texts(memory_id))
    model.release.set()
    until(lambda: backend.pipeline.pending() == 0)
    assert any("sea" in text for text in aws.texts(memory_id))


def test_events_that_come_while_the_model_thinks_are_extracted_after_it(
    opened: Open, model: ModelServer
) -> None:
    backend = opened()
    aws, memory_id = new_memory(backend, custom("semanticOverride", "extraction"))

    def script(prompt: Prompt) -> str:
        model.release.wait(120)
        told = [fact(f"The user has a {pet}.") for pet in ("dog", "cat") if f"a {pet}" in prompt.text]
        added = [{"memory": each, "operation": "AddMemory"} for each in told]
        return json.dumps(told if stage(prompt) == "extraction" else added)

    model.script = script
    aws.say(memory_id, "I have a dog.", "one")
    until(lambda: model.prompts)
    aws.say(memory_id, "I have a cat.", "one")
    model.release.set()
    until(lambda: "cat" in str(aws.texts(memory_id)) and backend.pipeline.pending() == 0)
    assert "dog" in str(aws.texts(memory_id))


def test_without_a_server_overrides_are_extracted_by_rules_and_health_says_so(tmp_path: Path) -> None:
    backend = Backend(Store.open(tmp_path / "data"), Settings(extraction_delay=0.02), embedder=None)
    backend.start()
    aws, memory_id = new_memory(backend, custom("semanticOverride", "extraction"))
    aws.say(memory_id, "I live in Lisbon.", "one")
    until(lambda: aws.texts(memory_id))
    (decision,) = decisions(backend)
    assert decision["extractor"].startswith("rules")
    assert "by rules" in backend.health()["customModels"]
    backend.close()


def test_a_model_for_the_whole_endpoint(opened: Open, model: ModelServer) -> None:
    backend = opened(model_id="endpoint-model")
    aws, memory_id = new_memory(backend, facts())
    new = fact("The user lives in Lisbon.")
    model.script = remembers(extraction=[new], consolidation=[{"memory": new, "operation": "AddMemory"}])
    aws.say(memory_id, "I live in Lisbon.", "one")
    until(lambda: aws.texts(memory_id))
    assert {prompt.model for prompt in model.prompts} == {"endpoint-model"}
    assert "lasting facts" in model.prompts[0].system
    assert "endpoint-model" in backend.health()["extractor"]


def test_a_server_changes_nothing_for_strategies_without_a_model(opened: Open, model: ModelServer) -> None:
    backend = opened()
    aws, memory_id = new_memory(backend, facts())
    aws.say(memory_id, "I live in Lisbon.", "one")
    until(lambda: aws.texts(memory_id))
    assert model.prompts == []


def test_the_key_is_sent_from_its_variable(
    opened: Open, model: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_MODEL_KEY", "sk-test")
    server = ChatCompletions(f"{model.url}/v1/", "MY_MODEL_KEY")
    assert "sk-test" not in repr(server)
    model.plays("hello")
    assert server.answer("m", "system", []) == "hello"
    assert model.prompts[0].key == "Bearer sk-test"


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/v1", "http://user:secret@127.0.0.1/v1", "nowhere"])
def test_addresses_that_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match="--model-url"):
        ChatCompletions(url)


def test_bedrock_converse(opened: Open, model: ModelServer) -> None:
    backend = opened(server=Converse("us-west-2", model.url, 30))
    aws, memory_id = new_memory(backend, custom("semanticOverride", "extraction"))
    model.plays(Failure(400, "ModelNotReadyException"))
    aws.say(memory_id, "I live in Lisbon.", "one")
    (job,) = until(lambda: aws.jobs(memory_id))
    assert job["failureReason"] == "CUSTOM_MODEL_BEDROCK_MODEL_NOT_READY"
    new = fact("The user lives in Lisbon.")
    model.script = remembers(extraction=[new], consolidation=[{"memory": new, "operation": "AddMemory"}])
    aws("StartMemoryExtractionJob", memoryId=memory_id, extractionJob={"jobId": job["jobID"]})
    until(lambda: aws.texts(memory_id))
    assert model.prompts[-1].model == MODEL


def test_a_group_in_hand_is_extracted_after_a_restart(opened: Open, model: ModelServer) -> None:
    backend = opened()
    aws, memory_id = new_memory(backend, custom("semanticOverride", "extraction"))
    model.script = lambda prompt: "late" if model.release.wait(60) else "never"
    aws.say(memory_id, "I live in Lisbon.", "one")
    until(lambda: model.prompts)
    backend.close()
    new = fact("The user lives in Lisbon.")
    model.script = remembers(extraction=[new], consolidation=[{"memory": new, "operation": "AddMemory"}])
    again = InProcess(opened())
    until(lambda: again.texts(memory_id) == ["The user lives in Lisbon."])


def test_closing_does_not_wait_for_a_model(opened: Open, model: ModelServer) -> None:
    backend = opened()
    aws, memory_id = new_memory(backend, custom("semanticOverride", "extraction"))
    model.script = lambda prompt: "late" if model.release.wait(60) else "never"
    aws.say(memory_id, "I live in Lisbon.", "one")
    until(lambda: model.prompts)
    backend.close()
    assert not model.release.is_set()
