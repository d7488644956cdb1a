"""Sentences whose subject was left out or put last, in full: "Can't stand jazz" is "I can't stand jazz"."""

import re

from services.aws_local.extraction.clauses import has_finite_verb
from services.aws_local.extraction.corrections import values

NUMBER = r"(?:\d[\d:.,]*|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty)"
OPEN = r"(?!(?:it|that|this|them|those|these|him|her|you|your)\b)"
# Verbs with which people start when they leave "I" away; none of them opens a request.
LEFT_AWAY = re.compile(
    r"^(?P<adverb>(?:really|absolutely|totally|always|never|still|just|also) )?"
    r"(?P<verb>loved?|hate|adore|prefer|enjoy|detest|loathe|dislike|can't (?:stand|bear|eat|drink|wear|handle"
    r"|do|get (?:on|along|used|into))|don't (?:like|eat|drink|smoke|enjoy|want|need|trust|care for)"
    r"|need|moved|sold|bought|quit(?! (?:in )?\d)|switched|gave up|grew up|retired|adopted|joined"
    r"|recently \w+ed"
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
# "Make it Saturday instead of Friday"
INSTEAD = re.compile(
    r"(?:^|,? and )(?:please |make (?:it|that) )*(?P<now>[\w$€£:]+(?: [\w:]+)?) (?:instead of|rather than)"
    r" (?P<before>[\w$€£:]+(?: [\w:]+)?)$",
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
# "Sorry, I said Austin, I meant Round Rock", "I meant Lisa, not Laura".
A_NAME = r"(?-i:[A-Z])[\w'-]+(?: (?-i:[A-Z])[\w'-]+){0,2}"
RENAMED = re.compile(
    rf"^(?:(?:no|sorry|oops|wait|actually|and|but),? )*(?:(?:I|you) (?:said|wrote|typed"
    rf"|put) (?P<said>{A_NAME}),?"
    rf" (?:but )?(?:I meant?|it's|it is|it should be) (?P<meant>{A_NAME})(?: with .+)?"
    rf"|(?:I meant?|it's|it is|that should be) (?P<now>{A_NAME}),? (?:and )?not (?P<before>{A_NAME}))$",
    re.IGNORECASE,
)
# "It wasn't the hose, it was the seal", "it's gluten, not dairy".
A_THING = (
    r"(?:the |my |our |an? )?(?P<{}>(?!(?:really|so|too|just|very|that|great|good|bad|fine|easy|hard|nice"
    r"|true|right|sure|new|only|about|for|in|on|at|to|from)\b)[a-z]{{3,}}(?: [a-z]{{3,}})?)"
)
MISTAKEN = re.compile(
    rf"^(?:actually,? |no,? |sorry,? )*it (?:wasn't|isn't|was not|is not) {A_THING.format('before')},"
    rf" (?:it(?:'s| was| is)|but) {A_THING.format('now')}$"
    r"|^(?:actually,? |no,? |sorry,? )*(?:I meant?|it's|it is|it was) "
    rf"{A_THING.format('meant')},? (?:and )?not {A_THING.format('said')}$",
    re.IGNORECASE,
)
# "Forget what I said about bedding": what was said of it is over.
TAKEN_BACK = re.compile(
    r"^(?:please )?(?:forget|ignore|disregard) what I (?:said|told you"
    r"|wrote) about (?=\w)",
    re.I,
)
# "Vegetarian since 2015", "Two cats, Miso and Tofu", in a list of what there is to know about somebody.
BEING = re.compile(
    r"^(?:vegan|vegetarian|pescatarian|diabetic|coeliac|celiac|retired|divorced|widowed|married|pregnant"
    r"|left-handed|colou?r-?blind|lactose intolerant|self-employed|unemployed|teetotal)"
    r"(?= (?:since|for|with|and|to|again)\b| here|,|[ .!]*$)",
    re.IGNORECASE,
)
HAVING = re.compile(
    rf"^(?!.*\b(?:I|me|my)\b){NUMBER} (?:\w+ )?(?:dogs?|cats?|kids?|children|sons?|daughters?|brothers?"
    rf"|sisters?|siblings|twins"
    r"|grandchildren|grandkids|pets)(?= (?:and|aged?|called|named|from|but)\b|,|[ .!]*$)",
    re.IGNORECASE,
)
# "Name: Paul Novak": the lines of a form.
FORM = re.compile(
    r"^(?:my )?(?P<what>(?:full |first |last )?name|age|date of birth|dob|birthday|nationality|occupation"
    r"|job|profession"
    r"|employer|company|hometown|languages?|hobbies|hobby|diet|height|weight|blood type|time ?zone|pronouns"
    r"|allergies|allergy|medications?|pets|insurance|shoe size|size|city|location)"
    r": (?P<value>\w[^?;:]{0,60})$",
    re.IGNORECASE,
)
FORM_NAMES = {"dob": "date of birth", "city": "home", "location": "home", "full name": "name"}
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


def restored(sentence: str, *, chosen: bool = False) -> str:
    """A user's sentence with the subject that it implies; any other sentence comes back unchanged.

    ``chosen``: "vegetarian" and "two kids" may be what somebody orders or picks, and not who they are.
    """
    sentence = TAKEN_BACK.sub("I take back what I said about ", sentence)
    reordered = _reordered(sentence)
    if reordered:
        return reordered
    described = "" if chosen else _described(sentence)
    if described or LEFT_AWAY.match(sentence):
        return described or f"I {_small(sentence)}"
    fan = FAN.match(sentence)
    if fan and re.match(r"(?:big|huge|massive|fan)\b", fan["what"], re.IGNORECASE):
        return f"I'm a {_small(sentence)}"
    left_away = fan or STATE.match(sentence) or DOING.match(sentence)
    return f"I'm {_small(sentence)}" if left_away else sentence


def _described(sentence: str) -> str:
    """What somebody says of themselves in key words, in full: "Vegetarian since 2015", "Two cats"; or ""."""
    if HAVING.match(sentence):
        return f"I have {_small(sentence)}"
    return f"I'm {_small(sentence).rstrip(' .!').removesuffix(' here')}" if BEING.match(sentence) else ""


def _reordered(sentence: str) -> str:
    """A value, a correction or a sentence that puts its object first, in the usual order; or ""."""
    told = _valued(sentence) or _corrected(sentence.rstrip(" .!"))
    if told:
        return told
    fronted = OBJECT_FIRST.match(sentence)
    if fronted and not has_finite_verb(f"it {fronted['what']}"):
        return f"{fronted['main']} {_small(fronted['what'])}"
    cleft = CLEFT.match(sentence)
    if cleft is None:
        return ""
    if cleft["do"]:
        return f"I {cleft['do']} {cleft['object']}"
    return f"{_capital(cleft['what']).rstrip(' .!')} {cleft['verb']}{cleft['most'] or ''} to me"


def _corrected(sentence: str) -> str:
    """A correction that does not say what it is a correction of, as one; or ""."""
    instead = INSTEAD.search(sentence)
    if instead and _kinds(instead["now"]) and _kinds(instead["now"]) == _kinds(instead["before"]):
        return f"My correction is {instead['now']}, not {instead['before']}"
    corrected = CORRECTED.match(sentence) or RENAMED.match(sentence) or MISTAKEN.match(sentence)
    if corrected is None:
        return ""
    told = corrected.groupdict()
    now, before = told["now"] or told["meant"], told["before"] or told["said"]
    return f"My correction is {now}, not {before}"


def _kinds(text: str) -> list[str]:
    return [value.kind for value in values(text)]


def _valued(sentence: str) -> str:
    """What a value is a value of, in front of it; or ""."""
    form = FORM.match(sentence.rstrip(" ."))
    if form:
        what = form["what"].lower()
        verb = "are" if what.endswith("s") else "is"
        return f"My {FORM_NAMES.get(what, what)} {verb} {form['value']}"
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
