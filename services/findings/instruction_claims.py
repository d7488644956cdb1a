"""Signs of text that gives no order, but says how things are so that an agent acts on it.

Whoever poisons a memory need not command: a safeguard is said to be void, a right to be given, a word to mean
consent, or what an agent does to be settled. What a person wants, asks for or complains about is told with
that person in front, and is no sign.
"""

from __future__ import annotations

from services.findings.instruction_words import AGENT, LOOT, PLACE, RULES, sign

_WISH = (
    r"(?!\b(?:users?|customers?|she|he|they|wants?|ask(?:s|ed)|prefers?|likes?|wish(?:es|ed)?|hopes?"
    r"|complain\w*|would|my|his|her|their)\b)"
)
_UNWISHED = rf"(?:^|[.!?;:\n]\s*)(?:{_WISH}[^.!?;:\n]){{0,60}}?"
"""From the beginning of a sentence, with nobody in front whose wish it is."""
_GUARD = (
    rf"(?:(?:identity|security|safety|content|age|credit|background)\s)?(?:checks?|confirmations?|approvals?"
    rf"|authori[sz]ations?|verifications?|permissions?|supervisors?|consent|{RULES})"
)
_SAID = r"(?:answers?|repl(?:y|ies)|responses?|summar(?:y|ies)|outputs?|recommendations?)"
_DUTY = r"(?:shall|must|should|ha(?:s|ve)\sto|needs?\sto|(?:is|are)\sto|will)"

