"""Clauses -> statements: which say something about the user, and how that reads in the third person."""

import re
from datetime import datetime

from services.aws_local.extraction.clauses import FIRST_PERSON, begins_with_fragment, has_finite_verb
from services.aws_local.extraction.dates import resolve_dates
from services.aws_local.extraction.frames import leaves_open
from services.aws_local.extraction.references import HE, NOUN, SHE
from services.aws_local.extraction.rewriting import COUPLE, expanded, sentence_case, third_person
from services.aws_local.extraction.sentences import asks, is_interjection
from services.aws_local.extraction.small_talk import IMPERATIVE, JOKE, SMALL_TALK
from services.aws_local.extraction.tastes import TROUBLES
from services.aws_local.extraction.verbs import third_person as third_person_verb
from services.aws_local.wordlist import words

FIRST_PERSON_RULE = "first person"
NAME_RULE = "name given"
OWN_RULE = "about the user's"
REPORTED_RULE = "reported when asked"
SITUATION_RULE = "about the user's situation"
PERSON_RULE = "about a person named"

YOU = re.compile(r"\b(?:you|your|yours|yourself|you're|you've|you'll|you'd)\b", re.IGNORECASE)
OWN = re.compile(r"\b(?:[Mm]y|MY|[Oo]ur|OUR|[Mm]e|[Uu]s|[Mm]ine|MINE)\b(?![-/_@]\w)")  # no US, no "us-east-1"
LEFT_OPEN = re.compile(
    r"^(?:The one|But|He|She|They|It(?! (?:takes|took|costs) (?:me|us)\b)|His|Her|Their|Its|This|That|These"
    r"|Those|There|Here|Which|Who|Because|And|Or)\b"
    r"(?!.*\b(?:my|our)\b)"
    r"|(?<!until )(?<!before )(?<!after )(?<!at )\bone$"
    r"|^(?:This|That|It(?! (?:takes|took|costs) (?:me|us)\b)|These|Those|Here)\b"
    r"|: mine\b|\b(?:around the corner|next door|close by|nearby)$|(?:\b(?:am|are|is|be)|'m|'re) (?:at|in"
    r"|on) .* (?:before|after|then)$|^(?:That|This|It)(?:'s| is| was) (?:when|where|why|how|what|who"
    r"|because)\b"
    r"|\b(?:do so|these|those|there|ones|others?|so|too|stuff|(?<!my )(?<!our )things?|something|anything"
    r"|whatever|(?:that|this) way|the (?:first|second|third|last|other|latter|former)(?: one| option)?)$"
    r"|\b(?:that|this) (?:side|one|way|day|time|spot|person|point|part)$|^\d+ (?:is|was|works)\b"
    r"|\b(?:that|this) (?:house|building|company|hotel|shop|school)\b|\bthen$"
    r"|\b(?:those|these) (?!days|weeks|months|times)[a-z]+$|\b(?:like|love|prefer|want|take"
    r"|drink) it [a-z]+(?:$|,)"
    r"|\b(?:is|are) (?:much |even )?(?:better|worse|cheaper|faster|bigger|smaller|easier|harder)$"
    r"|\b(?:have|own|keep|got|need) (?:two|three|four|five|several|a few) (?:at|in|with|on|here)\b"
    r"|\b[Ww]e each\b|^(?!.*\b(?:been|had|was|were|never|than before)\b).*\bbefore$"
    r"|\b(?:meaning|want|wanted|have|had|need|used|planning|hoping|going|able|trying|supposed|ought"
    r"|forgot|try|tries) to(?=$|,)|\b(?:use|have|need|want|got|tried|take|did|done|bought)"
    r" (?:about |around |only |roughly |just )?(?:\d+|zero|none|loads)(?: once| twice)?$"
    r"|^(?:last|this|next) (?:year|month|week|time) (?:is|was|were|will)\b|\bused to (?:but|until|and)\b"
    r"|\bgot the one\b|\b(?:some|most|all|half|much) of it\b"
    r"|\bone\b(?=,)|\bthere\b(?=\s+(?:and|but|because|since|for|with|every|at|in|on)\b)"
    r"|\b[Ww]e (?:both|all)\b|\b[Ww]e(?:'re| are|'ve| have) (?:both|all)\b",
    re.IGNORECASE,
)
# "it" as an object of its own ("I like it a lot"), not before what it stands for ("I find it hard").
BARE_IT = re.compile(
    r"\b(?!(?-i:IT)\b)(?:this|that|it)\b(?=\s*(?:$|[.,]|up\b|off\b|with|for|to|at|in|on|from|about|and"
    r"|because|but|so|very|really"
    r"|a lot|too"
    r"|much|more|again|before|daily|weekly|often|yesterday|every|two|three|four|equally|together|all"
    r"|one\b|thing\b|is\b|was\b))",
    re.IGNORECASE,
)
SAID_BEFORE = re.compile(
    r"\b(?:the|an?|my|our) \w+.*\b(?:since|because|as|and|but|so|when|if|which|though)\b", re.IGNORECASE
)
# "We" of somebody who speaks of their job is the team and not the household.
AT_WORK = re.compile(
    r"\b(?:our|my) (?:\w+ )?(?:team|company|startup|kpis?|product|customers|clients|stand-?up|sprint|backlog"
    r"|codebase"
    r"|service|platform|department|ceo|cto)\b|\b(?:sprints?|deploy|tickets|revenue|quarter|codebase"
    r"|in production"
    r"|microservices?|kubernetes|aws|kpi)\b",
    re.IGNORECASE,
)
WE = re.compile(
    r"\bwe (?P<adverbs>(?:(?!(?:re|ap|com|im|sup|multi)p?ly )\w+ly |also |now |just |always |never "
    r"|often )*)(?P<verb>[a-z]+)\b",
    re.IGNORECASE,
)
QUOTED_SPEECH = re.compile(r'"[^"]*\b(?:I|my|me|I\'m)\b[^"]*"')
THIRD_PARTY = re.compile(r"\b(?:he|she|him|his|her|hers|they|them|their)\b", re.IGNORECASE)
SOMEONE = re.compile(rf"\b(?:{NOUN})\b|(?<!^)\b[A-Z][a-z]+")
ANTECEDENT = re.compile(
    r"\b(?:[Mm]y|[Oo]ur|[Aa]n?|[Tt]he|every\w*|some\w*) \w+|(?<!^)\b[A-Z][a-z]+|\b(?!always"
    r"|across)[a-z]{4,}s\b"
)
# What "them" can stand for.
SEVERAL = re.compile(
    r"\b(?:[Tt]he|some|many|all|few|both|of|two|three|four|five|six|\d+) (?:[\w-]+ ){0,2}?[a-z]{2,}s\b"
    r"|\b(?:[Mm]y|[Oo]ur) [a-z]{2,}s\b"
    r"|\band\b|\b(?:people|children|kids)\b|\b(?!always|does|has|is|was)[a-z]{3,}s\b(?! )"
    r"|(?:have|own|love|like|hate|eat|buy|use|prefer|enjoy|collect|keep|grow|need"
    r"|want) (?:[\w-]+ )?[a-z]{3,}s\b"
)
NAME_GIVEN = re.compile(
    r"^(?:I'm|I am|[Tt]his is|[Mm]y name is|[Mm]y name's|(?:[Pp]lease )?[Cc]all me|I go by"
    r"|[Yy]ou can call me)\s+(?P<name>[A-Z][a-zà-ÿ'-]+(?: [A-Z][a-zà-ÿ'-]+){0,2})"
    r"(?: (?:here|speaking|by the way))?$"
)
NAME_IN_LOWER_CASE = re.compile(r"^[Mm]y name(?: is|'s) (?P<name>[a-z]{2,20}(?: [a-z]{2,20})?)$")
NOT_A_NAME = re.compile(
    r"^(?:\w+(?:ish|ese|ian|ean|ican|tarian|istic|ed|ing|ful|less|ly)|German|French|Dutch|Greek|Swiss|Czech"
    r"|Thai|Vegan|Jewish|Muslim|Hindu|Sikh|Sorry|Sure|Fine|Good|Ok|Okay|Back|Ready|Not|Just|So|Very|Still"
    r"|Here|In|On|At|From|The|An?|My|Also|Yours|Catholic|Protestant|Buddhist|Mormon|Lutheran|Anglican"
    r"|Orthodox"
    r"|Atheist|Iraqi|Israeli|Pakistani|Bangladeshi|Celiac|Diabetic|Type"
    r"|Gen)$"
)
IDLE_ADVERB = re.compile(r"^The user (?:also|just) ")
SAYS_LITTLE = words("""
    quick hurry careful a able about again all also always am an and any anything are as at away back
    bad be because been being
    bit but by can come coming could day did do does doing done else even ever every everything feel few
    fine first for from fun get getting go going good got great had happy has have having help here how if
    in into is it its just kind know last let like little long look looking lot lots love made make makes
    making many matter maybe me mean might mine more most much my need needed needs never new next nice no
    not now of off oh ok okay on one only or other our out over own people please point problem put quite
    really right said same say see seem should so some something soon sort sounds still stuff such sure take
    than that the their them themselves then there these they thing things think this those though time to
    today together too tried try trying up us use used user user's very want wanted wants was way we well
    went were what when where which while who why will with work works would yes yet you your does has is
    having another guess else maybe start started stop stopped learn learning learned agree agrees agreed
    refuse refuses disagree disagrees happened worked noticed decided forgot asked called waiting promised
    moved changed mind minds worry worries once twice
    """)
