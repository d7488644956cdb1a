"""Lasting wishes about how the assistant should behave: "From now on, please answer in Spanish"."""

import re

from services.aws_local.extraction.rewriting import third_person
from services.aws_local.extraction.small_talk import IMPERATIVE

# What a text, or a talk, is written with: "no comments in the code, please" is no complaint.
MANNERS = (
    r"(?:comments|spoilers|emojis?|smileys|jargon|small talk|clich[eé]s|essays|lectures|links|markdown|tables"
    r"|bullet points|abbreviations|acronyms|exclamation marks|hashtags|nicknames|disclaimers|fluff|photos?)"
)
KEEPS_CAPITAL = re.compile(
    r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|[A-Z]{2}|[A-Z]\w+ [A-Z]"
    r"|(?:English|German|French|Spanish|Italian|Dutch|Portuguese|Polish)\b"
)
WISHES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), wish)
    for pattern, wish in (
        (r"^I (?:really )?(?:enjoy|love) it when you (?P<what>.+)", "to {what}"),
        (
            r"^I(?:'d| would)?(?: really| much)? (?:prefer|rather|like|love)(?: it)?(?: when| if"
            r"| that)? you (?!to\b|know\b|said\b)(?P<what>.+)",
            "to {what}",
        ),
        (r"^stop (?P<what>(?:sending|calling|emailing|texting|asking|using)\b.+)", "to stop {what}"),
        (rf"^(?P<when>always|never) (?P<what>(?!mind\b){IMPERATIVE.pattern}.+)", "to {when} {what}"),
        (
            r"^(?:from now on|going forward|in (?:the )?future),? (?P<what>[a-z].+)",
            "to {what} from now on",
        ),
        (
            rf"^(?P<what>{IMPERATIVE.pattern}.{{2,80}}?),? (?:from now on|going forward|in (?:the )?future)$",
            "to {what} from now on",
        ),
        (
            r"^(?P<what>(?!I\b).{5,80}?),? (?:from now on|going forward|in (?:the )?future)$",
            "{what} from now on",
        ),
        (r"^I(?:'d| would) like (?P<what>every .+)", "{what}"),
        (
            r"^(?P<what>(?:send|give|show|e-?mail|forward|deliver|export|share)(?: (?:me|us))? (?:everything"
            r"|all (?:\w+ )?\w+s|(?:\w+ )?(?:reports|invoices|documents|files|updates|summaries|statements))"
            r" (?:as|in|by|via|to) .+)",
            "to {what}",
        ),
        (
            r"^(?P<what>correct (?:me|my (?:mistakes|errors|grammar|spelling|pronunciation|accent))\b.*)",
            "to {what}",
        ),
        (
            r"^keep (?:your |the |all )?(?P<what>answers|replies|responses|explanations|messages"
            r"|emails|updates|sentences|paragraphs|it|things) "
            r"(?P<how>(?:\w+ )?(?:short|brief|concise|simple|formal|informal|casual|friendly|professional"
            r"|factual|to the point|light)\b.*)",
            "to keep {what} {how}",
        ),
        (
            r"^(?P<what>(?:answer|reply|respond|speak|write"
            r"|talk)(?: to me)? (?:only )?in [A-Z]\w+)$",
            "to {what}",
        ),
        (
            r"^(?!call me (?-i:[A-Z]))(?:send|give|show|text|call|email|write|use|book)(?: (?:me|us))?"
            r" (?P<what>.{2,50}"
            r" (?:rather than|instead of|not) .{2,40})",
            "{what}",
        ),
        (r"^(?:and )?no (?P<what>[\w -]{2,40}?),? (?:ever|at all|whatsoever)$", "no {what}"),
        (
            r"^(?:and )?no (?P<what>(?!one\b|more\b|need\b|idea\b)[\w -]{2,40}? (?:(?:before|after"
            r"|during) [\w: ]+|on (?:\w+ )?(?:\w+days?|weekends?|holidays?)(?: \w+s?)?))$",
            "no {what}",
        ),
        (
            r"^no (?P<what>(?!problem|worries|rush|need|more\b|one\b|idea|thanks)(?!.*\b(?:my|our|since|on"
            r"|at)\b)"
            r"[\w'-]+(?: [\w'-]+){0,2}) please$",
            "to avoid {what}",
        ),
        (
            r"^not (?P<what>(?!yet|now|really|sure|at|the|that|this|it|so|too)\b[\w' -]{2,30}) please$",
            "to avoid {what}",
        ),
        (
            r"^no (?P<what>[\w' -]{2,30}), (?:(?:they|it) (?:makes?|gives?|upsets?)|I (?:just |also "
            r"|really )?(?:hate|can't"
            r"|don't (?:like|eat))|my [\w ]+ (?:hates|is allergic))\b.*$",
            "no {what}",
        ),
        (r"^but no (?P<what>(?!one\b|more\b|idea\b|problem)[\w' -]{3,30})$", "no {what}"),
        (
            r"^(?:yes,? |ok,? |sure,? )?(?:but )?not (?P<what>(?:on (?:\w+days|weekends|holidays)"
            r"|before \d[\w: ]*"
            r"|after \d[\w: ]*|in the (?:mornings?|evenings?|afternoons?)))$",
            "nothing {what}",
        ),
        (
            r"^(?:for the future|for next time|in future)[:,]? (?P<what>no [\w' -]{3,40}?)(?:,.*)?$",
            "{what}",
        ),
        (
            rf"^(?:in|for) (?:the |all |my )?(?P<where>[\w ]{{3,20}}?),? (?P<when>always|never)"
            rf" (?P<what>(?!mind\b){IMPERATIVE.pattern}[^,]+)(?:,.*)?$",
            "to {when} {what} in {where}",
        ),
        (
            r"^(?:I |we )?(?:asked|want|prefer|like|would like"
            r"|'d like)\b.{0,20}? to be called (?P<what>[A-Z][\w. ]*?)"
            r"(?:,? not .*)?$",
            "to be called {what}",
        ),
        (r"^stop (?:with )?(?:the|all the|those) (?P<what>[a-z]+s)$", "to stop the {what}"),
        (r"^nothing (?P<what>[\w-]{3,20}) please$", "nothing {what}"),
        (r"^always (?P<what>(?:in|with|by|via) [\w,/ -]{3,50})$", "everything {what}"),
        (
            rf"^no (?P<what>{MANNERS}\b(?: (?:in|about|on|or|and) [\w ]+?)?)(?: pls| I\b.*)?(?:[,;].*)?$",
            "no {what}",
        ),
        (
            r"^I(?:'d| would) (?:appreciate|prefer|like|love)(?: it)? if you (?:didn't|did not|don't|wouldn't"
            r"|would not) (?P<what>.+)",
            "not to {what}",
        ),
        (
            r"^(?P<what>be (?:very |really |completely |totally )?(?:blunt|direct|honest|brief|concise|strict"
            r"|gentle|patient|critical) with (?:me|us))\b",
            "to {what}",
        ),
        (
            r"^(?P<what>(?:ask|remind|update|call|text|message|e-?mail|check in with) (?:me|us) (?:every|each"
            r"|(?:the|an?) \w+ (?:before|in advance)).*?)(?:, not .*)?$",
            "to {what}",
        ),
        (
            r"^(?:don't|do not) (?:ever )?(?P<what>(?:send|use|call|email|text|include|give|write|address"
            r"|put|plan"
            r"|suggest"
            r"|recommend|offer|schedule|book|show)"
            r"\b(?! (?:it|that|this|them)\b)(?<!send(?= the ))(?<!book(?= the ))(?!.*\byet\b).+?)"
            r"(?: when you\b.*)?$",
            "not to {what}",
        ),
        (
            r"^(?:don't|do not) (?P<what>be (?:too |so |overly )?(?:gentle|polite|nice|soft|formal"
            r"|verbose|vague"
            r"|chatty)\b.*)",
            "not to {what}",
        ),
        (
            r"^I(?:'d| would)? (?:like|want|prefer|need) you to (?P<what>(?:always|never|address|speak"
            r"|talk|write|answer"
            r"|reply|explain|keep|use|be|stop)\b.+)",
            "to {what}",
        ),
        (
            r"^I(?:'d| would)? (?:appreciate|like|love) (?P<what>(?:short|brief|concise|detailed|simple"
            r"|longer)\w* "
            r"(?:answers|replies|explanations|e-?mails|messages|summaries)\b.*)",
            "{what}",
        ),
        (
            r"^explain (?:(?:it|things|everything) )?(?P<what>(?:with|using|step by step|in)\b"
            r"(?!.*\b(?:why|how|what|this|the|my)\b).*?)(?:, .*)?$",
            "to explain things {what}",
        ),
        (
            r"^(?P<what>(?:explain|answer|reply|write|speak|talk|show|give)\b[\w ]{2,40} in (?:English"
            r"|Spanish|French"
            r"|German|Italian|Portuguese|Dutch|Chinese|Japanese|Korean|Arabic|Hindi))$",
            "to {what}",
        ),
        (
            r"^(?P<what>(?!avoid|skip|stop|don't|do not|never|no )[\w ]{3,40} in (?:English|Spanish"
            r"|French|German|Italian|Portuguese|Dutch"
            r"|Chinese|Japanese"
            r"|Korean|Arabic|Hindi)(?: (?:and|or) [A-Z]\w+)?)(?:,? (?:please|only)\b.*)?$",
            "{what}",
        ),
        (
            r"^only (?P<what>(?:send|use|call|e-?mail|text|message|show|book|contact|write|give|suggest"
            r"|recommend|answer|reply)\b(?! (?:it|that|this|them)\b).+)",
            "to only {what}",
        ),
        (
            r"^keep (?:them|it|these|those|your \w+|the \w+) (?P<what>(?:under|below|within|to|shorter than)"
            r" [\w ]{0,12}(?:words|sentences|lines|characters|paragraphs|pages|bullet points|minutes)\b.*)",
            "to keep texts {what}",
        ),
        (
            r"^(?:you (?:can|may) )?(?:skip|drop|cut out|leave out|avoid|spare (?:me|us)|go easy on"
            r"|lay off) (?:the |any |all )?"
            r"(?P<what>(?!it\b|that\b|this\b|them\b|those\b|step\b|line\b|page\b"
            r"|part\b)[a-z][\w' -]{3,50})(?:,.*)?$",
            "to avoid {what}",
        ),
        (
            r"^(?P<what>(?!change|move|make|put|update|correct|set|add|try|pick|take|order)[a-z]+"
            r"(?: [\w']+){0,4} (?:instead of|rather than) \w+ing\b.*)",
            "to {what}",
        ),
        (
            r"^(?P<what>(?:confirm|send|put|explain|write) everything \w.+)",
            "to {what}",
        ),
        (
            r"^(?:and |but )?(?P<what>(?!so\b)(?!.*\b(?:my|our"
            r"|since)\b)(?:[a-z]+ )?no [\w -]{2,30}?)(?:,? (?:whatsoever|at all|ever|please))$",
            "{what}",
        ),
        (
            r"^(?:yes,? )?(?:and |but )?(?P<what>nothing (?!else|more|wrong|new|special|much|yet"
            r"|now|urgent|serious|important|major|broken|happened|happens|works|worked|helps|helped"
            r"|changed|unusual|specific|particular|really|so)[a-z-]+)$",
            "{what}",
        ),
        (
            r"^(?:and |but )?(?P<what>always [a-z]+s"
            rf"|(?!{IMPERATIVE.pattern}|prefer\b|like\b|love\b|choose\b)(?!(?:I|we|my|our|he|she|they|it"
            rf"|the)\b)(?!.*\b(?:\d+|all|off|again|came"
            r"|charged) )[\w' -]{3,40}"
            r" over (?!(?:the|a|an|my|our|your|his|her|this|that|night|time|here|there)\b)[\w' -]{3,40}?)"
            r"(?: for (?:me|us)| any (?:day|time)(?: of the week)?"
            r"| every time| always)?$",
            "{what}",
        ),
        (
            r"^(?:[A-Z]?[\w ]{3,20}: )?(?P<what>(?:\w+ ){0,2}\w+ rather than (?:\w+ ){0,2}\w+)$",
            "{what}",
        ),
        (
            r"^(?:give me|i'll take) (?P<what>.{3,50} over .{3,40}"
            r"|.{3,50}(?= any day))(?: any day)?$",
            "{what}",
        ),
        (r"^(?:always )?(?P<what>(?:give|show|tell|send) (?:me|us) .{3,40} first)\b.*$", "to {what}"),
        (
            r"^anything (?:with|containing) (?P<what>[\w ]{3,30}) is (?:a no|out"
            r"|off)\b.*$",
            "nothing with {what}",
        ),
        (
            r"^(?P<what>(?:write|talk|speak|answer|explain)(?: it| things)? like (?:an? "
            r"|I'm )[^,]+?)(?:,.*)?$",
            "to {what}",
        ),
        (r"^refer to me as (?P<what>[\w/ ]{2,20})$", "to be referred to as {what}"),
        (
            r"^(?P<what>(?:metric|imperial|paper|digital|dark|light|formal|informal|functional|plain|simple"
            r"|british"
            r"|american|window|aisle|front|back) (?!please)[a-z]+(?: [a-z]+)?) please$",
            "{what}",
        ),
        (
            r"^(?:don't|do not) (?:ever )?(?P<what>(?:translate|mock|round|abbreviate|change|invent|assume"
            r"|shorten|mention"
            r"|repeat|quote) (?!the\b|my\b|any)[a-z]+ ?[a-z]*s)$",
            "not to {what}",
        ),
        (
            r"^(?P<what>\w+days|mornings|afternoons|evenings|weekends) (?:are|work|is|suit) (?:best|better"
            r"|easiest)$",
            "{what}",
        ),
        (
            r"^(?P<what>use (?:24 ?-?h|12 ?-?h|metric|imperial|celsius|fahrenheit|bullet|simple|plain|formal"
            r"|informal)\b.*)",
            "to {what}",
        ),
        (
            r"^(?P<what>(?!(?:I|we|my|our|it|that|this|there|he|she|they|you|not|if|so|and|but|read|view"
            r"|write"
            r"|invite|members|adults|staff|permit|residents?|one|two|three|four"
            r"|five)\b)[a-z][\w -]{2,30}? only"
            r"|(?:anything|everything) but [\w -]{3,40})$",
            "{what}",
        ),
        (
            r"^(?P<what>(?:(?:window|aisle|front|back|middle) seats?|(?!(?:two|three|four|more|less)\b)"
            r"(?:\w+ )?[a-z]{3,}s)) for (?:me|us)(?:,? (?:always|thanks))?$",
            "{what}",
        ),
        (r"^(?:the |an )?(?P<what>aisle)(?: seat)? for (?:me|us)(?:,? always)?$", "an {what} seat"),
        (r"^(?:the |a )?(?P<what>window)(?: seat)? for (?:me|us)(?:,? always)?$", "a {what} seat"),
        (r"^(?:[\w-]+), (?P<what>always [\w-]+)$", "{what}"),
        (r"^(?:and |but )?no (?P<what>(?!need\b|idea\b|more\b)[\w -]{2,30}) for (?:me|us)$", "no {what}"),
        (
            r"^(?P<what>(?!(?:I|we|my|our|it|that|this|there|he|she|they|you|not|as|yes|no|like)\b)"
            r"[a-z][\w-]+ [\w-]{2,15}), always$",
            "{what}, always",
        ),
        (
            r"^(?P<what>(?:(?:gluten|dairy|sugar|nut|lactose|alcohol|caffeine)[- ]free|vegan|vegetarian|halal"
            r"|kosher)(?: options?| food| meals?| dishes)?(?: only)?)$",
            "{what}",
        ),
        (r"^nothing (?:beats|tops) (?P<what>(?:an? |the |my )?[\w ' -]{3,40})$", "{what} to everything else"),
    )
)
CONTACT = re.compile(
    r"^(?:contact|email|call|text|message|reach|write to|notify) me (?:by|via|through"
    r"|over) (?P<how>(?:e-?mail|phone|text|sms|whatsapp|slack|teams|signal|telegram|post|mail)\b.*)",
    re.IGNORECASE,
)
LEFT_OPEN = re.compile(r"\b(?:then|there|it|that|this|them|those|these)$", re.IGNORECASE)
# What makes a sentence of its own of what looks like the name of a liking.
ANOTHER_VERB = re.compile(
    r"\b(?:I|I'd|I'm|we|it|it's|is|are|was|were|would|will|can|could|go|goes|went|has|had|gets?|got|took)\b",
    re.IGNORECASE,
)
CONTACT_NOT = re.compile(
    r"^(?:but )?(?P<how>text|e-?mail|message|whatsapp|call|write to|write)(?: to)? me,?"
    r" (?:(?:and |but )?(?:don't|do not|never) (?:ring|call|phone|e-?mail|text|message)\b"
    r"|(?:rather than|instead of) \w+ing\b)",
    re.IGNORECASE,
)
# "Text me, I'm hard of hearing", "by email, not by phone".
CONTACT_BECAUSE = re.compile(
    r"^(?P<how>text|e-?mail|message|whatsapp) me,? (?:because |since |as )?(?:I'm (?:hard of|deaf|in|at"
    r"|usually"
    r"|often|always|never|not)|I (?:can't|don't|never|work|rarely|usually|often))\b"
    r"|^by (?P<way>e-?mail|text|phone|post|letter|whatsapp"
    r"|sms)\b(?:,? please)?, (?:and )?not (?:by )?(?:phone"
    r"|e-?mail|text|post|letter|sms)\b",
    re.IGNORECASE,
)
WAYS = {
    "text": "text message",
    "message": "message",
    "call": "phone",
    "write": "letter",
    "write to": "letter",
}
PLEASE = re.compile(r"^(?:please|pls|plz|let's) ", re.IGNORECASE)
AND = re.compile(r"^and (?!no\b|nothing\b|always\b|so\b)", re.IGNORECASE)
IN_GENERAL = re.compile(
    r"^(?:in general|generally|as a rule),? (?=(?:please |pls )?(?:don't|do not|never|always|no)\b)", re.I
)
NOT_CALLED = re.compile(r"^(?:don't|do not|never) call me (?P<name>[\w'. -]{2,30})$", re.IGNORECASE)
NOT_A_WISH = re.compile(
    r"\b(?:today|tonight|tomorrow|for now|this time|next time|the next|this (?:email|message|text"
    r"|file|essay|one)|password)\b",
    re.IGNORECASE,
)


