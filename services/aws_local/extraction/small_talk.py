"""First-person sentences that say nothing worth remembering, as patterns.

Every pattern is matched at the start of a mended, stripped clause; those that end in ``$`` only drop the bare
phrase, so that "I know" goes and "I know Python" stays.
"""

import re

I_AM = r"(?:i'm|i am|we're|we are)(?: \w+ly| just| so| very| really| still| also| a (?:bit|little))?"
WISH = r"(?:i|we)(?:'d| would)?(?: really| also| just)? (?:want|need|like|love|wanted|have|hope|wish)"
ASKING = (
    r"(?:know|ask|understand|learn (?:more|about|how)|see|hear|find out|check|make sure|say|talk|discuss"
    r"|clarify|confirm|get (?:some|your|more|a|an)? ?(?:help|advice|info\w*|ideas?|suggestions?"
    r"|recommendations?|feedback|sense)|figure out|think|be (?:sure|able)|hope|compare|explore|read about"
    r"|share|tell|apologi[sz]e|thank|add|mention|try|start (?:by|with)|go (?:over|through|with)|brainstorm"
    r"|look (?:at|into)|do (?:that|this|it|so)|get started)"
)

PHRASES: tuple[str, ...] = (
    # knowing, thinking, hoping
    r"i (?:do not|don't|didn't|can't|cannot|could not|couldn't)(?: really| quite| even| fully)? (?:remember"
    r"|recall|know|understand|think so|think (?:that|it|i)|see|get (?:it|why|what|how)|mind|care(?! (?:much "
    r"|at all )?for\b| about\b)|follow|believe(?! in\b)|mean|want to (?:be|bother|sound)"
    r"|have (?:any|a) (?:question"
    r"|idea|clue)|have anything|need anything|wait|thank|agree|suppose)\b",
    r"i (?:guess|suppose|wonder|mean|bet|hope|assume|imagine|wish|doubt|pray|suspect|reckon)\b",
    r"i (?:see|agree|understand|know|remember|think so|believe so|got it|get it|hear you|do|did|don't|can"
    r"|can't|will|won't|have|would|am|understood|concur|disagree|noticed|forgot|forget|tried|checked"
    r"|promise)(?: that| it| now| too)?$",
    r"i know(?:,| I know)",
    r"i (?:got|had) (?:that|it|this) wrong$",
    r"i (?:just |have just |'ve just )?(?:checked|googled|looked (?:it|that) up)\b",
    r"i(?: \w+)? forget$",
    r"i (?:keep|kept) (?:saying|telling|asking)\b",
    r"i (?:nearly|almost) (?:died|cried|screamed|fainted)(?: laughing)?$",
    r"i (?:do not|don't)(?: really)? want to talk(?: about (?:it|that|this))?$",
    r"if i (?:ever|were|was|had|won|could|lived|owned)\b",
    r"i (?:know|understand|see|agree|heard|hear|noticed|realized|realised|appreciate|apologi[sz]e|thought"
    r"|believe|feel|felt|find) (?:that|what|how|why|it|this|you|your|the (?:point|feeling|idea)|like|with)\b",
    r"i think (?:that|it|it's|that's|this|you|so|we|there|they|he|she|the|about)\b",
    r"(?:i|we) (?:said|meant|asked|already|just (?:said|asked|wanted to|want to|thought|need to know))\b",
    r"i (?:told|mentioned|showed|gave|sent) (?:you|it|that)\b",
    r"(?:i|we)(?:'m| am|'ve been| have been| was|'re| were)(?: just| also)?"
    r" (?:wondering|thinking(?! (?:of|about) \w+ing\b)|hoping"
    r"|curious|trying to (?!learn|lose|quit|save|eat|cut|reduce|build|become|improve|stop|gain"
    r"|get (?:pregnant|fit|healthy|into))|looking (?:forward|to|at|into|for (?!an? ))|asking|considering"
    r"|talking|saying|guessing|calling|writing to|reaching out|contacting|following up|referring"
    r"|getting(?! (?:married|engaged|divorced|a|an|my|our|better|worse|into|old|used|rid)\b))\b",
    # how one feels at the moment, and formulas
    rf"{I_AM} (?:sure|not sure|unsure|sorry|afraid|glad|good|fine|ok|okay|great|well|done|back|here|ready"
    rf"|curious|confused"
    r"|wondering|kidding|all set|all ears|grateful|happy|impressed|surprised|lost|bored|serious|aware"
    r"|thankful|stuck|in|out|on it|interested|not interested|new (?:here|to this)|speechless|joking|positive"
    r"|certain|doing (?:well|good|great|fine|ok|okay)|open to (?:\w+ )?(?:suggestions|ideas)|relieved|amazed"
    r"|thrilled|delighted|flattered|not (?:good|happy|ready|done|kidding|joking|so sure|certain)"
    r"|feeling (?:good|great|well|better|fine|ok|okay))"
    r"(?: (?:now|today|too|again|then|thanks|with that|about that|to hear that|here|if|whether|that|what|how"
    r"|why|who|which|where|when|about|to)\b.*)?$",
    rf"{I_AM} (?:overwhelmed|tired|exhausted|hungry|thirsty|starving|frustrated|annoyed|upset|nervous"
    rf"|worried|stressed|sleepy"
    r"|excited|disappointed|busy|late|sad|angry|mad|scared|embarrassed)(?: (?:now|today|right now|already"
    r"|lol))?$",
    # asking for things
    r"(?:i|we)(?:'ve| have|'ve got| have got|'ve| got)? ?(?:a|another|one|some|a few|few|two|several"
    r"|one more)"
    r"(?: more| quick| small| other| follow-?up)* (?:question|request|doubt|idea|thing(?! for\b)|concern"
    r"|query|queries"
    r"|favor|favour)s?\b",
    rf"{WISH} (?:you )?to {ASKING}\b",
    rf"{WISH} (?:your|some|a little|more|any|a bit of)? ?(?:help|advice|assistance|ideas?|suggestions?|tips?"
    rf"|information"
    r"|info|details|input|feedback|recommendations?|support|guidance|explanation|clarification|examples?"
    r"|inspiration|a moment|a minute|time|answers?)\b(?!.*\b(?:my|our)\b|.* more than )",
    r"(?:i|we)(?:'ll| will| can| could| might| may|'d| would| should)(?: probably| definitely| also| just"
    r"| then)? (?:take"
    r" (?:it|that|them|a look)|do (?:that|so|it|this)|check|try|think about|let you|wait|be (?:back|there"
    r"|fine|sure|right|happy)|see|keep (?:that|you|it)|pass|get back|look (?:at|into|forward|it)|give (?:it"
    r"|that|you)|make sure|go ahead|need to (?:check|think)|appreciate|say|bet|tell|call (?:you|back)"
    r"|leave it|consider|love (?:to|that|it)|imagine|hope|guess|assume|argue|expect|suggest|recommend|agree"
    r"|be interested|get (?:it|that|on)|remember|follow|handle)\b",
    r"i(?:'d| would) (?:appreciate|be (?:grateful|happy|glad|interested)|love (?:to|that|it|some|your)"
    r"|like (?:some|your|that|it))\b",
    r"(?:i|we) (?:can|could|should|might|may)(?: just| also| probably)? (?:always|just|try|see|use that|tell"
    r"|do|say|imagine|only (?:imagine|hope)|have (?:been|done|used|gone))\b",
    r"(?:i|we) (?:look|looked) forward\b",
    r"(?:i|we) (?:just )?(?:need|want|have)(?: to| this| that| it| them)?$",
    r"i (?:really )?(?:love|like|enjoy|appreciate|hate|prefer|want|need|loved|liked|enjoyed|got|have|found"
    r"|tried|did|bought|used|saw|read|heard)(?: to| all| both| most| one)? ?(?:of )?(?:it|that|this|these"
    r"|those|them|him|her|one|your\b.*|you\b.*|how you\b.*|the idea|the sound of (?:it|that)|(?:that"
    r"|this) (?:idea|one|suggestion|plan|option).*)?"
    r"(?: one| idea| too| so much| very much| a lot| all)?$",
    r"my (?:question|point|bad|apologies|pleasure|guess|mistake|concern|issue|problem|thought|thoughts"
    r"|request|idea) "
    r"(?:is|was)\b",
    r"my goal (?:is|was) (?!to\b|[\d£$€])",
    r"(?:my (?:bad|apologies|pleasure|mistake|god|goodness)|same|me neither|me either|i'm in|count me in)$",
    r"(?:that|this|it|those|these|which|he|she|they)(?:'s|'re| (?:is|are|was|were|sounds|looks|seems|works"
    r"|makes|helps|would|will|could|might|should|all|really|helped|worked))\b",
    r"(?:sounds|looks|works|seems|feels|makes sense|love it|love that|like it|will do|can't wait|let me"
    r"|let's|never ?mind|no (?:problem|worries|need|thanks|thank)|nice|good|great|thanks|thank|welcome|bye"
    r"|goodbye|see you|have a|take care|talk (?:to|soon)|cheers|go ahead|not (?:yet|now|really|sure|at|much)"
    r"|maybe|perhaps|wait|hold on|hang on|one (?:moment|sec\w*)|of course|anything|nothing|everything"
    r"|something|whatever|up to you|why not)\b",
    # what is not so: wishes, suppositions, jokes
    r"(?:if|imagine|suppose|assuming|let's say|say|pretend|unless|what if|as if|even if"
    r"|in case)\b(?!.*\b(?:prefer|usually|always|never|rather)\b)",
    r"(?:i|we)(?:'d| would| could| should| might)(?: not|n't)? have\b(?! (?:to|a|an|the|my)\b)",
    r"i (?:just|absolutely|totally|so|really|simply) (?:love|adore|enjoy) (?:waiting|being (?:ignored|lied"
    r"|told|charged|kept|put|stuck)|getting (?:charged|ignored|spam|stuck)|paying (?:for nothing|extra"
    r"|twice)|it when|how|when|having to|spending hours|sitting on hold|repeating myself)\b",
    r"i (?:just |really )?love (?:it )?(?:when|how) .*\b(?:jam|break|crash|fail|late\b|delay"
    r"|los[et]|cancel|ignor|die|wrong|forg[eo]t"
    r"|spam|overcharg|stuck|leak|burn)",
    r"i (?:was|am|'m) (?:just )?(?:joking|kidding|being sarcastic|pretending|lying|born yesterday)\b",
    r"(?:my|our) \w+(?: \w+)? is (?:basically|literally|practically)\b",
    r"(?:nobody|no one|everyone|everybody|someone|somebody|people|anyone|life|god)\b",
    r"i (?:have )?never (?:said|told|asked|mentioned)\b",
    r"(?:i'm|i am) not (?:a|an|your) (?:machine|robot|magician|mind[- ]reader|idiot|fool|baby|monster"
    r"|saint)(?=\s*(?:$|[.,!;]))",
    r"i'm (?:not )?(?:saying|suggesting|implying|asking|telling)\b",
    r"i (?:could|would) (?:kill|die|murder|give anything|eat a horse|sleep for)\b",
)
SMALL_TALK = re.compile("|".join(f"(?:{phrase})" for phrase in PHRASES), re.IGNORECASE)

