"""The Retrieval page: namespaces to choose from, ranked answers, and the call behind them."""

from typing import Any

from tests.pages.conftest import OpenPage, Store, words


def test_namespaces_are_offered_without_a_question(open_page: OpenPage, store: Store) -> None:
    app = open_page("retrieval", memory=store.memory_id)
    assert not app.exception
    offered = set(app.dataframe[0].value["namespace"])
    assert {"/facts/User84/", "/preferences/User84/"} <= offered


def test_a_question_in_other_words_finds_the_preference(open_page: OpenPage, store: Store) -> None:
    app = open_page(
        "retrieval", memory=store.memory_id, query="How should we get in touch with this customer?"
    )
    assert not app.exception
    assert app.metric[0].label == "#1"
    first = "\n".join(str(element.value) for element in app.markdown)
    assert "email" in first.lower()


def test_exact_namespace_and_strategy_are_sent_as_chosen(open_page: OpenPage, store: Store) -> None:
    app = open_page(
        "retrieval",
        memory=store.memory_id,
        scope="exact",
        namespace="/facts/User84/",
        query="damaged package",
        top_k="3",
    )
    code = next(block.value for block in app.code if "retrieve_memory_records" in block.value)
    assert "namespace='/facts/User84/'" in code.replace('"', "'")
    assert "'topK': 3" in code.replace('"', "'")


def test_a_record_link_opens_the_record(open_page: OpenPage, store: Store) -> None:
    record_id = store.record_ids[0]
    app = open_page("retrieval", memory=store.memory_id, record=record_id)
    assert record_id in words(app)


def test_a_link_to_a_deleted_record_says_so(open_page: OpenPage, store: Store) -> None:
    app = open_page("retrieval", memory=store.memory_id, record="mem-00000000-0000-4000-8000-000000000000")
    assert [error.value for error in app.error]


def test_a_memory_without_strategies_says_why_nothing_is_found(open_page: OpenPage, control: Any) -> None:
    memory = control.create_memory(name="PagesNoStrategy", eventExpiryDuration=30)["memory"]
    app = open_page("retrieval", memory=memory["id"])
    assert "no long-term strategy" in words(app)


def test_an_endpoint_that_is_down_is_not_an_empty_store(open_page: OpenPage) -> None:
    app = open_page("retrieval", connection="custom:http://127.0.0.1:9@us-west-2", memory="M-a1B2c3D4e5")
    assert app.error
    assert "no memory yet" not in words(app)
