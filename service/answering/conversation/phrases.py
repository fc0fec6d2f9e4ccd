"""Phrases of an earlier question that a later one refers to, or puts another in the place of."""

import re
from dataclasses import dataclass

from indexes.language import normalise

_YEAR = re.compile(r"(?:\bnăm |\bnam )?(?<!\d)(?:19|20)\d\d(?!\d)年?", re.IGNORECASE)
# "W22", "PL75-B", "4.2.1": letters with digits, or numbers with points.
_CODE = re.compile(
    r"(?<![0-9A-Za-z.-])(?:(?=[0-9-]*[A-Za-z])(?=[A-Za-z-]*\d)[0-9A-Za-z]+(?:-[0-9A-Za-z]+)*"
    r"|\d+(?:\.\d+)+)(?![0-9A-Za-z-])"
)
_NUMBER = re.compile(r"\W*\d[\d.,:/-]*\s*%?")
_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
_END = re.compile(r"[\s?？!！.。…]+$")
# An answer longer than this tells more than a name.
_NAME_CHARS = 60


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier question, as it stands alone, and the answer that it got."""

    question: str
    answer: str


def bare(text: str) -> str:
    """``text`` without the marks that end it."""
    return _END.sub("", text).strip()


def capital(text: str) -> str:
    """``text`` beginning as a sentence does."""
    return text[:1].upper() + text[1:]


def words(text: str) -> list[re.Match[str]]:
    """The words of ``text``; "e-mail", "it's" and "4.2.1" are one each."""
    return list(_WORD.finditer(text))


def beside(text: str, topic: str) -> str:
    """``text`` with what it is about in parentheses, before the mark that ends it."""
    wide = "？" in text[-1:] or "。" in text[-1:]
    opening, closing = ("（", "）") if wide else (" (", ")")
    asked = bare(text)
    return f"{asked}{opening}{topic}{closing}{text.rstrip()[len(asked) :].strip() or '?'}"


def with_another_value(question: str, value: str) -> str | None:
    """``question`` with its year or code replaced by ``value``, if that is one itself.

    Of several codes the last that begins with the same letter is replaced; None without one.
    """
    if _YEAR.fullmatch(value):
        return _replaced(question, list(_YEAR.finditer(question))[-1:], value)
    if _CODE.fullmatch(value):
        found = list(_CODE.finditer(question))
        alike = [match for match in found if match.group()[0] == value[0]]
        return _replaced(question, alike[-1:] or (found if len(found) == 1 else []), value)
    return None


def is_number(value: str) -> bool:
    """Whether ``value`` is a year or another number, and nothing besides."""
    return bool(_YEAR.fullmatch(value) or _NUMBER.fullmatch(value))


def _replaced(question: str, found: list[re.Match[str]], value: str) -> str | None:
    if not found:
        return None
    return question[: found[0].start()] + value + question[found[0].end() :]


def names(text: str) -> list[tuple[int, int]]:
    """Spans of capitalised runs, such as "Strider S2"; a sentence's first word alone is none."""
    spans: list[tuple[int, int]] = []
    run: list[re.Match[str]] = []
    for word in [*words(text), None]:
        if word is not None and _is_named(word.group()) and _continues(text, run, word):
            run.append(word)
            continue
        if run and not (len(run) == 1 and _opens_sentence(text, run[0])):
            spans.append((run[0].start(), run[-1].end()))
        run = [word] if word is not None and _is_named(word.group()) else []
    return spans


def name_in(answer: str, question: str) -> str:
    """The one name that ``answer`` gives and ``question`` does not hold; "" where there is none.

    A person or thing is asked on about by a pronoun; what else an answer says is left where it is.
    """
    text = answer[: 4 * _NAME_CHARS]
    asked = normalise(question)
    found = [text[start:end] for start, end in names(text)]
    if len(bare(text)) <= _NAME_CHARS and not found:
        opening = words(text)
        found = [bare(text)] if len(opening) == 1 and _is_named(opening[0].group()) else []
    new = [name for name in found if normalise(name) not in asked and len(name) <= _NAME_CHARS]
    return new[0] if new else ""


def _is_named(word: str) -> bool:
    return word[0].isupper() or (word[0].isdigit() and not word.isdigit())


def _continues(text: str, run: list[re.Match[str]], word: re.Match[str]) -> bool:
    return not run or not text[run[-1].end() : word.start()].strip()


def _opens_sentence(text: str, word: re.Match[str]) -> bool:
    before = text[: word.start()].rstrip()
    plain = re.split("['’]", word.group())[0].isalpha() and not word.group()[1:2].isupper()
    return plain and (not before or before[-1] in ".?!:。？！")
