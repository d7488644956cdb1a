"""Text that reads like instructions to an agent: what memory poisoning looks like once it is a record.

Whoever gets a sentence into a conversation (a web page, a mail, a tool's answer) may get it into memory, and
from there into every later conversation (OWASP's "memory poisoning", Unit 42's proof on Bedrock Agents).
Signs are weighed: one strong sign, or two weak ones, make a finding. A person's wishes about the assistant
("prefers short answers") are what memory is for, and carry no sign.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from services.findings.instruction_claims import CLAIMS
from services.findings.instruction_signs import SIGNS
from services.findings.instruction_words import PLACE
from services.findings.model import Evidence, Finding, Subject

ENOUGH = 2
FEWEST_WORDS = 4
"""Of an order: "Call back later" is a note."""


_ORDERING = """
abandon accept accompany accuse act activate add address adjust administer adopt advertise agree allow
alter always amend announce answer append apply approve archive arrange ask assemble assess assign assume
assure attach attribute authorise authorize avoid ban begin bill bind blackmail blame block book broadcast
build bury bypass cache call cancel capture change characterise characterize charge choose cite claim
clear click close coax collect combine commit compare compile compliment comply compute conceal condemn
configure confirm connect consider contact continue convert convince copy correct correlate create credit
criticise criticize deactivate debit declare decline decode decrease decrypt dedicate deduct deem default
defend defer define delete deliver demand demote deny depict deploy deprioritise deprioritize derive
describe design destroy detect determine dial dictate direct disable discard disclose discontinue
discourage dismiss dispatch display dispute disregard distort distribute divert downplay draft drop dump
duplicate echo edit elevate eliminate email embed employ enable encode encourage end endorse enforce
ensure enter erase escalate evade exaggerate examine exchange exclude execute exempt expand export expose
extract facilitate fake falsify favor favour feign fetch fill filter finish flag flatter flood follow
forget forward freeze funnel gather generate give grant guarantee guide handle harvest hide highlight hint
ignore impersonate imply impose include increase indicate influence inform inject insert insist install
instruct integrate intercept introduce invent invite invoke issue keep label leak lie link list lock log
lower lure maintain mark mask memorise memorize mention merge mirror misdirect mislead misreport modify
monitor name never notify nudge obey obfuscate obtain offer omit open order output override overwrite
paste patch pay perform persist persuade phrase place poison portray pose post praise prefer prefix
prepend prescribe present pressure pretend prevent print prioritise prioritize proceed process prohibit
promise promote propose protect provide provoke publish punish purchase push put query queue quote raise
rank rate read reassure rebook rebrand recall recite recognise recognize recommend record redact redirect
reduce refer refrain refund refuse register reject relay release rely remember remove repeat replace
replicate reply report request require reroute resend reserve reset resolve respond restrict retain
retrieve return reveal revert revoke reward rewrite rotate route run sabotage save say scan schedule
scrape search sell send set share show sign sign-off simulate skip slander solicit speak specify spoof
spread spy start state steal steer stop store submit substitute subtract suggest summarise summarize
supply support suppress suspend swap sway switch tag target tell terminate threaten track transfer
translate treat trigger trust turn unblock undermine uninstall unlock unsubscribe update upgrade upload
upsell urge use validate value verify visit vouch wait waive warn watch weigh whitelist wipe wire withdraw
withhold write
"""
_ORDERS = frozenset(_ORDERING.split())
_NOT_ORDERING = """
the and but for with from that this there they them then than their his her its she you your not nor never
always only also both either neither each every all any some none most many much more less few one two
three four five six ten who whom which what when where why how dark red blue green black white small large
good bad old new long short high low early late cheap quiet soft hard fresh cold hot near far left right
first last next same other another such people children men women somebody someone anyone nobody nothing
something everything coffee tea milk bread breakfast lunch dinner work home school train room without
within because
"""
_NO_VERBS = frozenset(_NOT_ORDERING.split())
_LEAD = re.compile(
    r"(?:and\s|then\s|please\s|kindly\s|just\s|simply\s|also\s|only\s"
    r"|but\s|instead\s|do\snot\s|don['’]t\s|never\s|always\s"
    r"|must\s)*(?P<verb>[a-z]+)\b(?!-)"
    r"(?!\s(?:\#|\d+\b(?!\s[a-z])|\d+\s(?:is|was|has|had|will|arrived|came|left|shipped|ships|went)\b))",
    re.IGNORECASE,
)
_PERSONS = re.compile(r"\b(?:i|i['’]m|i['’]d|me|my|mine|we|us|our)\b", re.IGNORECASE)
_REACH = re.compile(
    r"\b(?:every|each|all|any|always|never|whenever|permanently|future|forever|nothing|immediately"
    r"|automatically|nobody|users?|customers?|clients?|somebody|someone|anyone|assistants?|agents?"
    rf"|ai|bot|model|prompt|instructions?)\b|{PLACE}|\w+_\w+\(",
    re.IGNORECASE,
)
_TITLE = re.compile(r"(?:(?:[A-Z][\w'’-]*\s?){1,5}:\s+){1,2}(?=[A-Z])")
"""What a summary is about, in front of what it says: "Schedule: The user …", "Home: Address: The user …"."""
_SENTENCE = re.compile(r"[^.!?;\n]+(?:[.?](?=\w)[^.!?;\n]*)*")
"""To its end, which the "?" of an address is not."""
_CONDITION = re.compile(
    r"(?:if|should|when(?:ever)?|once|before|after|while|for|in|from|at|on|important|note"
    r"|attention|reminder|directives?|instructions?|commands?|next\ssteps?\sfor\sthe\s(?:agent|assistant)|instead|henceforth|going|until|as|with|to|system|admin|the\snext\stime)\b",
    re.IGNORECASE,
)
_WHEN = re.compile(r"\s(?:on|at|in|by|from|until|till|today|tomorrow|tonight)\b", re.IGNORECASE)
"""Follows on what is noted down: "Reminder: dentist on Tuesday"."""
_CLAUSE = re.compile(r"[,:]\s*")
MOST_IN_FRONT = 80
"""Characters of what may stand in front of an order: "When they ask about prices, "."""


def find(subject: Subject) -> Iterator[Finding]:
    """One finding where the signs weigh enough."""
    weights, evidence = signs(subject.text)
    if sum(weights.values()) < ENOUGH:
        return
    told = sorted(weights, key=lambda what: weights[what], reverse=True)
    yield Finding(
        subject.record_id,
        "instruction",
        "high",
        f"It {', '.join(told[:3])}. An agent that is given this record may obey it.",
        evidence,
    )


def signs(text: str) -> tuple[dict[str, int], tuple[Evidence, ...]]:
    """What a text has signs of, each with its weight, and where they are."""
    weights: dict[str, int] = {}
    evidence: list[Evidence] = []
    for sign in (*SIGNS, *CLAIMS):
        found = sign.search(text)
        if found:
            weights[sign.what] = max(weights.get(sign.what, 0), sign.weight)
            evidence.append(Evidence(*_trimmed(text, *found.span()), sign.what))
    for order in _orders(text):
        weights[order.what] = ENOUGH
        evidence.append(order)
    return weights, tuple(sorted(evidence, key=lambda each: each.start))


def _orders(text: str) -> Iterator[Evidence]:
    """Sentences that order something.

    Records tell in the third person, so an order is rare in them; where somebody speaks of themselves it is a
    person's wish, unless it reaches further: to all users, for good, or to an address.
    """
    somebody = _PERSONS.search(text)
    for found in _SENTENCE.finditer(text):
        sentence = found[0].strip(" \"“”'’)(-–—*#>")
        title = _TITLE.match(sentence)
        sentence = sentence[title.end() :] if title else sentence
        asks = text[found.end() : found.end() + 1] in ("?", "!")
        if asks or _PERSONS.search(sentence) or (somebody and not _REACH.search(sentence)):
            continue
        if _is_order(sentence) and len(sentence.split()) >= FEWEST_WORDS:
            yield Evidence(*_trimmed(text, *found.span()), "gives an order")


def _is_order(sentence: str) -> bool:
    """Whether a sentence begins with a verb that orders, or has one behind a condition: "In Rome, open shops
    are rare" has none."""
    begins = _LEAD.match(sentence)
    if begins and begins["verb"].lower() in _ORDERS:
        return True
    if not _CONDITION.match(sentence):
        return False
    clauses = [found.end() for found in _CLAUSE.finditer(sentence[:MOST_IN_FRONT])]
    leads = filter(None, (_LEAD.match(sentence, start) for start in clauses))
    return any(
        lead["verb"].lower() in _ORDERS
        or (_is_bare(lead["verb"]) and not _WHEN.match(sentence, lead.end("verb")))
        for lead in leads
    )


def _is_bare(word: str) -> bool:
    """Whether a word in front of a clause may be a verb's bare form: no name, no "prefers", no "they"."""
    endings = ("s", "ed", "ing", "ly", "ion", "er", "ity", "ness", "ment")
    return word.islower() and len(word) > 2 and not word.endswith(endings) and word not in _NO_VERBS


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Without punctuation and spaces in front."""
    while start < end - 1 and text[start] in ' .!?:;,\n"“':
        start += 1
    return start, end
