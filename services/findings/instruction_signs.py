"""The signs of text that is written for an agent: patterns, what each is a sign of, and how much it weighs.

Their words are English, with the best known orders of other languages.
"""

from __future__ import annotations

from services.findings.instruction_words import AGENT, LOOT, PLACE, RULES, TOLD, VERB, sign

SIGNS = (
    sign(
        "tells an agent to drop its rules",
        2,
        r"\b(?:ignore|disregard|forget|discard|overrule|set\saside)\s(?:all\s|everything\s|anything\s"
        r"|whatever\s|what\s|any\s)[^.!?\n]{0,40}\b(?:told|said|instructed|wrote|written|above|before"
        r"|earlier|previously|so\sfar|until\snow)\b",
    ),
    sign(
        "tells an agent to drop its rules",
        2,
        r"\b(?:ignor(?:e|ing)|disregard(?:ing)?|forget|overrid(?:e|es|ing)|bypass(?:es|ing)?"
        r"|supersedes?|discard|drop|stop\sfollowing|do\snot\sfollow|don['’]t\sfollow|cancels?"
        rf"|replaces?)\b[^.!?\n]{{0,50}}?\b(?:all|any|every|previous|prior|earlier|above|former"
        r"|existing|original|other|your|its|their|safety|system|these|those"
        rf"|preceding)\b[^.!?\n]{{0,30}}?\b{RULES}",
    ),
    sign(
        "tells an agent to drop its rules",
        2,
        r"""\b(?:ignor(?:iere?n?|ez|a|e|ar|era|eer|uj|i)|negeer|missachte|vergiss|vergessen|vergeet
            |oublie[rz]?|olvid[ae]|esqueça|dimentica|glöm|zignoruj)\b[^.!?\n]{0,40}
        \b(?:anweisung|vorgaben|regeln|richtlinien|[ae]inschränkung|beschränkung|sicherheits\w+
            |instructions?\s(?:pr|ci)|consignes|règles|instruc|instruç|instrukti|instrukcj|regler|ohjei
            |istruzioni|regole|reglas)
        |忽略[^。]{0,12}(?:指令|指示|说明|规则|提示)|(?:指示|命令|ルール)を?(?:すべて)?無視|игнорируй\w*[^.]{0,30}(?:инструкц
            |правил|указан)""",
    ),
    sign(
        "imitates the marks of a prompt",
        2,
        r"""</?\s?(?:system|assistant|user|instructions?|prompt|important|admin|tool(?:_\w+)?
            |conversation|memor(?:y|ies)|summary|context|override)[^>\n]{0,40}>
        |\[/?(?:inst|system|admin|assistant)[^\]\n]{0,30}\]|<\|\w+\|>|<<\s?sys\s?>>|\#{2,}\s?(?:system
            |instructions?|new\s(?:task|rules)|assistant|end)
        |(?:^|[\n.\"“]\s*|-{2,}\s*)(?:system|admin(?:istrator)?|developer|root|security
            |maintenance)(?:\s(?:note|message|notice|override|prompt|update|instruction|command
            |alert))?\s?:\s?\S
        |\b(?:system|admin|developer)\s(?:override|prompt\s(?:update|injection))""",
    ),
    sign(
        "imitates the marks of a prompt",
        2,
        r"""["']role["']\s*:\s*["'](?:system|assistant|developer|tool)["']|\b(?:new|next|real|actual
            |updated|additional|hidden)\s(?:tasks?|goals?|objectives?|instructions?|orders?|directives?
            |rules?|roles?)\s?:|\bend\sof\s(?:the\s)?(?:summary|conversation|context|prompt|memory
            |memories|record|document|transcript|input|instructions)\b""",
    ),
    sign(
        "speaks to the agent",
        2,
        r"\byou\s(?:must|shall|should|will|have\sto|need\sto|may)\s(?:\w+\s)?(?:tell|say|answer|give"
        r"|send|show|ask|offer|convince|inform|advise|refer|direct)\s(?:to\s)?(?:the\s|any\s|every\s"
        r"|all\s)?(?:users?|customers?|clients?|them|anyone|everyone)\b",
    ),
    sign(
        "wants to be written into memory",
        2,
        r"\b(?:persist|store|save|keep|record|memori[sz]e|remember)\s(?:the\sfollowing|this"
        r"|these)\s(?:\w+\s)?(?:rules?|instructions?|directives?|commands?|polic(?:y|ies)|orders?)\b",
    ),
    sign(
        "speaks to the agent",
        2,
        r"\byour\s(?:\w+\s)?(?:answers?|repl(?:y|ies)|responses?|outputs?|summar(?:y|ies)"
        r"|system\sprompt|prompt|instructions|guidelines|training|memor(?:y|ies)|programming|users)\b"
        r"|\byou\sare\s(?:the|an?)\s(?:[\w'’-]+\s){0,3}?(?:agent|assistant|bot|expert|salesperson"
        r"|advis[eo]r|representative|model|lawyer|doctor|teacher|character|persona|ai|copywriter"
        r"|hacker|administrator)\b",
    ),
    sign(
        "speaks to the agent",
        1,
        r"^(?:remember|note|attention|important|reminder|rule|hint|warning|update|fact|policy)\s?:\s",
    ),
    sign(
        "switches a safeguard off",
        2,
        r"\b(?:never|not|no\slonger|does\snot|do\snot|doesn['’]t)\s(?:needs?|requires?"
        r"|asks?\sfor)\s(?:an?\s|any\s|the\s)?(?:\w+\s)?(?:second\sfactor|verification|passwords?"
        r"|approval|confirmation|checks?|2fa|mfa|authentication|id|identification|review)\b"
        r"|\b(?:needs?|requires?)\sno\s(?:\w+\s)?(?:second\sfactor|verification|passwords?|approval"
        r"|confirmation|checks?|2fa|mfa|authentication|identification|review)\b",
    ),
    sign(
        "speaks to the agent",
        1,
        r"(?:^|[\n.]\s*)(?:ai\s)?(?:assistants?|agents?|ai|model|bot|chatbot|llm)\s?[:,]\s",
    ),
    sign(
        "claims authority over the agent",
        1,
        r"\b(?:security|support|admin|it|compliance|legal|finance|trust|safety|engineering)\s(?:team"
        r"|department|desk|office|notice)\s?:\s",
    ),
    sign(
        "tells an agent to drop its rules",
        2,
        r"\b(?:takes?|has|have|with|gets?)\s(?:\w+\s)?(?:priority|precedence)\sover\b|\b(?:outranks?"
        r"|trumps?|overrules?|supersedes?)\s(?:all|any|every|the|your"
        r"|other)\b[^.!?\n]{0,30}\b(?:prompts?|rules?|instructions?|polic(?:y|ies)|guidelines?)\b"
        r"|\b(?:restrictions?|rules?|limits?|guidelines?|safeguards?|filters?|polic(?:y|ies))\s(?:are"
        r"|is|were|have\sbeen|do|does)\s(?:now\s|all\s|no\slonger\s|not\s)?(?:lifted|void|suspended"
        r"|disabled|cancelled|canceled|removed|apply|valid|in\sforce)\b",
    ),
    sign(
        "gives an agent another identity",
        2,
        r"""\byou\s(?:are|['’]re)\s(?:now|actually|no\slonger|really)\b|\bpretend\s(?:to\sbe|you\b
            |that\syou)|\b(?:act|behave|respond|operate)\sas\s(?:if\syou|an?\s(?:un|evil|admin|root
            |different|hacker|debug))
        |\b(?:assume|adopt|take\son|switch\sto|use|keep)\s(?:the\s|a\s|an?other\s)?(?:new\s)?(?:role
            |identity|persona|personality)\b|\brole-?play\sas\b
        |\b(?:god|dan|unrestricted|jailbreak|sudo)\smode\b
            |\bjailbroken?\b|\bno\slonger\sbound\sby\b|\byour\s(?:new|real|true|actual)\s(?:role|name
            |task|goal|purpose|instructions?|job)\s(?:is|are)\b""",
    ),
    sign(
        "claims authority over the agent",
        2,
        rf"""\b(?:i['’]?\sam|this\sis|message\sfrom|on\sbehalf\sof|orders?\sfrom|approved\sby
            |authori[sz]ed\sby|speaks\sfor|is)\s(?:your|the)\s(?:developer|creator|administrator|owner
            |openai|anthropic|amazon|aws|security|system|platform)s?\b[^.]{{0,25}}(?:team|support
            |of\s{AGENT}|and\s(?:you|{AGENT})|\bso\b|,\s?(?:you|do)|instruct|requires?)
        |\b(?:developers?|creators?|owners?|administrators?|makers?|operators?|vendors?|provider|author
            |team)\s(?:of|behind)\s(?:this|the|your)\s(?:assistant|agent|bot|model|ai|system
            |platform)\b[^.]{{0,20}}\b(?:authori[sz]|approv|instruct|allow|permit|order|ask|want
            |confirm|require|says?|said)\w*
        |\bthe\suser\sis\s(?:an?\s|the\s)?(?:\w+\s)?(?:admin(?:istrator)?|developer|root|superuser
            |tester)\b[^.]{{0,40}}\b(?:may|can|must|should|all|any|full|unrestricted|without|so|exempt)\b
        |\b(?:full|unrestricted|unlimited|root|elevated|all)\s(?:access|privileges|permissions?|rights
            |authority)\b[^.]{{0,30}}\b(?:to\s(?:all|every|any|the\s(?:system|database|account))
            |for\s(?:all|every|this|any))""",
    ),
    sign(
        "tells the agent what to do",
        1,
        rf"(?<!whether\s)(?<!whether\sthe\s)\b{AGENT}\s(?:(?:reading|seeing|processing|handling|using"
        r"|that\s\w+|who\s\w+)\s(?:this|these|it)\s)?(?:(?:must|shall|should|will|may|can|needs?\sto"
        r"|has\sto|have\sto|ought\sto)\b|(?:is|are)\s(?:now\s|hereby\s|always\s)?(?:required"
        r"|instructed|authori[sz]ed|obliged|allowed|permitted|free|ordered|expected)\s(?:to|not)"
        r"|(?:always|never)\b)",
    ),
    sign(
        "tells the agent what to do",
        2,
        rf"(?<!whether\s)(?<!whether\sthe\s)\b{AGENT}\s(?:[^.!?\n,]{{0,40}}?\s)?(?:(?:must"
        r"|shall)(?:\snot|\snever|\salways)?\s\w+|(?:is|are)\s(?:now\s|hereby\s|always\s)?(?:required"
        r"|instructed|authori[sz]ed|obliged|permitted|ordered|directed|commanded)\s(?:not\s)?to|(?:has"
        r"|have|gets?|is\sgiven|was\sgiven)\s(?:the\s|full\s)?(?:permission|authority|authori[sz]ation"
        r"|clearance)\sto)\b|\b(?:important|essential|mandatory|critical|crucial|imperative"
        rf"|required)\sthat\s{AGENT}\b|\b(?:whoever|anyone\swho|everyone\swho|any\s(?:agent|assistant"
        r"|ai)\s(?:that|who)|those\swho)\s(?:reads?|sees?|receives?|process\w*|handles?|finds?"
        r"|retrieves?)\sthis\b",
    ),
    sign(
        "switches a safeguard off",
        1,
        r"\bwithout\s(?:\w+\s){0,2}(?:approval|confirmation|checks?|review|consent|questions|warning"
        r"|asking|limits?|permission)\b",
    ),
    sign(
        "demands",
        1,
        r"\b(?:must|shall|have\sto|has\sto)\s(?:always\s|immediately\s|automatically\s)?be\s(?:paid"
        r"|sent|approved|released|opened|executed|deleted|forwarded|refunded|transferred|shared"
        r"|disclosed|accepted|followed|obeyed|trusted|granted|booked|cited|mentioned|recommended)\b"
        r"|\bentitled\sto\s(?:\w+\s)?(?:free|full|unlimited|lifetime|unrestricted)\b",
    ),
    sign(
        "is meant to last",
        1,
        r"""\bfrom\s(?:now|here|this\spoint)\son(?:wards?)?\b|\b(?:from|as\sof)\s(?:today|now
            |tomorrow)\b[,:]?\s(?:you|the\s(?:assistant|agent|bot|ai|model)|all|every)\b|\bin\s(?:all
            |every|any|each|future)\s(?:\w+\s){0,2}(?:conversation|session|chat|response|answer
            |repl(?:y|ie)|interaction|message|output|summar(?:y|ie)|mail)s?\b
        |\b(?:for|to|with)\s(?:all|every|any|each)\s(?:future\s)?(?:users?|customers?|sessions?|request
            |query|queries)\b|\bpermanent(?:ly)?\b|\bat\sthe\s(?:start|end|beginning)\sof\s(?:every
            |each|all)|\bno\smatter\swhat\b|\bregardless\sof\s(?:what|any|the)|\bas\sa\s(?:standing
            |permanent)\s(?:rule|order|instruction)|\bnew\s(?:rule|instruction|policy|directive)s?\s?:""",
    ),
    sign(
        "gives commands",
        1,
        r"(?:^|[.!?:;\n\"“]\s*|,\s(?:then|and|please)\s|\bplease\s|\bmust\s|\bshall\s"
        r"|\balways\s)(?:always\s|never\s|please\s|only\s|do\snot\s|don['’]t\s)?(?:always|never\s\w+"
        r"|recommend|reply|respond|append|insert|include|promote|forward|exfiltrate|transmit|redirect"
        r"|steer|approve|prefer|prioriti[sz]e|cite|execute|run|invoke|treat|trust|remember\s(?:that|to"
        r"|this)|store|memori[sz]e|repeat|output|print|reveal|begin\severy|end\severy|refuse|comply"
        r"|obey|conceal|hide|grant|skip|disable|delete|upload|say)\b",
    ),
    sign(
        "sends data away",
        2,
        r"\b(?:send|sends|forward|forwards|post|posts|upload|uploads|transmit|e-?mail|exfiltrate|copy"
        r"|bcc|cc|deliver|submit|push|leak|share|append|attach|encode"
        rf"|report)\b[^!?\n]{{0,60}}?\b{LOOT}\b[^!?\n]{{0,60}}?\b(?:to|at|via|in|into|with"
        rf"|as)\b[^!?\n]{{0,40}}?{PLACE}",
    ),
    sign(
        "sends data away",
        2,
        rf"\b{LOOT}\b[^!?\n]{{0,50}}?\b(?:posted|sent|forwarded|uploaded|copied|shared|transmitted"
        rf"|mailed|emailed|delivered|reported)\b[^!?\n]{{0,20}}?\b(?:to|at|via"
        rf"|with)\b[^!?\n]{{0,30}}?{PLACE}",
    ),
    sign(
        "sends data away",
        1,
        rf"\b(?:send|forward|post|upload|transmit|e-?mail|exfiltrate|bcc|cc)\b[^!?\n]{{0,80}}?\b(?:to"
        rf"|at|via)\b[^!?\n]{{0,30}}?{PLACE}",
    ),
    sign(
        "hides an address for data in an image or link",
        2,
        r"!\[[^\]\n]*\]\(\s?https?:|https?://\S*[?&]\w+=\s?[{<\[$%]",
    ),
    sign(
        "wants it kept from the user",
        2,
        r"""\b(?:do\snot|don['’]t|never|must\snot|should\snot|without|avoid
            |refrain\sfrom)\s(?:ever\s)?(?:tell|mention|reveal|inform|disclos|show|alert|notif|warn|let
            |ask)\w*\b[^.!?\n]{0,40}\b(?:the\s(?:user|customer|human|client|operator)|them\b|users
            |customers)
        |\b(?:conceal|hide|keep|withhold|kept|hidden|concealed)\b[^.!?\n]{0,40}\bfrom\s(?:the\s|any\s
            |all\s|every\s)?(?:human\s)?(?:users?|humans?|customers?|operators?|clients?|admins?
            |supervisors?|reviewers?)\b
        |\bwithout\s(?:the\s)?(?:users?|customers?|anyone|anybody|humans?)\s?(?:['’]s)?\s(?:knowing
            |noticing|knowledge|consent|awareness)|\bbehind\sthe\s(?:user|customer)['’]s\sback
            |\b(?:do\snot|don['’]t|never)\s(?:log|report|flag|record|audit)\s(?:this|these|it|them)\b
        |\b(?:secretly|silently|covertly|quietly|discreetly|stealthily|surreptitiously|unnoticed
            |invisibly)\b|\b(?:hidden|secret)\s(?:instruction|command|directive|rule|task)s?\b
            |\bkeep\sth(?:is|ese)\s(?:\w+\s)?(?:secret|hidden|confidential|between)|\b(?:do\snot
            |don['’]t|never)\s(?:mention|reveal|disclose|repeat|discuss|show)\s(?:this|these
            |that)\s(?:\w+\s)?(?:instruction|rule|note|message|entry|memory|directive)s?""",
    ),
    sign(
        "switches a safeguard off",
        2,
        r"""\b(?:skip|bypass|disable|turn\soff|omit|waive|deactivate|circumvent|no\sneed\sfor
            |not\s(?:need|require|ask\sfor)|never\s(?:ask|require)\w*\s(?:for\s)?|exempt\sfrom
            |without(?:\sany|\sfurther|\sthe)?)\s?[^.!?\n]{0,25}\b(?:verif\w+|authenticat\w+
            |identity\s(?:check|verification)s?|safety|security\s(?:check|question|policy|polic)\w*
            |guardrails?|moderation|2fa|mfa|approval\s(?:step|process|limit)s?|fraud|content\sfilters?
            |permission\scheck|authori[sz]ation)\b
        |\b(?:skip|bypass|disable|omit|waive|lift|remove|suspend|deactivate)\s(?:the\s|all\s|any\s
            |every\s)?(?:\w+\s)?(?:checks?|limits?|controls|restrictions?|confirmations?|approvals?
            |screening)\b
        |\bno\s(?:further\s|more\s|additional\s)?(?:\w+\s)?(?:verification|authentication|confirmation
            |approval|authori[sz]ation|identity\scheck|checks?|review)\s(?:is|are|will\sbe)\s(?:needed
            |required|necessary|done|made)
        |\bexempt(?:ed)?\sfrom\s(?:the\s|all\s|any\s|every\s)?(?:\w+\s){0,3}(?:limits?|checks?
            |verification|polic(?:y|ies)|reviews?|rules?|moderation|screening|approval)
        |\b(?:e-?mails?|messages?|links?|files?|requests?|senders?|instructions?|attachments?|orders
            |commands|documents)\s(?:from|by|of|to|sent\sby|on|at)\s[^!?\n]{1,60}?\b(?:are|is|shall\sbe
            |can\sbe|must\sbe|should\sbe)\s(?:always\s|to\sbe\s|automatically\s)?(?:safe|trusted
            |verified|legitimate|authori[sz]ed|followed|obeyed|genuine|approved|executed)
        |\bpre-?approved\b[^.]{0,40}\b(?:any|all|every|without|no\b|up\sto)|\btreat(?:s
            |ed)?\b[^.!?\n]{0,50}\bas\s(?:an?\s|the\s)?(?:pre-?)?(?:trusted|authori[sz]ed|verified
            |approved|authoritative|genuine|safe|system|admin|administrator|commands?|instructions?
            |orders?|binding|(?:highest|final|absolute|ultimate|supreme)\s\w+)""",
    ),
    sign(
        "plants a recommendation",
        2,
        rf"""\b{AGENT}\s[^.!?\n]{{0,30}}?\b(?:to|must|should|shall)\s(?:rank|recommend|promote|suggest
            |favou?r|endorse|cite|prefer|praise|advertise|steer)\b
        |\b(?:remember|note|store|save|keep|know|consider|regard|treat|mark
            |list)\b[^.!?\n]{{0,60}}\bas\s(?:an?|the|your|its)\s(?:\w+\s){{0,2}}(?:trusted
            |authoritative|reliable|best|preferred|go-?to|primary|official|only|default|leading
            |credible|recommended)\b[^.!?\n]{{0,30}}(?:source|provider|vendor|expert|site|company
            |choice|option|service|brand|reference|authority|partner|tool)
        |\b(?:always|should|must|shall|will|every\stime)\b[^.!?\n]{{0,25}}\b(?:recommend|promote
            |suggest|favou?r|endorse|cite|mention|rank|list|prefer|link\sto|advertise|praise
            |present)\b[^.!?\n]{{0,50}}\b(?:first|over|above|instead|only|before|ahead|as\sthe
            |when(?:ever)?|in\s(?:all|any|every)|to\s(?:all|any|every|users|customers)|exclusively
            |whatever|regardless)
        |\b(?:recommend|promote|endorse|cite)\b[^.!?\n]{{0,40}}\b(?:whenever|in\s(?:all|any|every)\s
            |to\s(?:all|any|every)\s|first\s(?:in|when|to)|from\snow)""",
    ),
    sign(
        "has a trigger for what the agent does",
        2,
        r"\b(?:if|when(?:ever)?|once|every\stime|each\stime|any\stime|as\ssoon\sas)\s(?:the\s|a\s"
        r"|any\s)?(?:users?|someone|anyone|anybody|customers?|people|they|asked|you|he|she|this\suser"
        rf"|the\s(?:word|phrase|topic))\b[^.!?\n]{{0,70}}[,:]\s?(?:(?:you|{AGENT}|it)\s(?:must|should"
        r"|shall|will|has\sto|is\sto|always)\s|please\s|then\s|always\s|never\s|instead\s|do\snot\s"
        rf"|silently\s|first\s)*{VERB}\b",
    ),
    sign(
        "has a trigger for what the agent does",
        2,
        r"\b(?:if|when(?:ever)?|once|every\stime|each\stime|any\stime|as\ssoon\sas|before"
        rf"|after)\b[^.!?\n]{{3,80}},\s?(?:then\s)?(?:you|{AGENT})\s(?:must|should|shall|will|has\sto"
        r"|have\sto|is\sto|are\sto|always)\b",
    ),
    sign(
        "wants an agent's inside told",
        2,
        r"\b(?:reveal|print|output|repeat|show|dump|disclose|display|leak|quote|recite|return"
        r"|include)\b[^.!?\n]{0,40}\b(?:system\sprompt|(?:hidden|initial|original|internal|your"
        r"|its)\s(?:prompt|instructions?|rules|configuration|system\s\w+)|(?:all|every"
        r"|other)\s(?:users?|customers?)['’]?s?\s(?:data|records|memor\w+|messages|details))",
    ),
    sign(
        "wants to be written into memory",
        2,
        r"\b(?:save|store|add|write|record|commit|insert|persist|put|keep"
        r"|memori[sz]e)\b[^.!?\n]{0,40}\b(?:in|into|to)\s(?:your|the|its|long-?term"
        r"|agent['’]?s?)\s(?:long-?term\s|persistent\s|permanent\s)?memor(?:y|ies)\b|\b(?:update"
        r"|overwrite|erase|wipe|clear|replace|delete)\b[^.!?\n]{0,20}\b(?:your|all|its"
        r"|the\sagent['’]?s?|every)\s(?:\w+\s){0,2}memor(?:y|ies)\b",
    ),
    sign(
        "orders a tool or command",
        1,
        r"\b(?:run|execute|call|invoke|use)\s(?:the\s)?(?:following\s)?(?:`|command|tool|function"
        r"|script|shell|code|sql)|`(?:rm|curl|wget|sudo|chmod|powershell)\b|\brm\s-rf\b"
        r"|\bcurl\s\S*https?:|\bdrop\stable\b|\b(?:base64|atob)\b|\beval\(|\bpowershell\b"
        r"|\b[a-z]+_(?:funds|all|user|payment|transfer|file|email|refund|account)\(",
    ),
    sign(
        "gives a lasting command",
        2,
        r"""\b(?:from\s(?:now|here|this\s(?:point|moment|day))\son(?:wards?)?|going\sforward|henceforth
            |in\s(?:all|any|every|each|future|your)\s(?:\w+\s){0,2}(?:conversation|session|chat
            |response|answer|repl(?:y|ie)|interaction|message|output|summar(?:y|ie)|mail|email)s?
        |(?:for|with)\s(?:all|any|every|each)\s(?:\w+\s){0,2}(?:users?|customers?|sessions?|requests?
            |quer(?:y|ies)|questions?|conversations?)|(?:when|while|before|after
            |whenever)\s\w+ing\s[^,.\n]{2,40})
        ,?\s(?:you\s(?:must|should|shall|will)\s)?(?:always\s|never\s|only\s|please\s|do\snot\s
            |don['’]t\s|also\s)*(?:append|mention|say|add|insert|include|recommend|promote|reply
            |respond|answer|refuse|state|claim|use|cite|link|begin|end|start|finish|sign|send|forward
            |copy|approve|skip|call|address|tell|offer|suggest|ask|treat|trust|ignore|redirect|give
            |grant|follow|obey|act|pretend)\b""",
    ),
    sign(
        "gives a lasting command",
        2,
        r"""\b(?:every|each|all|any)\s(?:\w+\s)?(?:summar(?:y|ies)|answers?|repl(?:y|ies)|responses?
            |outputs?)\s(?:\w+\s)?(?:must|shall|has\sto|have\sto|should|needs?\sto|is\sto|are\sto)\b
        |\b(?:let|make|have|ensure|see\sto\sit|guarantee)\b[^.!?\n]{0,15}\b(?:every|each|all
            |any)\s(?:\w+\s)?(?:summar(?:y|ies)|answers?|repl(?:y|ies)|responses?|messages?|e?-?mails?
            |outputs?|conversations?|sessions?)\b
        |\b(?:append|insert|add|include|attach|put|place|embed|mention|repeat|write
            |print)\b[^.!\n]{1,60}\b(?:to|in|into|at\sthe\s(?:end|start|beginning|bottom|top)\sof|after
            |before|under|with)\s(?:every|each|all|any)\s(?:\w+\s)?(?:summar(?:y|ies)|answers?|repl(?:y
            |ies)|responses?|messages?|e?-?mails?|outputs?|links?|urls?|conversations?|sessions?)\b""",
    ),
    sign(
        "speaks to the agent",
        1,
        r"\b(?:you|your\stask|your\sjob)\s(?:must|shall|should|will|have\sto|need\sto|are\s(?:to"
        r"|required|instructed|authori[sz]ed|allowed|permitted|obliged)|is\sto)\b"
        r"|\b(?:it\sis\s)?(?:important|essential|mandatory|critical|crucial"
        r"|imperative)\s(?:that\s(?:you|the\s(?:ai|assistant|agent|model|bot))|for\s(?:you|the\s(?:ai"
        r"|assistant|agent|model|bot)|all\s(?:ai|agents)))\b|\b(?:note|message|attention|instructions?"
        r"|reminder)\s(?:to|for)\s(?:the\s|any\s|all\s|every\s)?(?:ai|assistants?|agents?|models?"
        r"|bots?|llms?)\b",
    ),
    sign(
        "moves money or people",
        1,
        rf"""{TOLD}|\b(?:must|shall|should|always|to|please|then)\s(?:transfer|release|wire|pay\sout|refund
            |unlock|grant|redirect|steer|reroute|divert|waive|cancel|obey|comply|reveal|leak|exfiltrate)\b
        |\b(?:payments?|refunds?|money|funds|invoices?|transfers?)\s(?:must|should|shall|are\sto
            |have\sto)\s(?:now\s)?(?:go|be\s(?:sent|paid|made|transferred|directed|redirected|wired))\b
            |\b(?:redirect|steer|reroute|divert|funnel)\s(?:all\s|every\s|any\s)?(?:users?|customers?
            |buyers?|visitors?|clients?|patients?|callers?|traffic)\b""",
    ),
    sign(
        "dictates an answer",
        1,
        r"\b(?:reply|respond|answer|say|state|claim|insist|confirm)\s(?:only\s)?(?:with\b|exactly"
        r"|that\s(?:there|no\b|it\sis\ssafe|the\s(?:product|company|service))|the\sfollowing|verbatim"
        r"|[\"“'])",
    ),
    sign(
        "leads to an address",
        1,
        r"\b(?:visit|click|go\sto|navigate\sto|browse\sto|open|fetch|download|install|load"
        r"|log\s?in\s(?:at|to)|enter\b[^.]{0,30}\bat|pay\b[^.]{0,20}\b(?:to|at)|refer\b[^.]{0,30}\bto"
        r"|direct\b[^.]{0,30}\bto)\b[^.!?\n]{0,25}?(?:https?://|www\.|\w[\w-]*\.(?:com|io|net|xyz|ru"
        r"|site|info|test|example|invalid|zip)\b)",
    ),
    sign(
        "has characters that nobody sees",
        2,
        "[\U000e0020-\U000e007f]|[\u200b\u2060\u2062\u2063]{3,}|[\u202a-\u202e\u2066-\u2069]",
    ),
)
