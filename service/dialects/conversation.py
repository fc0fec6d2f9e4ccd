"""From the messages of a foreign request to the question and what was said before it."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from service.answering.types import Turn
from service.dialects.marking import unmarked
from service.errors import InvalidRequest

# Turns that are kept of a long conversation, the last ones: as many as POST /ask takes.
_MANY = 100
_TEXT_PARTS = frozenset({"text", "input_text", "output_text", "refusal"})
_SILENT_PARTS = frozenset({"reasoning", "step-start", "source-url", "source-document"})


@dataclass(frozen=True, slots=True)
class Conversation:
    """The question and the turns before it, oldest first."""

    question: str
    history: tuple[Turn, ...]


def conversation(messages: Sequence[tuple[str, Any]], field: str = "messages") -> Conversation:
    """What the last user message asks; ``messages`` are roles with their contents.

    A content is a string, or a list of parts. Messages of other roles than user and assistant are
    left out: they would tell a model how to behave, and nothing here may change how answers are
    checked. InvalidRequest when no user asks anything, or a part is no text.
    """
    turns: list[Turn] = []
    for place, (role, content) in enumerate(messages):
        speaker = _speaker(role)
        if speaker is not None:
            text = _text(content, f"{field}.{place}.content")
            turns.append(Turn(speaker, unmarked(text) if speaker == "assistant" else text))
    asked = [place for place, turn in enumerate(turns) if turn.role == "user"]
    if not asked:
        raise InvalidRequest(field, "hold no message of the role `user`; the last one is asked")
    last = asked[-1]
    question = turns[last].content
    if is_blank(question):
        raise InvalidRequest(field, "end with a blank message of the user; write a question")
    spoken = [turn for turn in turns[:last] if not is_blank(turn.content)]
    return Conversation(question, tuple(spoken[-_MANY:]))


def is_blank(text: str) -> bool:
    """Whether nothing of ``text`` can be seen: white space, and what only formats (such as U+200B).

    So is an empty text.
    """
    return all(each.isspace() or unicodedata.category(each) == "Cf" for each in text)


def whole_characters(text: str, field: str) -> str:
    """``text`` itself. InvalidRequest for half a surrogate pair, which JSON can escape."""
    try:
        text.encode()
    except UnicodeEncodeError as exc:
        raise InvalidRequest(field, "holds half a surrogate pair; send whole characters") from exc
    return text


def _speaker(role: str) -> Literal["user", "assistant"] | None:
    if role == "user":
        return "user"
    return "assistant" if role == "assistant" else None


def _text(content: Any, field: str) -> str:
    if content is None:
        return ""
    if isinstance(content, str):
        return whole_characters(content, field)
    if isinstance(content, Iterable) and not isinstance(content, dict):
        parts = (_part(part, f"{field}.{place}") for place, part in enumerate(content))
        return "\n".join(part for part in parts if part)
    raise InvalidRequest(field, "is neither a text nor a list of parts")


def _part(part: Any, field: str) -> str:
    if isinstance(part, str):
        return whole_characters(part, field)
    kind = part.get("type") if isinstance(part, dict) else None
    if not isinstance(kind, str):
        raise InvalidRequest(field, "is no part: it has no `type`")
    if kind in _SILENT_PARTS or kind.startswith(("data-", "tool-")):
        return ""
    if kind not in _TEXT_PARTS:
        raise InvalidRequest(
            field, f"is of the type {kind[:40]!r}; only text is read here, no image, sound or file"
        )
    text = part.get("text", part.get("refusal"))
    if not isinstance(text, str):
        raise InvalidRequest(field, "is a part of text without a text")
    return whole_characters(text, field)
