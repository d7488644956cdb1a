"""The door for untrusted text: nothing that Markdown would read survives in a label."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import text

AUTOLINK = re.compile(r"(?i)(https?://|www\.|\w@\w)")


@pytest.mark.parametrize(
    "hostile",
    [
        "![x](http://evil.example/q.png)",
        "[click](javascript:alert(1))",
        "<img src=x onerror=alert(1)>",
        "WWW.evil.example",
        "Www.evil.example and wWw.evil.example",
        "HTTP://evil.example",
        "mallory@evil.example",
        ":red[alarm] :material/delete: $\\href{x}{y}$",
        "`code` **bold** ~~gone~~ # heading",
    ],
)
def test_a_label_holds_no_markdown_and_no_link(hostile: str) -> None:
    safe = text.label(hostile)
    assert not AUTOLINK.search(safe)
    assert not re.search(r"(?<!\\)[\[\]<>*_`~#$!|]", safe)


@given(st.text())
def test_every_punctuation_mark_of_a_label_is_escaped(body: str) -> None:
    assert not re.search(r"(?<!\\)[\[\]<>*_`~#$!()|]", text.label(body).replace("\\\\", ""))


@given(st.text(max_size=300), st.integers(2, 80))
def test_a_preview_is_one_line_of_the_length_asked_for(body: str, limit: int) -> None:
    line = text.preview(body, limit)
    assert len(line) <= limit
    assert len(line.splitlines()) <= 1


def test_what_reverses_or_hides_reading_is_taken_out() -> None:
    assert text.visible("safe\u202egnp.exe\u2066\x00") == "safegnp.exe\ufffd"


def test_halves_of_characters_are_replaced_and_two_of_them_joined() -> None:
    shown = text.visible("Hi \ud83d there, \ud83d\ude00 and \ude00")
    assert shown == "Hi \ufffd there, \U0001f600 and \ufffd"
