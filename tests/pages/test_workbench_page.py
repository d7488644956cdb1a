"""The prompt workbench: a prompt is tried, compared, kept, replayed and saved as a strategy."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import resources
from services.memory import memories
from services.workbench import prompts
from tests.conftest import Endpoint
from tests.pages.conftest import OpenPage, Store, make_memory, wait_for_records, words
from tests.pages.test_denied_lists import LIST_MEMORIES, Refusing, at
from tests.pages.test_erase_page import button, metrics, shown
from tests.services.scripted_model import ScriptedModel, says, scripted_model

HOSTILE = "![x](https://evil.example/x.png) <script>alert(1)</script> \u202e"
ROLE = "arn:aws:iam::123456789012:role/MemoryRole"


@pytest.fixture
def model() -> Iterator[ScriptedModel]:
    with scripted_model() as server:
        yield server


@pytest.fixture
def refusing(endpoint: Endpoint) -> Iterator[Refusing]:
    server = Refusing(endpoint)
    yield server
    server.close()


def opened(open_page: OpenPage, store: Store, model: ScriptedModel | None = None, **place: str) -> AppTest:
    """The page on the store's session, with the scripted model chosen."""
    app = open_page("workbench", memory=store.memory_id, kind="semantic", **place)
    assert not app.exception
    if model is not None:
        app.text_input(key="bench-openai-url").set_value(model.url)
        app.text_input(key="bench-openai_compatible-model").set_value("m").run()
    return app


def run(app: AppTest) -> AppTest:
    """Starts a dry run and waits until its costs are shown."""
    button(app, "Dry run").click().run()
    return shown(
        app, lambda page: "answer" in "".join(each.value for each in page.caption if "m ·" in each.value)
    )


def prompt_field(app: AppTest, store: Store, step: str = "extraction") -> Any:
    return app.text_area(key=f"bench-{store.memory_id}-semantic-{step}")


def facts(*texts: str) -> str:
    return json.dumps([{"fact": text} for text in texts])


def stored_facts(data: Any, store: Store) -> list[str]:
    answer = data.list_memory_records(memoryId=store.memory_id, namespace=f"/facts/{store.actor_id}/")
    return [record["content"]["text"] for record in answer["memoryRecordSummaries"]]


def test_a_dry_run_is_held_against_what_is_stored(
    open_page: OpenPage, store: Store, data: Any, model: ScriptedModel
) -> None:
    known, *others = stored_facts(data, store)
    model.acts = [says(f"```json\n{facts(known, HOSTILE)}\n```")]
    app = opened(open_page, store)
    assert button(app, "Dry run").disabled and "A dry run needs a model's id." in words(app)
    app = opened(open_page, store, model)
    assert "A dry run needs" not in words(app)
    assert prompt_field(app, store).value == prompts.INSTRUCTIONS["semantic", "extraction"]
    app = run(app)
    found = metrics(app)
    assert (found["Same"], found["Added"], found["Missing"]) == ("1", "1", str(len(others)))
    assert any("alert(1)" in each.value for each in app.text)  # as text, and nowhere as Markdown
    assert not any("evil.example" in each.value for each in app.markdown)
    assert not model.requests[0].get("tools")


def test_a_changed_prompt_is_held_against_the_run_before(
    open_page: OpenPage, store: Store, model: ScriptedModel
) -> None:
    model.acts = [
        says(facts("The user likes tea.", "The user said hello.")),
        says(facts("The user likes tea.")),
    ]
    app = run(opened(open_page, store, model))
    prompt_field(app, store).set_value("Only what lasts.").run()
    app = run(app)
    app.segmented_control(key="bench-against").set_value("The run before").run()
    assert (metrics(app)["Same"], metrics(app)["Missing"]) == ("1", "1")
    assert "Only what lasts." in json.dumps(model.requests[1]["messages"][0])


