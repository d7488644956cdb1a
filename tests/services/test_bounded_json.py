"""JSON is followed to a bounded depth, whatever stands in it, on both sides of the wire."""

import gc
import json
import weakref
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services import bounded_json
from services.aws_local import bounded_json as of_the_endpoint

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet='[]{}"\\ü,: a'),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(alphabet='[{"\\', max_size=3), inner),
    max_leaves=40,
)


def depth(value: Any) -> int:
    if isinstance(value, dict):
        value = list(value.values())
    return 1 + max(map(depth, value), default=0) if isinstance(value, list) else 0


@pytest.fixture(params=[bounded_json, of_the_endpoint], ids=["dashboard", "endpoint"])
def module(request: pytest.FixtureRequest) -> ModuleType:
    chosen: ModuleType = request.param
    return chosen


@given(VALUES, st.booleans())
def test_a_document_is_read_as_deep_as_allowed_and_no_deeper(value: Any, ascii_only: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only)
    levels = depth(value)
    for module in (bounded_json, of_the_endpoint):
        assert module.read(text, levels) == value == module.read(text.encode("utf-16"), levels)
        if levels:
            with pytest.raises(module.NestedTooDeeply):
                module.read(text, levels - 1)
    assert not bounded_json.nested_deeper(value, levels)
    assert levels == 0 or bounded_json.nested_deeper(value, levels - 1)


@given(st.text(alphabet='[]{}"\\,:a', max_size=400))
def test_what_is_no_json_is_a_value_error_at_most(text: str) -> None:
    for module in (bounded_json, of_the_endpoint):
        try:
            assert module.read(text, 20) == json.loads(text)
        except ValueError:
            continue


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, b"[" * 100_000, '"\\' + '"\\' * 500_000])
def test_hostile_nesting_is_refused_at_once(text: str | bytes, module: ModuleType) -> None:
    with pytest.raises(ValueError, match=r"nested deeper|Unterminated|Extra data"):
        module.read(text)


def test_strings_may_hold_any_brackets(module: ModuleType) -> None:
    text = json.dumps(["[" * 5_000, '"{' * 5_000, "\\" * 999])
    assert module.read(text) == json.loads(text)


def test_others_can_clean_up_while_it_reads(module: ModuleType) -> None:
    """A collection in the middle of reading runs their clean-up, which needs a stack."""

    class Held:
        """Something with a clean-up, in a ring that only a collection frees."""

        def __init__(self) -> None:
            self.ring = self

    cleaned: list[int] = []
    before = gc.get_threshold()
    gc.set_threshold(1_100)  # near the depth at which the stack ends; each round comes a list closer
    try:
        for number in range(200):
            weakref.finalize(Held(), cleaned.append, number)
            kept: list[list[int]] = [[] for _ in range(number % 100)]
            with pytest.raises(ValueError, match="nested deeper"):
                module.read("[" * 60_000)
            del kept
    finally:
        gc.set_threshold(*before)
    gc.collect()
    assert sorted(cleaned) == list(range(200))
