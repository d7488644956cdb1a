"""Sentences -> clauses that each say one thing, with its circumstances behind it."""

import re

from services.aws_local.extraction import verbs
from services.aws_local.wordlist import words

SUBJECT = r"(?:I|I'm|I've|I'd|I'll|[Mm]y|[Oo]ur|[Ww]e|[Ww]e're|[Ww]e've|[Ww]e'd|[Ww]e'll)\b"
FIRST_PERSON = re.compile(SUBJECT)
BREAK = re.compile(r"\s*;\s+|\s+-{1,2}\s+")
NAMED = (
    r"(?-i:(?!The|This|That|There|It|They|What|Which|Who|Nobody|Everyone|Someone|Everything)[A-Z][a-zà-ÿ]+)"
    r" (?:is|was|has|can't|cannot|works|lives|likes|loves|hates|prefers|wants|needs|eats|sleeps|goes|plays"
    r"|doesn't|isn't|hasn't)\b"
)
PERSON = r"(?:he|she|he's|she's|his|her|please)\b"
JOIN = re.compile(
    r"(?:,?\s+(?:and|but|so|yet|plus|and so|although|though|and also|but also)|,)\s+"
    rf"(?=(?:(?:now|then|these days) )?(?:{SUBJECT}|{PERSON}|{NAMED}))"
)
# "It's ok but my knee hurts": only what follows says something.
WEAK_LEAD = re.compile(
    rf"^(?:it's|that's|this is|things are|all is|everything is) [^,;]{{1,25}}?,? (?:but"
    rf"|though) (?={SUBJECT})",
    re.IGNORECASE,
)
NO_SENTENCE = re.compile(
    r"(?:the|both|all|if|when|whenever|while|because|since|as|after|before|although|though|unless|once|until"
    r"|where|that|what|which|who|how|whether|so|in|on|at|for|with|by|from|of|to|no|not)\b",
    re.IGNORECASE,
)
SHARED = re.compile(
    r"(?:,?\s+(?:and|but)\s+(?:also\s+)?|,\s+(?=(?:can't|hate|love|prefer|never|always"
    r"|don't (?:like|eat|drink|smoke|want|need|have|use|own|wear|enjoy|drive|trust))\b))(?=([\w']+))"
)
# "I'm Ann, a nurse" and "Ann here, head of sales at Acme".
INTRODUCTION = re.compile(r"^I(?:'m| am) ((?:[A-Z][\w'-]+ ?){1,3}), (an? .+)$")
HERE = re.compile(r"^((?:[A-Z][\w'-]+ ){1,3})here, ((?:an?|the|[A-Z]{2,}|\w+) [\w ,'-]+)$")
SO_DO_I = re.compile(
    r"^(?P<first>.+? (?P<verb>hate|love|like|prefer|enjoy|avoid|dislike)s (?P<what>.+?)),?"
    r" and (?:honestly |frankly )?so do I$"
)
NAMED_LEAD = re.compile(NAMED)
WORD = re.compile(r"[\w']+")

