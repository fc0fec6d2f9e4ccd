"""What a sentence denies: negating words of three languages, and how far each of them reaches."""

import re
from collections.abc import Iterator, Sequence

from service.answering.checking.words import Word, fold

# "n't" stands alone in text that was cut into tokens.
_ENGLISH = (
    r"\b(?:not(?! only\b)|n['’]t|cannot|never|no(?! doubt\b| later\b|\. ?\d)|nobody|nothing|none|"
    r"nor|neither|without|hardly|barely|scarcely|unable|fail(?:s|ed)?(?= to\b))\b"
    r"|\w+n['’]t\b"
)
# "không gian" is space, "không khí" air, "hàng không" flight; "có ... không?" asks.
_VIETNAMESE = (
    r"(?<!hàng )\bkhông\b(?! chỉ\b| những\b| gian\b| khí\b| quân\b| phận\b|\s*[?？])"
    r"|\b(?:chưa|chẳng|đừng|cấm|chớ)\b"
)
_CHINESE = (
    r"不(?=[\u3400-\u9fff])(?![仅但只过同断少管久论如])|没(?!关系|收)|未(?!来)|无(?!论|线|锡|数)|(?<![是除并])非(?!常|洲|但|凡)"
    r"|并非|勿|毫无|禁止|请别"
)
_NEGATOR = re.compile(f"{_ENGLISH}|{_VIETNAMESE}|{_CHINESE}", re.IGNORECASE)
_CLAUSE_END = re.compile(
    r"[,;:.!?，；：。！？、()（）\n]|\b(?:but|nhưng|mà|because|vì)\b|但|而", re.IGNORECASE
)
# Telling words that a negation reaches. Of ideographs two make a word.
_REACH = 4
_REACH_IDEOGRAPHS = 6
# Letters before an English word that turn its meaning round: "unpaid", "illegal".
_PREFIXES = ("un", "in", "im", "il", "ir", "non", "dis")
_SHORTEST = 4  # letters of what is left of such a word


def denied(text: str, words: Sequence[Word]) -> tuple[tuple[int, ...], ...]:
    """For each negation in ``text``, the places of the telling ``words`` that it reaches."""
    return tuple(tuple(_reached(text, words, match.end())) for match in _NEGATOR.finditer(text))


def _reached(text: str, words: Sequence[Word], start: int) -> Iterator[int]:
    stop = _CLAUSE_END.search(text, start)
    end = stop.start() if stop else len(text)
    left = 1.0
    for place, word in enumerate(words):
        if word.start < start or not word.tells:
            continue
        if word.end > end or left <= 0:
            return
        left -= 1 / (_REACH_IDEOGRAPHS if word.ideograph else _REACH)
        yield place


def turned(stem: str) -> Iterator[str]:
    """Stems that mean the opposite of the English ``stem``, as far as letters tell."""
    if not stem.isascii() or not stem.isalpha():
        return
    for prefix in _PREFIXES:
        if stem.startswith(prefix) and len(stem) - len(prefix) >= _SHORTEST:
            yield stem[len(prefix) :]
        elif len(stem) >= _SHORTEST:
            yield prefix + stem


def denies(text: str) -> bool:
    """Whether there is any negation in ``text``."""
    return _NEGATOR.search(fold(text)) is not None