JOKE = re.compile(r"\b(?:jk|just kidding|j/k|only joking|just joking)\b", re.IGNORECASE)

# A sentence of sarcasm taints what the rest of its message says to like.
SARCASM = re.compile(
    r"(?:^|[.!?,]\s*)(?:yeah,? right|sure,? because|oh,? (?:great|wonderful|fantastic|perfect|joy|lovely"
    r"|sure|brilliant)\b"
    r"(?=[,.!]).*(?:another|again|delay|broke|crash|lost|late|fail)|just what i (?:needed|wanted)"
    r"|how (?:lovely|wonderful)\b.*"
    r"(?:again|another)|thanks a lot for nothing|wow,? (?:great|amazing) (?:service|job))|\s/s\b",
    re.IGNORECASE,
)

# Work on a text or a program, whose "I have" and "I get" is about the task.
TASK = re.compile(
    r"(?:^|[.!?]\s+)(?:please |can you |could you |help me )?(?:explain|write|translate|summari[sz]e|rewrite"
    r"|rephrase|paraphrase|proofread|debug|solve|calculate|compose|draft|generate|convert|analy[sz]e"
    r"|fix (?:this|my code))\b",
    re.IGNORECASE,
)
TASK_ON_PASTED_TEXT = re.compile(
    rf"(?:{TASK.pattern})[^.!?\n]*(?::|\b(?:this|below|following)\b)", re.IGNORECASE
)