# "When I travel, I prefer …" and "On weekends I like …": the circumstances come first.
SUBORDINATE = re.compile(
    rf"^(?P<lead>(?:when|whenever|while|since|because|as|after|before|once|if|although"
    rf"|though)\b[^,]{{3,70}}?)(?:,\s+|\s+(?=I (?:want|need|prefer|like|love|hate|usually|always|never)\b))"
    rf"(?P<main>{SUBJECT}.*)$",
    re.IGNORECASE,
)
CIRCUMSTANCE = re.compile(
    r"^(?!(?:by|in|on) \w+ (?:if|when|where)(?:ever)? (?:possible|necessary|needed), I (?:don't|can't)\b)"
    r"(?P<lead>(?:(?:on|in|at|for|during|every|most|after|before|since|until|over|as|with|from"
    r"|by)\s(?:(?!\b(?:I|because|if|so|don't|do not|please)\b)[^,()]){2,50}?"
    r"|yesterday|today|tomorrow|tonight|recently|lately|currently|now|right now|these days|nowadays"
    r"|sometimes|usually|often|(?:mon|tues|wednes|thurs|fri|satur|sun)days"
    r"|(?:last|next|this)\s\w+|[\w ]{1,14}\s(?:years?|months?|weeks?|days?) ago|(?:yesterday"
    r"|tomorrow) \w+))(?<! that)(?<! which)(?<! who)(?<! what),?\s+"
    rf"(?P<main>(?!(?:my|our)\b){SUBJECT}.*)$",
    re.IGNORECASE,
)
INFINITIVE = re.compile(
    r"\bto\b|'ll\b|'d\b|\b(?:will|would|can|could|should|must|might|may|let|make|can't|cannot)\b",
    re.IGNORECASE,
)
# "…, so skip that": the request that a statement leads to.
FRAGMENT_LEAD = re.compile(
    r"^[^,]{2,40},\s+(?:(?:but|and|so|because)\s+)?(?=(?:I|I'm|I've|I'll|I'd|[Ww]e|[Ww]e're|(?:my"
    r"|our)(?! [\w ]+,))\b)"
)  # "Paperbacks, I like …", "Max 5 hours, my youngest gets airsick"
# "Mostly I read history": the adverb belongs to the verb.
ADVERB_LEAD = re.compile(
    r"^(?P<adverb>(?i:mostly|mainly|usually|normally|generally|typically|often|sometimes|rarely)),? "
    r"(?P<subject>I|[Ww]e) (?!am\b|have\b|was\b|were\b|will\b|would\b|can\b)"
)
# "In the kitchen, the bedroom is off limits": an answer, then a statement.
PLACE_LEAD = re.compile(r"^(?:in|on|at|with|by|from|near) [^,]{2,40}, (?=(?:the|my|our) )", re.IGNORECASE)
# What tells when, where or how, and no clause.
CIRCUMSTANCES = re.compile(
    r"(?:on|in|at|for|during|every|most|after|before|since|until|over|as|with|from|by|when|while|if|once|last"
    r"|this|next|yesterday|today|recently|lately|currently|now|sometimes|usually|often|according|like"
    r"|unlike)\b",
    re.IGNORECASE,
)
# "Not too loud, my gran has hearing aids": a wish, then why.
REFUSAL_LEAD = re.compile(r"^(?:not|no|nothing) [^,]{2,30}, (?=(?:my|our) )", re.IGNORECASE)
# "I'm leo I'm 9": how children introduce themselves.
NAME_AND_AGE = re.compile(r"^I'm (?P<name>[A-Za-z]{2,12}),? (?:and )?I'm (?P<age>\d{1,2}) and ")
# A word behind "'s" that makes a verb of it ("my wife's pregnant"), not a possession ("my kid's football").
STATE = re.compile(
    r"(?:(?!(?:wedding|meeting|building|training|clothing|painting|opening|writing|spelling|being|thing|ring"
    r"|king|spring|evening|morning|friend|parent|student|apartment|present|bed|kid|plan|fan|van|man|woman)$)"
    r"\w+(?:ed|ing|ant|ent|ic|ful|ive|ous|ish|less|able|ian|an|en)|happy|busy|crazy|lazy|angry|lonely"
    r"|vegan|ill|sick|dead|deaf|blind|new|old"
    r"|home|away|here|back|late|fine|great|good|bad|down|cold|hot|warm|full|empty|open|closed|broken|big"
    r"|small|tiny|up|in|out|off|on|over|gone|loud|damp|noisy"
    r"|blind|asleep|nice|young|cheap|ready|born|\d+)$",
    re.IGNORECASE,
)
IS_NO_OWNER = words("""
    it's that's he's she's there's here's what's who's where's this's let's everything's everyone's name's
    birthday's
""")
FUNCTION = re.compile(
    r"(?:an?|the|not|my|our|his|her|their|your|in|on|at|from|with|for|about|very|so|too|just|always"
    r"|never|also"
    r"|still|now|been|got|only|more|all|really|quite|pretty|currently|already|usually|no|one|two|three"
    r"|four|five"
    r"|six|seven|eight|nine|ten|called|orange|blue|red|green|black|white|yellow|pink|brown|gray|grey)$"
)
# "Milk, cheese and butter make me ill": what stands before the comma is the first of several.
LISTED = re.compile(
    r"^[\w' -]+, (?:(?:[\w' -]+, )*[\w'-]+ (?:and|or) [\w'-]+ (?:are|were|make|give|hurt|upset|trigger"
    r"|keep|don't|do not)"
    r"|(?:especially|mostly|particularly|including) [\w' -]+, [a-z]+)\b",
    re.IGNORECASE,
)
OWNED = re.compile(r"\b(?:my|our|me|us|mine|I|we)\b", re.IGNORECASE)
LED_TO = re.compile(
    r"(?:,\s+please|\s+(?:pls|plz)) (?!.*(?:,|,? (?:and|but|so)) (?:I|I'm|my|we|our|he|she)\b)[a-z]+ .*$|"
    r",\s+(?:please |just |so )*(?:text|call|email|message|contact|give|send|make|tell|skip) (?:me|it|that"
    r"|them)\b.*$|"
    r",\s+so (?:it|this|that) should (?:be (?:fine|ok|okay|good)|go down well|work|help|do)\b.*$|"
    r",?\s+so prob(?:ably)? not$|"
    r",?\s+so (?:maybe|probably|perhaps|roughly|if)\b.*$|"
    r"(?:,\s+so |\s+so (?=(?:ping|text|call|ask|tell|email|message|contact|drive|clean)\b))"
    r"(?!(?:is|are|was|were|did|does|do|has|have|had|will|can|could|would|should|that|the|my|our"
    r"|his|her|this|a|in|on|at|for|to|it|he|she|they|we|you|if|when|not|now|then|only|every|all|any|some"
    r"|much|many|far|long|I)\b)[a-z]{3,} (?:me|him|her|them|it|(?-i:[A-Z][a-zà-ÿ]+))\b"
    r"(?! (?:is|are|was|will|can)\b).*$|"
    r",?\s+so any ?time\b.*$|"
    r",?\s+(?:in case|if) (?:that|it|this) (?:matters|helps|is (?:relevant|important|useful))\b.*$|"
    r",?\s+(?:tho\s+|though\s+)?so (?:please |just )?(?:skip|avoid|don't|do not|ask|send|book"
    r"|order|remind|tell|make|let|can|could|use|keep"
    r"|leave|be|try|no need|only|forget|confirm|take|add|remove|put|move|nothing|never|always|run|change"
    r"|update|switch|start|stop|give|show|do|call|text|write|email|cancel|pick|choose|go)\b(?! (?:is"
    r"|are)\b).*$",
    re.IGNORECASE,
)
TASTE = words("love hate like prefer enjoy avoid adore dislike use own detest")
# "I work in the museum there": the place is named already.
POINTING_THERE = re.compile(r"\b((?:in|at|of|for) (?:the|an?|my|our) [\w ]{3,40}?) there$")
# "I work weekends though": says nothing without the sentence before.
AFTERTHOUGHT = re.compile(
    r"(?:,?\s+(?:though|tho|btw|anyway|actually|by the way|to be honest|honestly|so (?:yes|no|ok|okay"
    r"|fine)|but|and|so|because|or|pls|please|lucky (?:her|him|them"
    r"|you)|because of (?:that|this|it)|as always|heaven help us|god help me))+$",
    re.IGNORECASE,
)
FULL = 4  # words
SHORTEST_REST = 3  # words that say something without what stands before their comma
CLAUSE_ENDINGS = " .!,;:-"
# "I'm a midwife so at all hours", "I'm tall, so extra legroom like always": half of a consequence.
CONSEQUENCE = re.compile(
    r"(?:,\s+so (?!that\b|far\b|much\b|many\b|long\b)| so (?=(?:at|in|on|with|no|not)\b))(?P<rest>[^,;]+)$"
    r"| so (?:it's|its|it is|that's|this is|they|people|everyone|everybody)\b.*$",
    re.IGNORECASE,
)
# "Ps5 but my friends are all on PC": what stands first answers, or says nothing by itself.
BEFORE_BUT = re.compile(rf"^(?P<head>[^,;]{{1,60}}?),? but (?={SUBJECT})", re.IGNORECASE)


