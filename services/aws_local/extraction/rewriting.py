"""First person -> third person: "I live with my wife" -> "The user lives with their wife"."""

import re
from dataclasses import dataclass, field

from services.aws_local.extraction import verbs
from services.aws_local.extraction.references import NOUN

TOKEN = re.compile(r"[^\W_]+(?:'[^\W_]+)?|\s+|.", re.DOTALL)
CONTRACTIONS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), replacement)
    for pattern, replacement in (
        (r"\b(I|we|you|they)'ve\b", r"\1 have"),
        (r"\bI'm\b", "I am"),
        (r"\b(we|you|they)'re\b", r"\1 are"),
        (r"\b(I|we)'d better\b", r"\1 should"),
        (r"\b(I|we)'d (?=(?:need|feed|speed|proceed|succeed)\b)", r"\1 would "),
        (r"\b(I|we)'d (?=(?:\w+ )?(?:been|gone|had|seen|done|\w+ed)\b)", r"\1 had "),
        (r"\b(I|we)'d\b", r"\1 would"),
        (r"\b(I|we)'ll\b", r"\1 will"),
        (
            r"\b(I|we) do (?=(?:like|love|enjoy|prefer|have|want|need|cycle|walk|drive|smoke|drink|eat|live"
            r"|work"
            r"|own|take|use|speak|travel|go|know|feel|hope|care|worry|miss|try|read|cook|sleep|hate)\b)",
            r"\1 ",
        ),
        (r"\b(I|we) (?=read (?:\"|(?-i:[A-Z])|the (?-i:[A-Z])))", r"\1 have "),
        (r"\b(my (?:first |last )?(?:name|birthday|email|job|number|age))'s\b", r"\1 is"),
        (r"\b((?:my|our)(?: [\w-]+){1,2})'s (?=(?:an?|the|not|called|named|very|so|too)\b)", r"\1 is "),
        (
            rf"\b(my (?:\w+ )?(?:{NOUN}))'s (?=(?:in|at|on|from|an?|the|not|very|really|so|too|called|named"
            rf"|always"
            r"|never|also|still|now)\b)",
            r"\1 is ",
        ),
        (rf"\b(my (?:{NOUN})) (?:she|he) (?=(?:[a-z]+s|can|will|had)\b)", r"\1 "),
        (r"\bname's\b(?= (?-i:[A-Z]))", "name is"),
        (r"\bain't\b", "am not"),
        (r"\bcan't\b", "cannot"),
        (r"\bwon't\b", "will not"),
        (r"\b(do|does|did|is|are|was|were|has|have|had|could|would|should|must)n't\b", r"\1 not"),
        (r"\b(?:have|'ve) got(?= (?:a|an|the|my|two|three|some|no|\d)\b)", "have"),
    )
)
# "My wife and I are …": a plural subject, whose verb stays plural.
COUPLE = re.compile(
    rf"^(?:my|our) ((?:[\w-]+ ){{0,2}}?(?:{NOUN}|team|colleagues)(?: [A-Z]\w+)?) and (?:I|me|myself)\b",
    re.IGNORECASE,
)
AND = re.compile(r"\b(?:and|but|or)\s+(?:\w+ly\s+|often\s+|always\s+|never\s+|usually\s+)?$")
AND_ME = re.compile(r"\band $")
OBJECT = re.compile(r" (?:the|an?|my|our|some|at|in|every) ")
INFINITIVE = re.compile(
    r"\bto (?!the\b|a\b|my\b|their\b)[a-z]+\b|\b(?:can|will|would|could|should|must|let|make)\b|n't\b|\bnot\b"
)
SUBJECTS = frozenset({"i", "we"})
# word -> how the user is mentioned again, and the first time
MENTIONS = {
    **dict.fromkeys(("me", "us"), ("them", "the user")),
    **dict.fromkeys(("my", "our"), ("their", "the user's")),
    **dict.fromkeys(("mine", "ours"), ("theirs", "the user's")),
}
REFLEXIVES = frozenset({"myself", "ourselves"})
# "us-west-2", "my-repo", "I-95", "me@example.com", "US", "Portland, ME": letters of something else.
IN_A_NAME = re.compile(r"[-_@\\]\w|/(?!(?:I|we|my|our|me|us|the)\b)\w")
AFTER_A_NAME = re.compile(r"(?<!\bI)(?<!\bwe)(?<!\bmy)(?<!\bour)(?<!\bthem)(?<!\bme)[-/_@\\]$")
LOWER_CASE = re.compile(r"[a-z]{2}")
COUNTRY_LEAD = re.compile(r"\b(?:the|in|to|from|of|across|around|non-?) $", re.IGNORECASE)
OF_A_TITLE = frozenset({"Me", "Us"})  # in the middle of a sentence: "we close with Use Me"
TITLE_GOES_ON = re.compile(
    r" (?:Am|Are|Were|Will|Have|Can|Want|Love|Need)\b"
)  # "we sang We Are the Champions"
OTHERS = re.compile(r"(?:^|[,;] (?:and |but |so |because )?)they\b(?!.*[,;])")
ME_AND = re.compile(r" (?:and|&|\+) ")
NUMBERED = re.compile(r"\b(?:War|Type|Part|Phase|Class|Level|Grade|Chapter|Volume|Tier|Stage|Calculus) $")


