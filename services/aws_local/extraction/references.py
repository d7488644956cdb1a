"""Who "she", "Biscuit" or "the car" is: people, pets and things that the user introduced in the session."""

import re
from dataclasses import dataclass, field

from services.aws_local.extraction import verbs
from services.aws_local.extraction.clauses import has_finite_verb
from services.aws_local.wordlist import words

PEOPLE = words("""
    wife husband partner spouse girlfriend boyfriend gf bf fiance fiancee fiancé fiancée mother father mom mum
    dad mommy parents sister brother siblings son daughter kid child baby kids sons daughters children
    sisters brothers grandmother grandfather grandma grandpa granddaughter grandson aunt uncle cousin
    niece nephew friend roommate flatmate neighbor neighbour boss manager colleague coworker teammate
    assistant doctor dentist therapist trainer coach teacher tutor accountant lawyer landlord stepmother
    stepfather stepson stepdaughter mother-in-law father-in-law sister-in-law brother-in-law ex-wife
    ex-husband
""")
HE = words("""
    husband boyfriend bf father dad son brother grandfather grandpa grandson uncle nephew landlord stepfather
    stepson father-in-law brother-in-law ex-husband
""")
SHE = words("""
    wife girlfriend gf mother mom mum mommy sister daughter grandmother grandma granddaughter aunt niece
    stepmother stepdaughter mother-in-law sister-in-law ex-wife
""")
PLURALS = frozenset({"sons", "daughters", "sisters", "brothers"})
PETS = words(
    "dog puppy cat kitten rabbit bunny hamster parrot bird horse pony fish turtle tortoise snake lizard pet"
)

NOUN = "|".join(sorted(PEOPLE | PETS, key=lambda noun: (-len(noun), noun)))
NAME = r"(?P<name>[A-Z][a-zà-ÿ]+(?: [A-Z][a-zà-ÿ]+)?)"
QUALITY = r"(?:[a-z-]+ ){0,2}?"
OWNED = rf"\b(?:[Mm]y|[Oo]ur) (?P<noun>{QUALITY}(?:{NOUN}))"
NAMED = (
    re.compile(rf"{OWNED}s?, {NAME} and [A-Z]"),
    re.compile(rf"{OWNED}s?, [A-Z][a-z]+ and {NAME}"),
    re.compile(rf"{OWNED}, ?{NAME}\b(?=,| is| was| has)"),
    re.compile(rf"{OWNED} {NAME}\b"),
    re.compile(rf"{OWNED}(?:'s name is|(?: is|'s) (?:called|named)) {NAME}\b"),
    re.compile(rf"\b(?:an?|one) (?P<noun>{QUALITY}(?:{NOUN}))[\w ,]{{0,40}}? (?:named|called) {NAME}\b"),
    re.compile(rf"^{NAME} is (?:my|our) (?P<noun>{QUALITY}(?:{NOUN}))\b"),
)
MENTIONED = re.compile(
    rf"\b(?:[Mm]y|[Oo]ur|an?) (?P<noun>{QUALITY}(?P<head>{NOUN}))\b(?!'(?!s name))(?: (?P<name>[A-Z][a-z]+))?"
)
OWNED_THING = re.compile(r"\b(?:my|our) ([a-z-]+)(?: ([a-z-]+))?", re.IGNORECASE)
PRONOUN = re.compile(r"(?P<pronoun>[Hh]e|[Ss]he|[Hh]is|[Hh]er|It|Its)(?P<is>'s)?\b(?= ?[a-z0-9])")
EXPLETIVE = re.compile(r"It(?:'s| is| was| would| will| takes| took| seems| looks| sounds| depends| makes)\b")
SOMEBODY = re.compile(r"\b(?:he|she|him|his|her)\b", re.IGNORECASE)
JOINED_PRONOUN = re.compile(r"\b(and|but|because|so|since|while) (?:he|she)\b(?!')")
DEFINITE = re.compile(r"[Tt]he ([a-z-]+)\b")
NAME_AS_SUBJECT = re.compile(
    r"(?P<name>(?!The|This|That|There|These|Those|My|Our|We|It|He|She|They|His|Her|What|Who|Here|Yes"
    r"|No)[A-Z][a-zà-ÿ]+)"
    r" (?P<verb>is|was|has|can|will|[a-z]{3,}s) \w"
)
OPENING_NAME = re.compile(NAME)
# What no pet does: "he said" is about somebody else.
SPEAKS = re.compile(
    r" (?:said|says|told|tells|thinks|thought|asked|recommended|suggested|wrote"
    r"|prescribed)\b"
)
# "The vet trimmed her nails. He …": from here on he is the vet.
PROFESSIONAL = re.compile(
    r"^[Tt]he (?:[a-z]+ )?(?:vet|doctor|nurse|surgeon|dentist|teacher|coach|driver|technician|plumber|builder"
    r"|electrician|agent|manager|owner|landlord|lawyer|waiter|barber|guy|man|woman|lady|other \w+) [a-z]"
)
# "His name was Peter, he drives for a courier": somebody else than the user's own people.
STRANGER = re.compile(
    r"^(?:[Hh]is|[Hh]er|[Tt]heir) name (?:is"
    r"|was) (?P<name>[A-Z][a-zà-ÿ]+(?: [A-Z][a-zà-ÿ]+)?)"
)
# "Tom always takes the aisle", "me and Alan", "a guy called Stefan": somebody who was not introduced.
VERB_OF_SOMEBODY = (
    r"(?:is|was|has|can|will|won't|would|says|said|thinks|takes|wants|needs|likes|loves|hates|lives"
    r"|works|eats"
    r"|does|doesn't|goes|plays|always|never|usually|'s|owns|sings|came|went|told|got)\b"
)
NEWCOMER = re.compile(
    rf"(?:(?:^|[,;] |\b(?:and|but|because|while|so|that) )(?P<one>[A-Z][a-zà-ÿ]+) ?(?={VERB_OF_SOMEBODY})"
    r"|\b(?:(?:me|I|us) and|called|named|guy|man|woman|lady|name is|name's) (?P<other>[A-Z][a-zà-ÿ]+)"
    r"|\b(?P<third>[A-Z][a-zà-ÿ]+) and (?:I|me|myself)\b"
    r"|\b(?:with|ask|tell|meet|(?P<verb>[a-z]+) to) (?P<fourth>[A-Z][a-zà-ÿ]+)\b)"
)
# "I moved to Lima": what follows is a place.
MOTION = words("""
    move moved moving go goes going went gone been fly flew flight flying trip back drive drove come came
    travel travelled traveled close next relocate relocated
""")
NOBODY = words("""
    I It He She They We You The This That These Those There What Which Who My Our His Her Their Its Nobody
    Everyone Everybody Someone Somebody Everything Nothing Something One Monday Tuesday Wednesday Thursday
    Friday Saturday Sunday January February March April May June July August September October November
    December Yes No How When Where Why If Because Since So Then Also But And Or Do Does Did Is Are Was Were
    Has Have Can Could Will Would Should Not Only Just Here All Both Some Most Now Today Everything
""")
SHORT_ANSWER = 3  # sentences
PERFECT = re.compile(r" (?:got|been|had)\b")  # "she's got", "he's been"
NAME_OF_SOMEBODY = re.compile(r"(?:[Hh]is|[Hh]er) name(?:'s)? ")
# "The decision maker is Katrin Vogel, our COO": "she" may be her.
NAMED_AS = re.compile(r"\b(?:is|was) (?P<name>[A-Z][a-zà-ÿ]+ [A-Z][a-zà-ÿ]+)(?=,|$)")


