"""Text -> token ids of the uncased BERT vocabulary, as all-MiniLM-L6-v2 was trained on.

The steps and their order are those of BERT's own tokenizer: drop control characters, set CJK ideographs
apart, lower-case, strip accents, split at white space and punctuation, then take the longest known
piece greedily. A literal "[MASK]" in user text is text here, never a control token.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

UNKNOWN, CLASSIFY, SEPARATE = "[UNK]", "[CLS]", "[SEP]"
LONGEST_WORD = 100  # characters; longer words are unknown, as in BERT's own tokenizer
CJK_RANGES = (
    (0x4E00, 0x9FFF),
    (0x3400, 0x4DBF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F),
    (0x2B820, 0x2CEAF),
    (0xF900, 0xFAFF),
    (0x2F800, 0x2FA1F),
)


class WordPiece:
    """The tokenizer of one vocabulary; safe to share between threads."""

    def __init__(self, vocabulary: Sequence[str]) -> None:
        self._ids = {piece: number for number, piece in enumerate(vocabulary)}
        self._unknown = self._ids[UNKNOWN]
        self._classify, self._separate = self._ids[CLASSIFY], self._ids[SEPARATE]
        self._pieces = lru_cache(maxsize=50_000)(self._split_word)

    @classmethod
    def from_file(cls, path: Path) -> "WordPiece":
        """Read a vocab.txt: one piece per line, the line number is the id."""
        return cls(path.read_text(encoding="utf-8").split("\n"))

    def encode(self, text: str, limit: int) -> list[int]:
        """Token ids of ``text`` with the two frame tokens, at most ``limit`` of them in all."""
        ids = [self._classify]
        for word in _words(text):
            ids.extend(self._pieces(word))
            if len(ids) >= limit:
                break
        return [*ids[: limit - 1], self._separate]

    def _split_word(self, word: str) -> tuple[int, ...]:
        if len(word) > LONGEST_WORD:
            return (self._unknown,)
        pieces: list[int] = []
        start = 0
        while start < len(word):
            found = self._longest_piece(word, start)
            if found is None:
                return (self._unknown,)
            start, piece = found
            pieces.append(piece)
        return tuple(pieces)

    def _longest_piece(self, word: str, start: int) -> tuple[int, int] | None:
        """The end and the id of the longest known piece of ``word`` that begins at ``start``."""
        mark = "##" if start else ""
        for end in range(len(word), start, -1):
            piece = self._ids.get(mark + word[start:end])
            if piece is not None:
                return end, piece
        return None


def _words(text: str) -> Iterator[str]:
    """Words and single punctuation marks of ``text``, normalised."""
    spaced = "".join(map(_clean, text))
    plain = "".join(c for c in unicodedata.normalize("NFD", spaced) if unicodedata.category(c) != "Mn")
    for chunk in plain.lower().split():
        yield from _split_punctuation(chunk)


def _split_punctuation(chunk: str) -> Iterator[str]:
    start = 0
    for position, character in enumerate(chunk):
        if _is_punctuation(character):
            if position > start:
                yield chunk[start:position]
            yield character
            start = position + 1
    if start < len(chunk):
        yield chunk[start:]


@lru_cache(maxsize=10_000)
def _clean(character: str) -> str:
    """What one character becomes: itself, a space, nothing, or (CJK) itself between spaces."""
    code = ord(character)
    if character in "\t\n\r" or unicodedata.category(character) == "Zs":
        return " "
    if code in {0, 0xFFFD} or unicodedata.category(character).startswith("C"):
        return ""
    if any(low <= code <= high for low, high in CJK_RANGES):
        return f" {character} "
    return character


@lru_cache(maxsize=10_000)
def _is_punctuation(character: str) -> bool:
    """Punctuation in BERT's sense: every ASCII symbol counts, elsewhere the Unicode class P."""
    code = ord(character)
    ascii_symbol = 33 <= code <= 47 or 58 <= code <= 64 or 91 <= code <= 96 or 123 <= code <= 126
    return ascii_symbol or unicodedata.category(character).startswith("P")
