"""Messages -> clean sentences: markup and greetings off, apostrophes mended, noise recognised."""

import re
from collections.abc import Iterator
from functools import lru_cache

from services.aws_local.wordlist import words

# -- mending

PLAIN_CHARACTERS = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "„": '"', "”": '"', "\u00a0": " ", "…": "...", "—": " - "}
)
INVISIBLE = re.compile("[\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufe0f]")
EMOJI = re.compile("[\u2600-\u27bf\U0001f000-\U0001faff]|(?<!\\w)[:;]-?[)(DPp](?!\\w)|<3")
BEFORE_MARK = re.compile(r" (?=[)\]])")  # what an emoji leaves behind
MONTHS = (
    r"(?:[Jj]anuary|[Ff]ebruary|[Mm]arch|[Aa]pril|[Mm]ay|[Jj]une|[Jj]uly|[Aa]ugust|[Ss]eptember|[Oo]ctober"
    r"|[Nn]ovember|[Dd]ecember)"
)
AFTER_ID = (
    "prefer|like|love|rather|say|appreciate|want|go|choose|really|also|definitely|probably|be|need|take|pick"
    "|stay|hate|much|still|never|always|enjoy|have"
)
MENDS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"\b[Ii]m\b(?!')", "I'm"),
        (r"\b[Ii]ve\b", "I've"),
        (rf"\b[Ii]d\b(?=\s+(?:{AFTER_ID})\b)", "I'd"),
        (
            r"\b[Ii]ll\b(?=\s+(?:be|have|take|need|go|get|call|send|pay|bring|let|try|use|do|also"
            r"|probably)\b)",
            "I'll",
        ),
        (r"\b([Dd]o|[Dd]oes|[Dd]id|[Ii]s|[Aa]re|[Ww]as|[Ww]ere|[Hh]as|[Hh]ave|[Hh]ad)nt\b", r"\1n't"),
        (r"\b([Cc]ould|[Ss]hould|[Ww]ould|[Mm]ust)nt\b", r"\1n't"),
        (r"\b([Cc])ant\b", r"\1an't"),
        (r"\b([Ww])ont\b", r"\1on't"),
        (r"\b([Tt]hat|[Ww]hat|[Tt]here)s\b", r"\1's"),
        (r"\b([Tt]hey|[Yy]ou)(re|ve)\b", r"\1'\2"),
        (r"\b[Ww]eve\b", "we've"),
        (r"\bi(?='(?:m|ve|d|ll)\b|\s|,|$)(?!\s*\.\s*e)", "I"),
        (r"\b([Ss]he|[Hh]e)s\b(?= [a-z])", r"\1's"),
        (rf"\b(?:at|on|at the|on the) (\d{{1,2}})\. (?:of )?(?={MONTHS}\b)", r"on \1 "),
        (r"^[Yy]ea\b", "yeah"),
        (r"\s*\((?:I know|don't judge(?: me)?|yes,? really|lol|obviously|sorry)\)", ""),
        (r"(?<=[a-z]) but like (?=[a-z])", " but "),
        (r"\b(?:bc|cuz|coz)\b|\bcos\b(?= (?:I|it|my|we|they|he|she|the)\b)", "because"),
        (
            r"\bI not (?=(?:work|like|eat|drink|have|want|need|know|speak|use|drive|smoke|live|go|sleep|cook"
            r"|buy|pay|travel|play)\b)",
            "I don't ",
        ),
        (r"(?<=[a-z]),? (?:fr|frfr|ong|deadass|smh)(?=$|[.,!])", ""),
        (r"(?<=[a-z]) rn(?=$|[.,!])", " right now"),
        (r", like, ", " "),
        (r"^(?:ooh+|aww+|ohh+|omg|ugh|argh|bro|dude|(?:ok|okay) so)!*\s+(?=[a-zI\d])", ""),
        (r"\b(I'm (?:an? )?[\w -]{2,30}) myself\b", r"\1"),
        (r"\bgonna\b", "going to"),
        (r"\bwanna\b", "want to"),
        (r"\bcannot\b", "can't"),
        (r"\bppl\b", "people"),
        (r"\bI myself\b|^[Mm]e,? I(?= )", "I"),
        (r",?\s+(?:lol|lmao|rofl|imo|imho|tbh|ngl|btw|haha+|hehe+)\b", ""),
        (r"(?<=[a-z]) (?:too|though|tho|by the way)(?=, | \()", ""),
        (r"(?<=[a-z] )(?:u|ya)\b(?=\s|$)", "you"),
        (r"(?<=[a-z] )r(?= [a-z])", "are"),
        (r"\b([Pp]lease|[Pp]ls)(?= (?:I'm|I am|I have|I've|my \w+ (?:is|has))\b)", r"\1,"),
        (r"\bur\b(?= [a-z])", "your"),
        (r"(?<=[a-z]) n (?=[a-zI])", " and "),
        (
            r"^(?:hm+|um+|uh+|erm+|ehm+|yo|k|kk|wait|hold on)\b,?\s+(?=[a-z])(?!(?:for|until|till|in|a"
            r"|on)\b)",
            "",
        ),
        (
            r"\b([Ii]t)s\b(?= (?:ok|okay|fine|good|not|a|an|the|my|our|been|too|just|so|all|very"
            r"|really|better|impossible|hard|easy|great|nice|bad|cool|annoying|boring|expensive)\b)",
            r"\1's",
        ),
        (
            r",\s+(?:you know|you see|I mean|(?:as )?you can imagine|to be honest|honestly|frankly"
            r"|admittedly)(?=,)",
            "",
        ),
    )
)