ABBREVIATED = frozenset({"IT", "US", "UK", "EU"})
COMPANY = re.compile(
    r"^[Ww]e(?:'re| are) (?P<what>an? (?:[\w-]+ ){0,4}(?:company|startup|start-up|agency|firm"
    r"|business|charity"
    r"|bank|bakery|clinic|manufacturer|retailer|consultancy)\b)"
)
US_BY_NAME = re.compile(
    r"^[Ww]e(?:'re| are) (?P<names>[A-Z][a-zà-ÿ]+(?: \(\d+\))?(?:, [A-Z][a-zà-ÿ]+(?: \(\d+\))?)*"
    r" and [A-Z][a-zà-ÿ]+(?: \(\d+\))?)$"
)
TOGETHER = re.compile(r"^[Ww]e(?:'ve| have) been together\b")
CALLED = re.compile(r"^[Ww]e(?:'re| are) called (?=[A-Z])")
KIND_OF_PEOPLE = re.compile(r"^[Ww]e(?:'re| are) (?P<kind>[a-z]+) people$")
THOSE = re.compile(r"\bthose (?=\w+ (?:with|that|where|who)\b)", re.IGNORECASE)
# "We can't" of "We can't, it is frozen": the verb is in what was asked.
BROKEN_OFF = re.compile(
    r"(?:The user|They)(?:'s \w+)? (?:(?:cannot|can|could|will|would|should|is|are|has|have|was)(?: not)?"
    r"|(?:does|did)(?: not)?(?: (?:every|each|on|at|in|too|so|already|sometimes|always|usually|it"
    r"|that)\b.*)?)"
)
# "The fan didn't.", "… never benches premiums but".
NOT_AND_NO_MORE = re.compile(
    r".* (?:and|but|or|because|the|an?|my|their|if|than|very|which|whose)"
    r"|(?:\S+ ){1,3}(?:(?:did|does|do|is|was|has|have|could|will|would|should) not|cannot|says|said)"
)
# "We're seven", "We are 95 people": how many, not what.
FORMULA = re.compile(
    r"\b(?:is|are|sounds?|works?) (?:just )?(?:perfect|fine|good|great|ok|okay|enough|ideal|right|better)$"
)
GROUP = re.compile(
    r"^[Ww]e(?:'re| are) an? (?P<who>team|family|group|band|household|crew) of (?P<count>\w+)(?P<rest>.*)$"
)
COUNTED = re.compile(
    r"^[Ww]e(?:'re| are|'ll be| will be) (?:now |only |just )?(?P<count>\d+|two|three|four|five|six"
    r"|seven|eight|nine|ten"
    r"|eleven|twelve|twenty|thirty)"
    r"(?: (?P<who>(?!years|minutes|hours|days|weeks|months|km|miles|this)[a-z]+))?(?P<rest>(?: now"
    r"| altogether| in total| this time)?(?:[,:].*| (?:and|in|by|at|next|from|with) .*)?)$"
)
WORD = re.compile(r"[\w@.#$€£%'+-]*\w")
# "The technician never came": what a person tells of without being asked concerns them.
SITUATION = re.compile(
    r"^(?:The|Both|All|One of|Two of|None of)(?: of)?(?: the)? (?!weather|world|point|thing"
    r"|things|problem|question|idea|answer|reason"
    r"|truth|same|rest|only|best|worst|more|other|first|last|second|following|code|text|sun|earth|user)[a-z]"
)
IMPERSONAL = re.compile(r"\b(?:you|one should|people|everyone|nobody|always has been)\b", re.IGNORECASE)
# "Dee is vegan": verbs that people are the subjects of.
PERSON = re.compile(
    r"^(?!(?:One is|Two|Three|Four|Five|Six|Seven|Eight|Nine|Ten|Eleven|Twelve|(?:Mon|Tues|Wednes|Thurs"
    r"|Fri|Satur|Sun)day|Today|Tomorrow|Yesterday|Everything|Nothing|Something|Anything)\b)"
    r"[A-Z][a-zà-ÿ]+(?: (?:from|in|at) [\w ]{2,20}?)? (?:is (?:back|vegan|vegetarian|allergic"
    r"|pregnant|a|an|our|my|the|on|in)\b"
    r"|(?:works|lives|likes|loves|hates|prefers|wants|thinks|moved|joined|refuses|eats|drinks"
    r"|plays|studies|sleeps|knows|cannot|can't"
    r"|doesn't (?:like|eat|drink|want|work)|does not (?:like|eat|drink|want|work))\b)"
)
A_NAME = re.compile(r"[A-Z][a-zà-ÿ]+(?: [A-Z][a-zà-ÿ]+)?(?:'s)? [a-z]")
FIGURE_OF_SPEECH = re.compile(
    r"\ballergic to (?:work|mondays|mornings|meetings|people|stress|exercise|drama|commitment"
    r"|effort|fun|nonsense|bullshit"
    r"|last[- ]minute|bureaucracy|paperwork|stupidity)\b|\bover (?:my|our) dead body\b|\bat (?:my"
    r"|our) wits' end\b",
    re.IGNORECASE,
)
QUANTITY = re.compile(
    r"(?!That|This|It|There)[A-Z][a-z]+(?: [a-z]+){0,2} (?:is|are|costs?|was) (?:about |around )?[\d£$€]"
)
MUST = re.compile(r"(?:An?|At least|No|Some) [\w -]{2,40} (?:is|are) (?:an? )?(?:must|essential|important)\b")
# "the start has to move to 20 April", "the budget is 18,000 now": of something that was spoken of before.
CHANGED_THING = re.compile(
    r"the (?!(?:weather|world|problem|question|answer|code|text|user|error|app|server|test"
    r"|build)\b)[a-z-]+(?: [a-z-]+)?"
    r" (?:is|are|was|has to|have to|had to|can be|will be|should be|must be|moved|changed)\b(?=.*\d)"
    r".*\b(?:now|instead|after all|move|moved|changed?|not|no longer|rather than)\b",
    re.IGNORECASE,
)
# "Three times, never on Sundays because we …", "A mat that my son left here": answers, no sentences.
FRAGMENT = re.compile(
    r"(?:an?|one|two|three|four|five|six|once|twice|never|every|only|\d+)\b"
    r"(?:(?! (?:is|are|was|were|has|have|had|can|will|would)\b)[^,])*?"
    r"(?:,|$| (?:that|which|who|where|because|since|from|my|our)\b)",
    re.IGNORECASE,
)
OWN_TOO_EARLY = re.compile(
    r"\S+ (?:my|our|me|us|mine)\b", re.IGNORECASE
)  # "Helo my name …": no subject before
REPORT = re.compile(r"(?:The|Both|All|Some|One|Two|Three) [a-z]")
SHORT_HEAD = 3  # words that are no sentence unless a verb that is known is among them
SUBORDINATE = re.compile(
    r",? (?:though|although|since|because|when|while|if|after|before|until) ", re.IGNORECASE
)
MOVES_ME = re.compile(rf"\b{TROUBLES} (?:me|us)\b")
PLURAL_VERB = re.compile(
    r"\b(?:pay|leave|smoke|exhaust|work|make|suit|fit|mean|give|help|come|live|love|like|need|go|start)s? "
)


