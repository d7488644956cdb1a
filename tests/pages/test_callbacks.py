"""A widget's use is acted on once, however many runs hear of it."""

from types import SimpleNamespace

import pytest
from streamlit.runtime.scriptrunner_utils.script_run_context import ThreadState
from streamlit.runtime.state.common import WidgetMetadata
from streamlit.runtime.state.session_state import WStates
from streamlit.testing.v1 import AppTest

from dashboard import callbacks


@pytest.mark.parametrize(
    ("widget_in", "running", "acts"),
    [
        (None, None, 1),
        (None, [], 1),
        (None, ["panel"], 0),
        ("panel", ["panel"], 1),
        ("panel", ["clock"], 0),
        ("panel", [], 1),
    ],
    ids=["page", "page, no fragment", "timer elsewhere", "own fragment", "another fragment", "whole page"],
)
def test_a_timed_fragment_does_not_act_for_a_widget_outside_of_it(
    widget_in: str | None, running: list[str] | None, acts: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    callbacks.guard()
    callbacks.guard()
    monkeypatch.setattr(
        callbacks, "get_script_run_ctx", lambda: SimpleNamespace(fragment_ids_this_run=running)
    )
    ThreadState.initialize()
    said: list[str] = []
    states = WStates()
    states.set_widget_metadata(
        WidgetMetadata(
            id="send",
            deserializer=lambda value: value,
            serializer=lambda value: value,
            value_type="trigger_value",
            callback=said.append,
            callback_args=("Hello",),
            fragment_id=widget_in,
        )
    )
    states.call_callback("send")
    assert said == ["Hello"] * acts


def _asks_until_answered() -> None:
    import streamlit as st

    said = st.session_state.setdefault("said", [])
    if not said:
        st.text_input("Question", key="asked", on_change=lambda: said.append(st.session_state["asked"]))
    st.checkbox("Again")


def test_a_field_that_is_gone_does_not_act_again() -> None:
    callbacks.guard()
    page = AppTest.from_function(_asks_until_answered).run()
    page.text_input(key="asked").set_value("Who?")
    late = (
        page._tree.get_widget_states()
    )  # what the browser tells until it has drawn the page without the field
    page.run()
    assert page.session_state["said"] == ["Who?"]
    assert not page.text_input
    page._run(late)
    assert page.session_state["said"] == ["Who?"]
    assert not page.exception
