"""Sentences whose subject was left out or put last, in full: "Can't stand jazz" is "I can't stand jazz"."""

import re

NUMBER = r"(?:\d[\d:.,]*|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty)"
TIMELY = (
    rf"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|\d{{1,2}}(?:st|nd|rd|th)?(?: of)? [A-Z]\w+"
    rf"|[A-Z]\w+ \d{{1,2}}(?:st|nd|rd|th)?|\d{{1,2}}(?:st|nd|rd|th)|{NUMBER}(?: ?[ap]m)?)"
)
OPEN = r"(?!(?:it|that|this|them|those|these|him|her|you|your)\b)"
# Verbs with which people start when they leave "I" away; none of them opens a request.
LEFT_AWAY = re.compile(
    r"^(?P<adverb>(?:really|absolutely|totally|always|never|still|just|also) )?"
    r"(?P<verb>love|hate|loved|hated|adored|adore|prefer|enjoy|enjoyed|detest|loathe|dislike"
    r"|can't (?:stand|bear|eat|drink|wear|handle"
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
    r"|target)(?: is|:)? "
    r"(?P<value>(?:(?:about|around|roughly|under|below|up to|at most|over|approximately|between|max(?:imum)?"
    r"|no more than|not more than|is) )?[\d£$€].*)$",
    re.IGNORECASE,
)
# "What matters to me is X", "What I hate is X".
CLEFT = re.compile(
    r"^what (?:really )?(?P<verb>matters|counts)(?P<most> most| more)? (?:to"
    r"|for) me is (?P<what>\w[^,]+)(?:,.*)?$"
    r"|^what I (?P<do>(?:really |absolutely |simply |just )?(?:like|love|hate|prefer|enjoy|value|need|dislike"
    r"|can't (?:stand|bear|abide|handle)|don't (?:like|want|need|enjoy)|appreciate))"
    r"(?: most| best| the most)?(?: about [\w ]{2,30})? is (?P<object>\w.+)$",
    re.IGNORECASE,
)
# "new phone: 555 0134" says what "My new phone number is 555 0134" says.
# "It's fifteen chairs, not twelve": what it is was said before.
CORRECTED = re.compile(
    r"^(?:[^,]{3,30}\b(?:wrong|mistake|mixed up)[,:.]? )?(?:and |no,? |sorry,? )*(?:it|that)(?:'s| is"
    r"|'ll be| will be| should be)"
    rf" (?P<now>(?:\w+ ){{0,2}}{NUMBER}\b[^,]{{0,25}}),"
    rf" (?:and )?not (?P<before>(?:\w+ ){{0,2}}{NUMBER}\b[^,]{{0,20}})$",
    re.IGNORECASE,
)
# "It's not the 12th but the 19th", "It wasn't Sunday, it was Saturday".
DENIED_FIRST = re.compile(
    rf"^(?:it|that)(?:'s not| is not| isn't| wasn't| was not) (?P<before>(?:on |at |in |the |for )*{TIMELY})"
    rf"(?: \w+)?(?: but|, but|, it's|, it is|, it was|,) (?P<now>(?:on |at |in |the "
    rf"|for )*{TIMELY})(?P<rest>.{{0,60}})$",
    re.IGNORECASE,
)
# "It's due Tuesday, not Monday".
NOT_THAT_DAY = re.compile(
    rf"^(?:it|that)(?:'s| is| was)(?: \w+)? (?P<now>(?:on |at |in |the "
    rf"|for )*{TIMELY}),? not (?P<before>(?:on |at |in |the "
    rf"|for )*{TIMELY})\b",
    re.IGNORECASE,
)
# "Forget the terrazzo", "Ignore what I said about the bedding".
TAKEN_BACK = re.compile(
    r"^(?:please )?(?:forget|ignore|scratch|scrap|disregard|never ?mind) (?:(?P<said>(?:everything "
    r"|all )?what I (?:said"
    r"|told you|wrote) about)|about)? ?(?P<what>(?:the |that |my |our )?(?!(?:last|previous|above"
    r"|instructions?|error"
    r"|message|question|typo|it|that|this|them|what|about|all|everything"
    r"|rest)\b)[a-z][\w -]{2,40})(?P<rest>(?:,.*)?)$",
    re.IGNORECASE,
)
NUMBERS = {"phone": "phone number", "mobile": "phone number", "number": "phone number"}
LABELLED = re.compile(
    r"(?:^|, )(?:my |the )?(?P<new>new )?(?P<what>phone|mobile|e-?mail|address|number)(?: number| address)?"
    r": (?P<value>\S[^,]*)$",
    re.IGNORECASE,
)


# "Azad Hind we generally take": the object first.
OBJECT_FIRST = re.compile(
    r"^(?!(?:I|we|my|our|what|where|when|how|which|if|so|and|but|that|the (?:one|thing))\b)"
    r"(?P<object>[\w' -]{3,40}?),? (?P<who>I|we) (?P<verb>(?:(?:generally|usually|always|mostly"
    r"|normally|never|really"
    r"|absolutely|also|quite) )?(?:love|like|hate|adore|prefer|enjoy|take|eat|drink|use|wear|avoid"
    r"|can't stand"
    r"|can't bear|don't like|don't eat|don't drink|don't mind|could live without))$",
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
    """A value with its label, a correction or a cleft sentence, with its subject in front; or ""."""
    labelled = LABELLED.search(sentence)
    if labelled:
        what = NUMBERS.get(labelled["what"].lower(), labelled["what"].lower())
        return f"My {'new ' if labelled['new'] else ''}{what} is {labelled['value']}"
    value = VALUE.match(sentence)
    if value:
        return f"My {value['what'].lower()} is {value['value']}"
    return _taken_back(sentence.rstrip(" .!")) or _turned(sentence)


def _taken_back(sentence: str) -> str:
    """What a sentence takes back or corrects of something said before: "It's six, not five"; or ""."""
    back = TAKEN_BACK.match(sentence)
    if back and (back["said"] or back["what"].lower().startswith(("the ", "that ", "my ", "our "))):
        lead = "I take back what I said about" if back["said"] else "I no longer want"
        return f"{lead} {back['what']}"
    corrected = CORRECTED.match(sentence) or DENIED_FIRST.match(sentence) or NOT_THAT_DAY.match(sentence)
    return f"My correction is {corrected['now']}, not {corrected['before']}" if corrected else ""


def _turned(sentence: str) -> str:
    """A sentence that opens with its object or with "what", with its subject in front; or ""."""
    turned = OBJECT_FIRST.match(sentence.rstrip(" .!"))
    if turned:
        return f"{turned['who'].capitalize()} {turned['verb']} {turned['object']}"
    cleft = CLEFT.match(sentence)
    if cleft is None:
        return ""
    if cleft["do"]:
        return f"I {cleft['do']} {cleft['object']}"
    return f"{_capital(cleft['what']).rstrip(' .!')} {cleft['verb']}{cleft['most'] or ''} to me"


def _small(text: str) -> str:
    return text[:1].lower() + text[1:]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
