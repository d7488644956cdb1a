r"""Text with characters that no one sees, or that a browser's text field would alter, written as escapes.

A text field turns `\r\n` into `\n`, and bidirectional controls turn what is read around. A text that has such
characters is edited as `\r`, `\x00` or `\u202e`, so that what is not touched comes back byte for byte.
"""

from __future__ import annotations

import re
import unicodedata

from services.errors import InvalidValue

_NAMED = {"\r": "\\r", "\\": "\\\\"}
_ESCAPE = re.compile(
    r"\\(?:(?P<named>[r\\])|x(?P<x>[0-9a-fA-F]{2})|u(?P<u>[0-9a-fA-F]{4})|U(?P<U>[0-9a-fA-F]{8}))"
)
_HIDDEN = ("Cc", "Cf", "Zl", "Zp", "Co", "Cn")
_PLAIN = "\n\t"


def has_hidden(text: str) -> bool:
    """Whether a text has characters that must be written as escapes."""
    return any(_hidden(each) for each in text)


def escaped(text: str) -> str:
    """The text with everything that is hidden written as escapes, and every backslash doubled."""
    return "".join(_NAMED.get(each) or (_code(each) if _hidden(each) else each) for each in text)


def unescaped(text: str) -> str:
    """The text of `escaped`. InvalidValue for a backslash that begins no escape."""
    parts, end = [], 0
    for found in _ESCAPE.finditer(text):
        _refuse_backslash(text[end : found.start()])
        parts += [text[end : found.start()], _character(found)]
        end = found.end()
    _refuse_backslash(text[end:])
    return "".join([*parts, text[end:]])


def made_visible(text: str) -> str:
    """The text for reading: hidden characters as escapes, backslashes as they are."""
    if text.isprintable():
        return text
    return "".join(_NAMED.get(each, _code(each)) if _hidden(each) else each for each in text)


def _hidden(character: str) -> bool:
    return character not in _PLAIN and unicodedata.category(character) in _HIDDEN and character != "\u200d"


def _code(character: str) -> str:
    number = ord(character)
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def _character(found: re.Match[str]) -> str:
    if found["named"]:
        return "\r" if found["named"] == "r" else "\\"
    number = int(found["x"] or found["u"] or found["U"], 16)
    if number > 0x10FFFF or 0xD800 <= number <= 0xDFFF:
        raise InvalidValue(f"{found[0]} is no character.")
    return chr(number)


def _refuse_backslash(text: str) -> None:
    if "\\" in text:
        raise InvalidValue(
            "A backslash must be written as \\\\ here: this text has hidden characters, written as escapes."
        )