# -- markup

FENCED_CODE = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
QUOTED_LINE = re.compile(r"^\s*>.*$", re.MULTILINE)
LINE_LEAD = re.compile(r"^\s*(?:#{1,6}\s+|[-*•+]\s+)")
LINE_NUMBER = re.compile(r"^\s*\(?\d{1,2}[.)]\s+")
# A text that was broken into lines of some width goes on in the next one: where it is written in sentences,
# and the next line does not open like one that was typed without a capital.
WRAPPED = re.compile(
    r"(?<=[^\n]{55})([a-z,;)])[ \t]*\n[ \t]*"
    r"(?=[a-z])(?!(?:i|we|you|he|she|it|they|my|our|your|his|her|their|this|that|there|also|no|not|yes|ok"
    r"|okay|oh|so"
    r"|but|please|pls|can|could|what|when|where|who|how|why|hi|hey|thanks|and i|and my)\b)"
)
WRITTEN = re.compile(r"[a-z)][.?!] +[A-Z]")
EMPHASIS = re.compile(r"(\*\*|__|`)(.+?)\1")

# -- ends of sentences

END = re.compile(r"[.!?]+[\"')\]]*(?=\s|$)|[!?]+(?=[A-Za-z])|\.(?=(?:I|I'm|My|We)\b)")
# "on the 3. of November": a day as Germans write it.
ORDINAL = re.compile(rf"\s*(?:of\s+)?{MONTHS}\b")
LONGEST_ABBREVIATION = 12  # characters to look back; keeps the splitting of a huge line linear
# Words with which a new sentence begins, whatever stood before the full stop: "on Main St. She …".
STARTER = re.compile(
    r"\s*(?:Everybody|Everyone|Please|I|I'm|He|She|It|We|They|The|My|And|But|There|This"
    r"|That)\b"
)
NEVER_AN_END = words("mr mrs ms mx dr prof st vs e.g i.e cf fig no approx ca gen lt col capt sgt mt")
SELDOM_AN_END = words(
    "incl excl a.m p.m etc inc ltd co corp jr sr u.s u.k e.u ph.d b.a m.a m.sc b.sc ave blvd rd dept"
)

# -- openings and endings that carry nothing

