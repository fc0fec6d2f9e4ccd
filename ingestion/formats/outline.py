"""The path of headings above the place that a reader of a document has come to."""


class Outline:
    """Headings from the outermost to the innermost; a heading ends those of its depth or deeper."""

    def __init__(self) -> None:
        self._above: list[tuple[int, str]] = []

    @property
    def path(self) -> tuple[str, ...]:
        """The headings from the outermost to the innermost."""
        return tuple(text for _, text in self._above)

    def enter(self, depth: int, text: str) -> tuple[str, ...]:
        """Pass a heading of ``depth`` (0 is the outermost); the path that includes it."""
        while self._above and self._above[-1][0] >= depth:
            self._above.pop()
        self._above.append((depth, text))
        return self.path
