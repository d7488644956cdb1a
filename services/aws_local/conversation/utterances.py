"""English sentences as the rule model needs them: what a sentence does, and who it is about.

Word lists and regular expressions, no language model. What they do not recognise is quoted as it was said,
never rephrased.
"""

from __future__ import annotations

import re
from typing import Literal

Act = Literal["greeting", "thanks", "assent", "question", "statement", "erasure", "request"]

_MISSING_APOSTROPHES = {
    r"\bim\b": "I'm",
    r"\bive\b": "I've",
    r"\bid(?= (?:also |really )?(?:like|love|prefer|rather|want|need|be)\b)": "I'd",
    r"\b(do|does|did|ca|wo|is|was|are|have|has|should|would|could)nt\b": r"\1n't",
    r"\b(what|where|who|that)s\b(?= (?:my|the|a)\b)": r"\1's",
}
_SENTENCE_END = re.compile(r"(?<!\bMr)(?<!\bMs)(?<!\bDr)(?<!\bMrs)(?<!\bSt)(?<=[.!?])\s+|\n+")
_GREETING = re.compile(
    r"(hi|hello|hey|good (morning|afternoon|evening)|greetings)( (there|all|again))?[.,! ]*", re.I
)
_COURTESY = re.compile(
    r"((ok(ay)?|thanks?|thank you|great|perfect|bye|goodbye|see you|yes|no|sure|right)\b"
    r"( (so much|a lot|very much|then|later|that helps|that is all|for \w+( \w+)?))?[,.! ]*)+",
    re.I,
)
_ERASURE = re.compile(r"(please )?(forget|delete|erase|remove)\b", re.I)
_REMINDER = re.compile(
    r"(please |and |also )*(remember|note|keep in mind|don't forget)( that| this)?:? (?=(I|my|we|our)\b)",
    re.I,
)
_QUESTION_START = re.compile(
    r"(so |and |but |please |then |now )*"
    r"(what|which|who|whom|whose|where|when|why|how|do(?! not\b)|does|did|is|are|am|was|were|can|could|would"
    r"|will|should|have|has|had|any|tell me|remind me|show me|list|recommend|suggest|recall)\b",
    re.I,
)
_REQUEST_START = re.compile(
    r"(please |now )*(book|reserve|find|write|give|help|make|cancel|change|explain|translate|search"
    r"|send|call|play|open|create|buy|summari[sz]e|compute|calculate"
    r"|(order|plan)(?= (me|us|an?|some|the)\b))\b",
    re.I,
)
_INTERJECTION = re.compile(
    r"^((hi|hello|hey|well|oh|actually|ok|okay|yes|no|so|and|but|also)\b[,.!]? +)+(?=\w)", re.I
)
_ABOUT_USER = re.compile(r"\b(I|my|me|mine|myself|we|our|us)\b|\bI'", re.I)

_ADVERBS = (
    "really|also|always|usually|often|never|just|still|only|currently|generally|sometimes|typically|actually"
    "|absolutely|definitely|particularly|especially|mostly|normally|now|recently"
)
_SUBJECT = re.compile(
    r"(?P<joined>\band\s+)?\bI(?P<short>'(?:m|d|ve|ll))?"
    rf"(?P<adverbs>(?:\s+(?:{_ADVERBS}))*)\s+(?P<verb>[a-z]+(?:'t)?)",
    re.I,
)
_INVERTED = re.compile(r"\b((?:am|do|did|was|have|had|should|can|could|will|would)(?:n't|'t)?) I\b", re.I)
_INVERTED_VERBS = {"am": "is", "do": "does", "have": "has", "don't": "doesn't", "haven't": "hasn't"}
_SHORT_FORMS = {"'m": "is", "'d": "would", "'ve": "has", "'ll": "will"}
_VERBS = {
    "am": "is",
    "have": "has",
    "do": "does",
    "don't": "does not",
    "haven't": "has not",
    "can't": "cannot",
    "won't": "will not",
    "didn't": "did not",
    "wasn't": "was not",
    "couldn't": "could not",
    "wouldn't": "would not",
    "shouldn't": "should not",
}
# Verbs that stay as they are: modal ones, and past forms that do not end in -ed.
_UNCHANGED = frozenset(
    re.findall(
        r"\w+",
        """
        can could will would shall should may might must was had did is went bought got took made said told
        came saw found left felt kept knew thought brought ate drank drove flew gave grew heard held lost
        met paid read rode ran sold sent slept spent spoke stood taught understood won wrote chose began
        became broke forgot put cut hit quit let set hurt lent built caught fell fought hung hid led lay
        rang rose sang sat shot slid stole stuck swam threw woke wore
        """,
    )
)
_ENDS_LIKE_PAST = frozenset({"need", "feed", "speed", "exceed", "succeed", "proceed", "embed"})
_THIRD_PERSON = {"me": "the user", "mine": "theirs", "myself": "themselves", "you": "the assistant"}
_SECOND_PERSON = {
    "i'm": "you're",
    "i am": "you are",
    "i was": "you were",
    "i've": "you've",
    "i'd": "you'd",
    "i'll": "you'll",
    "i": "you",
    "my": "your",
    "me": "you",
    "mine": "yours",
    "myself": "yourself",
    "you": "me",
    "your": "my",
}
_FIRST_PERSON = re.compile(r"\b(I'm|I am|I was|I've|I'd|I'll|I|my|me|mine|myself|you|your)\b(?!')", re.I)
_CHATTER = re.compile(
    r"\b(I (don't|do not|can't|cannot) (remember|recall)"
    r"|(can|could) you (please )?(tell|remind) me( of| about)?"
    r"|do you (still )?(remember|recall|know)|(please )?(tell|remind) me( of| about)?|please)\b[ ,:]*",
    re.I,
)
_BROAD = re.compile(
    r"\b(about (me|us)|(know|remember) me|everything|who am I"
    r"|(remember|know|recall)( from (before|earlier))?\?$)",
    re.I,
)