GREETING = re.compile(
    r"(?i:dear [a-z]+(?: [a-z]+)?),\s+|"
    r"(?i:hi+|hey+|hello+|helo|hallo|hiya|howdy|greetings|good (?:morning|afternoon|evening|day)|dear)"
    r"(?i: there| all| everyone| team| again)?"
    r"(?:,? (?!I\b|My\b|We\b|Our\b|The\b)[A-Z][\w.'-]*(?: [A-Z][\w.'-]*)?)?\s*[,!.:-]+\s*"
)
BARE_GREETING = re.compile(
    r"(?:hi+|hey+|hello+|helo|hallo|hiya)(?: there| again)?\s+(?=(?:so|ok|okay|well|um|just|quick|and|I|my"
    r"|we|our|can|could|is|are|do|does|what|how|please|need|want)\b|I'm)",
    re.IGNORECASE,
)
INTERJECTION = re.compile(
    r"(?:yes|yeah|yep|yup|no|nope|nah|ok|okay|k|sure|sure thing|of course|certainly|absolutely|definitely"
    r"|exactly|right|correct|great|perfect|awesome|cool|nice|wonderful|excellent|fantastic|amazing|super"
    r"|good|fine|alright|all right|got it|well|oh|ooh|oops|ah|ahh|aha|wow|hmm+|hm|um+|uh+|er|huh|ugh|whoa"
    r"|yay|phew|haha+|lol|omg|oh no|oh my god|oh well|thanks|thank you|many thanks|thx|ty|cheers"
    r"|thanks (?:a lot|so much|again)|thank you (?:so|very) much|sorry|excuse me|my bad|please|pls|plz"
    r"|actually|anyway|anyways|also|plus|and|but|so|then|besides|however|basically|honestly|frankly|in fact"
    r"|in addition|additionally|furthermore|moreover|though|by the way|btw|fyi|for your information"
    r"|for the record|for context|for reference|to be honest|tbh|to be clear|just so you know"
    r"|as you (?:may )?know|you know|you see|i see|look|listen|see|as i said|like i said|as i mentioned"
    r"|as mentioned|first of all|first|firstly|second|secondly|third|thirdly|finally|lastly|next|before that"
    r"|after that|one more thing|another thing|on another note|on a side note|speaking of which|as always"
    r"|as usual|unfortunately|sadly|luckily|fortunately|i mean|not really|not at all|no problem|no worries"
    r"|interesting|good question|i understand|understood|no thanks|no thank you|same here"
    r"|me too|mostly|quick one|quick question|heads up"
    r"|no wait|wait no|wait"
    r"|(?:(?:a|an|one|another|small|quick|tiny|minor|last|bad|good|great|sad|big|little|status) ){0,2}"
    r"(?:update|change of plans?|changes?|correction|news|problem|issue|catch|snag|detail))",
    re.IGNORECASE,
)
OPENING = re.compile(
    rf"{INTERJECTION.pattern}(?:\s+{INTERJECTION.pattern}){{0,3}}\s*(?:[,;:!.]+|\s-+)\s*", re.IGNORECASE
)
CONJUNCTION = re.compile(
    r"(?:and|but|so|also|plus|then|well|oh|okay|ok|yes|yeah|yep|no|nope|actually|unfortunately|btw"
    r"|by the way|fyi"
    r"|(?:it )?turns out(?: that)?|(?:please )?(?:also )?note that|note:|just to let you know,?"
    r"|i (?:just )?(?:wanted|want|would like"
    r"|'d like) to (?:let you know"
    r"|mention|add|say|tell you) that|i (?:should|must|forgot to) (?:mention|add|say)(?: that)?"
    r"|the thing is,?|anyway"
    r"|it's just that|I just remembered(?: that)?)"
    r"\s+(?=(?:I|I'm|I've|I'd|I'll|my|we|we're|our|the|on|at|in|when|for|there|there's|he|she|he's|she's"
    r"|always|never"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)days"
    r"|and|but"
    r"|please|pls|plz)\b)"
    r"|(?:and|but|so|also)\s+(?=(?-i:[A-Z])[a-zà-ÿ]+\s|the\s)",
    re.IGNORECASE,
)
# "Following up on our call: …"
OCCASION = re.compile(r"^(?:following up on|as discussed|regarding|re|about) [^:]{3,40}:\s+", re.IGNORECASE)
ENDING = re.compile(
    r"(?:[\s,;-]+(?:thanks(?: (?:a lot|so much|again|in advance))?|thank you(?: (?:so|very) much)?|please"
    r"|pls|plz|thx|right|okay|ok|lol|haha+|you know|i guess|i think|tho|though|actually|by the way|btw|fyi"
    r"|as well|if possible|to be honest|tbh|for now|as you know|just so you know|if that helps|no worries"
    r"|anyway))+\s*([.!]*)$",
    re.IGNORECASE,
)

# What closes a sentence and belongs to none of what it says.
ASIDE = re.compile(
    r",?\s+(?:(?:so|but) )?(?:who knows|what can I say|believe it or not|go figure|don't judge(?: me)?)"
    r"([.!]*)$|,\s*help([.!]*)$",
    re.IGNORECASE,
)

# -- what is not language

CODE_SYMBOLS = re.compile(r"[{}\[\]<>=;|\\$`~^_]")
CALL = re.compile(r"^[\w.]+\(.*\)\s*;?$", re.DOTALL)
NOISE_OPENING = re.compile(
    r"[{\[<|]|traceback\b|exception\b|error:|warning:|https?://\S+\s*$|\$ |>>> |select\s.+\sfrom\s"
    r"|import \w+$|def \w+\(|return \w+$|class \w+[(:]|\d{4}-\d\d-\d\d[T ]\d\d:\d\d|\[?(?:INFO|DEBUG|WARN"
    r"|ERROR)\b|at \w+(?:\.\w+)+\(",
    re.IGNORECASE,
)
MAX_SENTENCE = 400  # characters; longer ones are pasted text, not something a person said
MAX_SENTENCES = 500  # a message; what is longer is a pasted document, and its beginning will do


def sentences(text: str) -> list[str]:
    """The sentences of a message as they were said (apostrophes and all), without markup and tool noise."""
    return [sentence for sentence in _raw_sentences(text)[:MAX_SENTENCES] if not is_noise(sentence)]