def test_an_unusable_answer_is_an_error_with_the_raw_answer(
    open_page: OpenPage, store: Store, model: ScriptedModel
) -> None:
    model.acts = [says("I think that the user likes tea.")]
    app = run(opened(open_page, store, model))
    assert any("cannot be used" in each.value for each in app.error)
    assert any("I think that the user likes tea." in each.value for each in app.code)
    assert "would be made" not in words(app)


def test_consolidation_shows_what_becomes_of_each(
    open_page: OpenPage, store: Store, model: ScriptedModel
) -> None:
    decided = [{"memory": {"fact": "The user likes tea."}, "operation": "SkipMemory"}]
    model.acts = [says(facts("The user likes tea.")), says(json.dumps(decided))]
    app = opened(open_page, store, model)
    app.toggle(key="bench-semantic-consolidate").set_value(True).run()
    run(app)
    assert "[MEMORY]=" in json.dumps(model.requests[1]["messages"])
    assert "What the model decides" in words(app)
    assert "0 memories would be made, 0 updated, 1 skipped" in words(app)


def test_a_run_of_other_messages_is_not_held_against_the_run_before(
    open_page: OpenPage, control: Any, data: Any, model: ScriptedModel
) -> None:
    memory_id = make_memory(control, f"Bench{uuid.uuid4().hex[:8]}")
    for minute, words_ in enumerate(("I live in Graz.", "I like tea.")):
        said = {"conversational": {"role": "USER", "content": {"text": words_}}}
        at = 1_790_000_000 + 60 * minute
        event = data.create_event(
            memoryId=memory_id, actorId="ann", sessionId="s", eventTimestamp=at, payload=[said]
        )
    model.acts = [says(facts("The user likes tea."))] * 3
    app = open_page("workbench", memory=memory_id, kind="semantic")
    app.text_input(key="bench-openai-url").set_value(model.url)
    app.text_input(key="bench-openai_compatible-model").set_value("m").run()
    app = run(run(app))
    assert any(each.key == "bench-against" for each in app.segmented_control)
    choice = next(each for each in app.selectbox if each.label == "From")
    choice.set_value(event["event"]["eventId"]).run()
    button(app, "Dry run").click().run()
    app = shown(app, lambda page: len(model.requests) == 3 and "other messages" not in words(page))
    assert "would be made" in words(app)
    assert not any(each.key == "bench-against" for each in app.segmented_control)


def test_what_is_typed_survives_the_browser_and_versions_are_compared(
    open_page: OpenPage, store: Store
) -> None:
    app = opened(open_page, store)
    prompt_field(app, store).set_value("Only cities.").run()
    app = opened(open_page, store)  # another browser of the same person
    assert prompt_field(app, store).value == "Only cities."
    app.text_input(key="bench-openai_compatible-model").set_value("llama9").run()
    for text in ("Only cities.", "Only cities in Austria."):
        prompt_field(app, store).set_value(text).run()
        app.text_input(key="bench-save-name-semantic").set_value("Cities").run()
        app.button(key="bench-save-now").click().run()
    assert any("Cities, version 2" in each.value.replace("\\", "") for each in app.success)
    drafts = opened(open_page, store, bench="Drafts")
    assert "Cities, version 1" in words(drafts).replace("\\", "")
    assert "Austria" in words(drafts)
    chosen = [drafts.selectbox(key=f"drafts-{side}-semantic") for side in ("before", "after")]
    labels = [each.options[each.index].replace("\\", "") for each in chosen]
    assert labels == ["Cities, version 1", "Cities, version 2"], "the newest after the one before it"
    assert "llama9" in words(drafts)
    next(each for each in drafts.button if each.label == "Load" and each.key).click().run()
    loaded = opened(open_page, store, draft=drafts.query_params["draft"])
    assert prompt_field(loaded, store).value == "Only cities in Austria."
    prompt_field(loaded, store).set_value("Only cities by the sea.").run()
    draft_id = loaded.query_params["draft"]
    loaded.query_params["bench"] = "Drafts"
    again = next(each for each in loaded.run().button if each.key == f"load-{draft_id}")
    assert (again.label, again.disabled) == ("Load", False)
    again.click().run()
    assert prompt_field(loaded, store).value == "Only cities in Austria."


