"""Exports: nothing in a CSV is taken for a formula, JSON is exact, Parquet reads back."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services import exports
from services.short_term.conversation_file import parse_conversation_file

DANGEROUS = [
    "=1+1",
    "+1",
    "-1+2",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "  =1",
    "\u200b=1",
    "\ufeff=1",
    "\u00a0=1",
    "＝1",
    "＋1",
    "－1",
    "＠SUM(A1)",
    '=HYPERLINK("https://example.com","x")',
    "=cmd|' /C calc'!A0",
    "|calc",
    "%0A=1",
]
FORMULA_SIGNS = "=+-@\t\r\n＝＋－＠|%"


def cells(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("text", DANGEROUS)
def test_no_cell_begins_a_formula(text: str) -> None:
    _, [cell] = cells(exports.csv_bytes(pd.DataFrame({"text": [text]})))
    assert cell == "'" + text


def test_a_column_name_is_a_cell_too() -> None:
    [[heading], _] = cells(exports.csv_bytes(pd.DataFrame({"=1+1": ["x"]})))
    assert heading == "'=1+1"


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")), min_size=1))
def test_every_row_stays_one_row_with_its_text(texts: list[str]) -> None:
    found = cells(exports.csv_bytes(pd.DataFrame({"text": texts, "number": range(len(texts))})))[1:]
    assert len(found) == len(texts)
    for (cell, number), text in zip(found, texts, strict=True):
        assert int(number) >= 0
        assert cell in {text, "'" + text}
        assert cell.strip(" \u00a0\u200b\u200c\u200d\u2060\ufeff")[:1] not in set(FORMULA_SIGNS)


def test_numbers_stay_numbers() -> None:
    content = exports.csv_bytes(pd.DataFrame({"score": [-0.5]})).decode("utf-8-sig")
    assert content.splitlines()[1] == "-0.5"


def test_json_is_what_the_api_returned() -> None:
    row = {"text": "=1+1", "createdAt": datetime(2026, 11, 1, 9, 30, 0, 123000, tzinfo=UTC)}
    assert json.loads(exports.json_bytes([row])) == [
        {"text": "=1+1", "createdAt": "2026-11-01T09:30:00.123000+00:00"}
    ]


def test_parquet_reads_back() -> None:
    frame = pd.DataFrame(
        {
            "text": pd.Series(["=1+1", None], dtype="string"),
            "metadata": [{"team": "red"}, {}],
            "createdAt": pd.to_datetime(["2026-11-01", None], utc=True),
        }
    )
    back = pd.read_parquet(io.BytesIO(exports.parquet_bytes(frame)))
    assert back["text"].to_list()[0] == "=1+1"
    assert json.loads(back["metadata"][0]) == {"team": "red"}
    assert back["createdAt"][0] == frame["createdAt"][0]
    assert back["createdAt"].isna().to_list() == [False, True]


def test_exported_events_can_be_written_again() -> None:
    moment = datetime(2026, 11, 1, 9, 30, 0, 250_000, tzinfo=UTC)
    newest_first = [
        {
            "eventId": "2#b",
            "eventTimestamp": moment + timedelta(seconds=1),
            "payload": [{"blob": {"step": [1, None]}}],
            "branch": {"name": "aside", "rootEventId": "1#a"},
        },
        {
            "eventId": "1#a",
            "eventTimestamp": moment,
            "payload": [{"conversational": {"role": "USER", "content": {"text": "=1+1 grüßt"}}}],
            "metadata": {"channel": {"stringValue": "web"}},
            "branch": {"name": "main"},
        },
    ]
    first, second = parse_conversation_file(exports.json_bytes(newest_first).decode()).events
    assert (first.payload[0], first.timestamp) == (newest_first[1]["payload"][0], moment)
    assert (first.metadata, first.branch) == ({"channel": {"stringValue": "web"}}, None)
    assert (second.payload[0], second.branch) == (newest_first[0]["payload"][0], newest_first[0]["branch"])
