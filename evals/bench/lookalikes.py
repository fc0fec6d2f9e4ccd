"""Pairs of questions that look alike and ask different things, made from real ones.

One number, name, date, unit, negation, role or word differs. Nothing is random: what is changed,
and to what, follows from the question.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from evals.bench.paraphrases import digest
from evals.bench.wordcircles import ADDED, CIRCLES

_HAN = re.compile("[\u4e00-\u9fff]")
_WORD = re.compile(r"[^\W\d_]+")
_NUMBER = re.compile(r"\d+")
_YEAR = re.compile(r"(?<!\d)(?:1[5-9]|20)\d\d(?!\d)")
# A run of capitalised words inside a sentence, and a title or subject in Chinese.
_NAME = {
    "en": re.compile(r"(?<=[a-z,'] )[A-Z][\w']+(?: [A-Z][\w']+)*"),
    "vi": re.compile(r"(?<=[\w,] )[A-ZĐÀ-Ỹ][\w']+(?: [A-ZĐÀ-Ỹ][\w']+)*"),
    "zh": re.compile(
        "(?<=《)[^》]+(?=》)|^[\u4e00-\u9fff]{2,8}(?=[的是在于被由])|[A-Za-z][\\w ]+\\w"
    ),
}
_LEAST_LETTERS = 4  # of a word of which one letter is changed
_VARIANTS = 3  # of one kind, of one question

_AUXILIARY = re.compile(
    r"\b(?:is|are|was|were|do|does|did|can|could|will|would|should|must|may|has|have|had)\b(?! not)"
)
_NOT = {
    "en": (
        (_AUXILIARY, r"\g<0> not"),
        (_AUXILIARY, r"\g<0>n't"),
        (re.compile(r" not\b|n't\b"), ""),
        (re.compile(r"\ba (?=[a-z])"), "no "),
    ),
    "vi": (
        (re.compile(r"\b(?:được|có|phải|bị|thể)\b"), r"không \g<0>"),
        (re.compile(r"\blà\b"), r"không phải là"),
        (re.compile(r"\bđã\b"), "chưa"),
        (re.compile(r" không\b"), ""),
    ),
    "zh": (
        (re.compile("[是会能可需要在]"), r"不\g<0>"),
        (re.compile("有"), "没有"),
        (re.compile("[不没]"), ""),
    ),
}
# One word in two shapes, of which the change of a letter may make one of the other; the last is a
# misspelling that a company's handbook repeats.
_SHAPES = (
    *(("whom", "who"), ("ll", "l"), ("称作", "称为"), ("目前", "当前"), ("名字", "名称")),
    ("neccessary", "necessary"),
)
_JOINED = re.compile(r"\s*(?:and|or|&|và|hoặc|hay|với|with|和|与|、|,)\s*")


@dataclass(frozen=True, slots=True)
class Lookalikes:
    """Two questions that are not the same, and what differs."""

    kind: str
    one: str
    other: str


@dataclass(frozen=True, slots=True)
class Pool:
    """What is put into questions: the names of a set, and words one letter from each other.

    ``following`` holds for a Chinese character those that stand after it in the documents.
    """

    names: Sequence[str]
    near: Callable[[str], Sequence[str]]
    words: frozenset[str]
    following: Mapping[str, set[str]]


def pool(
    questions: Iterable[str], language: str, words: Iterable[str], texts: Iterable[str]
) -> Pool:
    """The pool of a set: names of ``questions``, ``words`` of any collection, its own ``texts``."""
    names = dict.fromkeys(
        found for question in questions for found in _NAME[language].findall(question)
    )
    following: defaultdict[str, set[str]] = defaultdict(set)
    if language == "zh":
        for text in texts:
            for one, other in pairwise(text):
                following[one].add(other)
    known = frozenset(words)
    return Pool(tuple(names), _near(known), known, following)


def lookalikes(question: str, language: str, pool: Pool) -> Iterator[Lookalikes]:
    """Pairs of every kind that can be made of ``question``, a few of each."""
    made: Counter[str] = Counter()
    for kind, one, other in _all(question, language, pool):
        if made[kind] < _VARIANTS and _one_wording(one) != _one_wording(other):
            made[kind] += 1
            yield Lookalikes(kind, one, other)


def _one_wording(question: str) -> str:
    for word, other in _SHAPES:
        question = question.replace(word, other)
    return question.lower()


def _all(question: str, language: str, pool: Pool) -> Iterator[tuple[str, str, str]]:
    for changed in _numbers(question):
        yield "number", question, changed
    for changed in _names(question, language, pool):
        yield "name", question, changed
    for changed in _roles(question, language):
        yield "roles", question, changed
    for pattern, instead in _NOT[language]:
        found = pattern.search(question)
        if found:
            head, tail = question[: found.start()], question[found.end() :]
            yield "negation", question, head + found.expand(instead) + tail
    for kind, circles in CIRCLES.items():
        for changed in _turned(question, circles[language], language):
            yield kind, question, changed
    for changed in _letters(question, language, pool):
        yield "one letter", question, changed
    yield from _added(question, language)


def _numbers(question: str) -> Iterator[str]:
    for found in _NUMBER.finditer(question):
        head, number, tail = question[: found.start()], found.group(), question[found.end() :]
        more = str(int(number) + 1 + digest(question) % 3).zfill(len(number))
        for other in (more, number[::-1], number + "0", number[:-1]):
            if other and other != number:
                yield head + other + tail
    for found in _YEAR.finditer(question):
        head, tail = question[: found.start()], question[found.end() :]
        yield f"{head}{int(found.group()) - 1}{tail}"


def _names(question: str, language: str, pool: Pool) -> Iterator[str]:
    """Each name once by the likest of the set's names, once by any."""
    for found in _NAME[language].finditer(question):
        name = found.group()
        shared = [other for other in pool.names if other[:2] == name[:2] and other != name]
        for others in (shared, pool.names):
            if others:
                other = others[digest(question + name) % len(others)]
                if name not in other and other not in name:
                    yield question[: found.start()] + other + question[found.end() :]


