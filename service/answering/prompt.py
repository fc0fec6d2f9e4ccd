"""The convention with a language model: rules, fenced passages, and the marks it writes back."""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from importlib.resources import files
from string import Template
from typing import Literal

from indexes.errors import GenerationError
from indexes.language import sentences
from service.answering.types import Draft, Evidence, Question, Turn

VERSION = "answer-1"
NO_ANSWER = "NO_ANSWER"

# Measured with SmolLM2's tokenizer, whose 49,152 pieces were learned from English, so that models
# with larger vocabularies need fewer: of 200 texts each of English articles, English documentation,
# Vietnamese and Chinese, these rates are enough for 95 in 100.
_ASCII_TOKENS = 0.375
_OTHER_TOKENS = 2.4
# What a chat template writes around one message: a role, two or three control tokens, line ends.
_MESSAGE_TOKENS = 8
# Earlier turns tell what "it" means; the passages are what the answer rests on.
_HISTORY_SHARE = 0.25
# A passage cut shorter than about two sentences answers nothing.
_SHORTEST_PASSAGE_TOKENS = 60
_METADATA_CHARS = 200
_FENCE_DIGITS = 12

_LANGUAGES = {
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fr": "French",
    "id": "Indonesian",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "nl": "Dutch",
    "pt": "Portuguese",
    "vi": "Vietnamese",
    "zh": "Chinese",
}

# Model servers read the control tokens of their chat template wherever they stand, also inside a
# message: unbroken, "<|im_end|>" in a document would end the message that quotes it.
_CONTROL_TOKEN = re.compile(
    r"<(?=[|｜]|/?s>|/?(?:start|end)_of_turn>|(?:bos|eos|pad|unk)>|</?SYS>>)|\[(?=/?INST\])",
    re.IGNORECASE,
)
_FENCE_LOOK_ALIKE = re.compile(r"\[\s*(\d+)\s*\](?=\s*(?:begin|end)\b)", re.IGNORECASE)

