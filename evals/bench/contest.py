"""Contestants in processes of their own, asked in turns, block by block, for times and memory."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from evals.bench.contestant import OFFLINE, Given, as_fields
from evals.bench.dialogue import Partner
from evals.bench.process import resident_bytes
from evals.metrics import Percentiles, percentiles
from evals.results import stages

CALLERS = (1, 8)
K = 10  # chunks that a timed search asks for
_WARMING = 8  # questions before anything is timed: caches, threads and lazy imports


@dataclass(frozen=True, slots=True)
class Entrant:
    """A contestant to be: what it is called, its module, and who runs it.

    ``python`` is the interpreter that has its libraries, None for the one that runs this;
    ``encodes`` whether it looks at meanings and not at words alone.
    """

    name: str
    title: str
    module: str
    python: Path | None = None
    encodes: bool = True


@dataclass(frozen=True, slots=True)
class Built:
    """How many chunks were indexed, and in how many seconds."""

    chunks: int
    seconds: float


class Timed(Protocol):
    """What takes turns."""

    @property
    def name(self) -> str:
        """What its times are known by."""
        ...

    def time(self, questions: Sequence[str], callers: int) -> "Turn":
        """Ask all questions, ``callers`` at a time."""
        ...


class Player:
    """The process of an entrant over one corpus. Use it with ``with``."""

    def __init__(self, entrant: Entrant, given: Given, folder: Path) -> None:
        self.entrant = entrant
        self._corpus: dict[str, Any] = {**as_fields(given), "folder": str(folder)}
        self._partner = Partner([entrant.module], OFFLINE, entrant.python)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, at: TracebackType | None
    ) -> None:
        self._partner.__exit__(kind, exc, at)

    @property
    def name(self) -> str:
        """The entrant's."""
        return self.entrant.name

    def build(self) -> Built:
        """Index the corpus and save the index; models were loaded before."""
        return Built(**self._partner.ask("build", **self._corpus))

    def ask(self, request: str, **fields: object) -> Any:
        """A request that only some contestants know."""
        return self._partner.ask(request, **fields)

    def write_passages(self) -> None:
        """Have Footnote write down the passages that it cut."""
        self._partner.ask("passages", **self._corpus)

    def open(self) -> float:
        """Make what was built ready for searches; in how many seconds."""
        return float(self._partner.ask("open", **self._corpus)["seconds"])

    def find(self, questions: Sequence[str], k: int) -> list[list[str]]:
        """The documents of the ``k`` best chunks for each question."""
        found: list[list[str]] = self._partner.ask("find", questions=list(questions), k=k)
        return found

    def time(self, questions: Sequence[str], callers: int) -> "Turn":
        """Ask all questions, ``callers`` at a time."""
        taken = self._partner.ask("time", questions=list(questions), k=K, callers=callers)
        return Turn(taken["seconds"], tuple(taken["milliseconds"]), tuple(taken["stages"]))

    def resident(self) -> tuple[int, int]:
        """Bytes of its resident set now, and the most they were."""
        return resident_bytes(self._partner.pid)


@dataclass(frozen=True, slots=True)
class Turn:
    """One block of questions: wall seconds, milliseconds of each question, the same by stage."""

    seconds: float
    milliseconds: tuple[float, ...]
    stages: tuple[Mapping[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Speed:
    """All turns of one contestant with one number of callers."""

    turns: tuple[Turn, ...]

    @property
    def latency(self) -> Percentiles:
        """Milliseconds of a search."""
        return percentiles([one for turn in self.turns for one in turn.milliseconds])

    @property
    def per_second(self) -> float:
        """Searches a second."""
        searches = sum(len(turn.milliseconds) for turn in self.turns)
        return searches / sum(turn.seconds for turn in self.turns)

    @property
    def by_stage(self) -> dict[str, Percentiles]:
        """Milliseconds of each stage, where the contestant tells them."""
        return stages(told for turn in self.turns for told in turn.stages if told)


Speeds = dict[int, Speed]


def blocks_of(questions: Sequence[str], blocks: int) -> list[list[str]]:
    """The questions parted into at most so many blocks, every n-th into one."""
    parts = (list(questions[start::blocks]) for start in range(blocks))
    return [part for part in parts if part]


def hold(
    players: Sequence[Timed],
    blocks: Sequence[Sequence[str]],
    callers: Iterable[int] = CALLERS,
) -> dict[str, Speeds]:
    """Have all players take their turns at each block before the next one.

    Each block begins with another player, so that whatever else the machine does slows all alike.
    """
    numbers = tuple(callers)
    for player in players:
        player.time(blocks[0][:_WARMING], 1)
        player.time(blocks[0][:_WARMING], max(numbers))
    turns: dict[tuple[str, int], list[Turn]] = {}
    for number, block in enumerate(blocks):
        for place in range(len(players)):
            player = players[(place + number) % len(players)]
            for count in numbers:
                taken = player.time(block, count)
                turns.setdefault((player.name, count), []).append(taken)
    return {
        player.name: {count: Speed(tuple(turns[player.name, count])) for count in numbers}
        for player in players
    }
