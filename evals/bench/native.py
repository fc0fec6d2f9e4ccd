"""A folder of real files in their native formats, with reference Markdown for some of them."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from evals.bench.words import from_markdown, words
from indexes.errors import UsageError

DOCUMENTS = "docs"
REFERENCES = "reference"


@dataclass(frozen=True, slots=True)
class NativeFiles:
    """``docs/`` holds the files, ``reference/NAME.md`` what another parser made of ``NAME``."""

    folder: Path

    def files(self) -> list[Path]:
        """Every file, in order of name; UsageError when there is none."""
        found = sorted(path for path in (self.folder / DOCUMENTS).glob("*") if path.is_file())
        if not found:
            raise UsageError(f"{self.folder} holds no {DOCUMENTS}/ with files to read")
        return found

    def reference(self, file: Path) -> Counter[str] | None:
        """The words of a file's reference, or None where it has none."""
        path = self.folder / REFERENCES / f"{file.name}.md"
        return words(from_markdown(path.read_text("utf-8"))) if path.is_file() else None
