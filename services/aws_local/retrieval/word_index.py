"""Where the words of questions stand in the full-text index.

FTS5's own `bm25()` asks for every position of every match of every question: 7 ms for four telling words
among 100,000 records. Here the matches of a word are read once, in one piece, and kept until a record with it
changes; the score of a record is then a sum over what is there already (`bm25`). The database is the truth:
what is kept is in memory only, and read again after a start.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

import apsw
import numpy as np
from numpy.typing import NDArray

from services.aws_local.storage.store import Store, values

Numbers = NDArray[np.int64]
Floats = NDArray[np.float64]
Phrase = tuple[str, ...]
"""The tokens that a word of a question is looked up as: nearly always one, its stem."""

_TOKENIZER = ("porter", ["unicode61"])  # of the table `record_words`
_KEPT_MATCHES = 1_000_000  # 40 bytes each, with their places and weights in the segments
_KEPT_WORDS = 256
_CHANGES = 100  # after more, whoever asks next reads anew what is asked for
_INSTANCES = """
CREATE VIRTUAL TABLE IF NOT EXISTS temp.word_instances USING fts5vocab(main, record_words, instance)
"""


@dataclass(frozen=True, eq=False)
class Matches:
    """The records of the whole store that have a word; each object a key of what is derived from it."""

    record_nos: Numbers  # ascending
    counts: Floats  # how often each of them has it


class WordIndex:
    """The words that were asked for lately. Safe to share between threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._tokenizer = apsw.Connection(":memory:").fts5_tokenizer(*_TOKENIZER)
        self._looking = threading.Lock()  # held also while the database is read
        self._known: OrderedDict[Phrase, Matches] = OrderedDict()
        self._noting = threading.Lock()  # never held for long: writers wait for it
        self._pending: set[int] | None = None  # records that changed since; None: who knows which

    def matches(self, words: Iterable[str]) -> list[Matches]:
        """Who has the words of a question, in their order; a word without a letter that counts is left out.

        Everything committed and told to `changed` before this call is in them.
        """
        phrases = [phrase for word in words if (phrase := tuple(self._tokens(word)))]
        with self._looking:
            added = self._refresh(phrases)
            for phrase in phrases:
                self._known.move_to_end(phrase)
            found = [self._known[phrase] for phrase in phrases]
            if added:
                self._drop_old()
            return found

    def changed(self, record_nos: Iterable[int]) -> None:
        """To be called after these records were committed or erased."""
        with self._noting:
            if self._pending is not None:
                self._pending.update(record_nos)
                if len(self._pending) > _CHANGES:  # nobody asks: what is kept need not be known to the last
                    self._pending = None

    def forget(self) -> None:
        """To be called when records were erased that nobody counted."""
        with self._noting:
            self._pending = None

    def _refresh(self, phrases: list[Phrase]) -> bool:
        """Read what is missing or no longer true; whether there was any. Changes that are noted meanwhile are
        for the next time.
        """
        with self._noting:
            changed, self._pending = self._pending, set()
        try:
            if changed is None:
                self._known.clear()
            elif changed:
                self._drop_changed(changed)
            missing = [phrase for phrase in dict.fromkeys(phrases) if phrase not in self._known]
            if missing:
                self._known |= self._store.read(lambda connection: _read(connection, missing))
            return bool(missing)
        except BaseException:  # they are still to be looked at, by whoever asks next
            self.forget()
            raise

    def _drop_changed(self, changed: set[int]) -> None:
        """Drop the words that records which changed had or have. All others stand where they stood."""
        texts = self._store.read(lambda connection: _texts(connection, changed))
        tokens = {token for text in texts for token in self._tokens(text)}
        record_nos = np.fromiter(changed, np.int64)
        for phrase, matches in list(self._known.items()):
            if not tokens.isdisjoint(phrase) or _holds_any(matches.record_nos, record_nos):
                del self._known[phrase]

    def _drop_old(self) -> None:
        """Keep within the limits, the newest longest."""
        kept = sum(len(matches.record_nos) for matches in self._known.values())
        while kept > _KEPT_MATCHES or len(self._known) > _KEPT_WORDS:
            _, dropped = self._known.popitem(last=False)
            kept -= len(dropped.record_nos)

    def _tokens(self, text: str) -> list[str]:
        how = {"include_offsets": False, "include_colocated": False}
        return list(map(str, self._tokenizer(text.encode(), apsw.FTS5_TOKENIZE_QUERY, None, **how)))


def _holds_any(ascending: Numbers, wanted: Numbers) -> bool:
    if not len(ascending):
        return False
    at = ascending.searchsorted(wanted)
    at[at == len(ascending)] = 0
    return bool((ascending[at] == wanted).any())


def _texts(connection: apsw.Connection, record_nos: set[int]) -> list[str]:
    """The indexed texts of those records that are still there."""
    sql = "SELECT words FROM record_words WHERE rowid IN (SELECT value FROM json_each(?))"
    return [text for (text,) in values(connection, sql, (json.dumps(sorted(record_nos)),))]


def _read(connection: apsw.Connection, phrases: list[Phrase]) -> dict[Phrase, Matches]:
    """Who has the phrases."""
    connection.execute(_INSTANCES)
    return {phrase: _matches(connection, phrase) for phrase in phrases}


def _matches(connection: apsw.Connection, phrase: Phrase) -> Matches:
    of = _instances(connection, *phrase) if len(phrase) == 1 else _phrase_instances(connection, phrase)
    if not len(of):
        return Matches(of, np.empty(0))
    of.sort()  # they nearly always are in order
    starts = np.flatnonzero(np.concatenate([_FIRST, of[1:] != of[:-1]]))
    ends = np.concatenate([starts[1:], [len(of)]])
    return Matches(of[starts], (ends - starts).astype(np.float64))


_FIRST = np.array([True])


def _instances(connection: apsw.Connection, token: str) -> Numbers:
    """The record of every instance of a token in a text; as one string, which takes a third of the time."""
    sql = "SELECT group_concat(doc) FROM temp.word_instances WHERE term = ? AND col = 'words'"
    ((found,),) = values(connection, sql, (token,))
    return _numbers(found)


def _phrase_instances(connection: apsw.Connection, phrase: Phrase) -> Numbers:
    """The same of tokens that follow each other."""
    sql = """
    SELECT group_concat(doc), group_concat(offset) FROM temp.word_instances WHERE term = ? AND col = 'words'
    """
    starts = []
    for at, token in enumerate(phrase):
        ((records, offsets),) = values(connection, sql, (token,))
        starts.append(set(zip(_numbers(records).tolist(), (_numbers(offsets) - at).tolist(), strict=True)))
    return np.array(sorted(record for record, _ in set.intersection(*starts)), np.int64)


def _numbers(text: str | None) -> Numbers:
    return np.fromstring(text or "", np.int64, sep=",")


def _varints(block: bytes) -> list[int]:
    """SQLite's variable-length integers, of up to eight bytes: no sum here is larger."""
    found, value = [], 0
    for byte in block:
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            found.append(value)
            value = 0
    return found


def size_of(block: bytes) -> int:
    """The tokens of a record, as `record_words_docsize` keeps them: a number for each column."""
    return sum(block) if max(block) < 0x80 else sum(_varints(block))
