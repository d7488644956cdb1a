"""The numpy MiniLM: the published similarities, the geometry, and the refusal of changed weights."""

import importlib.util
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.aws_local.retrieval import embedding
from services.aws_local.retrieval.embedding import WEIGHTS_PACKAGE, Embedder, load_embedder
from services.aws_local.retrieval.wordpiece import WordPiece

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    loaded = load_embedder()
    assert loaded is not None, "the weights package of requirements-model.txt is not installed"
    return loaded


def test_similarities_are_those_printed_in_the_sentence_transformers_documentation(
    embedder: Embedder,
) -> None:
    texts = ["The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium."]
    vectors = embedder.encode(texts)
    similarity = vectors @ vectors.T
    assert similarity[0, 1] == pytest.approx(0.6660, abs=5e-5)
    assert similarity[0, 2] == pytest.approx(0.1046, abs=5e-5)
    assert similarity[1, 2] == pytest.approx(0.1411, abs=5e-5)


def test_rows_are_unit_float32_in_the_order_given(embedder: Embedder) -> None:
    texts = ["a", "a much longer text about dogs, cats and the weather", "", "a"]
    vectors = embedder.encode(texts)
    assert vectors.shape == (4, embedder.dimensions) == (4, 384)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(vectors[0], vectors[3], atol=1e-6)


def test_no_text_gives_no_row(embedder: Embedder) -> None:
    assert embedder.encode([]).shape == (0, 384)


def test_padding_beside_longer_texts_does_not_change_a_vector(embedder: Embedder) -> None:
    texts = [f"{'the cat sat on the mat ' * length}end" for length in (1, 3, 9, 20)]
    together = embedder.encode(texts)
    alone = np.vstack([embedder.encode([text]) for text in texts])
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_only_the_first_256_tokens_count(embedder: Embedder) -> None:
    long = "word " * 300
    first, second = embedder.encode([f"{long}apple", f"{long}quantum physics"])
    np.testing.assert_allclose(first, second, atol=1e-6)


def test_threads_get_what_one_thread_gets(embedder: Embedder) -> None:
    texts = [f"thread {number} talks about topic {number * 7}" for number in range(8)]
    expected = embedder.encode(texts)
    found: dict[int, np.ndarray] = {}

    def encode(number: int) -> None:
        found[number] = embedder.encode([texts[number]])[0]

    threads = [threading.Thread(target=encode, args=(number,)) for number in range(len(texts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number, vector in found.items():
        np.testing.assert_allclose(vector, expected[number], atol=1e-5)


@given(st.lists(st.text(max_size=60), max_size=4))
@settings(max_examples=20)
def test_any_text_has_a_finite_unit_vector(embedder: Embedder, texts: list[str]) -> None:
    vectors = embedder.encode(texts)
    assert np.isfinite(vectors).all()
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_lone_surrogates_and_control_characters_are_read(embedder: Embedder) -> None:
    odd, plain = embedder.encode(["\ud800hello\x00 \ufffdworld\u200b", "hello world"])
    np.testing.assert_allclose(odd, plain, atol=1e-6)


def test_without_the_weights_package_there_is_no_embedder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding, "WEIGHTS_PACKAGE", "no_such_weights_package")
    assert load_embedder() is None


def weights_of(folder: Path, monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    """Install a package with other weights in front of the real one."""
    model = folder / "other_weights" / "model"
    model.mkdir(parents=True)
    (model.parent / "__init__.py").write_text("raise RuntimeError('the code of the package was run')")
    (model / "model.safetensors").write_bytes(content)
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setattr(embedding, "WEIGHTS_PACKAGE", "other_weights")


def test_changed_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights_of(tmp_path, monkeypatch, b"\x02\x00\x00\x00\x00\x00\x00\x00{}")
    with pytest.raises(ValueError, match="not the published all-MiniLM-L6-v2"):
        load_embedder()


def test_missing_weights_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights_of(tmp_path, monkeypatch, b"x")
    (tmp_path / "other_weights" / "model" / "model.safetensors").unlink()
    with pytest.raises(ValueError, match=r"incomplete: .*model\.safetensors is missing"):
        load_embedder()


def test_the_code_of_the_weights_package_is_never_imported() -> None:
    program = (
        "import sys\nfrom services.aws_local.retrieval.embedding import load_embedder, WEIGHTS_PACKAGE\n"
        "assert load_embedder() is not None\nassert WEIGHTS_PACKAGE not in sys.modules"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT, env=environment, timeout=60)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="counts threads as Linux lists them")
def test_a_product_of_matrices_takes_one_thread_unless_told_otherwise() -> None:
    program = (
        "import os, services.aws_local, numpy\nmatrix = numpy.ones((500, 500), numpy.float32)\n"
        "matrix @ matrix\nprint(len(os.listdir('/proc/self/task')))"
    )
    environment = {name: value for name, value in os.environ.items() if "NUM_THREADS" not in name}
    command = [sys.executable, "-c", program]
    run = subprocess.run(
        command, check=True, cwd=ROOT, env=environment, timeout=60, capture_output=True, text=True
    )
    assert run.stdout.strip() == "1"


@pytest.fixture(scope="module")
def tokenizer() -> WordPiece:
    specification = importlib.util.find_spec(WEIGHTS_PACKAGE)
    assert specification is not None
    assert specification.submodule_search_locations
    return WordPiece.from_file(Path(specification.submodule_search_locations[0]) / "model" / "vocab.txt")


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("", [101, 102]),
        ("Hello, world!", [101, 7592, 1010, 2088, 999, 102]),
        ("hello   \n\tworld", [101, 7592, 2088, 102]),
        ("Café", [101, 7668, 102]),  # accents fall: cafe
        ("unaffable", [101, 14477, 20961, 3468, 102]),  # un ##aff ##able
        ("[MASK]", [101, 1031, 7308, 1033, 102]),  # text, not a control token
        ("x" * 101, [101, 100, 102]),
    ],
)
def test_token_ids_are_those_of_the_published_vocabulary(
    tokenizer: WordPiece, text: str, ids: list[int]
) -> None:
    """By hand: [CLS] is 101, [SEP] 102, [UNK] 100."""
    assert tokenizer.encode(text, 256) == ids


def test_ideographs_are_words_by_themselves(tokenizer: WordPiece) -> None:
    assert len(tokenizer.encode("\u4f60\u597d", 256)) == 4


def test_a_limit_keeps_the_closing_token(tokenizer: WordPiece) -> None:
    ids = tokenizer.encode("word " * 50, 10)
    assert len(ids) == 10
    assert (ids[0], ids[-1]) == (101, 102)
