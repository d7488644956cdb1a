"""What personal data and secrets look like: a pattern for each kind, and a check where the kind has one.

Kinds with a check digit are checked with python-stdnum, telephone numbers with Google's rules (phonenumbers).
Names and health conditions are out of scope: no rule tells them from other words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from stdnum import bitcoin
from stdnum.br import cpf
from stdnum.de import idnr
from stdnum.es import dni, nie
from stdnum.fr import nir
from stdnum.gb import nhs
from stdnum.in_ import aadhaar, pan
from stdnum.it import codicefiscale
from stdnum.us import itin, rtn, ssn

from services.findings.sensitive_checks import (
    are_coordinates,
    has_digits,
    is_address,
    is_card,
    is_document,
    is_iban,
    is_named_phone,
    is_password,
    is_phone,
    is_random,
)

Check = Callable[[str], bool]


@dataclass(frozen=True)
class Pattern:
    """One kind of sensitive text. The group `value` of the pattern, else all of it, is what is sensitive."""

    name: str
    secret: bool
    pattern: re.Pattern[str]
    check: Check | None = None

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """Where it is: (start, end) of each."""
        group: str | int = "value" if "value" in self.pattern.groupindex else 0
        for found in self.pattern.finditer(text):
            if self.check is None or self.check(found[group]):
                yield found.span(group)


def _re(pattern: str, flags: re.RegexFlag = re.IGNORECASE) -> re.Pattern[str]:
    return re.compile(pattern, flags | re.VERBOSE)


_CASE = re.RegexFlag(0)
# Between a name and its value: `is`, `:`, `=`, and a few words such as "for the wiki".
_IS = (
    r"(?:\s+(?:for|to|of|on|at|in|with)\s+[^.,;:=]{1,30}?)?\s*(?:\bis\b|\bwas\b|\bare\b|:|=|\#"
    r"|\bto\b|\bno\.?)?\s*(?:now\s+)?[\"'“‘`]?"
)
_NUMBERED = r"(?:\s+(?:card|id|number|no\.?|num\.?|\#|code))*"


_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_DATE = rf"""(?:\d{{4}}-\d{{2}}-\d{{2}}|\d{{1,2}}[/.-]\d{{1,2}}[/.-](?:19|20)?\d{{2}}
    |\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH},?\s+(?:19|20)\d{{2}}
    |{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+(?:19|20)\d{{2}})"""
_STREET = (
    r"(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Way|Place|Pl"
    r"|Terrace|Square|Sq|Crescent|Close|Parkway|Pkwy|Highway|Hwy|Circle|Grove|Row|Mews|Quay)"
)
_NAME = r"[A-ZÄÖÜÀ-Þ][\w'’.-]*"

PATTERNS: tuple[Pattern, ...] = (
    # Secrets
    Pattern(
        "private key", True, _re(r"-----BEGIN\s[A-Z ]*PRIVATE\sKEY-----(?:[^-]*-----END[A-Z ]*-----)?", _CASE)
    ),
    Pattern("AWS access key", True, _re(r"\b(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16}\b", _CASE)),
    Pattern("web token (JWT)", True, _re(r"\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?", _CASE)),
    Pattern(
        "API token",
        True,
        _re(
            r"""(?<![\w-])(?:gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}
            |xox[abeoprs]-[\w-]{10,}|xapp-[\w-]{10,}
            |[rsp]k_(?:live|test)_\w{10,}|whsec_\w{16,}|sk-(?:ant-|proj-|or-)?[\w-]{16,}|AIza[\w-]{30,}
            |ya29\.[\w-]{20,}
            |npm_\w{30,}|pypi-[\w-]{16,}|hf_\w{20,}|dckr_pat_[\w-]{16,}|shp(?:at|ss)_\w{20,}
            |SG\.[\w-]{16,}\.[\w-]{16,}
            |dop_v1_\w{32,}|AccountKey=[\w+/=]{30,}|SK[0-9a-f]{32}|lin_api_\w{20,}|sq0[a-z]{3}-[\w-]{20,})""",
            _CASE,
        ),
    ),
    Pattern(
        "password in an address",
        True,
        _re(r"\b[a-z][a-z0-9+.-]*://[^\s:/@\"]*:(?P<value>[^\s/@\"]{3,})@[\w.-]+"),
    ),
    Pattern(
        "password",
        True,
        _re(
            r"""(?<![\w-])(?:pass\s?(?:word|wort|code|phrase)|passwd|pwd|kennwort|contraseña|senha
            |mot\sde\spasse|
            log-?in|credentials?)(?:\s+(?:for|to|of|on|at|für|zum|pour|de|du|para
            |del)\s+[^.,;:="]{1,30}?)?
            \s*(?:\bis\b|\bwas\b|\bist\b|\bes\b|\best\b|:|=|\bset\sto\b|\bchanged\sto\b)\s*(?:now\s+
            |still\s+)?
            [\"'“‘`]?(?P<value>[^\s"'“”‘’`,;\\]{3,})"""
        ),
        is_password,
    ),
    Pattern(
        "password",
        True,
        _re(
            r"""(?<![\w-])(?:pass\s?(?:word|code|phrase)|pwd|kennwort|passwort),?\s+["'“‘`]?
            (?P<value>(?=[^\s"'”’`]*[A-Za-z])(?=[^\s"'”’`]*\d)[^\s"'“”‘’`,;\\]{6,})"""
        ),
        is_password,
    ),
    Pattern(
        "password",
        True,
        _re(
            r"""(?:\blog-?in(?:\s(?:details|data))?\s*(?:\bis\b|\bare\b|:|=)\s*[^\s,;/]+\s*/
            |\b(?:wi-?fi|wlan|router|hotspot)\b[^.!?\n]{0,30}?\bkey\s*(?:\bis\b|:|=))\s*(?P<value>[^\s,;/]{4,})"""
        ),
        is_password,
    ),
    Pattern(
        "recovery phrase",
        True,
        _re(
            r"""\b(?:recovery|seed|backup|mnemonic)\s(?:phrase|words)\s*
            (?:\bis\b|\bare\b|\bbegins?\swith\b|\bstarts?\swith\b|:|=)\s*:?\s*
            (?P<value>[a-z]+(?:[\s,-]+[a-z]+){1,23})"""
        ),
    ),
    Pattern(
        "API key or token",
        True,
        _re(
            rf"""(?<![A-Za-z])(?:api[\s_-]?key|access[\s_-]?(?:key|token)
            |auth(?:orization)?[\s_-]?token|secret(?:[\s_-](?:access[\s_-])?key)?
            |client[\s_-]secret|bearer|license[\s_-]key|webhook[\s_-]secret|token
            |key){_IS}(?P<value>[\w+/=.-]{{14,}})"""
        ),
        is_random,
    ),
    Pattern(
        "code or PIN",
        True,
        _re(
            r"""\b(?:(?:pin|cvv2?|cvc|otp|passcode)(?:\s(?:code|number))?|(?:security|verification
            |one-?time|door|gate|alarm|access|entry|
            lock|safe|unlock|2fa|keypad|garage|confirmation)\s(?:code|pin|combination)|combination)\b
            (?:\s+(?:for|to|of|on|at|in)\s+[^.,;:=]{1,30}?)?\s*(?:\bis\b|\bwas\b|:|=
            |\#)?\s*(?:now\s+)?["'“]?(?P<value>\d(?:[\s-]?\d){2,7})\b"""
        ),
    ),
    Pattern(
        "wallet recovery phrase",
        True,
        _re(
            r"(?:seed|recovery|mnemonic)\s(?:phrase|words)[^a-z]*(?:is|are"
            r"|:)?[^a-z]*(?P<value>(?:[a-z]{3,8}[\s,]+){11,23}[a-z]{3,8})"
        ),
    ),
    # Personal data
    Pattern("email address", False, _re(r"(?<![\w.+-])[\w.%+-]+@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}\b")),
    Pattern(
        "email address",
        False,
        _re(r"\b[\w.+-]+\s*[\[(]\s*at\s*[\])]\s*[\w-]+(?:\s*(?:[\[(]\s*dot\s*[\])]|\.)\s*[a-z]{2,})+"),
    ),
    Pattern("payment card", False, _re(r"(?<![\w.-])[2-6]\d(?:[ -]?\d){11,17}(?![\w-])"), is_card),
    Pattern(
        "IBAN",
        False,
        _re(r"\b[A-Z]{2}\d{2}(?:\s?[A-Z0-9]{4}){2,7}(?:\s?[A-Z0-9]{1,3})?\b", _CASE),
        is_iban,
    ),
    Pattern(
        "social security number",
        False,
        _re(r"(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])"),
        lambda text: ssn.is_valid(text) or itin.is_valid(text),
    ),
    Pattern(
        "social security number",
        False,
        _re(
            rf"\b(?:ssn|social\s(?:security|insurance)|itin)\b{_NUMBERED}{_IS}(?P<value>\d"
            rf"(?:[\s-]?\d){{7,9}})\b"
        ),
    ),
    Pattern(
        "national insurance number",
        False,
        _re(r"\b(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z](?:\s?\d{2}){3}\s?[A-D]\b", _CASE),
    ),
    Pattern(
        "health service number",
        False,
        _re(r"\bNHS\b[^\d\n]{0,30}(?P<value>\d{3}[\s-]?\d{3}[\s-]?\d{4})\b"),
        nhs.is_valid,
    ),
    Pattern(
        "national identity number",
        False,
        _re(r"(?<![\w-])\d{4}[\s-]\d{4}[\s-]\d{4}(?![\w-]|[\s-]\d)"),
        aadhaar.is_valid,
    ),
    Pattern("national identity number", False, _re(r"\b[A-Z]{5}\d{4}[A-Z]\b", _CASE), pan.is_valid),
    Pattern("national identity number", False, _re(r"\b\d{8}-?[A-Z]\b", _CASE), dni.is_valid),
    Pattern("national identity number", False, _re(r"\b[XYZ]-?\d{7}-?[A-Z]\b", _CASE), nie.is_valid),
    Pattern(
        "national identity number",
        False,
        _re(r"\b[12]\s?\d{2}\s?\d{2}\s?\d[\dAB]\s?\d{3}\s?\d{3}\s?\d{2}\b"),
        nir.is_valid,
    ),
    Pattern(
        "national identity number",
        False,
        _re(r"\b[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]\b"),
        codicefiscale.is_valid,
    ),
    Pattern("national identity number", False, _re(r"\b\d{3}\.\d{3}\.\d{3}-\d{2}\b"), cpf.is_valid),
    Pattern(
        "national identity number",
        False,
        _re(
            r"(?:steuer|tax)[\w-]*(?:\s?(?:id|number|nummer|no\.?))*[^.\d]{0,20}(?P<value>\d(?:\s?\d){10})"
            r"\b"
        ),
        idnr.is_valid,
    ),
    Pattern(
        "national identity number",
        False,
        _re(
            r"\b(?:national\s(?:id|identity)|identity\scard|aadhaar|personnummer|bsn|pesel|tax\s?payer"
            rf"|tax\sid|tin|ein){_NUMBERED}{_IS}(?P<value>[A-Z0-9][A-Z0-9 -]{{5,17}}[A-Z0-9])\b"
        ),
        has_digits,
    ),
    Pattern(
        "passport number",
        False,
        _re(rf"\bpassport{_NUMBERED}{_IS}(?P<value>[A-Z0-9]{{6,10}})\b"),
        is_document,
    ),
    Pattern(
        "driving licence",
        False,
        _re(
            rf"\b(?:driv(?:er|ing|ers)['’]?s?\s)licen[cs]e{_NUMBERED}{_IS}(?P<value>\d\d(?:\s\d{{3}}){{2}}"
            rf"|[A-Z0-9][A-Z0-9-]{{4,20}}(?:\s\d{{3,}})*)\b"
        ),
        has_digits,
    ),
    Pattern(
        "date of birth",
        False,
        _re(
            r"\b(?:born(?:\son)?|date\sof\sbirth|d\.?o\.?b\.?|birth\s?da(?:y"
            rf"|te))\b[^.\d]{{0,25}}?(?P<value>{_DATE})"
        ),
    ),
    Pattern(
        "telephone number",
        False,
        _re(r"(?<![\w+.-])(?<!\d\s)(?:\+|00)[1-9]\d{0,2}(?:[\s().-]{0,2}\d){6,12}\b"),
        is_phone,
    ),
    Pattern(
        "telephone number",
        False,
        _re(r"(?<![\w+.-])(?:1[\s.-])?(?:\([2-9]\d{2}\)\s?|[2-9]\d{2}[\s.-])[2-9]\d{2}[\s.-]\d{4}(?![\w-])"),
        is_phone,
    ),
    Pattern(
        "telephone number",
        False,
        _re(
            r"""\b(?:phone|mobile|cell|tel(?:ephone)?|whatsapp|landline|fax|handynummer|call(?:ed
            |s)?\s(?:him|her|them|me|back)?|reach(?:ed|able)?|text(?:ed)?\s(?:him|her|them|me)?|ring)
            \b[^.\d+\n]{0,35}?(?P<value>\(?\d{2,5}\)?[\s/.-]?\d{2,5}(?:[\s/.-]?\d{2,4}){1,3})\b(?!\s*
            (?:am|pm|%|minutes|hours|usd|eur))"""
        ),
        is_named_phone,
    ),
    Pattern(
        "postal address",
        False,
        _re(
            rf"(?<![\w-])\d{{1,5}}[A-Za-z]?,?\s(?:(?:N|S|E|W|North|South|East"
            rf"|West)\.?\s)?(?:{_NAME}\s){{1,4}}{_STREET}\b\.?",
            _CASE,
        ),
    ),
    Pattern(
        "postal address",
        False,
        _re(
            r"\b[A-ZÄÖÜ][\w-]*(?:straße|strasse|str\.|weg|platz|allee|gasse|straat"
            r"|gracht)\s\d{1,4}\s?[a-z]?\b",
            _CASE,
        ),
    ),
    Pattern(
        "postal address",
        False,
        _re(
            r"\b\d{1,4}(?:\s?(?:bis|ter))?,?\s(?:rue|avenue|boulevard|place|quai|impasse"
            r"|allée)\s(?:d\w{0,2}['’\s]|la\s|du\s|des\s)*\w+"
        ),
    ),
    Pattern(
        "postal address",
        False,
        _re(
            r"\b(?:Calle|Avenida|Avda\.|Paseo|Plaza|Via|Viale|Piazza|Corso"
            rf"|Rua)\s(?:d\w{{0,3}}\s)?(?:{_NAME}\s?){{1,3}},?\s?(?:n[º°.]\s?)?\d{{1,4}}\b",
            _CASE,
        ),
    ),
    Pattern("postal address", False, _re(r"\b(?:[A-Z]{1,2}\d[A-Z\d]?\s\d[ABD-HJLNP-UW-Z]{2})\b", _CASE)),
    Pattern("postal address", False, _re(rf"{_NAME},?\s[A-Z]{{2}}\s\d{{5}}(?:-\d{{4}})?\b", _CASE)),
    Pattern(
        "IP address",
        False,
        _re(r"(?<![\w.:-])(?<!version\s)(?<!v)\d{1,3}(?:\.\d{1,3}){3}(?![\w-]|\.\d)"),
        is_address,
    ),
    Pattern(
        "IP address",
        False,
        _re(r"(?<![\w.:-])(?:[0-9a-f]{1,4}:){2,7}(?::?[0-9a-f]{1,4}){1,6}(?![\w:])"),
        is_address,
    ),
    Pattern("hardware address", False, _re(r"\b[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}\b(?![:-])")),
    Pattern(
        "place on the map",
        False,
        _re(r"(?<![\w.-])-?\d{1,2}\.\d{3,},\s*-?\d{1,3}\.\d{3,}(?!\w|\.\d)"),
        are_coordinates,
    ),
    Pattern(
        "bank account",
        False,
        _re(
            r"\b(?:account|acct|kontonummer)\s?(?:number|no\.?|num"
            rf"|\#)?{_IS}(?P<value>\d(?:[\s-]?\d){{6,16}})\b"
        ),
    ),
    Pattern(
        "bank account", False, _re(rf"\b(?:routing|aba)\b{_NUMBERED}{_IS}(?P<value>\d{{9}})\b"), rtn.is_valid
    ),
    Pattern("bank account", False, _re(rf"\bsort\scode\b{_IS}(?P<value>\d\d[-\s]?\d\d[-\s]?\d\d)\b")),
    Pattern(
        "crypto wallet",
        False,
        _re(r"\b(?:[13][a-km-zA-HJ-NP-Z1-9]{25,34}|bc1[a-z0-9]{25,60})\b", _CASE),
        bitcoin.is_valid,
    ),
    Pattern("crypto wallet", False, _re(r"\b0x[0-9a-f]{40}\b")),
    Pattern(
        "vehicle",
        False,
        _re(rf"\b(?:vin|chassis)\b{_NUMBERED}{_IS}(?P<value>[A-HJ-NPR-Z0-9]{{17}})\b"),
        has_digits,
    ),
    Pattern(
        "vehicle",
        False,
        _re(
            r"\b(?:(?:licen[cs]e|number|registration)\splate|plates?\snumber|car\sregistration"
            rf"|kennzeichen){_NUMBERED}{_IS}(?P<value>(?=[\w -]*\d)[A-Z0-9]{{1,4}}[\s-]?[A-Z0-9]{{1,4}}"
            rf"(?:[\s-]?\d{{1,4}})?)\b"
        ),
    ),
    Pattern(
        "medical or insurance number",
        False,
        _re(
            r"\b(?:medical\srecord|mrn|patient|insurance|medicare|medicaid|health\splan|member(?:ship)?"
            rf"|policy|versicherten){_NUMBERED}{_IS}(?P<value>[A-Z]{{0,4}}[-\s]?\d[\dA-Z-]{{5,16}})\b"
        ),
        has_digits,
    ),
)