def wish(clause: str) -> str:
    """The wish in a clause, as a sentence about the user ("The user wants the assistant to …"), or ""."""
    clause = PLEASE.sub("", IN_GENERAL.sub("", AND.sub("", clause)))
    unwanted = NOT_CALLED.match(clause)
    if unwanted:
        return f"The user prefers not to be called {unwanted['name']}"
    how = _contact(clause)
    if how:
        return f"The user prefers to be contacted by {how}"
    if NOT_A_WISH.search(clause) or LEFT_OPEN.search(clause):
        return ""
    for pattern, shape in WISHES:
        match = pattern.match(clause)
        if match and not (shape == "{what}" and ANOTHER_VERB.search(match["what"])):
            parts = {name: part for name, part in match.groupdict().items() if part}
            parts["what"] = PLEASE.sub("", parts["what"])
            parts["when"] = parts.get("when", "").lower()
            parts["what"] = re.sub(r"^No ", "no ", parts["what"])
            if match.start("what") == 0:  # a capital further on is the word's own: "Not Ryanair"
                parts["what"] = first_lower(parts["what"])
            parts["what"] = "answers" if parts["what"] in {"it", "things"} else parts["what"]
            parts["what"] = re.sub(r"^(keep|make) (?:it|this|things)\b", r"\1 answers", parts["what"])
            return _sentence(shape.format(**parts))
    return ""


def _contact(clause: str) -> str:
    """How a clause says that the user is to be contacted, or ""."""
    contact = CONTACT.match(clause)
    if contact:
        return contact["how"]
    contact = CONTACT_NOT.match(clause) or CONTACT_BECAUSE.match(clause)
    if contact is None:
        return ""
    how = (contact["how"] or contact["way"]).lower()
    return WAYS.get(how, how)


def _sentence(wanted: str) -> str:
    """ "to answer in Spanish" -> "The user wants the assistant to answer in Spanish."."""
    wanted = re.sub(r"\byou\b", "it", re.sub(r"\byour\b", "its", wanted))
    if wanted.startswith(("to be called ", "to be referred ")):
        return third_person(f"I prefer {wanted}")
    lead = "I want the assistant" if wanted.startswith(("to ", "not to ")) else "I prefer"
    return third_person(f"{lead} {wanted}")


def first_lower(text: str) -> str:
    """A phrase to go on with; weekdays and other names keep their capital as far as one can tell."""
    return text if KEEPS_CAPITAL.match(text) else text[:1].lower() + text[1:]
