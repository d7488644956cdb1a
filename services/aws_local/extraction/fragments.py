"""Tastes said without a sentence around them: "Nothing too spicy", "Anything but grey", "Not pink please"."""

import re

from services.aws_local.extraction.capitals import lower_first
from services.aws_local.extraction.categories import PATTERNS
from services.aws_local.extraction.clauses import FIRST_PERSON, has_finite_verb
from services.aws_local.extraction.corrections import values
from services.aws_local.extraction.sentences import stripped
from services.aws_local.extraction.small_talk import IMPERATIVE
from services.aws_local.extraction.wishes import first_lower

INSTEAD = " instead of "  # with a number or a day it corrects what was agreed, and tells no taste
POLITE = re.compile(r"\b(?:please|pls|plz|thanks|thank you)\b", re.IGNORECASE)
LEAD = re.compile(r"^(?:(?:and|but|so|also|oh|plus|then|maybe|just|definitely|absolutely|ideally),? )+", re.I)
LEADING_PLEASE = re.compile(r"^(?:please|pls|plz|kindly) ", re.IGNORECASE)
HAS_TO_BE = re.compile(
    r"^(?:it|they) (?:has to|have to|needs? to|must|should) be (?P<what>.{4,60})$", re.IGNORECASE
)
ALL_ABOUT = re.compile(
    r"^(?:for|to) me,? it's (?:all |mostly |mainly )?about (?P<what>[\w' -]{3,50})$", re.IGNORECASE
)
# "Fine, as long as it's before noon": the condition is what matters.
CONDITION = re.compile(
    r"\b(?:as|so) long as (?:it's|it is|they're|they are|that's|there's) (?P<what>(?!ok\b|okay\b"
    r"|fine\b|not\b|possible\b"
    r"|easy\b|my\b|your\b|the same\b)[\w':. -]{4,60}?)[.!]*$",
    re.IGNORECASE,
)
BETTER_THAN = re.compile(
    r"^(?!(?:the|it|this|that|he|she|they|my|our|your|which"
    r"|what)\b)(?P<what>[\w' -]{3,40}?) (?:works?|is|are) (?:much |far"
    r" |way |always )?(?:better|nicer|easier|safer) than (?P<other>[\w' -]{3,40})$",
    re.IGNORECASE,
)
INSISTS = re.compile(r"\b(?:absolutely|definitely|please|pls|plz|also|and|but|ever|either)\b", re.IGNORECASE)
# Why, said after it: "Not white, it looks like a hospital".
REASON = re.compile(
    r"(?:[,;] (?=(?:it|it's|they|they're|I|I'm|I've|we|we're|my|our|that|that's|the|you|he|she|who"
    r"|which|not my"
    r"|never|life's)\b)| (?:because|since|as|cos|cause|if (?:at all )?(?:possible|poss|you can"
    r"|that's)|so) ?\b).*$",
    re.IGNORECASE,
)
ANOTHER_VERB = re.compile(
    r"(?<![\w-])(?:I|I'd|I'm|I've|we|you|it|it's|that's|there's|what's|he|she|they|is|are|was|were|would|will|can|could|go|goes|went|has|had|have|did"
    r"|does|do|don't|works?|worked|helps?|helped|happens|happened|changed|made)\b|\?",
    re.IGNORECASE,
)
NO_TASTE = (
    r"(?:else|more|wrong|new|special|much|yet|now|so far|in particular|specific|really|happened|to (?:do"
    r"|worry|add|report|declare|lose|hide|see)|of (?:the|that|this)|at all|at the moment|i\b|we\b)"
)
AFTER_NOT = (
    r"(?!yet\b|really\b|sure\b|now\b|much\b|bad\b|at all|that\b|only\b|just\b|exactly\b|if\b|when\b|until\b"
    r"|since\b|a (?:problem|clue|lot|bit|single|word|big|fan|huge|chance|thing)|necessarily\b|even\b|my\b"
    r"|the (?:one|same|first|case|best|point)|there\b|here\b|to (?:mention|worry)|always\b|everyone\b|as\b"
    r"|for\b|again\b|this\b|so\b|particularly\b|especially\b|usually\b|often\b|long\b|many\b|with(?:out)?\b"
    r"|from\b|in\b|on\b|one\b|by\b|of\b|about\b|under\b|over\b|looking\b|planning\b|hard\b|quite\b|working\b|happy\b|bothered\b|fussed\b|great\b|good\b|ideal\b"
    r"|allowed\b|possible\b|true\b|right\b|impressed\b|anymore\b|any more\b|what\b|how\b|who\b|because\b)"
)
NO_REFUSAL = (
    r"(?!need\b|idea\b|more\b|problem\b|worries\b|clue\b|rush\b|luck\b|chance\b|doubt\b|wonder\b|one\b|way\b"
    r"|thanks\b|thank\b|matter\b|kidding\b|response\b|answer\b|reply\b|change\b|changes\b|other\b|such\b"
    r"|longer\b|later\b|it\b|that\b|this\b|not\b|and\b|but\b|I\b|we\b|the\b|my\b|you\b|wait\b|sorry\b|just\b"
    r"|really\b|actually\b|be\b|sign\b|improvement\b|difference\b|news\b|point\b|time\b|use\b|reason\b"
    r"|question\b|joke\b|bother\b|big deal|success\b|fever\b|pain\b|error\b|errors\b|allerg\w+|children\b"
    r"|kids\b|pets\b|siblings\b|experience\b|symptoms\b|injur\w+)"
)
AMOUNT = r"(?:\d+|an?|one|two|three|four|five|six|seven|eight|nine|ten|half)"
# Always a taste, with its wording.
TASTES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), shape)
    for pattern, shape in (
        (rf"^nothing (?!{NO_TASTE})(?P<what>[\w' -]{{3,60}})$", "prefers nothing {what}"),
        (r"^(?:anything|anywhere|any \w+) (?:but|except"
         r"|other than) (?P<what>[\w' -]{3,40})$", "prefers {all}"),
        (r"^never (?P<what>(?:before|after|on|at|in the|with|without) [\w:' -]{2,40})$",
         "prefers never {what}"),
        (
            r"^(?!the \w+ [a-z]+s (?:on|in|at|to|with"
            r"|from)\b)(?P<what>(?:[\w'-]+ ){0,5}[\w'-]+,? (?:rather than|instead of"
            r"|(?<!hand )(?<!take )(?<!go )(?<!left )(?<!all )over) (?:[\w'-]+ ){0,4}[\w'-]+)$",
            "prefers {what}",
        ),
        (rf"^(?P<what>(?:max(?:imum)?|at most|no more than|not more than) (?:of )?{AMOUNT} [\w' -]{{3,40}})$",
         "prefers {what}"),
        (r"^not (?P<what>(?:too|overly|very) [\w' -]{3,40})$", "prefers not {what}"),
        (r"^(?P<what>[\w' -]{4,50}?),? (?:from now on|going forward"
         r"|in future)$", "prefers {what} from now on"),
        (r"^(?:from now on|going forward"
         r"|in future),? (?P<what>[\w' -]{4,50})$", "prefers {what} from now on"),
        (r"^(?P<what>[\w' -]{3,40}?),? (?:whenever|where|wherever|when) (?:I|we) can$", "prefers {what}"),
        (r"^somewhere (?!else|new\b)(?P<what>[\w' -]{3,50})$", "prefers somewhere {what}"),
        (
            r"^(?P<what>(?:British|American|UK|US|metric|imperial|plain|formal|informal"
            r"|simple) (?:spelling|English|units?"
            r"|language|style))$",
            "prefers {what}",
        ),
        (r"^the (?P<what>\w+er) the better$", "thinks the {what} the better"),
        (r"^something (?!else|like that|wrong|new\b|happened)(?P<what>[\w' -]{3,60}(?:, like [\w' -]+)?)$",
         "prefers something {what}"),
        (r"^(?P<what>[\w' -]{3,50}?),? (?:any ?day|every time|all the way|for the win|all day long)$",
         "prefers {what}"),
    )
)  # fmt: skip
# A taste where something shows that it is more than a remark: politeness, a reason, or a question before it.
REFUSALS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), shape)
    for pattern, shape in (
        (rf"^not {AFTER_NOT}(?!\w+er$)(?:an? |the "
         rf"|any )?(?P<what>[\w'-]+(?: [\w'-]+){{0,4}})$", "does not want {what}"),
        (rf"^no {NO_REFUSAL}(?P<what>[\w'-]+(?: [\w'-]+){{0,5}})$", "prefers no {what}"),
        (r"^never (?!mind|again|ever|more than|less than|a problem|in my|had|been"
         r"|too)(?P<what>[\w'-]+(?: [\w'-]+){0,3})$",
         "never wants {what}"),
        (r"^(?P<what>(?:less|fewer|more) (?!of a|or less|than|about|like|on|to|info|details?)[\w' -]{3,40})$",
         "prefers {what}"),
    )
)  # fmt: skip
WISHED = re.compile(
    r"^(?P<what>(?!(?:more|another|next|again|same|the|that|this|some|yes|no|not|help|quick|one|two|three|all"
    r"|my|our|your|any|anything|something|everything|details?|both)\b)[\w'-]+(?: [\w'-]+){0,5})$",
    re.IGNORECASE,
)
IDEALLY = re.compile(
    r"\b(?:ideally|preferably) (?P<after>[\w' -]{4,60}?)(?=$|[,.;!])"
    r"|(?:^|, )(?P<before>[\w' -]{4,40}?),? (?:if (?:at all )?(?:possible|poss)|where possible|preferably"
    r"|by preference)[.!]*$",
    re.IGNORECASE,
)
# "After 3 is best", "Email's best": of times and of ways to be reached.
BEST = re.compile(
    r"^(?P<what>(?:(?:after|before|around|from|between|late|early|any ?time|weekday|weekend"
    r"|\w+days?)\b[\w: ]{0,25}"
    r"|(?:the )?(?:mornings?|afternoons?|evenings?|weekends?|lunchtimes?|nights?)"
    r"|e-?mail|text|texts|phone|whatsapp|sms|post|letter|chat|calls?|video)(?: or [\w-]+)?)"
    r"(?:'s| is| are| works?| suits?)(?: me| us)? (?:usually |always |probably )?(?:best|better"
    r"|easiest|ideal|fine)"
    r"(?: for (?:me|us))?$",
    re.IGNORECASE,
)
AGAIN = re.compile(r" (?:again|either|at all|ever|anymore|any more)$", re.IGNORECASE)
WAY = re.compile(r"^(?:e-?mail|texts?|phone|whatsapp|sms|post|letter|chat|calls?|video)\b", re.IGNORECASE)


