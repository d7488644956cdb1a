"""The Memories page: what is listed, what a memory shows, and creating, extending and deleting one."""

import re
import time
import uuid
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from services.workspace import audit
from services.workspace.store import open_workspace
from tests.conftest import REGION, Endpoint
from tests.pages.conftest import OpenPage, Store, all_memories, make_memory, words
from tests.pages.test_writing import forwards
from tests.services.fault_server import Behaviour, FaultServer, refuses

PATIENCE_SECONDS = 60.0
ROLE = "arn:aws:iam::123456789012:role/memory"
PROMPT = "Facts only.\n- no ![x](http://x/y.png)"


def readable(app: AppTest) -> str:
    """What is on the page, without the marks of Markdown and colours."""
    colored = r":(?:violet|red|gray|green)(?:-background)?\[((?:\\.|[^\]\\])*)\]"
    return re.sub(colored, r"\1", words(app)).replace("\\", "")


def make_rich(control: Any) -> dict[str, Any]:
    """A memory with instructions of its own, metadata and keys, ACTIVE."""
    override = {"appendToPrompt": PROMPT, "modelId": "amazon.nova-lite-v1:0"}
    memory = control.create_memory(
        name=f"PagesRich{uuid.uuid4().hex[:8]}",
        description="Rich.",
        eventExpiryDuration=60,
        memoryExecutionRoleArn=ROLE,
        indexedKeys=[{"key": "channel", "type": "STRING"}],
        tags={"team": "a"},
        memoryStrategies=[
            {
                "customMemoryStrategy": {
                    "name": "OwnFacts",
                    "namespaceTemplates": ["/own/{actorId}"],
                    "configuration": {"semanticOverride": {"extraction": override}},
                    "memoryRecordSchema": {
                        "metadataSchema": [
                            {"key": "channel", "type": "STRING", "extractionType": "STRICTLY_CONSISTENT"}
                        ]
                    },
                }
            }
        ],
    )["memory"]
    control.get_waiter("memory_created").wait(memoryId=memory["id"], WaiterConfig={"Delay": 1})
    found: dict[str, Any] = control.get_memory(memoryId=memory["id"])["memory"]
    return found


@pytest.fixture(scope="module")
def looked_at(control: Any) -> dict[str, Any]:
    """A rich memory that tests only look at."""
    return make_rich(control)


@pytest.fixture
def rich(control: Any) -> dict[str, Any]:
    """A rich memory to change."""
    return make_rich(control)


def strategy_key(memory: dict[str, Any]) -> str:
    return f"edit-0-{memory['strategies'][0]['strategyId']}"


