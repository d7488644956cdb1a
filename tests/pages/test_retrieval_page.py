"""The Retrieval page: one question, in one place or several; compared, injected, kept, and as code."""

import re
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from services.records import filters as record_filters
from services.records.filters import MetadataFilter
from tests.pages.conftest import OpenPage, Store, words


def scores(app: AppTest) -> list[float]:
    """Those of the records that an answer shows, best first, by their ranks."""
    told = [re.fullmatch(r"\*\*#(\d+)\*\*\s(\d\.\d+)", bar.proto.text) for bar in app.get("progress")]
    found = [(int(each[1]), float(each[2])) for each in told if each]
    assert [rank for rank, _ in found] == list(range(1, len(found) + 1))
    return [score for _, score in found]


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
    assert scores(app)
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
        view="code",
    )
    [block] = app.code
    assert 'namespace="/facts/User84/"' in block.value
    assert '"topK": 3' in block.value
    assert not scores(app), "the code is shown without asking"


@pytest.mark.parametrize(
    ("form", "words_of_it"),
    [("boto3", "retrieve_memory_records("), ("cli", "aws bedrock-agentcore"), ("sdk", "retrieve_memories(")],
)
def test_a_link_opens_the_code_in_its_language(
    open_page: OpenPage, store: Store, form: str, words_of_it: str
) -> None:
    app = open_page("retrieval", memory=store.memory_id, query="damaged", view="code", format=form)
    assert words_of_it in app.code[0].value


def strategy_ids(control: Any, store: Store) -> list[str]:
    memory = control.get_memory(memoryId=store.memory_id)["memory"]
    return [row["strategyId"] for row in memory["strategies"]]


def test_several_strategies_answer_side_by_side(open_page: OpenPage, store: Store, control: Any) -> None:
    ids = strategy_ids(control, store)
    app = open_page("retrieval", memory=store.memory_id, query="email", strategies=",".join(ids))
    assert not app.exception
    shown = words(app)
    assert r"/ · Facts" in shown.replace("\\", "")
    assert r"/ · Preferences" in shown.replace("\\", "")
    assert app.multiselect(key="strategies-choice").value == ids


def test_one_strategy_is_shared_with_other_pages_and_several_are_not(
    open_page: OpenPage, store: Store, control: Any
) -> None:
    first, second = strategy_ids(control, store)
    app = open_page("retrieval", memory=store.memory_id, query="email", strategy=first)
    assert app.multiselect(key="strategies-choice").value == [first]
    app.multiselect(key="strategies-choice").set_value([first, second]).run()
    assert app.query_params["strategies"] == f"{first},{second}"
    assert "strategy" not in app.query_params
    app.multiselect(key="strategies-choice").set_value([second]).run()
    assert app.query_params["strategy"] == second
    assert "strategies" not in app.query_params


def test_several_namespaces_are_in_the_address(open_page: OpenPage, store: Store) -> None:
    app = open_page("retrieval", memory=store.memory_id, query="email")
    assert app.multiselect, f"the page has no form: {words(app)}"
    app.multiselect(key="namespace-choice").set_value(["/facts/", "/preferences/"]).run()
    assert app.query_params["namespace"] == "/facts/,/preferences/"
    assert not app.exception
    assert app.markdown[0].value == "**/facts/**".replace("/", "\\/")


def test_too_many_places_are_refused_in_words(open_page: OpenPage, store: Store) -> None:
    many = ",".join(f"/facts/{number}/" for number in range(7))
    app = open_page("retrieval", memory=store.memory_id, query="email", namespace=many)
    assert not app.exception
    assert "7 places at once" in words(app)


def test_the_least_score_sets_records_apart(open_page: OpenPage, store: Store) -> None:
    app = open_page("retrieval", memory=store.memory_id, query="contacted by email")
    assert scores(app)[0] > 0.1
    app.slider(key="min-score").set_value(1.0).run()
    assert app.query_params["min_score"] == "1"
    assert "below 1.00" in app.expander[0].label
    app = open_page(
        "retrieval", memory=store.memory_id, query="contacted by email", view="agent", min_score="1"
    )
    assert "The agent would be given nothing" in words(app)
    assert not app.code


@pytest.mark.parametrize("score", ["²", "-1", "1.5", "nan", "many"])
def test_an_impossible_least_score_becomes_none(open_page: OpenPage, store: Store, score: str) -> None:
    app = open_page("retrieval", memory=store.memory_id, query="damaged", min_score=score)
    assert not app.exception
    assert app.slider(key="min-score").value == 0


def test_a_metadata_filter_narrows_the_answer(open_page: OpenPage, store: Store) -> None:
    before = [MetadataFilter("x-amz-agentcore-memory-createdAt", "BEFORE", "2020-01-01")]
    app = open_page(
        "retrieval", memory=store.memory_id, query="damaged", filters=record_filters.dumps(before)
    )
    assert "No record matched there" in words(app)
    assert any(str(button.key).startswith("filter-0-") for button in app.button), (
        "the filter can be taken off"
    )


