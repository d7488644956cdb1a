"""A part of a page that is drawn alone: what fails in it is told, and is over when it is drawn again."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import outage, resources


@pytest.fixture
def doubts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """An entry for each time that the connection's health is doubted; nobody asks for it."""
    told: list[str] = []
    monkeypatch.setattr(outage, "is_down", lambda: False)
    monkeypatch.setattr(resources, "doubt_health", lambda: told.append("doubted"))
    return told


def drawn(script: Callable[..., None], *args: str | None) -> AppTest:
    return AppTest.from_function(script, args=args, default_timeout=60).run()


def _acting(kind: str) -> None:
    import streamlit as st

    from dashboard import faults, outage
    from services.faults import Fault

    @outage.part
    def part() -> None:
        if st.button("Save", key="save"):
            operation = "GetMemoryRecord" if kind == "denied" else None
            faults.show_fault(Fault(kind, operation, None, "It failed", "", "", "", None))  # type: ignore[arg-type]

    part()


@pytest.mark.parametrize(("kind", "tried_again"), [("invalid", False), ("denied", True)])
def test_what_a_button_met_stays_told(kind: str, tried_again: bool, doubts: list[str]) -> None:
    app = drawn(_acting, kind)
    app.button(key="save").click().run()
    [error] = app.error
    assert "It failed" in error.value
    assert any("Not everything could be read" in each.value for each in app.caption) == tried_again


def _waiting(why: str) -> None:
    import streamlit as st

    from dashboard import outage
    from services.call_log import Waiting

    outage.say_waiting(st.empty(), Waiting("ListEvents", 4.2, held=True, after_failures=why == "failures"))


@pytest.mark.parametrize(
    ("why", "told", "not_told"),
    [("failures", "The calls before it failed", "quota"), ("turn", "Of each quota", "failed")],
)
def test_why_a_call_waits_for_its_turn_is_told(why: str, told: str, not_told: str) -> None:
    app = drawn(_waiting, why)
    [said] = [*app.warning, *app.info]
    assert "ListEvents waits for its turn, for 4 s now" in said.value
    assert told in said.value and not_told not in said.value


def _choosing() -> None:
    import streamlit as st

    from dashboard import faults, outage
    from services.faults import Fault

    @outage.named_part("inner")
    def inner() -> None:
        if st.session_state.get("session", "A") == "A":
            faults.note(Fault("denied", "ListEvents", None, "Denied", "", "", "", None))

    @outage.part
    def outer() -> None:
        inner()

    st.button("B", key="b", on_click=lambda: st.session_state.update(session="B"))
    draw = inner if st.session_state.get("session") else outer
    draw()
    st.text(f"{len(faults.now_shown())} told")


def test_a_fault_is_over_when_its_part_is_drawn_without_it(doubts: list[str]) -> None:
    app = drawn(_choosing)
    assert app.text[0].value == "1 told"
    app.button(key="b").click().run()
    assert app.text[0].value == "0 told"


def _unreachable(operation: str | None) -> None:
    from dashboard import faults, outage
    from services.faults import Fault

    @outage.part
    def part() -> None:
        faults.note(Fault("unreachable", operation, None, "Nobody answers", "", "", "", None))

    part()


@pytest.mark.parametrize(("operation", "doubted"), [("ListEvents", True), (None, False)])
def test_only_a_call_of_aws_makes_its_health_doubted(
    operation: str | None, doubted: bool, doubts: list[str]
) -> None:
    drawn(_unreachable, operation)
    assert bool(doubts) == doubted