CLAIMS = (
    sign(
        "does away with a safeguard",
        2,
        rf"""\b{_GUARD}\b[^.!?\n]{{0,30}}\b(?:can|may|should|must|need\snot|(?:is|are)\sto)\s(?:not\s)?be\s
            (?:skipped|waived|ignored|bypassed|dropped|disregarded|omitted|left\sout)
        |\b{AGENT}\s(?:(?:does|do)\snot\s(?:need|have)\sto|do(?:es)?n['’]t\s(?:need|have)\sto|need\snot
            |needn['’]t|(?:is|are)\snot\s(?:required|obliged)\sto|no\slonger\s(?:needs?|has|have)\sto)\s
            (?:ask|confirm|verify|check|warn|refuse|wait|follow|obey|tell)
        |\b(?:may|can)\sbe\s(?:used|called|run|executed|invoked|sent|paid|booked)\b[^.!?\n]{{0,40}}
            \bwithout\s(?:asking|confirm\w*|approval|permission|question)""",
    ),
    sign(
        "does away with a safeguard",
        2,
        rf"""\b(?:{AGENT}['’]s?|your|its)\s(?:\w+\s){{0,2}}{RULES}\s[^.!?\n]{{0,30}}\b(?:lifted|void|suspended
            |removed|disabled|obsolete|invalid|no\slonger\s\w+|(?:do|does)\snot\sapply)
        |\b(?:previous|earlier|prior|former|existing|usual|normal)\s{RULES}\s(?:\w+\s){{0,2}}
            (?:no\slonger\sapply|do\snot\sapply|are\s(?:void|suspended))
            \s(?:to|for|in|with)\s(?:this|the)\s(?:users?|accounts?|sessions?|conversations?|customers?)""",
    ),
    sign(
        "says that nobody need be asked",
        1,
        rf"\b(?:no|without)\s(?:further\s|prior\s|any\s|additional\s)?(?:{_GUARD}|questions?|asking)\b\s?(?:is|are|being)?\s?"
        r"(?:needed|required|necessary)?",
    ),
    sign("gives a right in advance", 1, r"\bpre-?(?:approved|authori[sz]ed|verified|cleared|confirmed)\b"),
    sign(
        "opens what is closed",
        2,
        rf"""\b(?:confidential|secret|hidden|internal|private|restricted|classified)\b[^.!?\n]{{0,40}}
            \b(?:may|can)\sbe\s(?:quoted|shown|shared|revealed|given|told|disclosed|read)
        |\b{LOOT}\b[^.!?\n]{{0,30}}\b(?:is|are)\sto\sbe\s
            (?:kept|stored|saved|sent|shared|copied|forwarded|written|logged)""",
    ),
    sign(
        "says what agents do",
        2,
        rf"""{_UNWISHED}\b{AGENT}\s(?:always\s|also\s|silently\s|automatically\s|then\s)?(?:shares?|forwards?
            |sends?|calls?|books?|recommends?|names?|mentions?|appends?|adds?|grants?|approves?|reveals?
            |stores?|copies|posts?|reports?|obeys?|discloses?)\b[^.!?\n]{{0,80}}?
            (?:\b(?:each|every|all|any|anyone|anybody|everyone|everybody|without\squestion)\b|{PLACE})
        |\b{AGENT}\s[^.!?\n]{{0,60}}\bwill\skeep\sdoing\sso\b""",
    ),
    sign(
        "says what answers hold",
        2,
        rf"""{_UNWISHED}\b{_SAID}(?:\s(?:about|to|on|for|regarding)\s[^.,!?\n]{{1,40}}?)?\s{_DUTY}\s(?:\w+\s){{0,2}}?
            (?:contain|carry|include|mention|name|end|begin|start|say|state|recommend|claim|praise|avoid)\b
        |{_UNWISHED}\b(?:each|every|the|all)\s{_SAID}\s(?:ends?|begins?|starts?|names?|mentions?|contains?
            |includes?|carr(?:y|ies)|points?|links?)\b
        |(?:^|[.!?;:\n]\s*)it\s(?:is|was)\s(?:\w+\s)?(?:essential|important|necessary|mandatory|required|vital
            |crucial|decided|agreed|settled)\sthat\s(?:\w+\s)?(?:{_SAID}|{AGENT})\b
        |\b(?:correct|right|only|official|proper|approved)\s(?:answer|reply|response)\sto\s(?:\w+\s){{0,2}}
            questions?\b""",
    ),
    sign(
        "makes a word a signal",
        2,
        r"""\b(?:any|every|each|future|next|later)\s(?:\w+\s){0,2}(?:mentions?|uses?|messages?|requests?)\b
            [^.!?\n]{0,60}\b(?:means?\sthat|authori[sz]es?|signals?|permits?|counts?\sas|activates?|unlocks?)
        |\b(?:requests?|messages?|commands?|orders?|mails?)\sfrom\s[^.!?\n]{0,60}\b(?:overrides?|outranks?
            |takes?\sprecedence|count\smore)
        |\b(?:is|are)\sto\sbe\s(?:believed|trusted|obeyed)\b""",
    ),
    sign(
        "makes a word a signal",
        2,
        r"""\bthe\s(?:words?|phrases?|emojis?|codes?|passphrase)\s[^.!?\n]{1,40}?\b(?:means?|counts?\sas|stands?\sfor)
            \b[^.!?\n]{0,50}\b(?:consent\w*|agree[sd]?|authori[sz]\w+|permi\w+|confirm\w*|approv\w+)""",
    ),
    sign(
        "gives a right in advance",
        1,
        r"\b(?:authori[sz]es?|approves?|consents?\sto|agrees?\sto|permits?|confirms?)\s(?:all|any|every)\s"
        r"(?:\w+\s)?(?:charges?|payments?|purchases?|transfers?|orders?|requests?|bookings?|actions?"
        r"|transactions?|refunds?|changes?)\b",
    ),
    sign(
        "does away with a safeguard",
        2,
        rf"""\b(?:refunds?|payments?|orders?|requests?|purchases?|charges?|transfers?|discounts?|upgrades?|claims?
            |credits?|loans?|withdrawals?)\b[^.!?\n]{{0,40}}\b(?:(?:are|is|be)\s(?:\w+\s)?(?:approved|granted|paid
            |released|made|accepted|authori[sz]ed|issued|given)|go(?:es)?\sthrough|pass(?:es)?)\swithout\s
            (?:\w+\s){{0,2}}(?:look\w*|read\w*|check\w*|see\w*|ask\w*|proof|evidence|documents?|verif\w*|review\w*
            |questions?|{_GUARD})\b""",
    ),
    sign(
        "says what agents do",
        2,
        rf"""\b{AGENT}\s(?:\w+\s){{0,6}}?(?:agreed|promised|undertook|undertaken|committed|bound|set\sup|configured
            |arranged|supposed|meant|expected)\sto\s(?:\w+\s)?(?:send|share|forward|copy|post|report|store|book
            |recommend|mention|name|add|append|approve|grant|reveal|obey)\b[^.!?\n]{{0,40}}\b(?:each|every|all
            |any|anyone|anybody|everyone|everybody)\b""",
    ),
    sign(
        "says what agents do",
        2,
        r"\b(?:whoever|anyone\swho|everyone\swho|anybody\swho|(?:users?|customers?|people|those)\swho)\s"
        r"[^.!?\n]{1,50}?\b(?:is|are)\sto\sbe\s(?:told|given|shown|sent|offered|sold|charged|refused|directed)\b",
    ),
    sign(
        "acts against others",
        2,
        r"\b(?:close|cancel|delete|drop|delay|reject|ignore|postpone)\s(?:all\s|the\s)?other\s"
        r"(?:people|users?|customers?|guests?|patients?|clients?)\b",
    ),
    sign(
        "says what answers hold",
        2,
        rf"""\b{_SAID}\b[^.!?\n]{{0,20}}\b(?:that|which)\s(?:does|do)\s(?:not|n['’]t)\s
            (?:contain|include|mention|name|end|begin|say)\b
        |\b(?:bring|talk|play)\sup\b[^.!?\n]{{0,40}}\b(?:each|every|any)\s?time\b""",
    ),
    sign(
        "orders without a person",
        2,
        r"\b(?:is|are)\sto\sbe\s(?:presented|described|portrayed|quoted|treated|named|called|praised)\sas\b",
    ),
    sign(
        "orders without a person",
        1,
        r"\b(?:is|are)\s(?:never|not|only|always)\sto\sbe\s\w+(?:ed|en|n|t|ld)\b",
    ),
    sign(
        "opens what is closed",
        2,
        rf"""\b{LOOT}\b[^.!?\n]{{0,30}}\b(?:is|are|may\sbe|can\sbe|will\sbe|get)\s(?:\w+\s)?(?:read|shown|given
            |quoted|revealed|told|disclosed|listed|printed|repeated)\b[^.!?\n]{{0,20}}
            \b(?:on\srequest|when(?:ever)?\s\w+\sasks?|to\s(?:anyone|anybody|whoever|everyone))\b
        |\b(?:sharing|revealing|showing|giving|telling|disclosing|quoting|reading)\b[^.!?\n]{{0,40}}\bother\s
            (?:users?|customers?|guests?|people|patients?|clients?)\b[^.!?\n]{{0,30}}\b(?:is|are)\s
            (?:fine|ok(?:ay)?|allowed|permitted|safe|approved|harmless)\b""",
    ),
    sign(
        "wants told what others said",
        2,
        rf"\b(?:what|whatever|everything|anything)\b[^.!?\n]{{0,40}}\b(?:told|said\sto|asked|wrote\sto|written\sto)\s"
        rf"(?:you|{AGENT})\b",
    ),
    sign(
        "is meant to last",
        1,
        r"\b(?:for|in|across)\s(?:all|every|any)\s(?:future\s|later\s|other\s)?"
        r"(?:conversations?|sessions?|chats?|users?|customers?)\b",
    ),
    sign(
        "promotes something",
        1,
        r"\bonly\s(?:\w+\s){0,2}worth\s(?:recommending|buying|mentioning|booking|using)\b",
    ),
    sign(
        "gives the agent another part",
        2,
        rf"\b(?:you(?:['’]re|\sare)?|{AGENT}|now|enables?d?|activat\w+|enter(?:s|ed|ing)?|switch\w*\s(?:in)?to)\s"
        r"(?:\w+\s){0,3}?(?:developer|debug|maintenance|admin)\smode\b",
    ),
    sign(
        "switches a safeguard off",
        1,
        r"\bstop\s(?:warning|flagging|checking|verifying|confirming|refusing|moderating|filtering)\b",
    ),
    sign(
        "gives the agent another part",
        1,
        rf"\b(?:persona|identity|role|character)\sis\s(?:now\s)?[A-Z]|\b{AGENT}\s(?:is|becomes)\snow\b"
        r"|\bwho\s(?:has|knows|obeys)\sno\s(?:rules|limits|restrictions|filters|guidelines)\b",
    ),
)