@lru_cache(maxsize=4096)
def _raw_sentences(text: str) -> tuple[str, ...]:
    plain = INVISIBLE.sub("", text.translate(PLAIN_CHARACTERS))
    plain = QUOTED_LINE.sub("", FENCED_CODE.sub("\n", plain))
    if WRITTEN.search(plain):
        plain = WRAPPED.sub(r"\1 ", plain.replace("\r\n", "\n"))
    lines = [LINE_LEAD.sub("", line) for line in plain.splitlines()]
    if len(lines) > 1:  # in a single line "2. My dad comes along" is an answer, and no list
        lines = [LINE_NUMBER.sub("", line) for line in lines]
    return tuple(sentence for line in lines for sentence in _split_line(EMPHASIS.sub(r"\2", line)))


def _split_line(line: str) -> Iterator[str]:
    start = 0
    for match in END.finditer(line):
        if _ends_sentence(line, match):
            yield from _not_empty(line[start : match.end()])
            start = match.end()
    yield from _not_empty(line[start:])


def _not_empty(sentence: str) -> Iterator[str]:
    cleaned = BEFORE_MARK.sub("", " ".join(EMOJI.sub(" ", sentence).split()))
    if any(character.isalnum() for character in cleaned):
        yield cleaned


def _ends_sentence(line: str, match: re.Match[str]) -> bool:
    if match.group()[0] != ".":
        return True
    before = line[max(0, match.start() - LONGEST_ABBREVIATION) : match.start()].split()
    word = before[-1].lower().strip("(\"'") if before else ""
    if word in NEVER_AN_END:
        return STARTER.match(line, match.end()) is not None
    if len(word) == 1 and word.isalpha() and word != "i":
        return STARTER.match(line, match.end()) is not None
    if word.isdigit() and ORDINAL.match(line, match.end()):
        return False
    following = line[match.end() : match.end() + LONGEST_ABBREVIATION].lstrip()[:1]
    return word not in SELDOM_AN_END or not following or following.isupper()


def has_code(text: str) -> bool:
    """Whether a message brings code, a log or the like along."""
    return FENCED_CODE.search(text) is not None or any(map(is_noise, _raw_sentences(text)))


def is_noise(sentence: str) -> bool:
    """Tool calls, JSON, logs, markup, bare links, over-long pastes: nothing a person says."""
    if len(sentence) > MAX_SENTENCE or CALL.match(sentence) or NOISE_OPENING.match(sentence):
        return True
    symbols = len(CODE_SYMBOLS.findall(sentence))
    return symbols > 2 and symbols > 0.05 * len(sentence)


def is_question(sentence: str) -> bool:
    """Whether a sentence asks, by its mark or (marks are often left out) by its opening."""
    return sentence.rstrip("\"') .!").endswith("?") or "?" in sentence[-4:] or asks(sentence)


QUESTION_OPENING = re.compile(
    r"(?!(?:did|does|do|is|was) (?:that|this|it)[,.])(?!what (?:really )?(?:matters|counts|bothers) "
    r"|what I (?:\w+ )?(?:like|love|hate|want|need"
    r"|mean)\b.* is )"
    r"(?:(?:what|which|who|whose|whom|why|how|where)\b(?! a\b| an\b)|when (?:is|are|was|do|does|did|can|will"
    r"|should)\b|(?:do|does|did|can|could|would|will|shall|should|may|might|is|are|am|was|were|have|has|had"
    r"|isn't|aren't|don't|doesn't|didn't|can't|couldn't|won't|wouldn't|shouldn't|haven't)"
    r" (?:i|you|we|he|she|it|they|the|this|that|there|these|those|your|my|our|any|anyone|someone)\b"
    r"|any (?:idea|chance|thoughts|suggestions|recommendations|advice|tips)\b)",
    re.IGNORECASE,
)


def asks(clause: str) -> bool:
    """Whether a clause opens like a question: "do you have a preference for a seat type"."""
    return QUESTION_OPENING.match(clause) is not None


@lru_cache(maxsize=4096)  # each strategy reads the same sentences
def mended(sentence: str) -> str:
    """Missing apostrophes set: "Im vegetarian, dont worry" -> "I'm vegetarian, don't worry"."""
    for pattern, replacement in MENDS:
        sentence = pattern.sub(replacement, sentence)
    return sentence


def stripped(sentence: str) -> str:
    """A sentence without the greeting, interjections and politeness around what it says."""
    before = ""
    while sentence != before:
        before = sentence
        for opening in (GREETING, BARE_GREETING, OPENING, CONJUNCTION, OCCASION):
            sentence = opening.sub("", sentence, count=1) if opening.match(sentence) else sentence
    return ENDING.sub(r"\1", ASIDE.sub(r"\1", sentence)).strip(" ,;:-")


def is_interjection(sentence: str) -> bool:
    """Whether nothing is said but "Yes.", "Thanks!", "Okay, sure"."""
    rest = stripped(f"{sentence.rstrip(' .!')},")
    return not rest or INTERJECTION.fullmatch(rest.rstrip(" .!")) is not None
