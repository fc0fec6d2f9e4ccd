"""Personal data in a text, found by its own form and check digits, and masked in place.

The only file that knows phonenumbers and python-stdnum. Found are e-mail addresses, telephone
numbers, payment cards, IBANs, public IP addresses, and the identity numbers of the United States
(SSN), Vietnam (CCCD, and CMND where it is called that) and China (resident identity card). Names
of people, postal addresses, birthdays, licences and plates have no such form: they stay.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address

from phonenumbers import Leniency, PhoneNumberMatcher
from stdnum import iban, isbn, luhn
from stdnum.cn import ric
from stdnum.exceptions import ValidationError
from stdnum.us import ssn

# One code point, also in UTF-16, so that offsets stay true for every reader of them.
MASK = "\u2588"


class Kind(StrEnum):
    """What is masked; where two kinds could be meant, the one that stands first here."""

    EMAIL = "email"
    IBAN = "iban"
    RIC = "cn_ric"
    CARD = "card"
    SSN = "us_ssn"
    CMND = "vn_cmnd"
    CCCD = "vn_cccd"
    IP = "ip"
    PHONE = "phone"


@dataclass(frozen=True, slots=True)
class Span:
    """Personal data: ``text[start:end]``."""

    start: int
    end: int
    kind: Kind


_PRIORITY = {kind: place for place, kind in enumerate(Kind)}
# A number inside of a longer word, number, path or fraction is a part of that. Patterns of numbers
# are read as ASCII: a Chinese character before a number is no part of it.
_BEFORE, _AFTER = r"(?<![\w./#=@-])(?<![.,]\d)", r"(?![\w@]|[-./]\w|,\d)"

_EMAIL = re.compile(
    r"(?<![\w.%+-])[A-Za-z0-9](?:[\w.%+'-]{0,62}[\w%+-])?@(?:[A-Za-z0-9-]{1,63}\.){1,8}"
    r"[A-Za-z]{2,24}(?![\w-])",
    re.ASCII,
)
# RFC 2142: mailboxes of an organisation, behind which there is no one person.
_ROLES = frozenset(
    "abuse ftp hostmaster info marketing news noc postmaster sales security support usenet uucp "
    "webmaster www".split()
)

# Up to 19 digits (ISO/IEC 7812-1), in groups or not.
_CARD = re.compile(rf"{_BEFORE}\d(?:[ -]?\d){{11,18}}{_AFTER}", re.ASCII)
# Visa, Mastercard, American Express, Discover, Diners Club, JCB, Maestro, UnionPay, as their
# numbers begin: one in ten numbers of any kind passes the check digit by chance.
_ISSUER = re.compile(
    r"4\d{12}(?:\d{3}){0,2}|(?:5[1-5]|2[2-7])\d{14}|3[47]\d{13}|6(?:011|5\d\d|4[4-9]\d)\d{12}"
    r"|3(?:0[0-5]|[689]\d)\d{11}|(?:35\d{3}|2131|1800)\d{11}|(?:5[0678]|6[37])\d{10,17}"
    r"|62\d{14,17}"
)
_IBAN = re.compile(
    rf"{_BEFORE}[A-Z]{{2}}\d\d(?: ?[A-Z0-9]{{4}}){{2,7}}(?: ?[A-Z0-9]{{1,3}})?(?!\w)",
    re.ASCII | re.IGNORECASE,
)

_SSN = re.compile(rf"{_BEFORE}\d{{3}}-\d\d-\d{{4}}{_AFTER}", re.ASCII)
_RIC = re.compile(rf"{_BEFORE}[1-9]\d{{5}}(?:19|20)\d{{9}}[\dXx]{_AFTER}", re.ASCII)
# Circular 07/2016/TT-BCA: province, century and sex, year of birth, six digits at random.
_CCCD = re.compile(rf"{_BEFORE}0\d\d[0-3]\d\d(?:[ .]?\d){{6}}{_AFTER}", re.ASCII)
_PROVINCES = frozenset(
    "001 002 004 006 008 010 011 012 014 015 017 019 020 022 024 025 026 027 030 031 033 034 035 "
    "036 037 038 040 042 044 045 046 048 049 051 052 054 056 058 060 062 064 066 067 068 070 072 "
    "074 075 077 079 080 082 083 084 086 087 089 091 092 093 094 095 096".split()
)
# Nine digits without any check: only where they are called by their name.
_CMND = re.compile(r"(?i:cmnd|chứng minh nhân dân|chung minh nhan dan)\D{0,12}(\d{9})(?!\d)")

_IPV4 = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w/-]|\.\d)", re.ASCII)
_IPV6 = re.compile(r"(?<![\w:.])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{1,4}(?![\w:/.-])", re.ASCII)
# Versions, sections and enzymes are numbered by small numbers; an address seldom has no larger one
# (0.4 to the power of 4), or is called one.
_LARGE = re.compile(r"\d{3}")
_ADDRESSED = re.compile(r"(?i:\bip\b|address|\bhost|://|địa chỉ|地址)[^\d\n]{0,12}$")

_LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"'）】]+", re.IGNORECASE)
_REGIONS = {"en": "US", "vi": "VN", "zh": "CN"}
_SEVEN_DIGITS = re.compile(r"\d(?:[\s().+-]{0,3}\d){6}", re.ASCII)
_NUMBER = re.compile(
    r"(?<![\w.@#/=])(?:\+|\(\+?)?\d[\d\s().-]{4,20}\d(?:x\d{1,5})?(?![\w@]|[-./]\d)", re.ASCII
)
_FEWEST_DIGITS, _MOST_DIGITS = 7, 15  # ITU-T E.164 allows fifteen
_CONTEXT_CHARS = 48
_CALLED = re.compile(
    r"(?i:\b(?:tele)?phone|\btel\b|\bmobile|\bcell\b|\bfax|\bcall(?:ed|ing)?\b|\bdial|\btext me|"
    r"\bsms\b|\bwhatsapp|\bhotline|\bzalo|\bdesk:|\boffice\b|messages? (?:to|on)|"
    r"answering at|reach (?:me|him|her|us) (?:at|on)|"
    r"điện thoại|\bđt\b|\bsđt\b|dien thoai|\bsdt\b|\bgọi\b|đường dây nóng|tổng đài|"
    r"电话|手机|热线|传真|联系方式|致电|拨打|座机)[^\d\n?!。；;]{0,24}$"
)
_CALLED_AFTER = re.compile(r"[ \t,\\(-]{0,3}(?i:fax|mobile|office|cell|tel|phone)\b")
_DAY, _MONTH, _YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])", r"(?:19|20)\d\d"
# Dates, years, amounts with a point for thousands, versions, IP addresses.
_OTHERWISE = re.compile(
    rf"\(?(?:{_YEAR}[-./ ]{_MONTH}[-./ ]{_DAY}\b.*"
    rf"|(?:{_DAY}[-./ ]{_MONTH}|{_MONTH}[-./ ]{_DAY})[-./ ]{_YEAR}\b.*|(?:{_YEAR}[\s–-]*)+)"
    r"|[1-9]\d{0,2}(?:\.\d{3})+|[1-9]\.\d.*|\d{1,3}(?:\.\d{1,3}){3}",
    re.ASCII,
)
_UNIT_AFTER = re.compile(r"\s?(?:đồng|đ\b|vnđ|vnd|usd|eur|[$€¥%元]|kg\b|km\b)", re.IGNORECASE)
_PART_BEFORE = re.compile(r"[\w./#=@-]$", re.ASCII)
_PART_AFTER = re.compile(r"[\w@]|[-./]\w", re.ASCII)
_GROUPS = re.compile(r"\d+(?:\D+\d+){2,}", re.ASCII)
_MOBILE_VN = re.compile(r"0[35789]\d{8}", re.ASCII)
_MOBILE_CN = re.compile(r"1[3-9]\d{9}", re.ASCII)
_NUMBERED = re.compile(
    r"(?i:isbn|issn|doi|order|invoice|ticket|serial|\bmã|hóa đơn|订单|编号|单号)\W*\w{0,12}\W*$"
)


class Masker:
    """Masks personal data. Whole passages, before they are cut: half a number is not recognised."""

    def spans(self, text: str, language: str) -> tuple[Span, ...]:
        """What is found, in order and without overlaps.

        ``language`` is an ISO 639-1 code: where it is spoken, telephone numbers are written so.
        """
        found = [span for find in _FINDERS for span in find(text)]
        found.extend(_phones(text, language))
        kept: list[Span] = []
        for span in sorted(found, key=lambda each: (_PRIORITY[each.kind], each.start - each.end)):
            if all(span.end <= other.start or other.end <= span.start for other in kept):
                kept.append(span)
        return tuple(sorted(kept, key=lambda span: span.start))

    def mask(self, text: str, language: str) -> str:
        """``text``, as long as before: all that is found becomes MASK, but for its white space."""
        characters = list(text)
        for span in self.spans(text, language):
            for place in range(span.start, span.end):
                if not characters[place].isspace():
                    characters[place] = MASK
        return "".join(characters)


def _emails(text: str) -> Iterator[Span]:
    for found in _EMAIL.finditer(text):
        if found.group().partition("@")[0].lower() not in _ROLES:
            yield Span(*found.span(), Kind.EMAIL)


def _cards(text: str) -> Iterator[Span]:
    for found in _CARD.finditer(text):
        digits = re.sub("[ -]", "", found.group())
        if _ISSUER.fullmatch(digits) and luhn.is_valid(digits):
            yield Span(*found.span(), Kind.CARD)


def _ibans(text: str) -> Iterator[Span]:
    for found in _IBAN.finditer(text):
        # The pattern may have taken up the words that follow.
        whole = found.group()
        ends = [len(whole), *(gap.start() for gap in reversed(list(re.finditer(" ", whole))))]
        end = next((end for end in ends if iban.is_valid(whole[:end])), None)
        if end:
            yield Span(found.start(), found.start() + end, Kind.IBAN)


def _identities(text: str) -> Iterator[Span]:
    for pattern, kind, is_valid in _IDENTITIES:
        for found in pattern.finditer(text):
            if is_valid(found.group()):
                yield Span(*found.span(), kind)
    for found in _CMND.finditer(text):
        yield Span(*found.span(1), Kind.CMND)


def _is_ric(number: str) -> bool:
    """Check digit and date. The county may be younger than its people, so it is not asked for."""
    try:
        ric.get_birth_date(number)
    except ValidationError:
        return False
    return ric.calc_check_digit(number) == number[-1].upper()


def _is_cccd(number: str) -> bool:
    return number[:3] in _PROVINCES


def _addresses(text: str) -> Iterator[Span]:
    """Addresses that lead to one machine on the internet; private and reserved ones lead to all."""
    for pattern in (_IPV4, _IPV6):
        for found in pattern.finditer(text):
            before, _ = _around(text, *found.span())
            plain = pattern is _IPV6 or _LARGE.search(found.group()) or _ADDRESSED.search(before)
            if plain and _is_public(found.group()):
                yield Span(*found.span(), Kind.IP)


def _is_public(address: str) -> bool:
    try:
        read = ip_address(address)
    except ValueError:
        return False
    return read.is_global and not read.is_reserved and not read.is_multicast


def _phones(text: str, language: str) -> Iterator[Span]:
    if not _SEVEN_DIGITS.search(text):
        return
    links = [match.span() for match in _LINK.finditer(text)]
    found = [*_called(text), *_written_as_phones(text, language)]
    for span in found:
        if not any(start <= span.start < end for start, end in links):
            yield span


def _called(text: str) -> Iterator[Span]:
    """Numbers of any country that stand beside a word for a telephone."""
    for found in _NUMBER.finditer(text):
        before, after = _around(text, *found.span())
        digits = sum(character.isdigit() for character in found.group())
        if (
            _FEWEST_DIGITS <= digits <= _MOST_DIGITS
            and (_CALLED.search(before) or _CALLED_AFTER.match(after))
            and not _OTHERWISE.fullmatch(found.group())
            and not _UNIT_AFTER.match(after)
        ):
            yield Span(*found.span(), Kind.PHONE)


def _written_as_phones(text: str, language: str) -> Iterator[Span]:
    """Numbers that are valid, and grouped as in the country that they are valid in."""
    own = _REGIONS.get(language, "US")
    for region in dict.fromkeys([own, *_REGIONS.values()]):
        for match in PhoneNumberMatcher(text, region, leniency=Leniency.STRICT_GROUPING):
            number = match.raw_string.lstrip("[（")
            if "(" in number and ")" not in number:
                number = number.partition("(")[2]
            start = match.end - len(number)
            if _is_plain(number, *_around(text, start, match.end)):
                yield Span(start, match.end, Kind.PHONE)


def _is_plain(number: str, before: str, after: str) -> bool:
    """Whether a valid number can be nothing else, without a word beside it that says so."""
    part_of_more = _PART_BEFORE.search(before) or _PART_AFTER.match(after)
    if part_of_more or _NUMBERED.search(before) or _UNIT_AFTER.match(after) or "/" in number:
        return False
    if _OTHERWISE.fullmatch(number) or isbn.is_valid(number):
        return False
    if number.isdigit():
        return bool(_MOBILE_VN.fullmatch(number) or _MOBILE_CN.fullmatch(number))
    return number.startswith(("+", "0", "(")) or bool(_GROUPS.search(number))


def _around(text: str, start: int, end: int) -> tuple[str, str]:
    return text[max(0, start - _CONTEXT_CHARS) : start], text[end : end + _CONTEXT_CHARS]


_IDENTITIES: tuple[tuple[re.Pattern[str], Kind, Callable[[str], bool]], ...] = (
    (_SSN, Kind.SSN, ssn.is_valid),
    (_RIC, Kind.RIC, _is_ric),
    (_CCCD, Kind.CCCD, _is_cccd),
)
_FINDERS: tuple[Callable[[str], Iterator[Span]], ...] = (
    _emails,
    _ibans,
    _identities,
    _cards,
    _addresses,
)
