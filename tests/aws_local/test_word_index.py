"""The words' part of the ranking: BM25 as the full-text index itself computes it, after every change."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.aws_local.memory import namespaces, records
from services.aws_local.retrieval.encoding import Encoder
from services.aws_local.retrieval.ranking import query_terms
from services.aws_local.retrieval.search import Search
from services.aws_local.retrieval.segments import Scan, Selection, terms
from services.aws_local.retrieval.vectors import VectorBlocks
from services.aws_local.retrieval.word_index import WordIndex
from services.aws_local.storage.store import Store
from tests.aws_local.in_process import two_memories

# Stems in common, accents, capitals, a stop word, a word that is a scope token, scripts without spaces, and
# words of New Tai Lue, whose vowel signs the tokenizer takes for spaces: each is looked up as a phrase.
WORDS = st.sampled_from(
    [
        "run",
        "running",
        "Runs",
        "dog",
        "dogs",
        "café",
        "CAFE",
        "the",
        "m1",
        "88213",
        "宠物",
        "ᦂᦱᦉ",
        "ᦂᦱᦉᦱᦂ",
        "ᦂ",
    ]
)
TEXTS = st.lists(WORDS, min_size=1, max_size=7).map(" ".join)
NAMESPACES = st.sampled_from(["/a/", "/a/b/", "/c", ""])
RECORDS = st.tuples(st.sampled_from([1, 2]), NAMESPACES, TEXTS)  # the first: which memory's
CHANGES = st.lists(st.tuples(st.integers(0, 50), st.none() | st.tuples(NAMESPACES, TEXTS)), max_size=4)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = Store.open(tmp_path_factory.mktemp("words"))
    opened.write(two_memories)
    yield opened
    opened.close()


def plain_record(text: str, namespace: str, identifier: str) -> records.Record:
    return records.Record(identifier, "s", namespace, text, {}, 0, text)


@given(
    written=st.lists(RECORDS, min_size=1, max_size=12),
    changes=CHANGES,
    questions=st.lists(TEXTS, min_size=1, max_size=3),
    path=st.sampled_from(["/", "/a/", "/a/b/", "/c/"]),
)
def test_the_scores_are_those_of_the_full_text_index(
    store: Store, written: list[Any], changes: list[Any], questions: list[str], path: str
) -> None:
    """To the last bit: those of one that holds this memory alone, and after every change."""
    blocks, index = VectorBlocks(store), WordIndex(store)
    living = store.write(lambda db: _fresh(db, written))
    try:
        _check(store, blocks, index, questions, path)
        for pick, change in changes:
            number, memory_no = sorted(living.items())[pick % len(living)]
            if change is not None:
                namespace, text = change
                store.write(partial(_rewrite, memory_no=memory_no, number=number, where=namespace, text=text))
            elif len(living) > 1:
                store.write(partial(_erase, living={number: living.pop(number)}))
            blocks.changed(memory_no, [number])
            index.changed([number])
            _check(store, blocks, index, questions, path)
    finally:
        store.write(partial(_erase, living=living))


def _fresh(connection: Any, written: list[Any]) -> dict[int, int]:
    """Store the records; their numbers, each with its memory."""
    numbers = {}
    for at, (memory_no, namespace, text) in enumerate(written):
        new = plain_record(text, namespace, f"mem-new-{at}")
        numbers[records.insert(connection, memory_no, new)] = memory_no
    return numbers


def _rewrite(connection: Any, memory_no: int, number: int, where: str, text: str) -> None:
    records.replace(connection, memory_no, number, plain_record(text, where, f"mem-{number}"))


def _erase(connection: Any, living: dict[int, int]) -> None:
    for number, memory_no in living.items():
        records.delete(connection, memory_no, number, "")


def _check(store: Store, blocks: VectorBlocks, index: WordIndex, questions: list[str], path: str) -> None:
    for question in questions:
        words = query_terms(question)
        for memory_no in (1, 2):
            segments, selection = blocks.segments(memory_no), Selection(namespace_path=path)
            asked = terms(segments, index.matches(words))
            scan = Scan.joined([scan for each in segments for scan in each.scans(selection, None, asked)])
            found = dict(zip(scan.record_nos.tolist(), scan.bm25.tolist(), strict=True))
            matches = {number: bm25 for number, bm25 in found.items() if bm25 > 0}
            scope = namespaces.scope_token(memory_no, path)
            assert matches == store.read(partial(_by_fts5, memory_no=memory_no, scope=scope, words=words))


_ALONE = """
DROP TABLE IF EXISTS temp.alone;
CREATE VIRTUAL TABLE temp.alone USING fts5(words, scope, tokenize = 'porter unicode61');
"""
_COPIED = """
INSERT INTO temp.alone (rowid, words, scope) SELECT rowid, words, scope FROM record_words
WHERE rowid IN (SELECT record_no FROM records WHERE memory_no = ?)
"""


def _by_fts5(connection: Any, memory_no: int, scope: str, words: list[str]) -> dict[int, float]:
    """The matches in a scope and their BM25, by SQLite, in an index of this memory's records."""
    if not words:
        return {}
    connection.execute(_ALONE)
    connection.execute(_COPIED, (memory_no,))
    any_word = " OR ".join(f'"{word}"' for word in words)
    sql = "SELECT rowid, -bm25(alone, 1.0, 0.0) AS bm25 FROM temp.alone WHERE alone MATCH ?"
    found = connection.execute(sql, (f'scope : "{scope}" AND words : ({any_word})',))
    return {each["rowid"]: each["bm25"] for each in found}


def test_what_another_memory_holds_does_not_show_in_a_score(store: Store) -> None:
    """Not in how rare a word is, and not in how long a record is."""
    search = Search(store, Encoder(None))
    written: dict[int, int] = {}

    def found() -> list[Any]:
        return search.retrieve(1, "a red apple tree", Selection(namespace_path="/"), 10)

    def write(memory_no: int, texts: list[str]) -> None:
        def fill(connection: Any) -> list[int]:
            new = [plain_record(text, "/a/", f"mem-{memory_no}-{at}") for at, text in enumerate(texts)]
            return [records.insert(connection, memory_no, each) for each in new]

        numbers = store.write(fill)
        search.changed(memory_no, numbers)
        written.update(dict.fromkeys(numbers, memory_no))

    write(1, ["an apple", "a red tree", "the pear tree", "nothing of it", "a long text about a red house"])
    before = found()
    write(2, ["apple apple red tree", *["a long text about all the apple trees of the world"] * 50])
    assert before
    assert found() == before
    search.close()
    store.write(partial(_erase, living=written))


def test_of_too_many_equal_matches_those_stored_first_count(store: Store) -> None:
    """Whatever their namespaces, by which they are kept."""

    def fill(connection: Any) -> list[int]:
        places = ("/b/", "/a/")
        return [
            records.insert(connection, 1, plain_record("a red apple", places[at % 2], f"mem-apple-{at}"))
            for at in range(1_100)
        ]

    numbers = store.write(fill)
    search = Search(store, Encoder(None))
    hits = search.retrieve(1, "Which apple?", Selection(namespace_path="/"), 1_100)
    search.close()
    assert [hit.record_no for hit in hits] == numbers[:1_000]
