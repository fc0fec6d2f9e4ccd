"""An instant that nothing may wait beyond, passed down to whatever waits."""

from dataclasses import dataclass
from time import monotonic
from typing import Self


@dataclass(frozen=True, slots=True)
class Deadline:
    """``seconds`` were given at first; ``at`` is the end of them on the monotonic clock."""

    at: float
    seconds: float

    @classmethod
    def after(cls, seconds: float) -> Self:
        """The deadline that many seconds from now."""
        return cls(monotonic() + seconds, seconds)

    def left(self) -> float:
        """Seconds until then, and 0 afterwards."""
        return max(self.at - monotonic(), 0.0)

    def within(self, seconds: float) -> Self:
        """This deadline, or the one ``seconds`` from now if that is sooner."""
        sooner = type(self).after(seconds)
        return self if self.at <= sooner.at else sooner
