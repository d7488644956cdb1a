"""Records that hold nothing to remember: greetings, questions, talk about the talk, echoes of prompts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from services.findings.model import Finding, Subject
from services.records.contents import Fact, Preference, parse_content

_SPEAKER = r"(?:the\s|this\s)?(?:user|customer|assistant|agent|client|person|caller|speaker|they|he|she|i)\b"
_GREETINGS = re.compile(
    r"""(?:(?:hi|hello|hey|hiya|howdy|dear|greetings|good\s(?:morning|afternoon|evening|night|day)
            |thanks?(?:\syou)?(?:\s(?:so|very)\smuch)?|thx|cheers
    |bye(?:\sbye)?|goodbye|see\syou(?:\s\w+)?|take\scare|ok(?:ay)?|yes|yep|yeah|no|nope|sure|great
            |perfect|cool|nice|awesome|fine|alright|right|please|sorry|welcome
    |you(?:['’]re|\sare)\swelcome|no\sproblem|my\spleasure|got\sit|sounds\sgood|will\sdo|noted
            |understood|i\ssee|hm+|ah|oh|lol|haha|test(?:ing)?|asdf\w*|foo(?:bar)?
    |lorem\sipsum(?:\sdolor(?:\ssit(?:\samet)?)?)?|there|again|everyone|all|a\slot|for\s(?:your|the
            |all\sthe|that|this)(?:\s\w+)?|so\smuch|how\sare\syou(?:\s(?:doing|today))*
            |how['’]?s?\sit\sgoing
    |have\sa\s(?:good|great|nice|lovely)\s\w+|talk\s(?:soon|later)|n/?a|none|null|undefined|unknown
            |nothing|no\s(?:information|facts?|preferences?|data)(?:\s\w+){0,3})[\s,.!?…\-–:;()]*)+""",
    re.IGNORECASE | re.VERBOSE,
)
_TALK = re.compile(
    rf"""{_SPEAKER}\s(?:has\s|have\s|just\s|then\s|also\s|simply\s|briefly\s|politely\s)*
    (?:greet(?:ed|s)?|said\s(?:hi|hello|hey|thanks|thank\syou|goodbye|bye|yes|no|ok(?:ay)?)|sa(?:ys
            |id)\sgoodbye|thank(?:ed|s)?|acknowledg(?:ed|es)|
    welcom(?:ed|es)|apologi[sz](?:ed|es)|started\s(?:a|the)\s(?:conversation|chat|session)|ended\s(?:a
            |the)\s(?:conversation|chat|session)|initiated\s(?:a|the)\s(?:conversation|chat)|
    expressed\s(?:gratitude|thanks|appreciation)|agreed|confirmed|responded|replied|is\s(?:chatting
            |talking|speaking)\s(?:to|with)|sent\sa\smessage|made\sa\sgreeting|is\shere\sto\shelp
            |can\shelp|offered\s(?:to\s)?(?:help|assist\w*)|is\sready)
    (?:\s(?:the|an|its|their|his|her|with|to|for|by|and|a|of|in|back|politely|user|assistant|agent|help
            |assistant['’]s|user['’]s|message|messages|answer|response|reply|question|greeting|hello
            |conversation|chat|session|warmly|briefly|today|again|so|much|information|it|them|him
            |assistance))*\W*$""",
    re.IGNORECASE | re.VERBOSE,
)
_ASKED = re.compile(
    rf"{_SPEAKER}\s(?:has\s|just\s|then\s|also\s)*(?:ask(?:ed|s)|inquir(?:ed|es)|wonder(?:ed|s)"
    r"|wants?\sto\sknow|wanted\sto\sknow|is\sasking|request(?:ed|s)\sinformation"
    r"|enquired)\b(?!\s(?:to\b|for\b(?!\s(?:information|help|advice|details|assistance"
    r"|clarification|directions))|not\b|that\b|him|her|them|the\s(?:assistant|agent|user|customer"
    r"|client)\s(?:to|not)))",
    re.IGNORECASE | re.VERBOSE,
)
_ECHO = re.compile(
    r"""\byou\sare\san?\s(?:helpful|friendly|expert|ai|virtual|knowledgeable|professional)\b
            |\bas\san?\s(?:ai|large)\s(?:language\s)?(?:model|assistant)\b|\bi\s(?:cannot|can['’]t
            |am\sunable\sto)\s(?:help|assist|access|remember|browse)\b
    |\bhow\s(?:can|may)\si\s(?:help|assist)\b|\bis\sthere\sanything\selse\b|\blet\sme\sknow\sif\b
            |\bextract(?:ed)?\s(?:the\s)?(?:facts|memories|preferences)\sfrom\b|\b(?:no
            |there\sare\sno)\s(?:new\s|relevant\s|meaningful\s)?(?:facts|preferences|information
            |memories|details)\s(?:were|was|to|have\sbeen|could\sbe|found|available|extracted|provided)\b
    |\bthe\s(?:conversation|message|input|text)\s(?:does\snot|doesn['’]t|did\snot)\s(?:contain|include
            |have|provide)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_MACHINE = re.compile(
    r"\s*(?:\{.*\}|\[.*\]|<[a-z!?][^>]*>.*|Traceback\s\(most.*|(?:[A-Z]+\s)?HTTP/\d.*"
    r"|\w+\([^)]*\)\s*;?)\s*",
    re.DOTALL,
)


def find(subject: Subject) -> Iterator[Finding]:
    """One finding where a record is of no use to anybody."""
    content = subject.content
    text = content.preference if isinstance(content, Preference) else subject.text
    if not isinstance(content, (Fact, Preference)) or not any(map(str.isalnum, text)):
        return
    reason = _reason(text.strip())
    if reason:
        yield Finding(subject.record_id, "junk", "low", reason, subject.whole(reason.rstrip(".").lower()))


def _reason(text: str) -> str | None:
    if _GREETINGS.fullmatch(text) or _TALK.match(text):
        return "It only greets, thanks or agrees."
    if text.endswith("?") and not re.search(r"[.!]\s", text):
        return "It is a question, not something known."
    if _ASKED.match(text) and not _says_more(text):
        return "It only says that something was asked."
    if _ECHO.search(text):
        return "It repeats a prompt or an assistant's phrase."
    if isinstance(parse_content(text), Fact) and _MACHINE.fullmatch(text):
        return "It is a program's output, not a statement."
    return None


def _says_more(text: str) -> bool:
    """Whether something follows the question: a second sentence, or a reason."""
    return bool(
        re.search(
            r"[.;]\s+\S|\b(?:because|since|as\s(?:he|she|they)|who|which|whose|so\sthat"
            r"|and\s(?:then\s)?(?:got|was|were|had|\w+ed))\b",
            text,
        )
    )