# "…, so no whistles": a reason, and the wish that follows from it.
LEADS_TO = re.compile(
    r",? so (?P<what>(?!(?:fine|ok|okay|far|much|many|that|it|I|we|he|she|they|the|my|our|yes|yeah"
    r"|what|how|why|when|can"
    r"|could|please|if|there|you|don't|do)\b)[\w' -]{3,40}?)(?: it is)?(?= please|[.,!]|$)",
    re.IGNORECASE,
)
# Where "not that" goes on with what the speaker wants, and not with what somebody else does.
OPEN_OBJECT = re.compile(r"\b(?:it|them|him|her|they|he|she)\b")
COMPARED = re.compile(r"(?:^|,? )(?:rather than|instead of|over|that|which) ")
WANTS = re.compile(
    r"(?:I|we)(?:'d| would)? (?:like|love|want|prefer|need|go for|eat|feed|use|buy|take|drink)\b", re.I
)
PARTS = re.compile(
    r"(?:,|;| -) (?:and |but )?(?=(?:not|no|nothing|never|anything|max|maximum|ideally|preferably)\b)"
)


def tastes(sentence: str, asked: str) -> list[str]:
    """The tastes in a sentence without a subject, as sentences about the user.

    ``sentence`` is mended and still polite; ``asked`` is the assistant's question before it, or "".
    """
    first, *rest = PARTS.split(sentence)
    goes_on = (
        not IMPERATIVE.match(stripped(first))
        and not OPEN_OBJECT.search(first)
        and (not ANOTHER_VERB.search(stripped(first)) or WANTS.match(stripped(first)))
    )
    found = [_taste(first, asked), *(_taste(part, asked or first) for part in rest if goes_on)]
    wanted = LEADS_TO.search(sentence)
    if wanted and not ANOTHER_VERB.search(wanted["what"]):
        found.append(_taste(wanted["what"], asked) or _asked_politely("please", wanted["what"]))
    return list(dict.fromkeys(filter(None, found)))


