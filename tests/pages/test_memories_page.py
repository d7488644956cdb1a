"""The Memories page: what is listed, what a memory shows, and creating, extending and deleting one."""

from typing import Any

from tests.pages.conftest import OpenPage, Store, make_memory, words


def test_a_memory_shows_its_strategies_and_templates(open_page: OpenPage, store: Store) -> None:
    app = open_page(memory=store.memory_id)
    assert not app.exception
    assert "PagesSupport" in [heading.value for heading in app.subheader]
    shown = words(app)
    assert "/facts/{actorId}/" in shown
    assert "/preferences/{actorId}/" in shown
    assert app.query_params["memory"] == store.memory_id


def test_the_table_lists_every_memory_by_name(open_page: OpenPage, store: Store, control: Any) -> None:
    app = open_page()
    listed = set(app.dataframe[0].value["id"])
    assert listed == {memory["id"] for memory in control.list_memories(maxResults=100)["memories"]}
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
    ids = [memory["id"] for memory in control.list_memories(maxResults=100)["memories"]]
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
    remaining = {m["id"]: m["status"] for m in control.list_memories(maxResults=100)["memories"]}
    assert remaining.get(memory_id, "DELETING") == "DELETING"


def test_a_stale_link_says_that_the_memory_is_not_there(open_page: OpenPage, store: Store) -> None:
    app = open_page("events", memory="Gone-a1B2c3D4e5")
    assert "not in this account and region" in words(app)
