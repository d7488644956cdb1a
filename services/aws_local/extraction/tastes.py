"""What people say instead of "I like" and "I dislike", as patterns over statements in the third person."""

OPEN = (
    r"(?!(?:that|this|it|these|those|them|him|her|you|your|the (?:idea|first|second|last|other|one|report"
    r"|form|paperwork|task))\b)"
)
DEGREE = r"(?:(?:a (?:bit|little)|way|far|much|too|so|really|very|quite|rather|pretty|extremely|more|less) )*"
# What things are said to be by somebody who minds, or enjoys, them.
JUDGED = (
    r"(?:annoying|boring|disgusting|exhausting|stressful|tedious|overwhelming|crowded|noisy|loud|ugly|gross"
    r"|awful|terrible|horrible|unbearable|uncomfortable|irritating|distracting|confusing|creepy|scary"
    r"|depressing|overrated|tiring|dull|bland|pointless|intrusive|relaxing|soothing|comforting|calming"
    r"|fascinating|inspiring|delicious|lovely|beautiful|convenient|comfortable|enjoyable|fun|motivating"
    r"|easier|cosy|cozy|refreshing)"
)
TROUBLES = (
    r"(?:bore|stress|annoy|bother|irritate|distract|scare|exhaust|tire|drain|overwhelm|disgust|frustrate"
    r"|depress|intimidate|calm|relax|soothe|inspire|fascinate|motivate)s?"
)
OUT_OF_QUESTION = (
    r"(?:out of the question|off limits|off the table|an? (?:hard |big |huge |definite |total |absolute )?"
    r"(?:no|no-no|no-go|turn-off|deal-?breaker|must|plus|red line|pet peeve))"
)
UNWANTED = r"(?:eat|drink|wear|touch|fly|use|work|stay|buy|accept|watch|read|sit|drive|book|pay|go)"