def _one_of(noun: str) -> str:
    """ "two kids" -> "child"; a noun that is one already stays."""
    head = noun.rpartition(" ")[2]
    if head in {"kids", "children"}:
        return "child"
    return head.removesuffix("s") if head in PLURALS else noun


@dataclass
class References:
    """What a session introduced so far: ``resolve`` each clause of the user in order, then ``hear`` it."""

    named: dict[str, str] = field(default_factory=dict)  # Biscuit -> dog
    owned: set[str] = field(default_factory=set)  # every noun that followed "my"
    last: str = ""  # the one person or pet of the sentence before: "dog Biscuit"
    last_is_pet: bool = False
    sentences_since: int = 0  # ``last`` was mentioned, from when on it is doubtful who is meant
    stranger: str = ""  # whose name was just told, and who is nobody of the user's
    name: str = ""  # the last name that opened a sentence: "Raj is back"
    pet_is: str = ""  # "he" or "she", once the user spoke so of a pet
    words: set[str] = field(default_factory=set)  # all words heard: "glossy" is no name
    introduced: dict[str, str] = field(default_factory=dict)  # "dog Biscuit" -> dog, everybody so far

    def next_sentence(self) -> None:
        """Another sentence begins: what is resolved and heard from here on is not in the last one."""
        self.sentences_since += 1

    def hear(self, sentence: str) -> None:
        """Take note of what a clause of a user's sentence introduces."""
        for pattern in NAMED:
            for match in pattern.finditer(sentence):
                self.named[match["name"]] = _one_of(match["noun"])
        self.owned.update(word for pair in OWNED_THING.findall(sentence.lower()) for word in pair if word)
        subject = NAME_AS_SUBJECT.match(sentence)
        self.words.update(sentence.split())
        speaks = subject and subject["verb"] in verbs.FINITE_VERBS  # "Window seats", "Brass handles"
        if (
            subject
            and speaks
            and subject["name"] not in self.named
            and subject["name"].lower() not in self.words
        ):
            self.name = subject["name"]
        stranger = STRANGER.match(sentence)
        if stranger:
            self.stranger, self.last = stranger["name"], ""
        office = NAMED_AS.search(sentence)
        if office:
            self.name = office["name"]
        if self._brings_newcomer(sentence):
            self.last, self.introduced = "", {}
        else:
            self._note_antecedent(sentence)

    def hear_answer(self, text: str, question: str) -> None:
        """Follow the assistant: "she" is next whom its question is about; whom it drops is forgotten."""
        if not SOMEBODY.search(text) and self.last.split(" ")[-1] not in text:
            self.last = ""
        self._note_antecedent(re.sub(r"\b[Yy]our\b", "my", question))
        if not self.sentences_since:  # whoever is asked about is meant in all of a short answer
            self.sentences_since = -SHORT_ANSWER

    def resolve(self, clause: str) -> str:
        """A clause about someone introduced before, as the user would say it of them: "Biscuit is old" is
        "My dog Biscuit is old". Anything else comes back unchanged.
        """
        if self.last:
            clause = JOINED_PRONOUN.sub(lambda match: f"{match[1]} my {self.last}", clause)
        return (
            self._resolve_name(clause)
            or self._resolve_pronoun(clause)
            or self._resolve_thing(clause)
            or clause
        )

    def _note_antecedent(self, sentence: str) -> None:
        mentions = {match["noun"]: match for match in MENTIONED.finditer(sentence)}
        self.stranger = "" if mentions else self.stranger
        if PROFESSIONAL.match(sentence) and not mentions:
            self.last, self.introduced = "", {}
            return
        for noun, match in mentions.items():
            self.introduced[f"{noun} {match['name']}" if match["name"] else noun] = match["head"]
        if len(mentions) == 1:
            (match,) = mentions.values()
            self.last = f"{match['noun']} {match['name']}" if match["name"] else match["noun"]
            self.last_is_pet = match["head"] in PETS
            self.sentences_since = 0
        elif len(mentions) > 1:
            self.last = ""

    def _brings_newcomer(self, sentence: str) -> bool:
        """Whether somebody is named who is none of the user's people known so far: "he" may now be them."""
        known = set(self.named) | {match["name"] for match in MENTIONED.finditer(sentence)}
        for match in NEWCOMER.finditer(sentence):
            if match["verb"] in MOTION:
                continue
            name = match["one"] or match["other"] or match["third"] or match["fourth"]
            if name not in known and name not in NOBODY and name not in self.last.split():
                return True
        return False

    def _resolve_name(self, clause: str) -> str:
        match = OPENING_NAME.match(clause)
        noun = self.named.get(match["name"]) if match else None
        if match is None or noun is None or re.match(r" (?:is|was) (?:my|our)\b", clause[match.end() :]):
            return ""
        return f"My {noun} {clause}"

    def _resolve_pronoun(self, clause: str) -> str:
        match = PRONOUN.match(clause)
        if match is None or self._is_of_another(clause):
            return ""
        thing = match["pronoun"] in {"It", "Its"}
        if self.stranger and not thing and match["pronoun"].lower() in {"he", "she"}:
            return f"{self.stranger}{' is' if match['is'] else ''}{clause[match.end() :]}"
        no_pet = not self.last_is_pet or EXPLETIVE.match(clause)
        if (thing and no_pet) or (self.last_is_pet and SPEAKS.match(clause[match.end() :])):
            return ""
        pronoun = match["pronoun"].lower()
        others = SHE if pronoun in {"he", "his"} else HE
        someone = self.last if thing or not others & set(self.last.split()) else ""
        if not thing:
            if someone and self.sentences_since > 0 and self._has_rivals(others):
                return ""
            someone = someone or self._only_one(pronoun)
        if (not thing and self._may_be_pet(someone, pronoun)) or not (someone or (self.name and not thing)):
            return ""
        possessive = "'s" if match["pronoun"].lower() in {"his", "her", "its"} else ""
        has = PERFECT.match(clause[match.end() :])
        copula = "" if not match["is"] else " has" if has else " is"
        who = f"My {someone}" if someone else self.name
        return f"{who}{possessive}{copula}{clause[match.end() :]}"

    def _may_be_pet(self, someone: str, pronoun: str) -> bool:
        """Whether "she" may be the dog of whom the user spoke so before, and not "my partner"."""
        sex = "she" if pronoun in {"she", "her"} else "he"
        if self.last_is_pet:
            self.pet_is = sex
            return False
        return self.pet_is == sex and not (SHE | HE) & set(someone.split())

    def _is_of_another(self, clause: str) -> bool:
        """Whether a name is told ("his name is Vik") of somebody who can't be the one whose name is known."""
        known = any(map(str.istitle, (self.last or self.name).split()))
        return known and NAME_OF_SOMEBODY.match(clause) is not None

    def _has_rivals(self, others: frozenset[str]) -> bool:
        """Whether more than one of the people so far can be meant, ``others`` being of the other sex."""
        heads = {head for head in self.introduced.values() if head not in others and head not in PETS}
        return len(heads) > 1 and not self.last_is_pet

    def _only_one(self, pronoun: str) -> str:
        """The one person or pet of the session who can be meant by "he" or "she", or ""."""
        others = SHE if pronoun in {"he", "his"} else HE
        fitting = [who for who, head in self.introduced.items() if head not in others]
        heads = {self.introduced[who] for who in fitting}
        return fitting[-1] if len(heads) == 1 else ""

    def _resolve_thing(self, clause: str) -> str:
        match = DEFINITE.match(clause)
        if match is None or match[1] not in self.owned or not has_finite_verb(clause[match.end() - 1 :]):
            return ""
        return f"My {clause[4:]}"