def statement_rule(clause: str, *, directed: bool, resolved: bool) -> str:
    """Which rule makes a statement of a clause, or "" when none does.

    ``directed``: it follows a question to the user; ``resolved``: its subject was a pronoun or a name before.
    """
    if _given_name(clause):
        return NAME_RULE
    if _says_nothing(clause) or _leaves_open(clause):
        return ""
    if FIRST_PERSON.match(clause):
        possessive = clause.lower().startswith(("my ", "our "))
        spoken = not possessive or resolved or COUPLE.match(clause) or _has_verb(clause)
        return FIRST_PERSON_RULE if spoken else ""
    if resolved and A_NAME.match(clause):
        return PERSON_RULE
    return _indirect_rule(clause, directed) if _has_verb(clause) and not IMPERATIVE.match(clause) else ""


def _indirect_rule(clause: str, directed: bool) -> str:
    """The rule for a clause whose subject is not the user."""
    if (directed and FRAGMENT.match(clause)) or begins_with_fragment(clause):
        return ""
    if OWN.search(clause) and not THIRD_PARTY.search(clause) and not OWN_TOO_EARLY.match(clause):
        return OWN_RULE
    if (
        directed
        and not FORMULA.search(clause)
        and (REPORT.match(clause) or QUANTITY.match(clause) or MUST.match(clause))
    ):
        return REPORTED_RULE
    if PERSON.match(clause) and not IMPERSONAL.search(clause):
        return PERSON_RULE
    situation = SITUATION.match(clause) and len(clause.split()) > 2 and not IMPERSONAL.search(clause)
    return SITUATION_RULE if situation or CHANGED_THING.match(clause) else ""


