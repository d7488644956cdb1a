"""Sentences whose subject was left out or put last, in full: "Can't stand jazz" is "I can't stand jazz"."""

import re

from services.aws_local.extraction.clauses import has_finite_verb

NUMBER = r"(?:\d[\d:.,]*|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty)"
OPEN = r"(?!(?:it|that|this|them|those|these|him|her|you|your)\b)"
# Verbs with which people start when they leave "I" away; none of them opens a request.
LEFT_AWAY = re.compile(
    r"^(?P<adverb>(?:really|absolutely|totally|always|never|still|just|also) )?"
    r"(?P<verb>love|hate|adore|prefer|enjoy|detest|loathe|dislike|can't (?:stand|bear|eat|drink|wear|handle"
    r"|do|get (?:on|along|used|into))|don't (?:like|eat|drink|smoke|enjoy|want|need|trust|care for)"
    r"|need|moved|sold|bought|quit|switched|gave up|grew up|retired|adopted|joined|recently \w+ed"
    rf"|used to (?!it\b))\b(?= {OPEN}\S)",
    re.IGNORECASE,
)
# "Big fan of sushi", "Not into horror", "Allergic to nuts": "I'm" was left away.
FAN = re.compile(r"^(?P<what>(?:not )?(?:really |much of )?(?:an? )?(?:big |huge |massive )?fan of \S)", re.I)
STATE = re.compile(
    r"^(?:(?:not|never|really|super|so|very|that|still|pretty|quite|also) ){0,2}(?:into|keen on|fond of"
    rf"|obsessed with|partial to|picky about|fussy about|allergic to|intolerant to) {OPEN}\S",
    re.IGNORECASE,
)
# "Planning a trip to Japan", "Currently living in Oslo": "I'm" was left away.
DOING = re.compile(
    r"^(?:(?:currently|now|also|still|just) )?(?:planning (?!to\b)|thinking (?:about|of) |looking (?:for|to) "
    r"|trying to |hoping to |working (?:on|at|as|from|for) |living (?:in|with|on) |moving (?:to|from) "
    r"|saving (?:up )?for |training for |studying |considering |expecting |flying (?:to|from) "
    rf"|travell?ing (?:to|from|with) |getting married ){OPEN}\S",
    re.IGNORECASE,
)
# "Budget about 9,000 dollars": a value behind its label.
VALUE = re.compile(
    r"^(?:my |our |the )?(?P<what>budget|deadline|turnover|revenue|salary|rent|height|weight"
    r"|target|goal)(?: is|:)? "
    r"(?P<value>(?:(?:about|around|roughly|under|below|up to|at most|over|approximately|between|max(?:imum)?"
    r"|no more than|not more than|is) )?[\d£$€].*)$",
    re.IGNORECASE,
)
# "What matters to me is X", "What I hate is X".
CLEFT = re.compile(
    r"^what (?:really )?(?P<verb>matters|counts)(?P<most> most| more)? (?:to|for) me is (?P<what>\w.+)$"
    r"|^what I (?P<do>(?:really )?(?:like|love|hate|prefer|enjoy|value|need|dislike|can't stand|appreciate))"
    r"(?: most| best| the most)?(?: about [\w ]{2,30})? is (?P<object>\w.+)$",
    re.IGNORECASE,
)
# "new phone: 555 0134" says what "My new phone number is 555 0134" says.
# "It's fifteen chairs, not twelve": what it is was said before.
CORRECTED = re.compile(
    r"^(?:and |no,? |sorry,? |I got (?:that|it) wrong,? )*(?:it|that)(?:'s| is|'ll be| will be| should be)"
    rf" (?P<now>(?:\w+ ){{0,2}}{NUMBER}\b[^,]{{0,25}}),"
    rf" (?:and )?not (?P<before>(?:\w+ ){{0,2}}{NUMBER}\b[^,]{{0,20}})$",
    re.IGNORECASE,
)
# "Kale I'm not fond of", "Dogs I like": what is judged comes first.
OBJECT_FIRST = re.compile(
    r"^(?P<what>(?!(?:what|that|which|who|how|when|where|because|if|and|but|so|the (?:one|way|thing"
    r"|first)|things?"
    r"|something|anything|everything|all|some|these|those|this|it|yes|no)\b)[\w'-]+(?: [\w'-]+)?) "
    r"(?P<main>I(?:'m| am) (?:really )?(?:not )?(?:fond of|keen on|into|allergic to)"
    r"|I (?:really |absolutely )?(?:like|love|hate|adore|can't stand|don't (?:like|eat|drink)|avoid))"
    r"(?=$|[,.;!])",
    re.IGNORECASE,
)
NUMBERS = {"phone": "phone number", "mobile": "phone number", "number": "phone number"}
# "I changed my email last month, it's anna@example.com now".
CHANGED_VALUE = re.compile(
    r"^(?:I(?:'ve| have)? (?:just |recently )?changed my|I(?:'ve| have)? got a new"
    r"|my) (?P<what>e-?mail(?: address)?"
    r"|(?:phone |mobile )?number|phone|mobile)\b[^@]*?(?: it's| it is|, now|:) (?:now )?"
    r"(?P<value>[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\+?\d[\d ()-]{5,}\d)\b",
    re.IGNORECASE,
)
LABELLED = re.compile(
    r"(?:^|, )(?:my |the )?(?P<new>new )?(?P<what>phone|mobile|e-?mail|address|number)(?: number| address)?"
    r": (?P<value>\S[^,]*)$",
    re.IGNORECASE,
)


def restored(sentence: str) -> str:
    """A user's sentence with the subject that it implies; any other sentence comes back unchanged."""
    reordered = _reordered(sentence)
    if reordered:
        return reordered
    if LEFT_AWAY.match(sentence):
        return f"I {_small(sentence)}"
    fan = FAN.match(sentence)
    if fan and re.match(r"(?:big|huge|massive|fan)\b", fan["what"], re.IGNORECASE):
        return f"I'm a {_small(sentence)}"
    left_away = fan or STATE.match(sentence) or DOING.match(sentence)
    return f"I'm {_small(sentence)}" if left_away else sentence


def _reordered(sentence: str) -> str:
    """A value, a correction or a sentence that puts its object first, in the usual order; or ""."""
    valued = _valued(sentence)
    if valued:
        return valued
    corrected = CORRECTED.match(sentence.rstrip(" .!"))
    if corrected:
        return f"My correction is {corrected['now']}, not {corrected['before']}"
    fronted = OBJECT_FIRST.match(sentence)
    if fronted and not has_finite_verb(f"it {fronted['what']}"):
        return f"{fronted['main']} {_small(fronted['what'])}"
    cleft = CLEFT.match(sentence)
    if cleft is None:
        return ""
    if cleft["do"]:
        return f"I {cleft['do']} {cleft['object']}"
    return f"{_capital(cleft['what']).rstrip(' .!')} {cleft['verb']}{cleft['most'] or ''} to me"


def _valued(sentence: str) -> str:
    """What a value is a value of, in front of it; or ""."""
    labelled = LABELLED.search(sentence)
    if labelled:
        what = NUMBERS.get(labelled["what"].lower(), labelled["what"].lower())
        return f"My {'new ' if labelled['new'] else ''}{what} is {labelled['value']}"
    changed = CHANGED_VALUE.match(sentence)
    if changed:
        what = NUMBERS.get(changed["what"].lower().split()[0], changed["what"].lower())
        return f"My new {what} is {changed['value']}"
    value = VALUE.match(sentence)
    return f"My {value['what'].lower()} is {value['value']}" if value else ""


def _small(text: str) -> str:
    return text[:1].lower() + text[1:]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