def clauses(sentence: str) -> list[str]:
    """The statements of one stripped sentence, each with its subject in front."""
    sentence = NAME_AND_AGE.sub(_name_and_age, REFUSAL_LEAD.sub("", sentence))
    agreed = SO_DO_I.match(sentence.strip(CLAUSE_ENDINGS))
    if agreed:
        return [*clauses(agreed["first"]), f"I {agreed['verb']} {agreed['what']}"]
    introduction = INTRODUCTION.match(sentence.strip(CLAUSE_ENDINGS)) or HERE.match(
        sentence.strip(CLAUSE_ENDINGS)
    )
    if introduction:
        return [f"My name is {introduction[1].strip()}", *clauses(f"I'm {introduction[2]}")]
    parts = [
        part
        for broken in BREAK.split(LED_TO.sub("", WEAK_LEAD.sub("", sentence)))
        for joined in _joined(broken)
        for part in _shared(joined)
    ]
    bare = (AFTERTHOUGHT.sub("", part.strip(CLAUSE_ENDINGS)) for part in parts)
    return [subject_first(_without_halves(part)) for part in bare if part]


def _without_halves(clause: str) -> str:
    """A clause without what is no clause around its "but" or "so": neither a verb nor somebody speaking."""
    opening = BEFORE_BUT.match(clause)
    if opening and not (FIRST_PERSON.match(clause) or NO_SENTENCE.match(clause)):
        clause = clause if has_finite_verb(f"it {opening['head']}") else clause[opening.end() :]
    consequence = CONSEQUENCE.search(clause)
    rest = consequence["rest"] if consequence else None
    if consequence is None or (rest and (OWNED.search(rest) or has_finite_verb(f"it {rest}"))):
        return clause
    return clause[: consequence.start()]