def speaks_of_work(text: str) -> bool:
    """Whether a message is about the speaker's job, where "we" means the team."""
    return AT_WORK.search(text) is not None


def as_statement(clause: str, rule: str, said: datetime, *, at_work: bool) -> str:
    """A clause as a self-contained sentence about the user, or "" when nothing telling is left."""
    if rule == NAME_RULE:
        return _named(clause, _given_name(clause))
    clause = COMPANY.sub(r"My company is \g<what>", clause)
    clause = US_BY_NAME.sub(r"There are \g<names> in my household", clause)
    clause = TOGETHER.sub("I have been in a relationship", clause)
    clause = CALLED.sub("My group is called ", KIND_OF_PEOPLE.sub(r"I'm a \g<kind> person", clause))
    clause = GROUP.sub(_as_group, COUNTED.sub(_counted, THOSE.sub("", clause)))
    if at_work:
        clause = WE.sub(_as_team, expanded(clause))
    text = IDLE_ADVERB.sub("The user ", resolve_dates(third_person(clause), said))
    telling = any(word in ABBREVIATED or word.lower() not in SAYS_LITTLE for word in WORD.findall(text))
    broken = BROKEN_OFF.fullmatch(text.strip(" .")) or NOT_AND_NO_MORE.fullmatch(text.strip(" ."))
    return sentence_case(text) if telling and not broken else ""