def edited(app: AppTest) -> AppTest:
    """The page with the form open."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not [button for button in app.button if button.key == "open-edit"]:
        assert time.monotonic() < deadline, words(app)
        app.run()
    app.button(key="open-edit").click().run()
    assert not app.exception
    assert not app.error
    return app


def test_a_memory_shows_its_strategies_and_templates(open_page: OpenPage, store: Store) -> None:
    app = open_page(memory=store.memory_id)
    assert not app.exception
    assert "PagesSupport" in [heading.value for heading in app.subheader]
    shown = readable(app)
    assert "/facts/{actorId}/" in shown
    assert "/preferences/{actorId}/" in shown
    assert app.query_params["memory"] == store.memory_id


def test_the_table_lists_every_memory_by_name(open_page: OpenPage, store: Store, control: Any) -> None:
    app = open_page()
    listed = set(app.dataframe[0].value["id"])
    assert listed == {memory["id"] for memory in all_memories(control)}
    assert "PagesSupport" in set(app.dataframe[0].value["name"])


def test_create_is_refused_until_the_template_is_valid(open_page: OpenPage) -> None:
    app = open_page()
    app.button(key="open-create").click().run()
    app.text_input(key="create-name").set_value("PagesCreated").run()
    app.button_group(key="create-strategies").set_value(["summary"]).run()
    app.text_input(key="create-summary-template").set_value("/summaries/{actorId}/").run()
    assert app.button(key="create-memory").disabled
    assert "sessionId" in words(app)
    app.text_input(key="create-summary-template").set_value("/summaries/{actorId}/{sessionId}/").run()
    assert not app.button(key="create-memory").disabled


def test_a_memory_created_here_exists_at_aws(open_page: OpenPage, control: Any) -> None:
    app = open_page()
    app.button(key="open-create").click().run()
    app.text_input(key="create-name").set_value("PagesShortTerm").run()
    app.button(key="create-memory").click().run()
    assert not app.error
    ids = [memory["id"] for memory in all_memories(control)]
    assert [one for one in ids if one.startswith("PagesShortTerm-")]


def test_delete_needs_the_name_and_keeps_a_copy(open_page: OpenPage, control: Any) -> None:
    memory_id = make_memory(control, "PagesDoomed")
    app = open_page(memory=memory_id)
    app.button(key="open-delete").click().run()
    confirm = f"delete-{memory_id}-confirmed"
    assert app.button(key=confirm).disabled
    app.text_input(key=f"delete-{memory_id}-typed").set_value("PagesDoome").run()
    assert app.button(key=confirm).disabled
    app.text_input(key=f"delete-{memory_id}-typed").set_value("PagesDoomed").run()
    app.button(key=confirm).click().run()
    assert "A copy was saved" in words(app)
    remaining = {m["id"]: m["status"] for m in all_memories(control)}
    assert remaining.get(memory_id, "DELETING") == "DELETING"


def test_a_stale_link_says_that_the_memory_is_not_there(open_page: OpenPage, store: Store) -> None:
    app = open_page("events", memory="Gone-a1B2c3D4e5")
    assert "not in this account and region" in words(app)


def test_prompts_are_shown_literally(open_page: OpenPage, looked_at: dict[str, Any]) -> None:
    app = open_page(memory=looked_at["id"])
    assert PROMPT not in [block.value for block in app.code], "folded away at first"
    app.session_state[f"steps-{looked_at['strategies'][0]['strategyId']}"] = True
    app.run()
    assert {PROMPT, "amazon.nova-lite-v1:0"} <= {block.value for block in app.code}
    assert not any("![" in str(element.value) for element in [*app.markdown, *app.caption])
    assert "AWS's instructions" in readable(app), "consolidation is built in"
    assert "STRICTLY_CONSISTENT" in set(app.dataframe[1].value["from"])


def test_namespaces_are_held_against_templates(open_page: OpenPage, store: Store) -> None:
    app = open_page(memory=store.memory_id, tab="Namespaces")
    assert not app.exception
    places = app.dataframe[1].value
    assert set(places["Namespace"]) == {"/facts/User84/", "/preferences/User84/"}
    assert set(places["Actor"]) == {"User84"}
    assert places["Records"].sum() == len(store.record_ids)
    assert "No problem with the namespaces was found" in words(app)


def test_a_finding_says_what_to_do(open_page: OpenPage, looked_at: dict[str, Any]) -> None:
    app = open_page(memory=looked_at["id"], tab="Namespaces")
    shown = readable(app)
    assert "No slash at the end" in shown
    assert "End the template with a slash" in shown


def test_the_configuration_has_the_role_ready_to_copy(open_page: OpenPage, looked_at: dict[str, Any]) -> None:
    app = open_page(memory=looked_at["id"], tab="Configuration")
    app.session_state["role-policies"] = True
    app.run()
    assert not app.exception
    shown = words(app)
    assert "sts:AssumeRole" in shown
    assert "foundation-model/amazon.nova-lite-v1:0" in shown
    tables = [list(frame.value.iloc[0]) for frame in app.dataframe[1:]]
    assert tables == [["channel", "STRING"], ["team", "a"]]


def test_a_link_compares_two_memories(open_page: OpenPage, store: Store, looked_at: dict[str, Any]) -> None:
    app = open_page(memory=store.memory_id, compare=looked_at["id"])
    assert not app.exception
    frame = app.dataframe[1].value.set_index(["Of", "Setting"])
    assert list(frame.loc[("Memory", "Events kept")]) == ["≠", "90 days", "60 days"]
    assert set(frame[""]) == {"≠"}, "what is equal is hidden at first"
    app.toggle(key="compare-everything").set_value(True).run()
    assert {"≠", "–"} <= set(app.dataframe[1].value.to_numpy().ravel())


def test_comparing_with_a_memory_that_is_gone_says_so(open_page: OpenPage, store: Store) -> None:
    app = open_page(memory=store.memory_id, compare="Gone-a1B2c3D4e5")
    assert "not in this account and region" in words(app)


def test_nothing_is_changed_by_opening_the_form(open_page: OpenPage, looked_at: dict[str, Any]) -> None:
    app = edited(open_page(memory=looked_at["id"]))
    assert "Nothing is changed yet" in words(app)
    assert [button.key for button in app.button if button.key == "send-change"] == []


def test_a_change_is_shown_then_sent_and_written_down(
    open_page: OpenPage, rich: dict[str, Any], control: Any
) -> None:
    app = edited(open_page(memory=rich["id"]))
    app.text_area(key="edit-0-description").set_value("Richer.").run()
    app.text_area(key=f"{strategy_key(rich)}-extraction-prompt").set_value("Facts only.\n- and dates").run()
    app.session_state["edit-0-tags"] = {
        "edited_rows": {0: {"value": "b"}},
        "added_rows": [],
        "deleted_rows": [],
    }
    app.run()
    shown = readable(app)
    assert "~~Rich.~~" in shown
    assert "+- and dates" in shown
    app.button(key="send-change").click().run()
    assert "was changed" in words(app)
    memory = control.get_memory(memoryId=rich["id"])["memory"]
    assert memory["description"] == "Richer."
    own = memory["strategies"][0]["configuration"]["extraction"]["customExtractionConfiguration"]
    assert own["semanticExtractionOverride"]["appendToPrompt"] == "Facts only.\n- and dates"
    assert control.list_tags_for_resource(resourceArn=rich["arn"])["tags"] == {"team": "b"}
    trail = open_workspace()
    assert {row.action for row in audit.list_audit(trail)} == {"UpdateMemory", "TagResource"}
    trail.close()


def test_what_aws_would_refuse_cannot_be_sent(open_page: OpenPage, looked_at: dict[str, Any]) -> None:
    app = edited(open_page(memory=looked_at["id"]))
    app.text_area(key="edit-0-description").set_value("").run()
    assert "cannot take the description away" in readable(app)
    assert app.button(key="send-change").disabled


def test_a_change_by_somebody_else_is_shown_and_not_overwritten(
    open_page: OpenPage, rich: dict[str, Any], control: Any
) -> None:
    app = edited(open_page(memory=rich["id"]))
    app.text_area(key="edit-0-description").set_value("Ours.").run()
    control.update_memory(memoryId=rich["id"], description="Theirs.")
    app.button(key="send-change").click().run()
    assert "Somebody else changed this memory" in words(app)
    assert "Theirs." in readable(app)
    assert control.get_memory(memoryId=rich["id"])["memory"]["description"] == "Theirs."
    app.button(key="take-new-version").click().run()
    assert app.text_area(key="edit-1-description").value == "Theirs."
    app.text_area(key="edit-1-description").set_value("Ours.").run()
    app.button(key="send-change").click().run()
    assert control.get_memory(memoryId=rich["id"])["memory"]["description"] == "Ours."


def test_a_strategy_is_deleted_after_its_name_was_typed(
    open_page: OpenPage, rich: dict[str, Any], control: Any
) -> None:
    app = edited(open_page(memory=rich["id"]))
    app.checkbox(key=f"{strategy_key(rich)}-delete").set_value(True).run()
    assert "Strategy OwnFacts~~ is deleted" in readable(app).replace("*", "")
    assert app.button(key="send-change-confirmed").disabled
    app.text_input(key="send-change-typed").set_value("OwnFacts").run()
    app.button(key="send-change-confirmed").click().run()
    assert not app.exception
    strategies = control.get_memory(memoryId=rich["id"])["memory"].get("strategies", [])
    assert [row["status"] for row in strategies] in ([], ["DELETING"])


def test_a_strategy_with_own_instructions_is_added(open_page: OpenPage, control: Any) -> None:
    memory_id = make_memory(control, "PagesExtended")
    app = open_page(memory=memory_id)
    app.button(key="open-add-strategy").click().run()
    app.button_group(key="add-kind").set_value("summary").run()
    app.button_group(key="add-summary-steps").set_value(["consolidation"]).run()
    assert app.button(key="send-change").disabled
    app.text_area(key="add-summary-consolidation-prompt").set_value("Short.").run()
    app.text_input(key="add-summary-consolidation-model").set_value("amazon.nova-lite-v1:0").run()
    assert "needs the memory's execution role" in readable(app)
    app.text_input(key="add-role").set_value(ROLE).run()
    app.button(key="send-change").click().run()
    assert not app.exception
    memory = control.get_memory(memoryId=memory_id)["memory"]
    assert memory["memoryExecutionRoleArn"] == ROLE
    assert memory["strategies"][-1]["configuration"]["type"] == "SUMMARY_OVERRIDE"


@pytest.mark.parametrize("role", ["viewer", "curator"])
def test_who_may_not_change_memories_sees_why(
    role: str, open_page: OpenPage, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENTCORE_STUDIO_ROLE", role)
    app = open_page(memory=store.memory_id)
    for name in ("create", "edit", "add-strategy", "delete"):
        assert app.button(key=f"open-{name}").disabled
    assert f"your role here is {role}" in words(app)


class TagsRefused(FaultServer):
    """Stands before the real endpoint and denies reading tags."""

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__()
        self._forward = forwards(endpoint)

    def next_behaviour(self) -> Behaviour:
        command, path, *_ = self.requests[-1]
        denied = command == "GET" and path.startswith("/tags/")
        return refuses("AccessDeniedException", 403) if denied else self._forward


def test_who_may_not_read_tags_can_change_the_rest(
    open_page: OpenPage, rich: dict[str, Any], control: Any, endpoint: Endpoint
) -> None:
    server = TagsRefused(endpoint)
    try:
        app = open_page(memory=rich["id"], connection=f"custom:{server.url}@{REGION}")
        app.button(key="open-edit").click().run()
        assert "AWS denied" in readable(app)
        app.text_area(key="edit-0-description").set_value("Richer.").run()
        app.button(key="send-change").click().run()
    finally:
        server.close()
    assert control.get_memory(memoryId=rich["id"])["memory"]["description"] == "Richer."
    assert control.list_tags_for_resource(resourceArn=rich["arn"])["tags"] == {"team": "a"}
