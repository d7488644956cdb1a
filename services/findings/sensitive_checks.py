"""Checks that tell numbers and words of a kind from others that look alike."""

from __future__ import annotations

import ipaddress
import math
import re
from collections import Counter

import phonenumbers
from stdnum import iban, luhn


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def is_card(text: str) -> bool:
    """A payment card: 13 to 19 digits with the right check digit."""
    digits = _digits(text)
    return 13 <= len(digits) <= 19 and len(set(digits)) > 1 and luhn.is_valid(digits)


def is_phone(text: str) -> bool:
    """A number with its country's code that could be dialled, or one in the form of North America."""
    region = None if text.startswith(("+", "00")) else "US"
    number = "+" + text[2:] if text.startswith("00") else text
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(number, region))
    except phonenumbers.NumberParseException:
        return False


def is_named_phone(text: str) -> bool:
    """As many digits as a telephone number has, where the words around it say that it is one."""
    return 7 <= len(_digits(text)) <= 15


def is_iban(text: str) -> bool:
    """An IBAN of a country's form with the right check digits."""
    return bool(iban.is_valid(text))


def is_address(text: str) -> bool:
    """An IP address that can be somebody's: neither of this machine nor of everybody."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return not (address.is_loopback or address.is_unspecified or address.is_multicast or text in _KNOWN_HOSTS)


_KNOWN_HOSTS = frozenset({"8.8.8.8", "8.8.4.4", "1.1.1.1", "9.9.9.9", "255.255.255.255"})


def are_coordinates(text: str) -> bool:
    """Latitude and longitude in their ranges."""
    latitude, longitude = (float(part) for part in re.split(r"\s*,\s*", text))
    return abs(latitude) <= 90 and abs(longitude) <= 180


def has_digits(text: str) -> bool:
    """Whether a name such as "passport" is followed by a number, not by a word."""
    return sum(character.isdigit() for character in text) >= 4


def is_document(text: str) -> bool:
    """Whether a text looks like the number of a passport: capitals and digits."""
    return text == text.upper() and _some_digit(text)


def _some_digit(text: str) -> bool:
    return any(character.isdigit() for character in text)


def is_random(text: str) -> bool:
    """Whether a text looks drawn by lot: letters and digits, and more than 3 bits a character."""
    counts = Counter(text)
    bits = -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values())
    return bits > 3 and _some_digit(text) and any(character.isalpha() for character in text)


_COMMON = """
a about again already always an and any at be been being blank by case changed compromised correct due easy
empty enough expired expiring fine for forgotten from given good guessable hard hashed hers his in incorrect
invalid it just kept known leaked like locked long longer lost manager managers missing mine my needed never
new no not now of off old on only optional or our out please policies policy protected protection provided
recovery rejected required reset resets rotated safe same saved secret secure set shared short so stale
still stored stolen strong sync synced that the their theirs there they this to too under unknown up used
valid very via was weak what when which with without working wrong your yours
"""
_NO_PASSWORD = frozenset(_COMMON.split())


def is_password(text: str) -> bool:
    """A word that may be a password, not one that tells of one ("expired", "required")."""
    word = text.strip("\"'“”‘’`.,;:!?")
    if len(word) < 4 or word.casefold() in _NO_PASSWORD:
        return False
    return not (word.islower() and word.endswith(("ing", "ed")) and word.isalpha())