_ONE_OR_MORE_NUMBERS = r"\d{1,3}(?:\s*[,;，、–-]\s*\d{1,3})*"
_MARK = re.compile(
    rf"[\[【［]\s*(?P<numbers>{_ONE_OR_MORE_NUMBERS})\s*[\]】］](?:\s+(?=[.,;:!?。，；：！？]))?"
)
_UNFINISHED_MARK = re.compile(r"[\[【［][\s\d,;，、–-]*$")
_SENTENCE_STARTS_AFTER = re.compile(r"(?:\A|\n|[.!?…。！？][\"'”’»)\]】］]*)\s*$")
_SENTENCE_ENDS_WITH = re.compile(r"\s*(?:[\[【［.!?…。！？\n]|$)")
_MAY_END = re.compile(r"[.!?…。！？；\n]")
_ENDED = re.compile(r"[.!?…。！？][\"'”’»)]*$")
# Not yet a sentence: "1." in front of a step, and a Chinese clause before its semicolon.
_CONTINUES = re.compile(r"\W*\d{1,3}\.|.*；", re.DOTALL)
_BULLET = re.compile(r"^(?:[-*•–]|#{1,6})\s+")
# Some servers leave a reasoning model's thoughts in front of its answer.
_THOUGHTS = re.compile(r"^\s*<think>.*?(?:</think>|\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a chat, as every OpenAI-compatible server takes it."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """The messages, the mark that fences their passages, and the passages that had room."""

    messages: tuple[Message, ...]
    fence: str
    numbers: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Passage:
    """What is shown of an Evidence: lines of metadata, and its text made harmless."""

    number: int
    head: str
    text: str


def compose(question: Question, language: str, evidence: Sequence[Evidence], budget: int) -> Prompt:
    """The prompt for ``question`` in at most ``budget`` tokens, as ``estimated_tokens`` counts.

    Passages are taken whole, best first, while they fit; where not even one fits, the first is cut
    after a sentence. Roles alternate, as strict chat templates demand. GenerationError where the
    rules and the question leave no room for a passage.
    """
    asked = _harmless(question.text).strip()
    passages = [_passage(each) for each in evidence]
    said = [turn.content for turn in question.history]
    fence = _fence([asked, *said, *(f"{each.head}\0{each.text}" for each in passages)])
    words = {
        "language": _LANGUAGES.get(language, "the language of the question"),
        "fence": fence,
        "no_answer": NO_ANSWER,
        "example": str(passages[0].number if passages else 1),
    }
    system = Message("system", _template("system").substitute(words))
    request = _template("user")
    bare = request.substitute(words, question=asked, passages="")
    room = budget - _cost(system) - _cost(Message("user", bare))
    history = _recent(question.history, int(room * _HISTORY_SHARE))
    room -= sum(map(_cost, history))
    shown = _fitting(passages, fence, room)
    fenced = "\n\n".join(_fenced(each, fence) for each in shown)
    last = Message("user", request.substitute(words, question=asked, passages=fenced))
    numbers = frozenset(each.number for each in shown)
    return Prompt((system, *_alternating([*history, last])), fence, numbers)


def estimated_tokens(text: str) -> int:
    """How many tokens ``text`` costs, guessed by its characters: rather too many than too few."""
    ascii_characters = len(text.encode("ascii", "ignore"))
    other_characters = len(text) - ascii_characters
    return math.ceil(ascii_characters * _ASCII_TOKENS + other_characters * _OTHER_TOKENS)


@cache
def _template(part: str) -> Template:
    path = files("service.answering") / "prompts" / f"{VERSION}.{part}.txt"
    return Template(path.read_text(encoding="utf-8").strip())


def _cost(message: Message) -> int:
    return estimated_tokens(message.content) + _MESSAGE_TOKENS


def _passage(evidence: Evidence) -> _Passage:
    chunk, document = evidence.hit.chunk, evidence.hit.document
    metadata = {
        "Title": document.title,
        "Section": " > ".join(chunk.section),
        "Updated": document.dated[:10],
    }
    head = "".join(
        f"{name}: {' '.join(_harmless(value).split())[:_METADATA_CHARS]}\n"
        for name, value in metadata.items()
        if value
    )
    return _Passage(evidence.number, head, "\n".join(_harmless(chunk.text).splitlines()))


def _harmless(text: str) -> str:
    """``text`` with nothing in it that a chat template or a fence could be mistaken for."""
    encodable = text.encode("utf-8", "replace").decode("utf-8")
    broken = _CONTROL_TOKEN.sub(r"\g<0> ", encodable)
    return _FENCE_LOOK_ALIKE.sub(r"(\1)", broken)


def _fence(texts: Sequence[str]) -> str:
    """A mark that occurs in none of ``texts``, the same for the same texts."""
    whole = "\0".join(texts)
    attempt = 0
    while True:
        seed = f"{attempt}\0{whole}".encode("utf-8", "replace")
        fence = sha256(seed).hexdigest()[:_FENCE_DIGITS]
        if fence not in whole:
            return fence
        attempt += 1


def _fenced(passage: _Passage, fence: str) -> str:
    number = passage.number
    return f"[{number}] begin {fence}\n{passage.head}{passage.text}\n[{number}] end {fence}"


def _fitting(passages: Sequence[_Passage], fence: str, room: int) -> list[_Passage]:
    shown: list[_Passage] = []
    left = room
    for passage in passages:
        cost = _passage_cost(passage, fence)
        if cost <= left:
            shown.append(passage)
            left -= cost
    return shown if shown or not passages else [_beginning(passages[0], fence, room)]


def _passage_cost(passage: _Passage, fence: str) -> int:
    return estimated_tokens(_fenced(passage, fence) + "\n\n")


def _beginning(passage: _Passage, fence: str, room: int) -> _Passage:
    """The first sentences of ``passage`` or, where the first is too long, its first characters."""
    left = room - _passage_cost(replace(passage, text=""), fence)
    if left < _SHORTEST_PASSAGE_TOKENS:
        raise GenerationError(
            "The question and the rules leave too few tokens of the language model's context for "
            "a passage: ask a shorter question, or raise its context tokens in the settings."
        )
    text = passage.text
    ends = [end for _, end in sentences(text) if estimated_tokens(text[:end]) < left]
    return replace(passage, text=text[: ends[-1] if ends else int(left / _OTHER_TOKENS)])


def _recent(turns: Sequence[Turn], room: int) -> list[Message]:
    """The newest whole turns that fit, in their order."""
    recent: list[Message] = []
    for turn in reversed(turns):
        message = Message(turn.role, _harmless(turn.content).strip())
        room -= _cost(message)
        if room < 0:
            break
        recent.append(message)
    return recent[::-1]


def _alternating(messages: Sequence[Message]) -> list[Message]:
    """The messages from the first of the user on, neighbours of one role joined."""
    joined: list[Message] = []
    for message in messages:
        if joined and joined[-1].role == message.role:
            content = f"{joined[-1].content}\n\n{message.content}"
            joined[-1] = Message(message.role, content)
        elif joined or message.role == "user":
            joined.append(message)
    return joined


class Cutter:
    """Cuts a stream of characters into Drafts; they do not depend on how it arrives in pieces.

    A sentence is ready once the next one has begun, so that marks behind its full stop are its own.
    ``count`` is how many were ready so far. Of the numbers only those in ``known`` are kept.
    """

    def __init__(self, known: frozenset[int]) -> None:
        self._known = known
        self._text = ""
        self._end_seen = False
        self.count = 0

    def feed(self, text: str) -> list[Draft]:
        """The Drafts that ``text`` completes."""
        self._text += text
        ends = _MAY_END.search(text) is not None
        # Cutting the whole text at every token would take time by the square of its length.
        if not (ends or self._end_seen):
            return []
        ready = self._ready(cut(self._text, self._known)[:-1])
        self._end_seen = ends or not ready
        return ready

    def close(self, *, cut_short: bool) -> list[Draft]:
        """The Drafts left at the end; an unfinished sentence only if it was not cut short."""
        drafts = cut(self._text, self._known)
        if cut_short and drafts and not _ENDED.search(drafts[-1].text):
            drafts.pop()
        return self._ready(drafts)

    def _ready(self, drafts: list[Draft]) -> list[Draft]:
        new = drafts[self.count :]
        self.count = len(drafts)
        return new


def cut(text: str, known: frozenset[int]) -> list[Draft]:
    """The sentences of an answer, each with the numbers in ``known`` that its marks hold.

    A mark belongs to the sentence that it stands in or behind; before the first, to the first.
    """
    visible = _UNFINISHED_MARK.sub("", _THOUGHTS.sub("", text))
    plain, marks = _without_marks(visible, known)
    spans = _spans(plain)
    numbers: list[dict[int, None]] = [{} for _ in spans]
    for place, found in marks:
        owner = max(sum(start < place for start, _ in spans) - 1, 0)
        if spans:
            numbers[owner].update(dict.fromkeys(found))
    return [
        Draft(_BULLET.sub("", " ".join(plain[start:end].split())), tuple(own))
        for (start, end), own in zip(spans, numbers, strict=True)
    ]


def _without_marks(text: str, known: frozenset[int]) -> tuple[str, list[tuple[int, list[int]]]]:
    """``text`` without its citation marks, and each mark's place in what is left.

    A bracketed number that no evidence has is a mark only at a sentence's end; elsewhere it may
    be anything ("error [404] means") and stays.
    """
    plain, done = "", 0
    marks: list[tuple[int, list[int]]] = []
    for match in _MARK.finditer(text):
        found = [number for number in _numbers(match["numbers"]) if number in known]
        before = plain + text[done : match.start()]
        behind = _SENTENCE_ENDS_WITH.match(text, match.end())
        if not (found or behind or _SENTENCE_STARTS_AFTER.search(before)):
            continue
        plain, done = before.rstrip(), match.end()
        marks.append((len(plain), found))
        if plain.endswith((".", "!", "?")) and text[done : done + 1].isalnum():
            plain += " "
    return plain + text[done:], marks


def _numbers(listed: str) -> Iterator[int]:
    """The integers of a list such as "1, 2" or "1-3"."""
    for part in re.split(r"[,;，、]", listed):
        ends = [int(number) for number in re.split("[–-]", part)]
        yield from range(ends[0], ends[-1] + 1)


def _spans(text: str) -> list[tuple[int, int]]:
    """Where the sentences stand that say something, whole steps and Chinese sentences joined."""
    spans: list[tuple[int, int]] = []
    unfinished = False
    for start, end in sentences(text):
        piece = text[start:end]
        if unfinished:
            spans[-1] = (spans[-1][0], end)
        elif any(map(str.isalnum, piece)):
            spans.append((start, end))
        else:
            continue
        unfinished = _CONTINUES.fullmatch(piece) is not None
    return spans


def answers(draft: Draft) -> bool:
    """Whether ``draft`` is part of an answer rather than the words for having none."""
    words = draft.text.strip(" .!\"'*`").upper().replace(" ", "_")
    return words != NO_ANSWER and NO_ANSWER not in draft.text
