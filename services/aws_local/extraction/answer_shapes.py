"""Questions by their shape, and what reads an answer to each."""

import re
from collections.abc import Callable

from services.aws_local.extraction import answer_readings as readings
from services.aws_local.extraction.answer_readings import Answer, Reply

TASTE_NOUN = (
    r"(?:colou?r|style|genre|brand|flavou?r|cuisine|topping|dressing|milk|material|finish|fabric"
    r"|spice level|side dish)"
)
Read = Callable[[re.Match[str], Reply], Answer | None]
SHAPES: tuple[tuple[re.Pattern[str], Read], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), read)
    for pattern, read in (
        (
            r"\b(?:do you have (?:an?|any)|any|what are your|have you got any) (?:particular |specific "
            r"|strong |seat |special )?preferences? (?:for|on|about|regarding|in|as to"
            r"|when it comes to) (?P<what>[\w -]+)",
            readings.liking,
        ),
        (
            r"\b(?:what|who|which|when)(?P<verb>'s| is| are| was)\s+your (?P<what>[\w' -]{2,40}?)\s*\??$",
            readings.about_possession,
        ),
        (
            r"\b(?:what|which) (?P<what>(?:[\w-]+ ){0,4}?)(?:do|would) you (?:usually |normally "
            r"|typically )?(?:prefer|like|want|enjoy|love)\b"
            r"(?! (?:me |us )?to \w)",
            readings.liking,
        ),
        (
            r"\b(?:what|which) (?P<what>(?:[\w-]+ ){0,3}?)(?:do|are) you (?:usually |normally "
            r"|currently )?(?P<verb>use|drive"
            r"|play|speak|own|study|teach|watch)\b",
            readings.activity,
        ),
        (
            r"\bwhat do you do (?:for (?:a living|work)|professionally)|\bwhat (?:is|'s) your (?:job"
            r"|occupation|profession|line of work)\b",
            readings.job,
        ),
        (r"\bwhere (?:do|are) you (?:currently )?(?P<verb>live|located|based|from)\b", readings.home),
        (
            r"\bhow (?:would you (?:like|prefer) (?:us |me )?to be (?P<verb>contacted|reached|notified)"
            r"|(?:should|shall|can|may|do) (?:i|we) (?:best )?(?:contact|reach|notify"
            r"|get in touch with|get hold of"
            r"|update|keep) you)\b",
            readings.reached,
        ),
        (
            r"^(?:what time|when) do you (?:usually |normally "
            r"|typically )?(?P<verb>[a-z]+)(?P<rest> [\w' -]{2,40}?)?\s*\??$",
            readings.time,
        ),
        (
            r"^what do you (?:usually |normally |mostly |currently )?"
            r"(?P<verb>(?!do\b|think|mean|want|need|say|like|prefer|love|enjoy|have|get|feel|know"
            r"|suggest|expect|see|remember)"
            r"[a-z]+)\??$",
            readings.activity,
        ),
        (r"\bhow (?:should|shall|may|can) (?:i|we) (?:address|call) you\b", readings.addressed),
        (
            r"\bhow do you (?:usually )?(?P<verb>take|like|drink|eat) your (?P<what>[a-z ]{2,20})\??$",
            readings.taken,
        ),
        (
            r"\bhow often do you (?P<verb>[a-z]+)(?P<rest>(?: [\w'-]+){0,5})\??$",
            readings.how_often,
        ),
        (
            r"^(?:and |what about )?your (?P<what>(?:phone|mobile|telephone|policy|order|customer"
            r"|account|booking)"
            r" number|(?:e-?mail|home|postal) address|name|postcode|date of birth)\b[^?]*\?$",
            readings.given,
        ),
        (r"\bwho do you (?P<verb>live|work|travel|train|share) with\b", readings.together),
        (
            rf"^(?:and )?(?:what |which )?(?P<what>{TASTE_NOUN})s?\?$",
            readings.liking,
        ),
        (
            r"^(?:any|is there an?y?) (?P<what>(?:[\w-]+ ){0,2}[\w-]+?)(?: that)? you (?:would "
            r"|usually )?(?:prefer|like)\??$",
            readings.liking,
        ),
        (r"^(?:which|what) [\w -]{3,30} (?:interests? you|are you interested in)\??$", readings.interested),
        (
            r"\b(?:which|what) (?P<what>(?!(?:day|time|date|slot|hour)s?\b)[\w -]{2,30}?)"
            r" (?:works|suits) (?:best |better )?(?:for )?you\b",
            readings.liking,
        ),
        (r"^(?:any|what are your) (?:food )?(?:dislikes|no-gos)\??$", readings.disliked),
        (
            r"^what (?:kind|type|sort|style)s? of (?P<what>music|food|books|films|movies|games|cuisine)\?$",
            readings.liking,
        ),
        (r"^any (?P<what>[\w-]+) preferences?\??$", readings.placed),
        (
            r"^(?:any|are there any|what|which) (?:foods?|ingredients?|drinks?|things)(?: that"
            r"| which)? (?:do )?you"
            r" (?:avoid|don't eat|can't eat|dislike|hate|don't like)\b",
            readings.avoided,
        ),
        (r"\bhow old are you\b", readings.age),
        (r"\bhow much\b", readings.in_full),
        (
            r"^(?:any|and|what about)(?: other| any)? (?P<what>(?:medical |health |physical )?(?:conditions"
            r"|allergies|injuries|illnesses|medications|intolerances|hobbies|languages|pets))\b[^?]*\?$",
            readings.having,
        ),
        (
            r"^(?!(?:do|would|shall|should|can|could)\b.*\b(?:want|like|remind\w*|I)\b).*"
            r"\b(?P<what>budget|price range|price limit|deadline)\b[^?]*\?$",
            readings.limit,
        ),
        (r"\bhow many (?P<what>[\w -]{2,30}?) do you (?:currently )?have\b", readings.how_many),
        (
            r"(?<!what )(?<!which )\bdo you (?:currently )?have (?P<what>(?:(?:an?|any"
            r"|some) )?[\w' -]{2,40}?)\s*\??$",
            readings.having,
        ),
        (
            r"^do you (?:currently |usually |normally )?(?P<verb>smoke|vape|drink|drive|exercise|cook"
            r"|travel|work|study"
            r"|swim|cycle|meditate|bake|ski|run|dance|sing|commute|rent)(?P<rest>)\s*\??$",
            readings.doing,
        ),
        (r"^are you (?:currently )?(?P<what>(?:an? )?[\w' -]{3,40}?)\s*\??$", readings.being),
        (
            r"^do you (?:currently |usually |normally "
            r"|typically )?(?P<verb>[a-z]+)(?P<rest> [\w' -]{2,50}?)\s*\??$",
            readings.doing,
        ),
    )
)