def _name_and_age(match: re.Match[str]) -> str:
    return f"My name is {match['name'].title()} and I'm {match['age']} and "


def subject_first(clause: str) -> str:
    """Circumstances moved behind: "When I travel, I prefer aisles" -> "I prefer aisles when I travel"."""
    clause = ADVERB_LEAD.sub(_adverb_behind, POINTING_THERE.sub(r"\1", clause))
    match = SUBORDINATE.match(clause) or CIRCUMSTANCE.match(clause)
    if match is None:
        place = PLACE_LEAD.match(clause)
        if place and has_finite_verb(clause[place.end() :]):
            return clause[place.end() :]
        fragment = FRAGMENT_LEAD.match(clause)
        spoken = fragment is None or FIRST_PERSON.match(clause) or has_finite_verb(fragment.group())
        if fragment and clause[fragment.end() :].lower().startswith(("my ", "our ")):
            told = CIRCUMSTANCES.match(clause) or LISTED.match(clause)  # "Last year, my dad died"
            rest = clause[fragment.end() :]  # "my throat swells" says nothing without what stands before
            spoken = spoken or told or len(rest.split()) < FULL or not has_finite_verb(rest)
        return clause if spoken or fragment is None else clause[fragment.end() :]
    lead = match["lead"]
    return f"{match['main'].strip(CLAUSE_ENDINGS)} {lead[:1].lower()}{lead[1:]}"


