"""What must never be stored: credentials, card and bank account numbers, social security numbers."""

import re

KEYWORD = (
    r"pass ?words?|pass ?codes?|pass ?phrases?|passwd|pwd|pins?|pin (?:code|number)s?|cvv2?|cvc|otp"
    r"|api[-_ ]?keys?"
    r"|access[-_ ]?keys?(?:[-_ ]?id)?|secret[-_ ]?(?:access[-_ ]?)?keys?|private keys?|client secrets?"
    r"|secrets?"
    r"|(?:one[- ]time|security|verification|access|auth\w*|2fa|gate|door|alarm) codes?|ssn"
    r"|social security(?: number)?"
    r"|(?:credit |debit |bank )?card numbers?|(?:auth |access |bearer |refresh )?tokens?|credentials?"
    r"|seed phrases?"
)
ASSIGNED = re.compile(
    rf"\b(?:{KEYWORD})\b[^.?!\n]{{0,60}}?(?:\b(?:is|are|was|to)\b|[:=])\s*[\"'`]?(?P<value>\S+)",
    re.IGNORECASE,
)
ADJACENT = re.compile(rf"\b(?:{KEYWORD})\b\s+[\"'`]?(?=\S*\d)\S{{3,}}", re.IGNORECASE)
BEFORE_KEYWORD = re.compile(
    rf"\S*\d\S*\s+(?:is|as)\s+(?:my|the|our)\s+(?:\w+\s+){{0,3}}(?:{KEYWORD})\b", re.IGNORECASE
)
MENTION = re.compile(rf"\b(?:{KEYWORD})\b", re.IGNORECASE)
# "My password is not accepted" says nothing secret.
HARMLESS_VALUE = re.compile(
    r"(?:not|never|no|wrong|invalid|expired|incorrect|rejected|broken|locked|too|still|being|longer|missing"
    r"|lost|weak"
    r"|forgotten|reset|changed|unknown|required|be|work|access|log|get|change|reset|my|the|an?|your)\b",
    re.IGNORECASE,
)
KNOWN_SHAPES = re.compile(
    r"\b(?:sk|pk|rk)[-_](?:[a-z]+[-_])*[A-Za-z0-9_-]{8,}"  # Stripe, OpenAI
    r"|\b(?:AKIA|ASIA|AROA|AIDA)[0-9A-Z]{12,}"  # AWS
    r"|\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{16,}"
    r"|\bxox[a-z]-[\w-]{10,}|\bAIza[\w-]{30,}|\bya29\.[\w-]{20,}"
    r"|\beyJ[\w-]{8,}\.[\w-]{8,}"  # JSON web token
    r"|-----BEGIN [A-Z ]+-----"
    r"|\b[Bb]earer\s+[\w.~+/-]{16,}"
    r"|://[^\s/:@]+:[^\s/@]+@"  # user:password in a URL
    r"|\b\d{3}-\d{2}-\d{4}\b"  # US social security number
    r"|\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b"  # IBAN
)
RANDOM_TOKEN = re.compile(
    r"(?<![\w/.@-])(?=[\w+/=-]*[a-z])(?=[\w+/=-]*[A-Z])(?=[\w+/=-]*\d)[\w+/=-]{20,}(?![\w.@])"
)
CARD_DIGITS = re.compile(r"(?<![\d#])(?:\d[ -]?){12,18}\d(?!\d)")


def holds_secret(text: str) -> bool:
    """Whether a text carries a credential, a payment card, a bank account or a social security number."""
    shapes = (KNOWN_SHAPES, RANDOM_TOKEN, ADJACENT, BEFORE_KEYWORD)
    return any(shape.search(text) for shape in shapes) or _assigns_secret(text) or _holds_card(text)


def mentions_secret(text: str) -> bool:
    """Whether a text speaks of a secret; a bare answer to it must then be taken for one."""
    return MENTION.search(text) is not None


def _assigns_secret(text: str) -> bool:
    return any(not HARMLESS_VALUE.match(match["value"]) for match in ASSIGNED.finditer(text))


def _holds_card(text: str) -> bool:
    return any(_luhn(re.sub(r"\D", "", match.group())) for match in CARD_DIGITS.finditer(text))


def _luhn(digits: str) -> bool:
    """The check digit of payment card numbers."""
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
