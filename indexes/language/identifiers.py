"""Names made of parts, beside the words in them: what finds them whole and what finds them in part.

Error codes, versions, file names, addresses, camelCase, snake_case and kebab-case. The runs of
letters and digits in them are terms like any others; here are those that come on top.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

# Nobody types a longer one; it is a path or an encoded image.
_LONGEST = 80  # characters

_LETTERS = "0-9A-Za-z\u00c0-\u052f\u1e00-\u1eff"  # Latin, Greek and Cyrillic
_START = f"(?<![{_LETTERS}])"
_RUN = f"[{_LETTERS}]++"
_JOINTS = "-_.+&\u2010\u2011\u2013"  # the last three are dashes
_BREAKS = r"/\\:@=?"
# A comma joins in "1,000" alone.
_LINK = rf"(?:[{_JOINTS}]++|(?<=\d),(?=\d{{3}}(?!\d)))"
_CHAIN = rf"{_RUN}(?:{_LINK}{_RUN})*+"
_LINKED = re.compile(rf"{_START}{_RUN}(?:{_LINK}{_RUN})++")
_ADDRESS = re.compile(rf"{_START}{_CHAIN}(?:[{_BREAKS}]++{_CHAIN})++")
# Either of them, found in one pass.
_NAME = re.compile(rf"{_START}{_RUN}(?:[{_JOINTS}{_BREAKS},]++{_RUN})++")
# "C++", "C#" and ".NET": the mark is part of the name.
_ENDS_IN_MARK = re.compile(rf"{_START}[A-Za-z](?:\+\+|\#)(?![\w+#])")
_BEGINS_WITH_DOT = re.compile(r"\.(?<![\w.]\.)[A-Za-z]{2,}+(?!\.?\w)")

_SEPARATOR = f"[{_JOINTS}{_BREAKS},]++"
_NOT_BETWEEN_DIGITS = re.compile(rf"(?<!\d){_SEPARATOR}|{_SEPARATOR}(?!\d)")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+|\d{1,3}(?:\.\d{3}){2,}")
_VERSION = re.compile(r"(?<![\d.])(\d+\.\d+)((?:\.\d+)*)")

_HUMPED = re.compile(r"[a-z][A-Z]|[A-Z]{2}[a-z]{2}|[A-Za-z]{2}\d{2}|\d{2}[A-Za-z]")
_HUMP = re.compile(r"[A-Z]+s?(?![a-z])|[A-Z]?[a-z]+|\d+")
_ORDINAL = frozenset({"st", "nd", "rd", "th"})


def wholes(text: str) -> Iterator[str]:
    """Each name in ``text`` that has separators inside, as one lower-case term.

    Separators stay between digits alone, so that "e-mail" is "email" and "1.2.3" is not "123"; a
    version is found by its first two numbers too.
    """
    for name in _NAME.findall(text):
        yield from _forms(name)
    if "++" in text or "#" in text:
        yield from (name.lower() for name in _ENDS_IN_MARK.findall(text))
    yield from (name.lower() for name in _BEGINS_WITH_DOT.findall(text))


def parts(word: str) -> Iterator[str]:
    """The words inside of a run of letters and digits: "useEffect" holds use and effect.

    Lower case. Letters and digits are parted as well; single characters are left out.
    """
    if len(word) <= _LONGEST and word.isascii() and _HUMPED.search(word):
        for hump in _HUMP.findall(word):
            if 1 < len(hump) < len(word) and hump not in _ORDINAL:
                yield hump.lower()


@lru_cache(maxsize=2**16)
def _forms(name: str) -> tuple[str, ...]:
    if len(name) > _LONGEST:
        return ()
    folded = name.lower()
    addresses = [_NOT_BETWEEN_DIGITS.sub("", found) for found in _ADDRESS.findall(folded)]
    linked = (form for found in _LINKED.findall(folded) for form in _forms_of_linked(found))
    return (*linked, *addresses)


def _forms_of_linked(name: str) -> Iterator[str]:
    if _THOUSANDS.fullmatch(name):
        yield name.replace(",", "").replace(".", "")
        return
    whole = _NOT_BETWEEN_DIGITS.sub("", name)
    versions = _VERSION.findall(name)
    if versions:
        whole = whole.removeprefix("v")
    yield whole
    for minor, patch in versions:
        if minor + patch != whole:
            yield minor + patch
        if patch:
            yield minor