# Each with the name of its rule, after "The user ".
TASTES: tuple[tuple[str, str], ...] = (
    ("preference", r"would (?:\w+ly |always )?(?:go for|choose|pick|take) .{2,60} over \w"),
    ("preference", r"would sooner .{3,60} than \w"),
    ("preference", r"(?:learns|works|sleeps|concentrates|thinks|focuses) (?:more|faster) .{3,}"),
    ("preference", r"learns (?:with|by|from|through) \w"),
    ("preference", rf"is all about {OPEN}\w"),
    (
        "preference",
        r"feels (?:more comfortable|safer|better|happier|calmer|at ease) (?:with|when|in|on|at"
        r"|if|around) \w",
    ),
    ("preference", r"(?:would like|wants|needs) (?:someone|somebody) (?:who|that|with) \w"),
    ("preference", r"(?:likes|prefers|wants) it \w+ (?:when|while|in the|at) \w"),
    ("preference", r"(?:likes|loves|enjoys|uses) .{2,40} (?:more than|instead of|rather than|, not) \w"),
    ("preference", r"wants .{2,30} for (?:everything|every \w+|each \w+|all \w+)"),
    ("preference", r"would like to be (?:reminded|notified|told|asked|informed|updated) \w"),
    (
        "kind of person",
        r"is an? (?:[\w-]+ )?(?:learner|sleeper|eater|fl[iy]er|reader|riser|travell?er"
        r"|drinker)\b",
    ),
    ("habit", r"sleeps (?:on|with) \w"),
    (
        "habit",
        r"tries to (?:only |always )?(?:buy|eat|drink|use|cook|travel|fly|live|shop) (?!it\b|that\b"
        r"|this\b)\w",
    ),
    ("habit", r"tends? to (?!be\b|think\b|agree\b)\w"),
    ("need", r"needs their own \w"),
    (
        "dislike",
        r"(?:does not|do not) want (?:\w+ )?(?:calls|e-?mails|letters|messages|newsletters|ads|notifications"
        r"|reminders|invoices|updates|visitors|extras)\b",
    ),
    ("opinion", rf"(?:\w+ly )?finds {OPEN}.{{2,60}}? {DEGREE}{JUDGED}\b"),
    (
        "dislike",
        rf"is (?:so |really )?(?:sick|fed up|bored|put off)(?: and tired)? (?:of|with|by) (?!waiting"
        rf"|their (?:husband|wife|partner|boyfriend|girlfriend|mother|father)\b){OPEN}\w",
    ),
    ("dislike", rf"is (?:done|through) with {OPEN}(?!the|my|their)\w"),
    (
        "fan",
        rf"is (?:\w+ly |quite |very )?(?:fussy|particular|choosy|strict|crazy|mad|passionate) about {OPEN}\w",
    ),
    (
        "fan",
        rf"is (?:\w+ly )?(?:addicted to|hooked on|drawn to|comfortable with|uncomfortable with) {OPEN}\w",
    ),
    (
        "fan",
        r"has (?:always had )?(?:an?|no) (?:\w+ )?(?:soft spot|weakness|thing|passion|preference|taste"
        r"|appetite|patience|time|interest|aversion) (?:for|in|to) \w",
    ),
    ("fan", r"has (?:an?|such a) (?:\w+ )?sweet tooth\b"),
    ("dislike", rf"(?:\w+ly |always )?(?:stays|steers|keeps) (?:well )?(?:away from|clear of) {OPEN}\w"),
    ("dislike", rf"(?:\w+ly |always )?(?:turns down|draws the line at|passes on|boycotts) {OPEN}\w"),
    ("dislike", rf"refuses to {UNWANTED} (?!(?:for )?(?:the|this|that)\b){OPEN}\w"),
    ("dislike", rf"(?:does not|do not) (?:ever )?(?:touch|do) {OPEN}(?!so\b|too\b|much\b)\w"),
    (
        "dislike",
        rf"(?:will not|would not|will never|would never) (?:ever )?{UNWANTED} (?!(?:for )?(?:the|this"
        rf"|that)\b){OPEN}\w",
    ),
    ("dislike", rf"cannot (?:wear|stomach|abide|be around|get used to) {OPEN}\w"),
    ("dislike", r"is not (?:big on|one for|comfortable with|crazy about|interested in|bothered about) \w"),
    ("preference", rf"(?:\w+ly |always )?(?:insists on|gravitates to\w*|leans to\w*) {OPEN}\w"),
    ("kind of person", r"is (?:more )?the (?:kind|sort|type)(?: of person)? (?:who|that) \w"),
    (
        "preference",
        r"is (?:much |far |way |always )?(?:happiest|happier|more comfortable|more productive|better off"
        r"|at their best) \w",
    ),
    ("changed", r"no longer (?:likes|enjoys|wants|eats|drinks|buys|flies|wears|uses|smokes|prefers) \w"),
    ("like", rf"(?:cannot get enough of|lives for|appreciates|treasures) {OPEN}\w"),
    (
        "limit",
        r"(?:would not|will not|cannot|does not want to) (?:go|spend|pay) (?:any )?"
        r"(?:below|above|over|beyond|under|more than|less than|higher|lower)\b",
    ),
    ("fan", r"is (?:an? )?(?:\w+ )?(?:believer in|loyal to|devoted to|wary of|fussy about|big about) \w"),
    ("dislike", r"is not (?:\w+ )?(?:fussy|picky|particular|choosy) about \w"),
    (
        "need",
        r"cannot (?:concentrate|focus|sleep|work|relax|eat|function|think|study) (?:with|without|when"
        r"|if|on|in"
        r"|after|before|unless)\b",
    ),
    (
        "like",
        r"(?:could|can) (?:eat|drink|watch|listen to|live on) .{2,40} (?:every day|all day|for ?ever"
        r"|daily)\b",
    ),
    ("like", rf"does not mind {OPEN}\w"),
    ("preference", r"wants .{3,60} (?:where|when)(?:ver|ever)? possible\b"),
    ("need", r"needs (?:their|at least) .{2,30}\bsleep\b"),
    (
        "habit",
        r"(?:reads|listens to|watches|plays|eats|drinks|wears|buys|uses|cooks) (?:mostly|mainly|only"
        r"|nothing but|almost only) \w",
    ),
    (
        "habit",
        r"(?:listens to|watches|reads|plays|chooses|picks) .{3,40} (?:while|when|before|after) \w",
    ),
    ("fan", r"is an? (?:[\w-]+ ){0,2}?(?:sucker for|lover of|enthusiast|addict|fanatic|snob|purist)\b"),
    ("dislike", r"cannot do (?!\w+days?\b|anything|things|less|this)[a-z]+s\b"),
    (
        "preference",
        r"wants to (?:hear|see|get|know|have|be told|be asked) .{3,50} (?:first|up ?front|in advance"
        r"|straight away|right away|beforehand)\b",
    ),
    (
        "dislike",
        r"(?:would not|will not|would never|will never) (?:ever )?(?:set foot|dream of|consider|be caught"
        r"|go near|bother with|be seen) \w",
    ),
    (
        "need",
        r"gets (?:very |really |so )?(?:sea ?sick|car ?sick|sick|headaches|migraines|anxious|nervous"
        r"|dizzy|bored"
        r"|tired|overwhelmed|stressed) (?:easily|quickly|fast|from|in|on|when|if|with|by)\b",
    ),
    ("changed", rf"has gone off {OPEN}\w"),
    (
        "like",
        rf"(?:cannot|could not|could never|would never) (?:live|do|function|go a day|start the day) without"
        rf" {OPEN}\w",
    ),
    (
        "opinion",
        r"(?:really |absolutely |just )*(?:hates|dislikes|detests|cannot stand|likes"
        r"|prefers) it when (?!they\b)\w",
    ),
    (
        "habit",
        r"(?:takes|drinks|eats|likes|has) their [\w ]{2,20}? (?:with|without|black|white|plain|rare"
        r"|medium|raw"
        r"|hot|cold|iced|strong|sweet|well done)\b",
    ),
    (
        "habit",
        r"(?:\w+ly |always |just )?(?:has|eats|drinks|skips) .{2,30} (?:for|at) (?:breakfast|lunch|dinner)\b",
    ),
    ("preference", r"would (?:always )?pay (?:extra|more) for \w"),
    (
        "preference",
        r"would like their .{2,40} (?:on|in the|at) (?:\w+days?|\w+day mornings|mornings|evenings"
        r"|weekends)\b",
    ),
    ("preference", r"wants .{3,80} when(?:ever)? (?:they|the user) \w"),
    (
        "preference",
        r"(?:wants|likes|needs|prefers) (?:things|everything|it all|their \w+) (?:in|on|by|to be"
        r"|with|without|kept) \w",
    ),
)
# The same for statements whose subject is what is liked.
JUDGED_WHOLE: tuple[tuple[str, str], ...] = (
    ("suits", r"suits? the user(?! to\b)\b"),
    (
        "opinion",
        r"helps? the user (?:to )?(?:focus|sleep|relax|concentrate|think|unwind|calm down"
        r"|wake up)\b",
    ),
    ("opinion", rf"(?:really |just |always |simply )?{TROUBLES} the user\b"),
    ("opinion", r"(?:really )?drives? the user (?:crazy|mad|nuts|insane|up the wall)\b"),
    ("opinion", r"puts? the user off\b|leaves? the user cold\b|gets? on the user's nerves\b"),
    (
        "opinion",
        r"makes? the user(?:'s skin crawl| (?:happy|sick|nervous|anxious|uncomfortable|angry|sleepy|cringe"
        r"|dizzy|nauseous))\b",
    ),
    ("opinion", r"gives? the user (?:an? )?(?:headaches?|migraines?|the creeps|energy|heartburn|hives)\b"),
    (
        "opinion",
        r"(?:really |just |simply )*does (?:(?:really |just )?not do (?:it|much|anything)"
        r"|nothing) for the user\b",
    ),
    ("opinion", r"do (?:not do (?:it|much|anything)|nothing) for the user\b"),
    (
        "favorite",
        r"(?:is|are) (?:not )?(?:really |more |so |just |much |exactly |always |quite )*the user's (?:thing"
        r"|cup of tea|style|jam|scene|weakness|guilty pleasure|comfort food|pet peeve|top priority)\b",
    ),
    (
        "opinion",
        r"(?:is|are) (?:an? )?(?:absolute |total |real |complete |bit of an? )?(?:nightmare|pain"
        r"|chore|joy|treat"
        r"|struggle|torture|horror|relief) (?:for|to) the user\b",
    ),
    ("must", rf"(?:is|are) (?:completely |absolutely |always )?{OUT_OF_QUESTION}(?: for the user)?\b"),
    (
        "instruction",
        r"(?:is|would be) the (?:best|easiest|quickest) way to (?:reach|contact|get hold of) the user\b",
    ),
    (
        "value",
        r"(?:matters? more than .{2,30}|matters?|counts?|(?:is|are) (?:very |really |most "
        r"|super )?important) (?:most |a lot "
        r"|more )?to the user\b",
    ),
    ("opinion", r"(?:feels?|tastes?|smells?|sounds?) like [\w ]{2,30} to the user\b"),
    ("opinion", rf"(?:feels?|tastes?|smells?|sounds?) {DEGREE}{JUDGED}\b.*\b(?:the user|their)\b"),
)