@pytest.mark.parametrize(
    "broken",
    [
        {"filters": "nonsense"},
        {"filters": '[["colour","EXISTS"]]'},
        {"baseline": "nonsense", "view": "compare"},
    ],
)
def test_a_broken_link_is_said_and_can_be_mended(
    open_page: OpenPage, store: Store, broken: dict[str, str]
) -> None:
    app = open_page("retrieval", memory=store.memory_id, query="damaged", **broken)
    assert not app.exception
    assert app.error
    mend = ("drop-filters", "filter-0-", "drop-pin")
    next(button for button in app.button if str(button.key).startswith(mend)).click().run()
    assert not app.error
    assert not {*broken} & {*app.query_params} - {"view"}


def test_ranks_move_between_two_questions(open_page: OpenPage, store: Store) -> None:
    app = open_page("retrieval", memory=store.memory_id, query="contacted by email", view="compare")
    app.text_input(key="other-question").set_value("contacted by email").run()
    assert "baseline" not in app.query_params, "that is asked already"
    app = open_page("retrieval", memory=store.memory_id, query="contacted by email")
    app.button(key="pin").click().run()
    assert app.query_params["view"] == "compare"
    assert "Both are the same so far" in words(app)
    app.text_input(key="other-question").set_value("package arrived damaged").run()
    assert app.query_params["query"] == "package arrived damaged"
    moves = app.dataframe[0].value
    assert set(moves["now"]) == set(moves["was"]) == set(range(1, len(store.record_ids) + 1))
    assert any(move.startswith("▲") for move in moves["move"])
    again = open_page("retrieval", **{key: str(value) for key, value in app.query_params.items()})
    assert list(again.dataframe[0].value["move"]) == list(moves["move"]), "a link shows the same"
    again.button(key="unpin-back").click().run()
    assert again.query_params["query"] == "contacted by email"
    again.button(key="unpin").click().run()
    assert "baseline" not in again.query_params


def test_what_the_agent_gets_can_be_copied(open_page: OpenPage, store: Store) -> None:
    app = open_page("retrieval", memory=store.memory_id, query="contacted by email", view="agent")
    [block] = app.code
    assert block.value.startswith("<user_context>")
    app.segmented_control(key="context-format").set_value("plain").run()
    assert app.query_params["format"] == "plain"
    [block] = app.code
    assert block.value.startswith("- ")


def test_a_golden_query_is_saved_run_asked_and_deleted(open_page: OpenPage, store: Store) -> None:
    app = open_page("retrieval", memory=store.memory_id, query="How to contact?", view="golden")
    assert "No golden query is saved" in words(app)
    phrases = next(area for area in app.text_area if str(area.key).startswith("expected-phrases-"))
    phrases.set_value("email\nno such thing")
    app.button(key="save-golden-now").click().run()
    assert not app.exception
    golden_id = app.query_params["golden"]
    assert list(app.dataframe[0].value.index) == [golden_id]
    app.button(key="run-golden").click().run()
    assert not app.exception
    row = app.dataframe[0].value.loc[golden_id]
    assert (row["recall"], row["expected"]) == (0.5, 2)
    assert app.metric[0].value == "0.50"
    found = list(app.dataframe[1].value["found"])
    assert found[0].startswith("at rank ")
    assert found[1] == "not found"
    linked = open_page("retrieval", memory=store.memory_id, view="golden", golden=golden_id)
    linked.button(key="ask-golden").click().run()
    assert linked.query_params["query"] == "How to contact?"
    assert scores(linked)
    linked = open_page("retrieval", memory=store.memory_id, view="golden", golden=golden_id)
    linked.button(key="delete-golden-now").click().run()
    assert "No golden query is saved" in words(linked)


def test_a_golden_query_needs_something_to_find(open_page: OpenPage, store: Store) -> None:
    app = open_page("retrieval", memory=store.memory_id, query="How to contact?", view="golden")
    app.button(key="save-golden-now").click().run()
    assert "Choose a record, or write a phrase" in words(app)


def test_a_viewer_sees_golden_queries_and_keeps_none(
    open_page: OpenPage, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENTCORE_STUDIO_ROLE", "viewer")
    app = open_page("retrieval", memory=store.memory_id, query="How to contact?", view="golden")
    assert "for curators and admins" in words(app)
    assert not {str(button.key) for button in app.button} & {"save-golden-now", "run-golden"}


def test_a_view_without_a_question_falls_back(open_page: OpenPage, store: Store) -> None:
    app = open_page("retrieval", memory=store.memory_id, view="compare")
    assert not app.exception
    assert "/facts/User84/" in set(app.dataframe[0].value["namespace"])


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