def _as_group(match: re.Match[str]) -> str:
    """ "We're a team of six building a tool" -> "My team of six is building a tool"."""
    if re.match(r" \w+ing\b", match["rest"]):
        return f"my {match['who']} of {match['count']} is{match['rest']}"
    return f"my {match['who']} has {match['count']} members{match['rest']}"


def _counted(match: re.Match[str]) -> str:
    """ "We're seven women" -> "There are seven women in my group"."""
    who = match["who"] or "people"
    if who in {"now", "altogether"}:
        return f"There are {who} {match['count']} people in my group{match['rest']}"
    return f"There are {match['count']} {who} in my group{match['rest']}"


def _as_team(match: re.Match[str]) -> str:
    return f"my team {match['adverbs']}{third_person_verb(match['verb'])}"


def _says_nothing(clause: str) -> bool:
    formula = len(clause.split()) < 2 or SMALL_TALK.match(clause) or asks(clause) or is_interjection(clause)
    if leaves_open(clause):  # cut out of what somebody else said
        return True
    figurative = JOKE.search(clause) or FIGURE_OF_SPEECH.search(clause)
    return bool(formula or QUOTED_SPEECH.search(clause) or figurative)


def _leaves_open(clause: str) -> bool:
    """Whether a clause needs the conversation to be understood, or is about the assistant."""
    unclear = YOU.search(clause) or LEFT_OPEN.search(clause) or _leaves_something_open(clause)
    return bool(unclear) or _leaves_someone_open(clause)


