"""One score for a record from two signals: nearness in meaning (cosine) and shared words (BM25).

The service's score "is derived from cosine similarity"; observed on AWS, clearly relevant records score
0.35 to 0.45, and clients filter at 0.2 (Strands), 0.35 (CrewAI) or 0.3 to 0.7 (the SDK's own tests).
The numbers below put ours on that scale, which was read off labelled query and record pairs (they are
the table of the tests):

- unrelated: cosine below 0.15 and no telling word in common -> below 0.2
- related in meaning alone: cosine 0.3 to 0.5 -> 0.3 to 0.5
- related in meaning and words: 0.5 to 0.9, never above 1
"""

import re
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from services.aws_local.wordlist import words

Scores = NDArray[np.floating]

MEANING_WEIGHT = 1.0
# On the labelled conversations (`make eval`) 0.4 finds as much among the first 5, 10 and 20 as the 0.53 that
# was tuned on LoCoMo, and puts the answer higher (MRR 0.60 against 0.56 for records).
WORDS_WEIGHT = 0.4
# Words alone do not make a record relevant ("order" of pizza, "order" of magnitude): they count in full only
# from this cosine on, and in proportion below.
TRUSTED_COSINE = 0.25
# BM25 of one telling word in a small collection is about 1; below this even the best match is a word that
# nearly every record has, and must not be scaled up to a full match.
TELLING_BM25 = 1.0
WORDS_ALONE = 0.5  # the best match's score when there is no embedder
SUBJECT_BONUS = 0.1  # of what is missing to 1, for a record whose speaker the query names
SOFT_LIMIT = 0.5  # scores above bend towards 1 and keep their order
WORD = re.compile(r"[^\W_]+")
SUBJECT = re.compile(r"\b(?:the )?user(?:'s)?\s+", re.IGNORECASE)

# A turn of a conversation, kept as a record: its speaker, and words from person to person.
SPOKEN = re.compile(r"(?P<name>[A-Z][^\W\d_'-]+(?:[ '-][A-Z][^\W\d_]+)?): (?P<said>\S.*)", re.DOTALL)
FROM_PERSON_TO_PERSON = re.compile(r"\b(?:I|me|my|we|us|our|you|your)\b|[?!]", re.IGNORECASE)
# "Thanks, Mel!", "Hey Caroline,": who is spoken to.
VOCATIVE = re.compile(
    r"(?:(?<=[,.!?] )|(?<=\bHey )|(?<=\bHi )|(?<=\bHello )|(?<=\bThanks )|(?<=\bWow ))[A-Z][a-z]+(?=[!,.?])"
)
CAPITALISED = re.compile(r"\b[A-Z][^\W\d_]+")

STOP_WORDS = words("""
    a about above after again all also am an and any are as at be because been before being below
    between both but by can could did do does doing don down during each ever few for from further had
    has have having he her here hers him his how i if in into is it its just ll me more most much my
    myself no nor not of off on once only or other our ours out over own please re s same say says she
    should so some such t tell than that the their theirs them then there these they this those through
    to too under until up us very was we were what when where which while who whom why will with would
    you your yours ve d m user users customer know remember recall summarize kind type sort
    """)


def fuse(cosines: Scores | None, bm25: Scores) -> NDArray[np.float64]:
    """Scores of the candidates of one query, aligned with both inputs; higher in either input is never lower.

    ``bm25`` is 0 where no word matches and larger for better matches. ``cosines`` is None when there is no
    embedder; words alone then make the score.
    """
    words = _matched_share(np.asarray(bm25, dtype=np.float64))
    if cosines is None:
        return _soften(words * WORDS_ALONE)
    meaning = np.minimum(np.maximum(np.asarray(cosines, dtype=np.float64), 0), 1)
    trust = np.minimum(meaning / TRUSTED_COSINE, 1)
    return _soften(MEANING_WEIGHT * meaning + WORDS_WEIGHT * trust * words)


def _matched_share(bm25: NDArray[np.float64]) -> NDArray[np.float64]:
    """BM25 as a share of the best candidate's, or of one telling word when even the best has less."""
    best = max(float(bm25.max(initial=0.0)), TELLING_BM25)
    share: NDArray[np.float64] = np.maximum(bm25, 0) / best
    return share


def _soften(raw: NDArray[np.float64]) -> NDArray[np.float64]:
    """Identity up to the soft limit, then strictly rising towards 1."""
    room = 1 - SOFT_LIMIT
    excess = np.maximum(raw - SOFT_LIMIT, 0)
    softened: NDArray[np.float64] = np.where(
        raw <= SOFT_LIMIT, raw, SOFT_LIMIT + room * excess / (room + excess)
    )
    return softened


def without_subject(text: str) -> str:
    """A text to embed, without "The user": every record has it, and the model would match it first."""
    rest = SUBJECT.sub("", text).strip()
    return f"{rest[:1].upper()}{rest[1:]}" or text


def without_speaker(text: str) -> str:
    """A turn of a conversation without the names in "Caroline: Thanks, Mel!"; any other text as it is.

    The model would match the names before anything else: on LoCoMo, recall@10 by meaning alone is 0.45 with
    and 0.59 without them. Full text keeps them.
    """
    said = SPOKEN.match(text) if speaker(text) else None
    return VOCATIVE.sub("", said["said"]).strip() or text if said else text


def speaker(text: str) -> str:
    """Who says a text that is a turn of a conversation ("Caroline: I'm off, bye!"), or ""."""
    said = SPOKEN.match(text)
    return said["name"] if said and FROM_PERSON_TO_PERSON.search(said["said"]) else ""


def possible_names(query: str) -> list[str]:
    """The capitalised words of a query, any of which may name a speaker; each once, without "'s"."""
    found = (match.group() for match in CAPITALISED.finditer(query))
    return list(dict.fromkeys(name for name in found if name.lower() not in STOP_WORDS))


def without_names(query: str, names: Iterable[str]) -> str:
    """A query to embed, without the names of speakers; as it is where nothing else would be left."""
    rest = query
    for name in names:
        rest = re.sub(rf"\b{re.escape(name)}(?:['’]s)?\s*", "", rest)
    return rest if query_terms(rest) else query


def favoured(score: float) -> float:
    """The score of a record whose speaker the query names: higher, in the same order, never above 1."""
    return score + SUBJECT_BONUS * (1 - score)


def query_terms(text: str) -> list[str]:
    """The telling words of a query, lower-cased, each once, in order; stop words are left out.

    A query of nothing but stop words has no terms: it is then ranked by meaning alone.
    """
    return list(_telling(match.group().lower() for match in WORD.finditer(text)))


def _telling(words: Iterable[str]) -> dict[str, None]:
    return dict.fromkeys(word for word in words if word not in STOP_WORDS)