# Openings of requests to the assistant.
IMPERATIVE = re.compile(
    r"(?:(?:please|pls|plz|kindly|can|could|would|will|do|don't|never|always|just|now"
    r"|then),?\s+){0,2}(?:add|adjust"
    r"|advise|analy[sz]e|answer|apply|arrange|ask|assume|avoid|book|bring|build|buy|calculate|call|cancel"
    r"|change|check|choose|clarify|compare|compose|compute|confirm|connect|consider|contact|continue|convert"
    r"|copy|correct|create|define|delete|deliver|describe|design|develop|discuss|do|don't|draft|edit|email"
    r"|ensure|estimate|evaluate|expand|explain|extract|fill|find|finish|fix|forget|forward|generate|get|give"
    r"|go|guide|help|highlight|identify|ignore|imagine|improve|include|increase|decrease|reduce|click|enter"
    r"|press|restart|install|uninstall|skip|keep|let|list|locate|look|make|mark|message|modify|move|name"
    r"|note|notify|open|order|organi[sz]e|outline|pay|pick|plan|play|print|propose|provide|put|read|rebook"
    r"|recommend|refer|refund|remember|remind|remove|rename|repeat|rephrase|replace|reply|report|reschedule"
    r"|research|reserve|respond|retry|return|review|revise|rewrite|run|save|schedule|search|select|send|set"
    r"|share|ship|show|shorten|sign|simplify|solve|sort|start|stop|store|suggest|summari[sz]e|switch|take"
    r"|talk|teach|tell|think|track|translate|transfer|try|turn|update|upgrade|upload|use|verify|wait|walk"
    r"|watch|write)\b(?!(?: #?(?:no\.? ?)?[\w-]*\d[\w-]*)? (?:is|are|was|were|has|had|hasn't|isn't|wasn't"
    r"|never|arrived|arrives|came|comes|got|still|didn't|doesn't|won't)\b)(?! *[,:])",
    re.IGNORECASE,
)
