"""Answers kept: given again to the same question, or to one that asks the same in other words."""

import sys
from collections import OrderedDict, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from indexes.types import Filters
from service.answering.caching.footprint import footprint
from service.answering.caching.form import Form, form_of
from service.answering.caching.likeness import Known, same_form, traces
from service.answering.caching.wording import folded
from service.answering.types import Answer, Citation, Evidence, Release

Vector = NDArray[np.float32]

# Cosine of the vectors of two questions that ask the same, at least: a second opinion, where the
# words show one question. Of English paraphrases 99.5 % reach it, and the others are misspelt.
_AGREEING = 0.5
_MEGABYTE = 1 << 20
# Of an entry's place in the tables, for each number that it is found by.
_TRACE_BYTES = 100


@dataclass(frozen=True, slots=True)
class Key:
    """All that an answer depends on besides its question; no answer is given under another.

    ``groups`` are all those of the caller's scope; ``writer`` is the generator's version, with its
    prompt; ``masked`` tells whether personal data is.
    """

    collection: str
    snapshot: str
    groups: frozenset[str]
    filters: Filters
    top_k: int
    writer: str
    release: Release
    masked: bool


@dataclass(frozen=True, slots=True)
class Told:
    """An answer that was given before, and how it was put to who asked ``question``.

    ``body`` is opaque here: whoever tells answers makes it and reads it.
    """

    question: str
    answer: Answer
    body: bytes

    @property
    def size(self) -> int:
        """Bytes of it, about; what the answer refers to is that of its entry."""
        return footprint((self.question, self.body)) + sys.getsizeof(self.answer)


@dataclass(frozen=True, slots=True)
class _Entry:
    """An answer and what finds it; ``traces`` are none for one that is found by its words alone."""

    key: Key
    said: str
    form: Form
    vector: Vector | None
    answer: Answer
    traces: frozenset[int]
    size: int
    told: Told | None = None

    @property
    def weight(self) -> int:
        """Bytes of it, about, with what it was told in."""
        return self.size + (self.told.size if self.told else 0)


