"""English verbs, as far as turning "I work" into "the user works" needs them."""

from services.aws_local.wordlist import words

# Words that may stand between the subject and its verb.
ADVERBS = words("""
    absolutely actually almost already also always basically certainly clearly currently definitely even
    eventually ever finally first frankly frequently fully generally genuinely gladly gradually hardly
    honestly initially just kinda largely lately literally mainly maybe mostly much naturally nearly never
    normally now occasionally often once only originally particularly personally possibly predominantly
    preferably presently previously primarily probably quickly quite rarely rather readily really
    recently regularly seldom seriously simply slightly slowly sometimes soon sorta specifically still
    strictly strongly suddenly then today totally tend truly typically ultimately unfortunately usually
    utterly very vaguely grocery meal no longer not
    """) - {"tend"}

# Verbs that end as adverbs do.
ENDING_IN_LY = words("apply reply supply rely fly comply imply multiply ally bully rally tally")

# Never take the third-person ending, and are followed by a bare verb.
MODALS = words("can could may might must shall should will would cannot ought")

IRREGULAR_THIRD = {
    "am": "is",
    "are": "is",
    "were": "was",
    "have": "has",
    "do": "does",
    "be": "is",
    "go": "goes",
}
PLURAL_FORMS = {"am": "are", "is": "are", "was": "were", "has": "have", "does": "do"}

# Past forms that do not end in -ed; forms equal to the present ("put", "read") are left out unless people
# nearly always mean the past.
IRREGULAR_PAST = words("""
    ate became began bent bit bled blew bought bound broke brought built burnt came caught chose clung
    crept dealt did drank dreamt drew drove dug fed fell felt fled flew flung forgave forgot fought found
    froze gave got grew had heard held hid hit hung hurt kept knelt knew laid leant leapt learnt led left
    lent lost made meant met misheard mistook misunderstood outgrew overcame overdid overheard
    overslept paid quit ran rang rebuilt redid repaid rewrote rode rose said sang sank sat saw sent sewed
    shone shook shot shrank slept slid smelt sold sought sped spelt spent spilt spoilt spoke sprang spun
    stank stole stood strode strove struck stuck stung sung sunk swam swept swore swung taught thought
    threw told took tore trod understood undertook underwent undid was went wept were withdrew withheld
    woke won wore wound wove wrote
    """)

# Base verbs that look like a past because they end in -ed.
BASE_ENDING_IN_ED = words("need feed speed bleed breed exceed proceed succeed embed heed seed weed wed")

# Base verbs that plainly open a new statement after "and": none of them is commonly a noun.
OPENING_VERBS = words("""
    adore am avoid became bought came can can't cannot detest dislike don't drive eat enjoy follow
    graduated grew had has hate have haven't joined keep know learned like live lived love moved must
    need never often own owned paid play prefer prefers recently rent run should sing speak started
    still study take teach tend used usually volunteer wake want wear went won't work worked write
    always
    """)

# Base verbs that are no nouns: after "and" they have the subject of the verb before.
PLAIN_BASE = words("""
    have want live go eat own prefer keep take get teach write buy drive sing know learn enjoy hate feel try
    make am bring carry choose collect pay read send speak spend think use wear earn maintain manage do lose
    bake sell meet build grow listen hear see commute volunteer come
    """)

# Third-person verbs with which a statement about the user goes on after "and".
OPENING_THIRD = words("""
    always avoids can cannot dislikes does drives eats enjoys follows goes has hates is keeps likes
    lives loves needs never often owns plans plays prefers runs sometimes speaks studies takes tends
    typically uses usually wants was wears will works would
    """)

# Base verbs that things, animals and people close to the user are the subjects of.
COMMON_BASE = words("""
    ache adore allow ask bark begin believe bite break bring call carry chew close come contain cook
    cost crash cry depend die drink drive eat end expire fail feel fly freeze get go hate have help hold
    hurt include keep leak like live look love meet need open own pay play prefer refuse require ride run say
    scratch seem show sing sleep smell snore sound speak start struggle study suffer swim teach tell
    think travel visit walk want work act earn join manage matter miss produce receive serve stay swell
    volunteer wake wear win finish stop start forget bother remember collect handle lead provide send
    sell refuse pull push ignore leave smoke arrive depart
    """)

# Base verbs with which people say what they are after: "buy a flat", "lose ten kilos".
GOAL_BASE = (
    PLAIN_BASE
    | COMMON_BASE
    | words("""
        achieve afford become build change climb complete create cut earn find finish gain grow improve
        increase launch lose master move pass pay quit reach reduce retire run save spend start stop switch
        understand win finance publish open swim cycle jog
    """)
)

# Verbs that are nouns too: they are taken for verbs before an object ("and coach the team").
NOUN_OR_VERB = (
    COMMON_BASE
    | OPENING_VERBS
    | words("coach close manage lead train plant record visit watch help play run work study")
)

# Common verbs in the third person; "their X <verb>" is then a statement about X.
FINITE = words("""
    is are was were has have had does do did can could will would should must may might isn't aren't
    wasn't weren't hasn't haven't hadn't doesn't don't didn't can't couldn't won't wouldn't shouldn't
    arrived became began believes belongs bothers broke called came comes costs ends expired expires
    failed fails feels fits gave gets gives goes got grew hates hurts keeps left likes lives lasts loves
    looks made makes matters means moved moves named needs opened passed plays prefers runs said says
    seems sits sleeps smells sounds started starts stopped stops studies suffers takes tastes teaches
    tends thinks told turned turns uses wants weighs went works
    """)


def third_person(verb: str) -> str:
    """The form that a base or past form takes after "the user": work -> works, am -> is, worked -> worked."""
    word = verb.lower()
    if word in IRREGULAR_THIRD:
        return IRREGULAR_THIRD[word]
    if word in MODALS or is_past(word):
        return word
    if word.endswith(("s", "sh", "ch", "x", "z", "o")):
        return f"{word}es"
    if word.endswith("y") and word[-2:-1] not in set("aeiou"):
        return f"{word[:-1]}ies"
    return f"{word}s"


def gerund(verb: str) -> str:
    """The -ing form of a base verb: smoke -> smoking, drink -> drinking."""
    return f"{verb.removesuffix('e') if verb[-2:] not in {'ee', 'ye', 'oe'} else verb}ing"


def is_base(word: str) -> bool:
    """Whether a word is, as far as common verbs tell, the base form of one: "buy", "learn"."""
    return word in GOAL_BASE


def is_adverb(word: str) -> bool:
    """Whether a word may stand between a subject and its verb: "barely", "never"."""
    return word in ADVERBS or (word.endswith("ly") and word not in ENDING_IN_LY)


def is_past(word: str) -> bool:
    """Whether a verb form is a past, which does not agree with its subject."""
    return word in IRREGULAR_PAST or (word.endswith("ed") and word not in BASE_ENDING_IN_ED)


FINITE_VERBS = FINITE | {third_person(verb) for verb in COMMON_BASE}