def sentences(text: str) -> list[str]:
    """The text's sentences, as far as they have words; apostrophes left out are put back (`Im` is `I'm`)."""
    for pattern, repaired in _MISSING_APOSTROPHES.items():
        text = re.sub(pattern, repaired, text.replace("’", "'"), flags=re.I)
    return [part.strip() for part in _SENTENCE_END.split(text) if part and re.search(r"\w", part)]


def act(sentence: str) -> Act:
    """What the sentence does."""
    if _GREETING.fullmatch(sentence):
        return "greeting"
    if _COURTESY.fullmatch(sentence):
        return "thanks" if re.search(r"thank|bye|see you", sentence, re.I) else "assent"
    if _REMINDER.match(sentence):
        return "statement"
    if _ERASURE.match(sentence):
        return "erasure"
    if sentence.endswith("?") or _QUESTION_START.match(sentence):
        return "question"
    return "request" if _REQUEST_START.match(sentence) else "statement"


def is_about_user(sentence: str) -> bool:
    """Whether the speaker speaks of themselves."""
    return _ABOUT_USER.search(sentence) is not None


def third_person(sentence: str) -> str:
    """A statement as a sentence about the user that can stand alone: `The user lives in Irvine.`

    A statement in which the user does not occur is quoted: `The user said: "The package arrived damaged."`
    """
    said = _plain(sentence)
    if not re.search(r"\b(I|my)\b", said, re.I):
        return f'The user said: "{said}"'
    return _as_sentence(_about_the_user(said))


def query(question: str) -> str:
    """What to search for to answer the question: without chatter, about the user in the third person."""
    if is_broad(question):
        return "facts and preferences about the user"
    wanted = _CHATTER.sub("", question).strip(" ,.?!") or question.strip(" ?")
    inverted = _INVERTED.sub(
        lambda match: f"{_INVERTED_VERBS.get(match[1].lower(), match[1])} the user", wanted
    )
    return _about_the_user(inverted)


def is_broad(question: str) -> bool:
    """Whether the question asks for whatever is known, not for something in particular."""
    return bool(_BROAD.search(question)) and len(question.split()) <= 9


def second_person(sentence: str) -> str:
    """What the user said, said back to them: `you live in Irvine`. Without the full stop."""
    said = _plain(sentence).strip(" .!")
    turned = _FIRST_PERSON.sub(lambda match: _SECOND_PERSON[match[0].lower()], said)
    return turned[:1].lower() + turned[1:] if turned.split(" ")[0].lower() in _STARTERS else turned


_STARTERS = frozenset(
    {"you", "you're", "you've", "you'd", "you'll", "your", "the", "a", "an", "it", "this", "we"}
)


def _plain(sentence: str) -> str:
    """The statement itself, without `Remember that` or `Hi,` before it."""
    return _INTERJECTION.sub("", _REMINDER.sub("", sentence), count=1).strip()


def _about_the_user(text: str) -> str:
    seen = False

    def subject(match: re.Match[str]) -> str:
        nonlocal seen
        who = "" if seen and match["joined"] else "the user "
        seen = True
        return f"{match['joined'] or ''}{who}{_predicate(match)}"

    turned = _SUBJECT.sub(subject, re.sub(r"^my\b", "the user's", text, flags=re.I))
    turned = re.sub(r"\bmy\b", "their" if seen else "the user's", turned, flags=re.I)
    turned = re.sub(r"\byour\b", "the assistant's", turned, flags=re.I)
    pronoun = re.compile(rf"\b({'|'.join(_THIRD_PERSON)})\b(?!')", re.I)
    return pronoun.sub(lambda match: _THIRD_PERSON[match[0].lower()], turned)


def _predicate(match: re.Match[str]) -> str:
    """The verb in the third person, with its adverbs where they stood."""
    adverbs, verb = match["adverbs"].strip(), match["verb"]
    if match["short"]:
        return " ".join(filter(None, [_SHORT_FORMS[match["short"].lower()], adverbs, verb]))
    return " ".join(filter(None, [adverbs, _conjugated(verb)]))


def _conjugated(verb: str) -> str:
    lower = verb.lower()
    if lower in _VERBS:
        return _VERBS[lower]
    if lower in _UNCHANGED or (lower.endswith("ed") and lower not in _ENDS_LIKE_PAST):
        return verb
    if re.search(r"(s|x|z|ch|sh|o)$", lower):
        return f"{verb}es"
    return f"{verb[:-1]}ies" if re.search(r"[^aeiou]y$", lower) else f"{verb}s"


def _as_sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")