def _roles(question: str, language: str) -> Iterator[str]:
    """Two names exchanged, unless they only stand side by side."""
    names = list(_NAME[language].finditer(question))
    for one, other in pairwise(names):
        between = question[one.end() : other.start()]
        if one.group() != other.group() and not _JOINED.fullmatch(between):
            head, tail = question[: one.start()], question[other.end() :]
            yield head + other.group() + between + one.group() + tail


def _turned(question: str, circles: Sequence[str], language: str) -> Iterator[str]:
    for circle in circles:
        words = [word.replace("-", " ") if language != "zh" else word for word in circle.split()]
        for place, word in enumerate(words):
            edge = "" if language == "zh" else r"\b"
            found = re.search(f"{edge}{word}{edge}", question)
            if found is None and language != "zh":
                found = re.search(rf"^{word}\b", question, re.IGNORECASE)
            if found:
                step = 1 + digest(question) % (len(words) - 1)
                other = words[(place + step) % len(words)]
                yield question[: found.start()] + other + question[found.end() :]


def _letters(question: str, language: str, pool: Pool) -> Iterator[str]:
    """One letter, or character, changed so that another word of a collection stands there."""
    if language == "zh":
        yield from _characters(question, pool)
        return
    for found in _WORD.finditer(question):
        word = found.group()
        least = _LEAST_LETTERS if language == "en" else 2
        if word in pool.words and len(word) >= least:
            for other in pool.near(word)[:2]:
                yield question[: found.start()] + other + question[found.end() :]


def _characters(question: str, pool: Pool) -> Iterator[str]:
    for place in range(1, len(question) - 2):
        before, here, after = tuple(question[place - 1 : place + 2])
        if _HAN.match(before + here) and _HAN.match(here) and _HAN.match(after):
            fitting = sorted(
                other
                for other in pool.following.get(before, ())
                if other != here and _HAN.match(other) and after in pool.following.get(other, ())
            )
            if fitting and digest(f"{question}{place}") % 4 == 0:
                other = fitting[digest(question) % len(fitting)]
                yield question[:place] + other + question[place + 1 :]


def _added(question: str, language: str) -> Iterator[tuple[str, str, str]]:
    small = question[0].lower() + question[1:]
    number = digest(question)
    for kind, (template, *values) in ADDED[language].items():
        for turn in range(2):
            place = (number + turn) % len(values)
            step = 1 + (number // 7 + turn) % (len(values) - 1)
            one, other = values[place], values[(place + step) % len(values)]
            bare = question.rstrip("?？ ")
            yield (
                kind,
                template.format(one, q=question, l=small, b=bare),
                template.format(other, q=question, l=small, b=bare),
            )


def _near(words: Iterable[str]) -> Callable[[str], Sequence[str]]:
    """Finds the words that one other, missing or added letter makes, or two exchanged."""
    by_rest: defaultdict[str, list[str]] = defaultdict(list)
    for word in sorted(set(words)):
        for rest in {word, *_without_one(word)}:
            by_rest[rest].append(word)

    def near(word: str) -> Sequence[str]:
        found = {
            other
            for rest in (word, *_without_one(word))
            for other in by_rest.get(rest, ())
            if other != word and abs(len(other) - len(word)) <= 1
        }
        return sorted(found, key=lambda other: digest(word + other))

    return near


def _without_one(word: str) -> list[str]:
    return [word[:place] + word[place + 1 :] for place in range(len(word))]
