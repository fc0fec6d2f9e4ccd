"""A follow-up question made to stand alone, by the rules of its language."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from indexes.language import detect, sentences
from service.answering.conversation import chinese, english, vietnamese
from service.answering.conversation.phrases import Earlier
from service.answering.types import Question, Turn

# Longer questions say what they are about; a rewritten one is never longer than the second.
_FOLLOW_UP_CHARS = 160
LONGEST = 300  # characters
_EXCHANGES = 8
_SHORT_WORDS = 4
_COURTESY = re.compile(
    r"\W*(?:thanks?(?: you)?(?: (?:very|so) much| a lot)?|ok(?:ay)?|great|good|perfect|i see|"
    r"got it|yes|no|hi|hello|"
    r"(?:xin )?(?:cảm ơn|cam on|chào|chao)(?: (?:bạn|anh|chị|em|ban|nhiều|nhieu))*|vâng|dạ|"
    r"được rồi|谢谢你?|多谢|好的?|明白了?|知道了|你好|嗯)\W*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Standalone:
    """The question to look for, and whether it differs from the one that was asked."""

    text: str
    rewritten: bool


class Rewriter(Protocol):
    """Makes a question stand alone that leans on the conversation before it."""

    def rewrite(self, question: Question, language: str) -> Standalone:
        """``language`` is the ISO 639-1 code of the question; unchanged where it stands alone."""
        ...


Completion = Callable[[str, Earlier], str | None]
_COMPLETIONS: Mapping[str, Completion] = {
    "en": english.completed,
    "vi": vietnamese.completed,
    "zh": chinese.completed,
}


class RuleRewriter:
    """Rewrites by rules for English, Vietnamese and Chinese, from words of the history alone.

    The history holds what the user typed, so its questions are completed one after the other, each
    from the one before. What rests on nothing earlier is returned as it is, in every language.
    """

    def rewrite(self, question: Question, language: str) -> Standalone:
        """Never longer than LONGEST characters, where it is rewritten."""
        earlier: Earlier | None = None
        for said, answer in exchanges(question.history):
            if not _COURTESY.fullmatch(said):
                whole = _completed(said, detect(said), earlier) or said
                earlier = Earlier(whole, answer)
        whole = _completed(question.text, language, earlier) or question.text
        return Standalone(whole, rewritten=whole != question.text)


def exchanges(history: tuple[Turn, ...]) -> list[tuple[str, str]]:
    """The last questions of the user, oldest first, each with what was replied, cut to size."""
    found: list[tuple[str, str]] = []
    for turn in history:
        if turn.role == "user":
            found.append((_question_of(turn.content), ""))
        elif found:
            found[-1] = (found[-1][0], turn.content[: 2 * LONGEST])
    return [each for each in found if each[0]][-_EXCHANGES:]


def _question_of(content: str) -> str:
    """What a message asks: all of a short one, else its last question or sentence."""
    text = " ".join(content[-4 * LONGEST :].split())
    if len(text) <= LONGEST:
        return text
    spans = [text[start:end] for start, end in sentences(text)]
    asked = [span for span in spans if span.endswith(("?", "？"))] or spans
    return asked[-1][-LONGEST:]


def _completed(text: str, language: str, earlier: Earlier | None) -> str | None:
    if earlier is None or len(text) > _FOLLOW_UP_CHARS:
        return None
    languages = [language]
    if len(text.split()) <= _SHORT_WORDS:
        # A name and a word or two do not tell their language; the question before does.
        languages.append(detect(earlier.question))
    for known in dict.fromkeys(languages):
        completion = _COMPLETIONS.get(known)
        whole = completion(text, earlier) if completion else None
        if whole is not None:
            return whole if len(whole) <= LONGEST else None
    return None