@dataclass
class _Rewriter:
    """One pass over the tokens of a clause, remembering whether the user was named already."""

    tokens: list[str]
    out: list[str] = field(default_factory=list)
    named: bool = False  # "the user" stands already; later mentions are "they"
    present: bool = False  # the user is the subject of a verb in the present
    following: str = ""  # what comes next
    agree: str = ""  # the subject that the next verb must agree with: "", "user" or "they"

    def rewrite(self) -> str:
        for place, token in enumerate(self.tokens):
            self.following = "".join(self.tokens[place + 1 : place + 4])
            self.out.append(self._token(token))
        return "".join(self.out)

    def _token(self, token: str) -> str:
        word = token.lower()
        if self._in_a_name(token):
            return token
        if word in SUBJECTS:
            return self._subject()
        if word in REFLEXIVES:
            return "themselves"
        if word in MENTIONS:
            return (word in {"me", "us"} and self._object(word)) or self._mention(*MENTIONS[word])
        return verbs.third_person(word) if self._goes_on_with(word) else self._verb(token, word)

    def _object(self, word: str) -> str:
        """ "me" where "them" would be misread, or "" """
        said = "".join(self.out)
        if word == "me" and self.named and AND_ME.search(said):
            return "the user"  # "my wife and me"
        if OTHERS.search(said):
            self.named = True
            return "the user"  # "they don't fill me"
        joined = said.startswith("the user ") and ME_AND.match(self.following)
        return "themselves" if joined else ""  # "I need a room for me and my husband"

    def _in_a_name(self, word: str) -> bool:
        """Whether what looks like a pronoun is letters of a name, a number or an address."""
        if word.lower() not in SUBJECTS and word.lower() not in MENTIONS:
            return False
        said = "".join(self.out[-3:])
        numbered = word == "I" and NUMBERED.search(said) is not None
        continued = IN_A_NAME.match(self.following) is not None
        continues = word in {"us", "me"} and AFTER_A_NAME.search(said) is not None
        titled = bool(said) and (word in OF_A_TITLE or TITLE_GOES_ON.match(self.following) is not None)
        shouted = not any(map(LOWER_CASE.search, self.tokens))
        state = word == "ME" and said.endswith(", ")
        country = word == "US" and COUNTRY_LEAD.search(said) is not None
        abbreviated = (state or country) and not shouted
        return abbreviated or titled or numbered or continued or continues

    def _goes_on_with(self, word: str) -> bool:
        """Whether a word is a second verb of the user: "works from home and has calls"."""
        verb = word in verbs.PLAIN_BASE or (word in verbs.NOUN_OR_VERB and OBJECT.match(self.following))
        if not self.present or not verb:
            return False
        said = "".join(self.out)
        return AND.search(said) is not None and INFINITIVE.search(said) is None

    def _subject(self) -> str:
        self.present = False
        self.agree = "they" if self.named else "user"
        return self._mention("they", "the user")

    def _mention(self, again: str, first: str) -> str:
        if self.named:
            return again
        self.named = True
        return first

    def _verb(self, token: str, word: str) -> str:
        if not self.agree or not word[:1].isalpha() or verbs.is_adverb(word):
            return token
        agree, self.agree = self.agree, ""
        self.present = agree == "user" and word not in verbs.MODALS and not verbs.is_past(word)
        return verbs.third_person(word) if agree == "user" else verbs.PLURAL_FORMS.get(word, token)


def expanded(clause: str) -> str:
    """A clause without the contractions that stand in the way of verb agreement."""
    for pattern, replacement in CONTRACTIONS:
        clause = pattern.sub(replacement, clause)
    return clause


def third_person(clause: str) -> str:
    """A first-person clause as a sentence about "the user", with a capital and a full stop."""
    clause = expanded(clause)
    rewriter = _Rewriter([])
    couple = COUPLE.match(clause)
    if couple:
        rewriter = _Rewriter([], out=[f"The user and their {couple[1]}"], named=True, agree="they")
        clause = clause[couple.end() :]
    rewriter.tokens = TOKEN.findall(clause)
    return sentence_case(rewriter.rewrite())


def sentence_case(text: str) -> str:
    """A capital at the start and a full stop at the end, whatever the text had there."""
    text = text.strip().rstrip(" .!,;:-")
    return f"{text[:1].upper()}{text[1:]}." if text else ""