def test_a_text_to_begin_from_sets_aside_what_was_typed(open_page: OpenPage, control: Any, data: Any) -> None:
    memory_id = make_memory(control, f"Bench{uuid.uuid4().hex[:8]}")
    said = {"conversational": {"role": "USER", "content": {"text": "I live in Graz."}}}
    data.create_event(
        memoryId=memory_id, actorId="ann", sessionId="s", eventTimestamp=1_790_000_000, payload=[said]
    )
    app = open_page("workbench", memory=memory_id, kind="semantic")
    field = f"bench-{memory_id}-semantic-extraction"
    app.text_area(key=field).set_value("Nearly perfect.").run()
    for _ in range(2):  # the second time there is nothing new to set aside
        app.selectbox(key="bench-start-from").set_value("The starting text of this dashboard").run()
        assert app.text_area(key=field).value == prompts.INSTRUCTIONS["semantic", "extraction"]
    shown_drafts = words(open_page("workbench", memory=memory_id, kind="semantic", bench="Drafts"))
    assert "Nearly perfect" in shown_drafts
    assert "version 1" in shown_drafts
    assert "version 2" not in shown_drafts


def test_viewers_try_prompts_and_keep_nothing(
    open_page: OpenPage, store: Store, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENTCORE_STUDIO_ROLE", "viewer")
    model.acts = [says(facts("The user likes tea."))]
    app = opened(open_page, store, model)
    prompt_field(app, store).set_value("Mine.").run()
    app = run(app)
    assert metrics(app)["Added"] == "1"
    assert prompt_field(opened(open_page, store), store).value != "Mine."
    app = opened(open_page, store, bench="Replay")
    assert button(app, "Replay in a scratch memory").disabled
    assert "takes the role admin" in words(app)


def test_a_replay_is_shown_beside_what_is_stored_and_removed(
    open_page: OpenPage, store: Store, data: Any, refusing: Refusing, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened(open_page, store, bench="Replay")
    button(app, "Replay in a scratch memory").click().run()
    app = shown(app, lambda page: "Same" in metrics(page))
    assert metrics(app)["Same"] == str(len(stored_facts(data, store)))
    scratch_id = app.query_params["scratch"]
    linked = opened(open_page, store, bench="Replay", scratch=scratch_id)  # the link shows it again
    assert metrics(linked)["Same"] == str(len(stored_facts(data, store)))
    with monkeypatch.context() as another:
        another.setattr(resources, "is_replaying", lambda: True)
        assert "more records may come" in words(opened(open_page, store, bench="Replay", scratch=scratch_id))
    elsewhere = open_page(
        "workbench", memory=store.memory_id, kind="user_preference", bench="Replay", scratch=scratch_id
    )
    assert "not of what is chosen above" in words(elsewhere).replace("\\", "")
    assert "Same" not in metrics(elsewhere)
    refusing.denied = {LIST_MEMORIES}
    unlisted = opened(open_page, store, bench="Replay", scratch=scratch_id, connection=at(refusing))
    assert "What came of it" in words(unlisted) and "was removed" not in words(unlisted)
    refusing.denied = set()
    del app.query_params["scratch"]
    here = {"memory": store.memory_id, "kind": "semantic", "bench": "Replay"}
    app.query_params.update(here, connection=at(refusing))
    assert button(app.run(), "Replay in a scratch memory")
    assert "What came of it" not in words(app), "it was begun at another connection"
    app.query_params.update(here, connection="embedded")
    assert "What came of it" in words(app.run())
    linked.button(key=f"remove-{scratch_id}").click().run()
    name = scratch_id.rpartition("-")[0]
    linked.text_input(key=f"remove-{scratch_id}-typed").set_value(name).run()
    linked.button(key=f"remove-{scratch_id}-confirmed").click().run()
    assert any("is being deleted" in each.value for each in linked.success)
    assert "What came of it" not in words(linked.run())
    assert "scratch" not in linked.query_params
    for gone in (app.run(), opened(open_page, store, bench="Replay", scratch=scratch_id)):
        assert "was removed, and with it" in words(gone) and "Same" not in metrics(gone)


def test_each_memory_has_its_own_role_for_a_replay(open_page: OpenPage, control: Any, data: Any) -> None:
    first, second = (make_memory(control, f"Bench{uuid.uuid4().hex[:8]}") for _ in range(2))
    control.update_memory(memoryId=second, memoryExecutionRoleArn=ROLE)
    for memory_id in (first, second):
        said = {"conversational": {"role": "USER", "content": {"text": "I live in Graz."}}}
        data.create_event(
            memoryId=memory_id, actorId="ann", sessionId="s", eventTimestamp=1_790_000_000, payload=[said]
        )

    def role(app: AppTest) -> Any:
        return next(each for each in app.text_input if each.label == "Execution role (ARN)")

    app = open_page("workbench", memory=first, kind="semantic", bench="Replay")
    app.selectbox(key="bench-a-semantic").set_value("The instructions of the dry run").run()
    role(app).set_value("arn:aws:iam::123456789012:role/Other").run()
    next(each for each in app.selectbox if each.label == "Memory").set_value(second).run()
    app.selectbox(key="bench-a-semantic").set_value("The instructions of the dry run").run()
    assert role(app).value == ROLE


def test_a_memory_in_which_nothing_was_said_has_nothing_to_try(open_page: OpenPage, control: Any) -> None:
    memory_id = make_memory(control, f"Bench{uuid.uuid4().hex[:8]}")
    app = open_page("workbench", memory=memory_id)
    assert "no actor yet" in words(app)
    assert not app.exception


def test_a_link_to_nobody_does_not_say_that_nothing_was_said(open_page: OpenPage, store: Store) -> None:
    app = opened(open_page, store, actor="nobody")
    assert "names the actor nobody" in words(app)
    assert "no actor yet" not in words(app)


def test_a_prompt_becomes_a_custom_strategy_with_its_role_spelled_out(
    open_page: OpenPage, control: Any, data: Any
) -> None:
    memory_id = make_memory(control, f"Bench{uuid.uuid4().hex[:8]}")
    said = {"conversational": {"role": "USER", "content": {"text": "I live in Graz."}}}
    data.create_event(
        memoryId=memory_id, actorId="ann", sessionId="s", eventTimestamp=1_790_000_000, payload=[said]
    )
    wait_for_records(data, memory_id, at_least=1)
    app = open_page("workbench", memory=memory_id, kind="semantic")
    app.button(key="bench-save-strategy").click().run()
    assert any("no execution role yet" in each.value for each in app.warning)
    assert app.button(key="send-change").disabled
    model_field = next(each for each in app.text_input if each.label == "Extraction: model")
    model_field.set_value("anthropic.claude-haiku-4-5-20251001-v1:0").run()
    spelled = "\n".join(each.value for each in app.code)
    assert "sts:AssumeRole" in spelled
    assert "foundation-model/anthropic.claude-haiku-4-5-20251001-v1:0" in spelled
    app.text_input(key="bench-role").set_value(ROLE).run()
    app.button(key="send-change").click().run()
    memory = control.get_memory(memoryId=memory_id)["memory"]
    assert memory["memoryExecutionRoleArn"] == ROLE
    custom = next(each for each in memory["strategies"] if each["type"] == "CUSTOM")
    assert custom["name"] == f"Custom{memories.STRATEGY_KINDS['semantic'].default_name}"
    assert "lasting facts" in json.dumps(custom["configuration"])
