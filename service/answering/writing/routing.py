"""Which generator writes: the first that can, and a share of the questions to one on trial."""

import logging
from collections.abc import Generator as Stream
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from hashlib import sha256
from time import monotonic
from typing import Protocol, runtime_checkable

from indexes.errors import GenerationError, GenerationTimeout
from service.answering.types import Author, Brief, Draft, Generator, Usage, Written
from service.answering.writing.deadline import Deadline
from service.answering.writing.failures import Resting

_log = logging.getLogger(__name__)

_DIGEST_DIGITS = 16
_SHARE_BITS = 64


@runtime_checkable
class Punctual(Protocol):
    """A Generator that can be told by when it must be done."""

    def write(self, brief: Brief, deadline: Deadline) -> Iterator[Written]:
        """As Generator.generate; GenerationTimeout at the deadline."""
        ...


class Outcome(StrEnum):
    """How one generator's turn ended."""

    ANSWERED = "answered"
    SILENT = "silent"
    FAILED = "failed"
    LATE = "late"
    RESTING = "resting"
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True)
class Turn:
    """One generator's turn at one question, for the metrics. ``usage`` where it counts tokens."""

    author: Author
    outcome: Outcome
    seconds: float
    usage: Usage | None = None


class Observer(Protocol):
    """Whoever counts turns."""

    def turn(self, turn: Turn) -> None:
        """Called once for each turn, when it has ended, in the thread that read it."""
        ...


class Unobserved:
    """For those who do not count."""

    def turn(self, turn: Turn) -> None:
        """Forget it."""


class Chain:
    """The first of ``generators`` that can writes the answer; all together within ``seconds``.

    The next stands in only while no Draft has come. The last one's error is the chain's own.
    """

    def __init__(
        self, generators: Sequence[Generator], seconds: float, observer: Observer | None = None
    ) -> None:
        self._generators = tuple(generators)
        self._seconds = seconds
        self._observer = observer or Unobserved()

    @property
    def name(self) -> str:
        """The name of the first, which writes unless it cannot."""
        return self._generators[0].name

    @property
    def version(self) -> str:
        """Those of all of them, for each may come to write."""
        return _digest(each.version for each in self._generators)

    def generate(self, brief: Brief) -> Iterator[Written]:
        """What the first that can writes, its Author with the trouble of those before it."""
        return self.write(brief, Deadline.after(self._seconds))

    def write(self, brief: Brief, deadline: Deadline) -> Iterator[Written]:
        """As ``generate``, by ``deadline``."""
        trouble: list[str] = []
        for generator in self._generators:
            turn = _Attempt(generator, "; ".join(trouble), self._observer)
            try:
                yield from turn.written(brief, deadline)
            except GenerationError as exc:
                _log.warning("%s failed: %s", turn.author.name, exc)
                if turn.drafts or generator is self._generators[-1]:
                    raise
                trouble.append(f"{turn.author.name} {_said(exc)}")
            else:
                return


class Canary:
    """Sends a ``share`` (0 to 1) of the questions to ``trial`` and the others to ``usual``.

    The same question always goes the same way. Where the trial fails, nobody stands in but who is
    chained behind it.
    """

    def __init__(self, usual: Chain, trial: Chain, share: float) -> None:
        self._usual = usual
        self._trial = trial
        self._share = share

    @property
    def name(self) -> str:
        """The usual one's name; the Author says who wrote."""
        return self._usual.name

    @property
    def version(self) -> str:
        """Those of both, and who gets which question."""
        return _digest([self._usual.version, self._trial.version, repr(self._share)])

    def generate(self, brief: Brief) -> Iterator[Written]:
        """What the one that this question goes to writes."""
        chosen = self._trial if _place(brief.question.text) < self._share else self._usual
        return chosen.generate(brief)


@dataclass(slots=True)
class _Attempt:
    """A generator's turn while it lasts."""

    generator: Generator
    trouble: str
    observer: Observer
    drafts: int = 0
    usage: Usage | None = None
    author: Author = field(init=False)

    def __post_init__(self) -> None:
        self.author = Author(self.generator.name)

    def written(self, brief: Brief, deadline: Deadline) -> Stream[Written, None, None]:
        began, outcome = monotonic(), Outcome.ABANDONED
        written = _begun(self.generator, brief, deadline)
        try:
            for item in written:
                yield self._noted(item)
            outcome = Outcome.ANSWERED if self.drafts else Outcome.SILENT
        except GenerationError as exc:
            outcome = _outcome(exc)
            raise
        finally:
            if isinstance(written, Stream):
                written.close()
            self.observer.turn(Turn(self.author, outcome, monotonic() - began, self.usage))

    def _noted(self, item: Written) -> Written:
        match item:
            case Author():
                trouble = f"{self.trouble}; {item.name} stood in" if self.trouble else item.trouble
                self.author = replace(item, trouble=trouble)
                return self.author
            case Draft():
                self.drafts += 1
            case Usage():
                self.usage = item
        return item


def _begun(generator: Generator, brief: Brief, deadline: Deadline) -> Iterator[Written]:
    if isinstance(generator, Punctual):
        return generator.write(brief, deadline)
    return generator.generate(brief)


def _outcome(error: GenerationError) -> Outcome:
    match error:
        case GenerationTimeout():
            return Outcome.LATE
        case Resting():
            return Outcome.RESTING
    return Outcome.FAILED


def _said(error: GenerationError) -> str:
    """What a caller is told; the log has the rest, which may name the server."""
    match _outcome(error):
        case Outcome.LATE:
            return "took too long"
        case Outcome.RESTING:
            return "is left alone after it kept failing"
    return "failed"


def _place(question: str) -> float:
    """Where the question stands between 0 and 1, by its SHA-256: evenly, and always there."""
    first = sha256(question.encode("utf-8", "replace")).digest()[: _SHARE_BITS // 8]
    return int.from_bytes(first, "big") / float(2**_SHARE_BITS)


def _digest(parts: Iterable[str]) -> str:
    return sha256("\0".join(parts).encode()).hexdigest()[:_DIGEST_DIGITS]
