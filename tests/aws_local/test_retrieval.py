"""RetrieveMemoryRecords: ranking by meaning and words, filters, paging; and the blocks behind it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.aws_local.memory import records
from services.aws_local.retrieval.comparing import Comparing, Parts
from services.aws_local.retrieval.embedding import Embedder
from services.aws_local.retrieval.encoding import Encoder, as_blob
from services.aws_local.retrieval.search import Search
from services.aws_local.retrieval.segments import DIMENSIONS, Scan, Selection
from services.aws_local.retrieval.vectors import VectorBlocks
from services.aws_local.storage.store import Store
from tests.aws_local.agentcore import (
    facts,
    new_memory,
    record,
    strategy_ids,
    texts_of,
    walk,
    write_records,
)
from tests.aws_local.in_process import two_memories

FACTS = [
    "The user owns a golden retriever named Rex.",
    "The user works as a nurse in Lisbon.",
    "The user's favourite cuisine is Thai food.",
    "The user ordered a coffee machine, order number 88213.",
    "The user plays the violin in an amateur orchestra.",
]


@pytest.fixture(scope="module")
def memory_id(control: Any, data: Any) -> str:
    memory_id = new_memory(control, facts())
    write_records(data, memory_id, *(record(str(at), text) for at, text in enumerate(FACTS)))
    return memory_id


def search(data: Any, memory_id: str, query: str, **criteria: Any) -> list[dict[str, Any]]:
    answer = data.retrieve_memory_records(
        memoryId=memory_id, namespacePath="/", searchCriteria={"searchQuery": query} | criteria
    )
    found: list[dict[str, Any]] = answer["memoryRecordSummaries"]
    return found


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("Which pet lives with them?", FACTS[0]),
        ("What is this person's profession?", FACTS[1]),
        ("What is the user's job?", FACTS[1]),
        ("Where should we go for dinner?", FACTS[2]),
        ("88213", FACTS[3]),
        ("musical instruments", FACTS[4]),
    ],
)
def test_the_nearest_record_comes_first_also_without_a_common_word(
    data: Any, memory_id: str, query: str, expected: str
) -> None:
    found = search(data, memory_id, query)
    assert texts_of(found)[0] == expected
    scores = [each["score"] for each in found]
    assert all(before >= after for before, after in pairwise(scores))
    assert 0.2 < scores[0] <= 1


def test_an_oblique_question_still_ranks_first_what_it_is_about(data: Any, memory_id: str) -> None:
    """A hobby is never named as one, so the score may be that of an unrelated record; the order is right."""
    assert texts_of(search(data, memory_id, "the user's hobbies"))[0] == FACTS[4]


def test_top_k_bounds_the_answer_and_ten_is_the_default(control: Any, data: Any) -> None:
    memory_id = new_memory(control)
    many = [record(str(at), f"The user visited city number {at}.") for at in range(15)]
    write_records(data, memory_id, *many)
    assert len(search(data, memory_id, "city")) == 10
    assert len(search(data, memory_id, "city", topK=3)) == 3
    assert len(search(data, memory_id, "city", topK=100)) == 15
    assert search(data, memory_id, "city") == search(data, memory_id, "city")


def test_pages_split_the_top_k_in_order(control: Any, data: Any) -> None:
    memory_id = new_memory(control)
    write_records(data, memory_id, *(record(str(at), f"The user visited city {at}.") for at in range(9)))
    params = {"memoryId": memory_id, "namespace": "/facts/alice/"}
    criteria = {"searchQuery": "visited cities", "topK": 7}
    (whole,) = walk(data.retrieve_memory_records, "memoryRecordSummaries", **params, searchCriteria=criteria)
    pages = list(
        walk(
            data.retrieve_memory_records,
            "memoryRecordSummaries",
            **params,
            searchCriteria=criteria,
            maxResults=3,
        )
    )
    assert [len(page) for page in pages] == [3, 3, 1]
    assert [each for page in pages for each in page] == whole


def test_a_strategy_selects_its_own_records(control: Any, data: Any) -> None:
    memory_id = new_memory(control, facts())
    strategy_id = strategy_ids(control, memory_id)["facts"]
    write_records(
        data,
        memory_id,
        record("a", "a red apple", memoryStrategyId=strategy_id),
        record("b", "a green apple"),
    )
    assert texts_of(search(data, memory_id, "apple", memoryStrategyId=strategy_id)) == ["a red apple"]


def test_odd_queries_are_answered(data: Any, memory_id: str) -> None:
    for query in ('"quotes" AND (brackets* OR', "the of and", "宠物", "-", "x " * 5_000, "NEAR words:scope"):
        assert len(search(data, memory_id, query)) == len(FACTS)
    assert search(data, memory_id, "anything", memoryStrategyId="unknown") == []


def test_other_memories_are_never_found(control: Any, data: Any, memory_id: str) -> None:
    other = new_memory(control)
    write_records(data, other, record("a", "The user has a parrot."))
    assert texts_of(search(data, other, "golden retriever Rex")) == ["The user has a parrot."]
    assert "parrot" not in str(search(data, memory_id, "parrot"))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path / "data")
    opened.write(two_memories)
    yield opened
    opened.close()


def plain_record(text: str, namespace: str, vector: bytes | None = None) -> records.Record:
    return records.Record(f"mem-{text}", "s", namespace, text, {}, 0, text, vector=vector)


def test_without_an_embedder_words_alone_decide(store: Store) -> None:
    for text in ("a red apple", "a green pear", "an apple pie"):
        store.write(lambda connection, text=text: records.insert(connection, 1, plain_record(text, "/a/")))
    plain = Search(store, Encoder(None))
    hits = plain.retrieve(1, "Which apple?", Selection(namespace="/a/"), 10)
    assert {hit.record_no for hit in hits} == {1, 3}
    assert plain.retrieve(1, "nothing shared", Selection(namespace="/a/"), 10) == []


@pytest.mark.parametrize(
    "selection",
    [Selection(namespace="/a/"), Selection(namespace_path="/a/", strategy_id="rare")],
)
def test_records_that_are_filtered_out_take_no_place_from_others(store: Store, selection: Selection) -> None:
    """More of them than a search ranks by words, and each a better match."""

    def fill(connection: Any) -> int:
        for at in range(1_200):
            records.insert(connection, 1, replace(plain_record(f"{at}", "/a/b/"), content="apple"))
        said = "an apple, among very many other things that somebody once said about trees and gardens"
        return records.insert(connection, 1, replace(plain_record(said, "/a/"), strategy_id="rare"))

    wanted = store.write(fill)
    hits = Search(store, Encoder(None)).retrieve(1, "Which apple?", selection, 10)
    assert [hit.record_no for hit in hits] == [wanted]


class Compass:
    """An embedder that is asked about one direction only."""

    name = "compass"
    dimensions = DIMENSIONS

    def encode(self, texts: Sequence[str]) -> Any:
        return np.tile(np.eye(1, DIMENSIONS, dtype=np.float32), (len(texts), 1))


def test_the_best_of_many_are_the_first_of_all(store: Store) -> None:
    """So many that their words are looked up while their vectors are compared; some are equally near."""
    near = np.random.default_rng(5).integers(-40, 60, 2_500) / 100

    def fill(connection: Any) -> None:
        for at, cosine in enumerate(near):
            vector = np.zeros(DIMENSIONS, np.float32)
            vector[:2] = cosine, np.sqrt(1 - cosine**2)
            said = "a red apple" if at % 97 == 0 else "a green pear"
            written = replace(plain_record(f"{at}", "/a/", as_blob(vector)), content=said)
            records.insert(connection, 1, written)

    store.write(fill)
    search = Search(store, Encoder(cast(Embedder, Compass())))
    whole = search.retrieve(1, "Which apple?", Selection(namespace_path="/"), len(near))
    assert len(whole) == len(near)
    assert {(hit.record_no - 1) % 97 for hit in whole[:3]} == {0}  # as near as others, and with the word
    for limit in (1, 10, 100, 1_500):
        assert search.retrieve(1, "Which apple?", Selection(namespace_path="/"), limit) == whole[:limit]
    search.close()


def test_many_vectors_are_compared_in_parts_that_leave_none_out() -> None:
    vectors = np.random.default_rng(3).standard_normal((70_001, 8), np.float32)
    comparing = Comparing()
    assert np.allclose(comparing.cosines(vectors, vectors[7]), vectors @ vectors[7], atol=1e-5)
    comparing.close()


def test_a_part_of_a_thread_that_has_no_core_is_compared_by_who_waits_for_it() -> None:
    vectors = np.random.default_rng(3).standard_normal((70_001, 8), np.float32)
    query = vectors[7].copy()
    parts = Parts(vectors, query, 20_000)
    late = parts.taken()
    assert late is not None
    cosines = parts.finish()
    query[:] = 0  # what the late thread writes does not reach those who did not wait for it
    parts.compare_part(late)
    assert np.allclose(cosines, vectors @ vectors[7], atol=1e-5)


SEGMENTS = st.lists(st.sampled_from(["a", "b", "a-b", "c"]), max_size=3).map("/".join)
NAMESPACES = st.builds(lambda path, end: f"/{path}{end}", SEGMENTS, st.sampled_from(["", "/"]))
STEPS = st.lists(
    st.tuples(st.sampled_from(["insert", "insert", "delete", "move"]), NAMESPACES, st.integers(0, 20)),
    min_size=1,
    max_size=25,
)


@given(steps=STEPS, path=NAMESPACES)
def test_blocks_follow_every_change(
    tmp_path_factory: pytest.TempPathFactory, steps: list[Any], path: str
) -> None:
    store = Store.open(tmp_path_factory.mktemp("blocks"))
    store.write(two_memories)
    blocks = VectorBlocks(store)
    living: dict[int, str] = {}
    try:
        for action, namespace, pick in steps:
            number = _change(store, living, action, namespace, pick)
            blocks.changed(1, [number])
            for selection, expected in (
                (Selection(namespace_path=path), {n for n, each in living.items() if is_below(each, path)}),
                (Selection(namespace=path), {n for n, each in living.items() if each == path}),
            ):
                assert _numbers(blocks, selection) == sorted(expected)
    finally:
        store.close()


def _numbers(blocks: VectorBlocks, selection: Selection) -> list[int]:
    """The selected records of memory 1."""
    scan = Scan.joined([scan for segment in blocks.segments(1) for scan in segment.scans(selection)])
    return sorted(scan.record_nos.tolist())


def is_below(namespace: str, path: str) -> bool:
    """Whether a namespace lies at or below a path, by whole segments, said in the plainest way."""
    parent = path.removesuffix("/")
    return not parent or namespace.removesuffix("/") == parent or namespace.startswith(parent + "/")


def _change(store: Store, living: dict[int, str], action: str, namespace: str, pick: int) -> int:
    """Insert, erase or move a record; its number."""
    new = plain_record(
        f"{len(living)}-{pick}-{namespace}-{np.random.default_rng().integers(1 << 60)}", namespace
    )
    if action == "insert" or not living:
        number = store.write(lambda connection: records.insert(connection, 1, new))
        living[number] = namespace
        return number
    number = sorted(living)[pick % len(living)]
    if action == "move":
        store.write(lambda connection: records.replace(connection, 1, number, new))
        living[number] = namespace
    else:
        store.write(lambda connection: records.delete(connection, 1, number, ""))
        del living[number]
    return number


def test_a_failed_look_forgets_no_change(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = VectorBlocks(store)
    assert _numbers(blocks, Selection(namespace_path="/")) == []
    new = plain_record("late", "/a/")
    number = store.write(lambda connection: records.insert(connection, 1, new))
    blocks.changed(1, [number])

    def fail(task: Any) -> Any:
        raise OSError("the disk does not answer")

    with monkeypatch.context() as patch:
        patch.setattr(store, "read", fail)
        with pytest.raises(OSError, match="does not answer"):
            blocks.segments(1)
    assert _numbers(blocks, Selection(namespace_path="/")) == [number]


def test_blocks_are_dropped_and_read_again_within_their_limit(store: Store) -> None:
    unit = np.zeros(DIMENSIONS, np.float32)
    unit[0] = 1
    for memory_no in (1, 2):
        new = plain_record(f"r{memory_no}", "/a/", as_blob(unit))
        store.write(lambda connection, no=memory_no, new=new: records.insert(connection, no, new))
    blocks = VectorBlocks(store, limit_bytes=DIMENSIONS * 4)
    for _ in range(3):
        for memory_no in (1, 2):
            main, _ = blocks.segments(memory_no)
            (scan,) = main.scans(Selection(namespace_path="/"), lambda vectors: lambda: vectors @ unit)
            assert (scan.record_nos.tolist(), scan.cosines.tolist()) == ([memory_no], [1.0])


def test_a_question_about_a_speaker_finds_what_they_said_and_not_what_was_said_to_them(
    control: Any, data: Any
) -> None:
    """Turns of a conversation as records: the name in the question means who speaks, not a word to match."""
    turns = [
        "Caroline: I have been researching adoption agencies.",
        "Melanie: Wow, Caroline, that looks amazing! Well done, Caroline!",
        "Melanie: I have been researching adoption papers.",
        "Caroline: Thanks, Melanie! You always know what to say.",
    ]
    memory_id = new_memory(control, facts())
    write_records(data, memory_id, *(record(str(at), text) for at, text in enumerate(turns)))
    assert texts_of(search(data, memory_id, "What did Caroline research?"))[0] == turns[0]
    assert texts_of(search(data, memory_id, "What did Melanie research?"))[0] == turns[2]
    found = search(data, memory_id, "What did Caroline research?", topK=2)
    assert len(found) == 2
    assert found[0]["score"] >= found[1]["score"]