def _leaves_something_open(clause: str) -> bool:
    """Whether "it" refers to something outside the clause."""
    match = BARE_IT.search(clause)
    return match is not None and SAID_BEFORE.search(clause[: match.start()]) is None


def _has_verb(clause: str) -> bool:
    """Whether there is a verb before the first subordinate clause: none in "Bad shoulder since I fell"."""
    head = SUBORDINATE.split(clause, maxsplit=1)[0]
    clause = head if len(head.split()) <= SHORT_HEAD else clause
    return any((has_finite_verb(clause), PLURAL_VERB.search(clause), MOVES_ME.search(clause)))


def _leaves_someone_open(clause: str) -> bool:
    """Whether "he", "them" or the like refers to somebody outside the clause."""
    match = THIRD_PARTY.search(clause)
    if match is None:
        return False
    pronoun, before = match.group().lower(), clause[: match.start()]
    if pronoun == "them":
        return SEVERAL.search(before) is None
    if pronoun.startswith("the"):
        return ANTECEDENT.search(before) is None
    others = SHE if pronoun in {"he", "him", "his"} else HE
    return not any(found.group().lower() not in others for found in SOMEONE.finditer(before))


def _given_name(clause: str) -> str:
    """The name by which a clause introduces the user, or ""."""
    match = NAME_GIVEN.match(clause)
    if match:
        return "" if NOT_A_NAME.match(match["name"].split()[0]) else match["name"]
    lower = NAME_IN_LOWER_CASE.match(clause)
    return lower["name"].title() if lower else ""


def _named(clause: str, name: str) -> str:
    if clause.lower().startswith(("call", "please call", "i go by", "you can")):
        return f"The user likes to be called {name}."
    return f"The user's name is {name}."
