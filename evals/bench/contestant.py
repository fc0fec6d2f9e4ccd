"""What searches in a contest, in a process of its own: it builds, opens, finds, and is timed.

Nothing here needs a library, so that interpreters which have none of ours can run it.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any, Protocol

# What a contestant reads beside its own libraries never comes from a network.
OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "DO_NOT_TRACK": "1",
    "HAYSTACK_TELEMETRY_ENABLED": "false",
}


@dataclass(frozen=True, slots=True)
class Given:
    """The corpus of a contest, the same for all.

    ``documents_file`` has one document a line: id, title, text. ``passages_file`` has the passages
    that Footnote cut of them, with the id of their document, for who brings no splitter. Row i of
    ``vectors_file`` (NumPy's format) is the vector of passage i, where nobody is to encode it.
    """

    documents_file: Path
    passages_file: Path
    vectors_file: Path | None = None

    def documents(self) -> Iterator[tuple[str, str, str]]:
        """Id, title and text of every document."""
        for record in _lines(self.documents_file):
            yield record["id"], record.get("title", ""), record["text"]

    def passages(self) -> Iterator[tuple[str, str]]:
        """The document's id and the text of every passage."""
        for record in _lines(self.passages_file):
            yield record["document"], record["text"]


def _lines(path: Path) -> Iterator[Mapping[str, str]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line.strip():
                yield json.loads(line)


@dataclass(frozen=True, slots=True)
class Found:
    """Of each chunk found, best first, its document; milliseconds by stage, where they are told."""

    documents: Sequence[str]
    stages: Mapping[str, float] = field(default_factory=dict)


class Contestant(Protocol):
    """A search over a corpus. What it needs of models is loaded before it is asked anything."""

    def build(self, given: Given, folder: Path) -> int:
        """Index the corpus, and save the index in ``folder``; how many chunks that made."""
        ...

    def open(self, given: Given, folder: Path) -> None:
        """Make ready for searches what ``build`` saved."""
        ...

    def search(self, question: str, k: int) -> Found:
        """The ``k`` best chunks. Several threads call it at once."""
        ...


def answers(contestant: Contestant) -> dict[str, Callable[..., object]]:
    """What a contestant's process replies to, for `dialogue.serve`."""

    def build(folder: str, **given: str | None) -> object:
        began = perf_counter()
        chunks = contestant.build(as_given(given), Path(folder))
        return {"chunks": chunks, "seconds": perf_counter() - began}

    def open_(folder: str, **given: str | None) -> object:
        began = perf_counter()
        contestant.open(as_given(given), Path(folder))
        return {"seconds": perf_counter() - began}

    def find(questions: list[str], k: int) -> object:
        return [list(contestant.search(question, k).documents) for question in questions]

    def time(questions: list[str], k: int, callers: int) -> object:
        return timed(contestant, questions, k, callers)

    return {"build": build, "open": open_, "find": find, "time": time}


def as_fields(given: Given) -> dict[str, str | None]:
    """What is given as a request carries it."""
    return {
        "documents": str(given.documents_file),
        "passages": str(given.passages_file),
        "vectors": str(given.vectors_file) if given.vectors_file else None,
    }


def as_given(fields: Mapping[str, str | None]) -> Given:
    """What a request carries, as it was given."""
    vectors = fields["vectors"]
    return Given(
        Path(fields["documents"] or ""),
        Path(fields["passages"] or ""),
        Path(vectors) if vectors else None,
    )


def timed(contestant: Contestant, questions: Sequence[str], k: int, callers: int) -> dict[str, Any]:
    """Ask all questions, ``callers`` at a time: wall seconds, milliseconds of each, by stage."""

    def ask(question: str) -> tuple[float, Mapping[str, float]]:
        began = perf_counter()
        found = contestant.search(question, k)
        return (perf_counter() - began) * 1000, found.stages

    if callers == 1:
        began = perf_counter()
        asked = [ask(question) for question in questions]
        seconds = perf_counter() - began
    else:
        with ThreadPoolExecutor(callers) as pool:
            began = perf_counter()
            asked = list(pool.map(ask, questions))
            seconds = perf_counter() - began
    return {
        "seconds": seconds,
        "milliseconds": [milliseconds for milliseconds, _ in asked],
        "stages": [dict(stages) for _, stages in asked],
    }