def _taste(sentence: str, asked: str) -> str:
    bare = stripped(sentence).rstrip(" .!")
    plain = stripped(LEAD.sub("", REASON.sub("", bare)).strip(" ,"))
    plain = LEADING_PLEASE.sub("", plain)
    introduced = _introduced(sentence, bare, plain)
    if introduced or ANOTHER_VERB.search(plain) or IMPERATIVE.match(plain) or FIRST_PERSON.match(plain):
        return introduced
    meant = asked or plain != bare or INSISTS.search(sentence)
    for pattern, shape in TASTES:
        match = pattern.match(plain)
        verb = match and has_finite_verb(f"it {COMPARED.split(match['what'])[0]}")
        if match and not verb and not (INSTEAD in plain and any(values(plain))):
            return _worded(shape, match)
    refused = ((pattern.match(plain), shape) for pattern, shape in REFUSALS if meant)
    return next(
        (_worded(shape, match) for match, shape in refused if match), _asked_politely(sentence, plain)
    )


def _introduced(sentence: str, bare: str, plain: str) -> str:
    """The taste that a sentence introduces as one: "ideally …", "as long as it's …", "… is best"; or ""."""
    wished, condition = IDEALLY.search(sentence), CONDITION.search(bare)
    about, best = ALL_ABOUT.match(plain), BEST.match(plain)
    better, must = BETTER_THAN.match(bare.partition(", ")[0]), HAS_TO_BE.match(plain)
    liked = ""
    if wished and not ANOTHER_VERB.search(wished["after"] or wished["before"]):
        liked = wished["after"] or lower_first(LEAD.sub("", wished["before"]))
    elif condition and not ANOTHER_VERB.search(condition["what"]):
        liked = condition["what"]
    elif better and not ANOTHER_VERB.search(better["what"]):
        alone = " " not in better["what"]
        liked = (
            f"{lower_first(better['what']) if alone else first_lower(better['what'])} over {better['other']}"
        )
    elif best:
        liked = f"{'to be contacted by ' if WAY.match(best['what']) else ''}{lower_first(best['what'])}"
    elif must and not ANOTHER_VERB.search(must["what"]) and _is_known_kind(must["what"]):
        liked = must["what"]
    elif about:
        return f"The user cares most about {about['what']}"
    return f"The user prefers {liked}" if liked else ""


def _is_known_kind(text: str) -> bool:
    return any(kind.search(text) for kind in PATTERNS.values())


def _asked_politely(sentence: str, plain: str) -> str:
    """ "Aisle seat please": a thing of a known kind that is asked for."""
    match = WISHED.match(plain) if POLITE.search(sentence) else None
    known = match and len(plain.split()) > 1 and _is_known_kind(plain)
    return f"The user prefers {lower_first(plain)}" if known else ""


def _worded(shape: str, match: re.Match[str]) -> str:
    what, whole = match["what"], match.group()
    if match.start("what") == 0:
        what = lower_first(what)
    return f"The user {shape.format(what=AGAIN.sub('', what), all=whole[:1].lower() + whole[1:])}"
