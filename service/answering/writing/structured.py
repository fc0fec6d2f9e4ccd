"""Reads a model's reply while it is written: JSON where it turns out to be JSON, else text."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from service.answering.types import Draft
from service.answering.writing.chat import Schema
from service.answering.writing.cutting import Cutter, cut, without_thoughts

# What a model that was asked for JSON says in front of it is dropped, up to this many characters.
_PREAMBLE_CHARS = 300
_OBJECT = r"\{\s*(?:[\"'}]|\w+\s*:)"
_JSON_AT_ONCE = re.compile(rf"\s*(?:```\w*\s*)?(?:{_OBJECT}|\[\s*(?:[{{\"]|\]\s*(?:```|\Z)))")
_JSON_SOMEWHERE = re.compile(rf"{_OBJECT}|\[\s*[{{\"]")
_UNDECIDED = re.compile(r"\s*(?:<\w*|(?:`{1,3}\w*\s*)?(?:\[\s*|\{\s*\w*\s*)?)\Z")
_LIST_OF_SENTENCES = re.compile(r"[\"']sentences[\"']\s*:\s*\Z")
_TEXT_KEYS = ("text", "sentence", "answer", "content")
_CITING_KEY = re.compile("cit|source|passage|reference", re.IGNORECASE)
# Objects with quotes that should have been escaped, the wrong quotes, or none.
_LENIENT = re.compile(
    r"[\"']?text[\"']?\s*:\s*[\"']?(?P<text>.+?)[\"']?\s*,\s*"
    r"[\"']?citations?[\"']?\s*:\s*\[?(?P<numbers>[\d,\s\"']*)",
    re.DOTALL,
)
_NUMBER = re.compile(r"\d{1,3}")


def schema(numbers: Iterable[int]) -> Schema:
    """The JSON schema of an answer from the passages ``numbers``; an empty list is no answer.

    Of what OpenAI's strict mode, llama.cpp's grammars and vLLM's guided decoding all take.
    """
    citation = {"type": "integer", "enum": sorted(numbers)}
    sentence = {
        "type": "object",
        "properties": {
            "text": {"type": "string"},
            "citations": {"type": "array", "items": citation, "minItems": 1},
        },
        "required": ["text", "citations"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {"sentences": {"type": "array", "items": sentence}},
        "required": ["sentences"],
        "additionalProperties": False,
    }


def as_json(drafts: Iterable[Draft]) -> str:
    """Sentences as the schema has them."""
    sentences = [{"text": draft.text, "citations": [*draft.numbers]} for draft in drafts]
    return json.dumps({"sentences": sentences}, ensure_ascii=False)


class ReplyReader:
    """Turns a stream of characters into Drafts; they do not depend on how it arrives in pieces.

    ``structured`` says that JSON was asked for; a model may do otherwise either way. ``count`` is
    how many Drafts were ready so far. Of the numbers only those in ``known`` are kept.
    """

    def __init__(self, known: frozenset[int], *, structured: bool) -> None:
        self._known = known
        self._structured = structured
        self._held = ""
        self._reader: Cutter | _JsonReader | None = None

    @property
    def count(self) -> int:
        """How many Drafts there have been."""
        return self._reader.count if self._reader else 0

    def feed(self, text: str) -> list[Draft]:
        """The Drafts that ``text`` completes."""
        if self._reader is not None:
            return self._reader.feed(text)
        self._held += text
        visible = without_thoughts(self._held)
        begin = self._json_begins(visible)
        if begin is not None:
            self._reader = _JsonReader(self._known)
            return self._reader.feed(visible[begin:])
        return [] if self._undecided(visible) else self._as_text()

    def close(self, *, cut_short: bool) -> list[Draft]:
        """The Drafts left at the end; an unfinished sentence only if it was not cut short."""
        ready = self._as_text() if self._reader is None else []
        assert self._reader is not None  # noqa: S101 (for the type checker)
        return ready + self._reader.close(cut_short=cut_short)

    def _json_begins(self, visible: str) -> int | None:
        if self._structured:
            found = _JSON_SOMEWHERE.search(visible)
        else:
            found = _JSON_AT_ONCE.match(visible)
        return found and found.start()

    def _undecided(self, visible: str) -> bool:
        if self._structured:
            return len(visible) < _PREAMBLE_CHARS
        return _UNDECIDED.match(visible) is not None

    def _as_text(self) -> list[Draft]:
        self._reader = Cutter(self._known)
        return self._reader.feed(self._held)


@dataclass(slots=True)
class _Open:
    """A bracket that has not been closed: where it stands, and whether sentences were in it."""

    bracket: str
    start: int
    sentences: bool
    said: bool = False


class _JsonReader:
    """Finds each object that says a sentence as soon as its last brace is there.

    It follows brackets and strings alone, so that what is wrong in one object costs no other.
    """

    def __init__(self, known: frozenset[int]) -> None:
        self._known = known
        self._text = ""
        self._at = 0
        self._done = 0
        self._open: list[_Open] = []
        self._string: int | None = None
        self._over = False
        self.count = 0

    def feed(self, text: str) -> list[Draft]:
        self._text += text
        ready: list[Draft] = []
        while self._at < len(self._text) and not self._over:
            character = self._text[self._at]
            if self._string is not None:
                ready += self._in_string(character, self._string)
            elif character == '"':
                self._string = self._at
            elif character in "{[":
                self._push(character)
            elif character in "}]" and self._open:
                ready += self._pop()
            self._at += 1
        return self._counted(ready)

    def close(self, *, cut_short: bool) -> list[Draft]:
        """What stands in objects that never closed as they should have."""
        if self._over or cut_short:
            return []
        left = self._text[self._done :]
        found = [draft for match in _LENIENT.finditer(left) for draft in self._matched(match)]
        if not (found or self.count):
            found = cut(left.strip("{}[] \n"), self._known)
        return self._counted(found)

    def _in_string(self, character: str, start: int) -> list[Draft]:
        if character == "\\":
            self._at += 1
        elif character == '"':
            self._string = None
            if self._open[-1].sentences:
                return self._item(start)
        return []

    def _push(self, bracket: str) -> None:
        before = self._text[: self._at]
        named = len(self._open) == 1 and _LIST_OF_SENTENCES.search(before[-40:]) is not None
        sentences = bracket == "[" and (not self._open or named)
        self._open.append(_Open(bracket, self._at, sentences))

    def _pop(self) -> list[Draft]:
        closed = self._open.pop()
        self._over = not self._open
        if closed.bracket == "[" or closed.said:
            return []
        return self._item(closed.start)

    def _item(self, start: int) -> list[Draft]:
        """The Drafts of the value from ``start`` up to here."""
        value = self._text[start : self._at + 1]
        try:
            drafts = self._said(json.loads(value, strict=False))
        except (ValueError, RecursionError):
            match = _LENIENT.search(value)
            drafts = self._matched(match) if match else cut(value.strip('{}" \n'), self._known)
        if drafts:
            self._done = self._at + 1
            for each in self._open:
                each.said = True
        return drafts

    def _said(self, value: object) -> list[Draft]:
        match value:
            case str():
                return self._drafts(value, ())
            case dict():
                texts = (value[key] for key in _TEXT_KEYS if isinstance(value.get(key), str))
                return self._drafts(next(texts, ""), _citations(value))
        return []

    def _matched(self, match: re.Match[str]) -> list[Draft]:
        return self._drafts(match["text"], _numbers(match["numbers"]))

    def _drafts(self, text: str, cited: Sequence[int]) -> list[Draft]:
        """The sentences of one item; marks in its text count before what it says it cites."""
        text = " ".join(text.split())
        numbers = tuple(dict.fromkeys(number for number in cited if number in self._known))
        return [Draft(each.text, each.numbers or numbers) for each in cut(text, self._known)]

    def _counted(self, drafts: list[Draft]) -> list[Draft]:
        self.count += len(drafts)
        return drafts


def _citations(item: Mapping[str, object]) -> Sequence[int]:
    values = (value for key, value in item.items() if _CITING_KEY.search(key))
    return [number for value in values for number in _numbers(json.dumps(value))]


def _numbers(text: str) -> list[int]:
    return [int(number) for number in _NUMBER.findall(text)]