class AnswerCache:
    """At most ``entries`` answers in about ``megabytes``; the one asked for longest ago goes first.

    Safe to call from any thread. Nothing is computed while others wait.
    """

    def __init__(self, entries: int, megabytes: float) -> None:
        self._most = entries
        self._most_bytes = int(megabytes * _MEGABYTE)
        self._bytes = 0
        self._entries: OrderedDict[tuple[Key, str], _Entry] = OrderedDict()
        self._traced: defaultdict[tuple[Key, int], set[str]] = defaultdict(set)
        self._current: dict[str, str] = {}
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def size(self) -> int:
        """Bytes that the entries hold, about."""
        return self._bytes

    def same(self, key: Key, question: str) -> Answer | None:
        """The answer to these very words under ``key``, whatever their spacing and last mark."""
        entry = self._touched(key, _said(question))
        return replace(entry.answer, cached="exact") if entry else None

    def told(self, key: Key, question: str) -> Told | None:
        """How the answer under ``key`` was told to the same question, letter for letter.

        Bounded and quick, for who may not wait: nothing is computed besides the place to look.
        """
        entry = self._touched(key, _said(question))
        told = entry.told if entry else None
        return told if told and told.question == question else None

    def keep_told(self, key: Key, question: str, body: bytes) -> None:
        """Keep ``body`` beside the answer to ``question``, if that is still remembered.

        One spelling of a question is kept, the last.
        """
        place = (key, _said(question))
        with self._lock:
            entry = self._entries.get(place)
            if entry is None:
                return
            told = Told(question, replace(entry.answer, cached="exact"), body)
            self._remove(place)
            self._add(replace(entry, told=told))
            self._make_room()

    def similar(
        self,
        key: Key,
        question: str,
        language: str,
        vector: Vector | None,
        evidence: Sequence[Evidence],
        known: Known | None = None,
    ) -> Answer | None:
        """The answer under ``key`` to a question that asks the same, if it still holds.

        ``vector`` is the question's, of length 1, where the embedder reads its language. Every
        citation must stand in ``evidence``, to the character. ``known`` tells the words of the
        collection from typing errors. None as well where entries that differ among themselves fit.
        """
        form = form_of(question, language)
        fitting = [
            entry
            for entry in self._candidates(key, traces(form))
            if same_form(entry.form, form, known)
            and _agree(entry.vector, vector)
            and all(_stands(citation, evidence) for citation in entry.answer.citations)
        ]
        if not fitting or not all(same_form(fitting[0].form, entry.form) for entry in fitting):
            return None
        entry = self._touched(key, fitting[-1].said)
        return replace(entry.answer, cached="similar") if entry else None

    def remember(
        self, key: Key, question: str, language: str, vector: Vector | None, answer: Answer
    ) -> None:
        """Keep ``answer``, unless it is of a snapshot that was forgotten or larger than the cache.

        What cites nothing cannot be held against other evidence: it is given to the same words
        alone, as is that there is no answer.
        """
        form = form_of(question, language)
        alone = answer.abstained or not answer.citations
        found_by = frozenset[int]() if alone else traces(form)
        answer = replace(answer, cached="")
        said = _said(question)
        size = footprint((said, answer, vector, form)) + _TRACE_BYTES * len(found_by)
        entry = _Entry(key, said, form, vector, answer, found_by, size)
        with self._lock:
            if size > self._most_bytes or self._is_past(key):
                return
            self._remove((key, said))
            self._add(entry)
            self._make_room()

    def forget(self, collection: str, but: str) -> None:
        """Drop all that rests on other snapshots of ``collection`` than ``but``.

        What is still being answered from one of them will not be kept either.
        """
        with self._lock:
            self._current[collection] = but
            for place in [place for place in self._entries if self._is_past(place[0])]:
                self._remove(place)

    def _is_past(self, key: Key) -> bool:
        return self._current.get(key.collection, key.snapshot) != key.snapshot

    def _candidates(self, key: Key, numbers: frozenset[int]) -> list[_Entry]:
        """Entries that share a trace, the one asked for longest ago first."""
        with self._lock:
            said = {said for number in numbers for said in self._traced.get((key, number), ())}
            if len(said) < 2:  # noqa: PLR2004
                return [self._entries[key, each] for each in said]
            return [
                entry for entry in self._entries.values() if entry.key == key and entry.said in said
            ]

    def _touched(self, key: Key, said: str) -> _Entry | None:
        with self._lock:
            entry = self._entries.get((key, said))
            if entry:
                self._entries.move_to_end((key, said))
            return entry

    def _add(self, entry: _Entry) -> None:
        self._entries[entry.key, entry.said] = entry
        self._bytes += entry.weight
        for number in entry.traces:
            self._traced[entry.key, number].add(entry.said)

    def _make_room(self) -> None:
        while len(self._entries) > self._most or self._bytes > self._most_bytes:
            self._remove(next(iter(self._entries)))

    def _remove(self, place: tuple[Key, str]) -> None:
        entry = self._entries.pop(place, None)
        if entry is None:
            return
        self._bytes -= entry.weight
        for number in entry.traces:
            traced = self._traced[entry.key, number]
            traced.discard(entry.said)
            if not traced:
                del self._traced[entry.key, number]


def _said(question: str) -> str:
    """The words to the letter, in one width and script, without what changes no question."""
    return " ".join(folded(question).split()).rstrip(" ?.!。")


def _agree(one: Vector | None, other: Vector | None) -> bool:
    return one is None or other is None or float(one @ other) >= _AGREEING


def _stands(citation: Citation, evidence: Sequence[Evidence]) -> bool:
    """Whether the quote is among today's evidence, where it was."""
    return any(
        passage.document.id == citation.document.id
        and passage.start <= citation.start
        and passage.text[citation.start - passage.start : citation.end - passage.start]
        == citation.quote
        for passage in evidence
    )
