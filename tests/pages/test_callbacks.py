"""A widget's use is acted on once, however many runs hear of it."""

from streamlit.testing.v1 import AppTest

from dashboard import callbacks


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
