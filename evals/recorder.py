"""A generator that is overheard: what it wrote, before anything was checked or withheld."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from service.answering.types import Brief, Draft, Evidence, Generator, Written


@dataclass(frozen=True, slots=True)
class Raw:
    """The drafts of one answer as they were written, and the evidence that they point at."""

    drafts: tuple[Draft, ...]
    evidence: tuple[Evidence, ...]

    @property
    def text(self) -> str:
        """All of it."""
        return " ".join(draft.text for draft in self.drafts)


@dataclass(slots=True)
class Recorder:
    """Writes as ``generator`` does, and keeps the drafts of its last answer."""

    generator: Generator
    _drafts: list[Draft] = field(default_factory=list)
    _evidence: tuple[Evidence, ...] | None = None

    @property
    def name(self) -> str:
        """The generator's."""
        return self.generator.name

    @property
    def version(self) -> str:
        """The generator's."""
        return self.generator.version

    def generate(self, brief: Brief) -> Iterator[Written]:
        """As the generator does."""
        self._drafts, self._evidence = [], brief.evidence
        for item in self.generator.generate(brief):
            if isinstance(item, Draft):
                self._drafts.append(item)
            yield item

    def take(self) -> Raw | None:
        """What was written since the last call; None where the generator was not asked."""
        if self._evidence is None:
            return None
        raw = Raw(tuple(self._drafts), self._evidence)
        self._evidence = None
        return raw
