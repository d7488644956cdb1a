"""What somebody says is not to be done: “please don't cancel it”, “I'd rather you didn't”, “no need to book”.

The rules look for verbs, and the verb is the same in “don't cancel it”. So the clauses that refuse are taken
out before a text is read. What went wrong is no refusal (“I didn't get my order”), nor is a suggestion
(“why don't you book the earlier one”).
"""

from __future__ import annotations

import re
from itertools import pairwise

_VERB = (
    r"(?:cancel|delet|remov|drop|chang|updat|mov|reschedul|postpon|shift|extend|modif|adjust|amend|correct|book"
    r"|reserv|creat|mak|buy|order|schedul|plan|add|open|register|refund|return|send|pay|charg|issu|plac"
    r"|purchas|upgrad|submit|touch|proceed)"
)
_ENDING = r"(?:e|es|s|l?ed|l?ing|y)?\b"
_DO = rf"(?:(?:{_VERB}{_ENDING})|call off\b|go ahead\b|do (?:it|that|this|so|anything)\b)"
_DONE = rf"(?:{_VERB}(?:l?ed|l?ing)\b|sent\b|paid\b|made\b|bought\b|done\b|called off\b)"
_DO_NOT = r"(?:don'?t|do not)"
_LEAD = (
    r"\W*(?:(?:please|kindly|actually|ok(?:ay)?|no|yes|sure|so|and|but|then|also|well|oh|hi|hello|hey|wait|sorry"
    r"|now|thanks|just|or|nor|really|better)\b\W*)*"
)
_OBJECT = (
    r"(?:you |anyone |anybody |anything |it |this |that |them |(?:my|the|any|our|these|those) \w+ (?:\w+ )?)?"
)
# How a clause begins that says what is not to be done. “Don't forget to” is an order, “don't you” a question,
# and who “don't know” or “never got” something has left out the “I”.
_BEGINS = re.compile(
    rf"{_LEAD}(?:"
    rf"{_DO_NOT}(?! (?:you|we|they|I|know|have|see|think|care|remember|understand|like|love|eat|drink|mind"
    r"|worry|get(?! me)|forget to|fail to|hesitate to|wait to)\b)"
    r"|never\b(?! (?:mind|got|had|received|arrived|came|been|\w+ed)\b)"
    r"|(?:there(?:'s| is) |there was )?no need (?:to|for)\b"
    rf"|nothing (?:should|must|may|is to|needs? to)\b|stop (?:it|that|this|\w+ing)\b|stop\W*$"
    r")",
    re.I,
)
_SAYS = re.compile(
    rf"(?<!I )(?<!we )\bnever (?:\w+ly |ever )?{_DO}"
    rf"|\b(?:{_DO_NOT}|won'?t|mustn't|shouldn't|needn't"
    r"|(?<!can )(?<!could )(?<!why )(?<!did )(?<!has )(?<!have )(?<!was )not)"
    rf" (?:\w+ly |even |just |ever |yet |to |be |please )*{_DO}"
    r"|\b(?:(?:do|did|does)(?:n'?t| not)|no longer|never) (?:\w+ly )?"
    r"(?:want|wish|need|have|intend|mean|ask(?:ed)?|tell|told|agreed?|wanted|plan)"
    rf" (?:for )?{_OBJECT}(?:to (?:be |have )?{_OBJECT}{_DO}|(?:be )?{_DONE})"
    r"|\brather (?:you|we|they|it) (?:didn't|did not|don'?t|do not|wasn't|weren't)\b|\brather not\b"
    r"|\bprefer (?:you )?not to\b|\bprefer (?:it |that )?(?:if )?you (?:didn't|did not|don'?t|do not)\b"
    rf"|\bno need (?:to|for)\b|\b{_VERB}{_ENDING} (?:nothing|none|neither)\b|\bnothing (?:to be )?{_DONE}",
    re.I,
)
# Only what follows is not to be done: “move it instead of cancelling it”.
_BESIDE = re.compile(rf"\b(?:without|instead of|rather than) {_VERB}(?:l?ing|e)?\b", re.I)
_SENTENCE = re.compile(r"((?:[.!?…]+(?=\s|$)|\n)\s*)")
_CLAUSE = re.compile(
    r"((?:[,;:—–]+(?=\s|$)|\s-(?=\s)|\bbut\b|\band (?=(?:please|instead|just|then|rather|only)\b))\s*)", re.I
)
_PART = re.compile(r"\b(?:and|so|then|or|nor|because|since)\b", re.I)
_ALTERNATIVE = re.compile(rf"\bn?or {_DO}", re.I)
_WORD = re.compile(r"\w")


def left_of(text: str) -> str:
    """The text without what it says is not to be done; the same text where it refuses nothing."""
    plain = text.replace("’", "'")
    pieces = _SENTENCE.split(plain)
    kept = [
        _left_of_sentence(sentence) + end
        for sentence, end in zip(pieces[::2], [*pieces[1::2], ""], strict=True)
    ]
    left = "".join(each for each in kept if _WORD.search(each))
    return text if left.strip() == plain.strip() else left.strip()


def refuses(text: str) -> bool:
    """Whether a text says of something that it is not to be done."""
    return left_of(text) != text


def _left_of_sentence(sentence: str) -> str:
    pieces = _CLAUSE.split(sentence)
    clauses = pieces[::2]
    left = [_left_of_clause(clause) for clause in clauses]
    first = next((at for at, each in enumerate(left) if each != clauses[at]), None)
    if first is None:
        return sentence
    # “Do not refund, cancel, or change it” refuses all three.
    last = next((at for at in range(len(clauses) - 1, first, -1) if _ALTERNATIVE.search(clauses[at])), first)
    left[first + 1 : last + 1] = [""] * (last - first)
    ends = [*pieces[1::2], ""]
    return "".join(each + end for each, end in zip(left, ends, strict=True) if _WORD.search(each)).rstrip(
        " ,;:"
    )


def _left_of_clause(clause: str) -> str:
    """What comes before the part that refuses; what follows it with “and” or “or” is refused with it."""
    starts = [0, *(found.start() for found in _PART.finditer(clause)), len(clause)]
    for start, end in pairwise(starts):
        part = clause[start:end]
        beside = _BESIDE.search(part)
        if _BEGINS.match(part) or _SAYS.search(part):
            return clause[:start]
        if beside is not None:
            return clause[: start + beside.start()]
    return clause