def begins_with_fragment(clause: str) -> bool:
    """Whether what stands before the first comma is neither a clause nor tells when or where."""
    head, comma, _ = clause.partition(", ")
    if not comma or CIRCUMSTANCES.match(head) or OWNED.search(head) or LISTED.match(clause):
        return False
    return not has_finite_verb(f"it {head}")


def _adverb_behind(match: re.Match[str]) -> str:
    return f"{match['subject']} {match['adverb'].lower()} "


def has_finite_verb(clause: str) -> bool:
    """Whether a clause that does not start with "I" has a verb of its own, as far as common verbs tell."""
    words = [word.lower() for word in WORD.findall(clause) if word != "May"]
    return any(
        word in verbs.FINITE_VERBS
        or verbs.is_past(word)
        or (word.endswith("'s") and _is_copula(words, place))
        for place, word in enumerate(words)
        if place
    )


def _is_copula(words: list[str], place: int) -> bool:
    """Whether the "'s" at the end of a word is "is": behind a noun, only what follows tells."""
    following = words[place + 1 : place + 2]
    pronoun = words[place] in IS_NO_OWNER or not following
    return pronoun or FUNCTION.match(following[0]) is not None or STATE.match(following[0]) is not None


def _joined(sentence: str) -> list[str]:
    """Parts between "and I …", ", but my …" and the like, where both sides are statements."""
    parts: list[str] = []
    start = 0
    for match in JOIN.finditer(sentence):
        left, right = sentence[start : match.start()], sentence[match.end() :]
        if NAMED_LEAD.match(right) and not FIRST_PERSON.match(left):
            continue  # "Emma sleeps well but Noah cries": neither says who they are
        if match.group().strip() == "," and "n't " in left and len(right.split()) < SHORTEST_REST:
            continue  # "I can't do gore, I faint"
        if _stands_alone(right) and (_stands_alone(left) or _is_aside(left, match.group(), right)):
            parts.append(left)
            start = match.end()
    return [*parts, sentence[start:]]


def _is_aside(left: str, joint: str, right: str) -> bool:
    """Whether the left side is a sentence about something else: "Banana is fine, my son is allergic"."""
    apart = joint.strip() == "," or "but" in joint
    spoken = FIRST_PERSON.match(right) and not FIRST_PERSON.match(left) and not NO_SENTENCE.match(left)
    return bool(apart and spoken) and has_finite_verb(left)


def _stands_alone(clause: str) -> bool:
    clause = subject_first(clause.strip(CLAUSE_ENDINGS))
    if re.match(PERSON, clause):
        owned = clause.lower().startswith(("his ", "her "))  # "with my brother and his wife"
        return has_finite_verb(clause) if owned else len(clause.split()) > 1
    if NAMED_LEAD.match(clause):
        return True
    if not FIRST_PERSON.match(clause):
        return False
    possessive = clause.lower().startswith(("my ", "our "))
    return has_finite_verb(clause) if possessive else len(clause.split()) > 1


def _shared(clause: str) -> list[str]:
    """Parts of "I live in Irvine and work as a nurse", where the second verb shares the subject."""
    for match in SHARED.finditer(clause):
        left, right = clause[: match.start()], clause[match.end() :]
        opens = match[1].lower() in verbs.OPENING_VERBS
        subject = left.partition("'")[0].partition(" ")[0]
        shares = subject in {"I", "We", "we"} and not INFINITIVE.search(left)
        if opens and shares and _worth_a_split(left, right):
            return [left, *_shared(f"{subject} {right}")]
    return [clause]


def _is_verb(word: str) -> bool:
    return verbs.is_past(word) or word in verbs.OPENING_VERBS or word in verbs.COMMON_BASE


def _worth_a_split(left: str, right: str) -> bool:
    words = right.split()
    if words[0].lower() in {"never", "always"} and words[1:2] and not _is_verb(words[1].lower()):
        return False  # "I fly Swiss, never low-cost carriers"
    return len(left.split()) > 1 and (len(words) > 2 or (len(words) > 1 and words[0].lower() in TASTE))
