"""The command line over a folder of documents and a data directory."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from indexes.snapshot import SnapshotStore
from ingestion.__main__ import main

SNAPSHOT = r"\d{8}T\d{12}Z-[0-9a-f]{12}"


@dataclass(frozen=True, slots=True)
class Shell:
    """A folder, a data directory, and the command line over both."""

    docs: Path
    data: Path
    capsys: pytest.CaptureFixture[str]

    @property
    def store(self) -> SnapshotStore:
        return SnapshotStore(self.data, "wiki")

    def write(self, path: str, text: str) -> None:
        (self.docs / path).write_text(text)

    def __call__(self, command: str, *more: str, collection: str = "wiki") -> tuple[int, str, str]:
        """The exit code, standard output and standard error of one command."""
        self.capsys.readouterr()
        code = main(
            [*command.split(), *more, "--collection", collection, "--data-dir", str(self.data)]
        )
        captured = self.capsys.readouterr()
        return code, captured.out, captured.err

    def run(self, *more: str) -> dict[str, Any]:
        """The report of a run in which nothing fails."""
        code, out, _ = self("run", str(self.docs), "--json", *more)
        assert code == 0
        report: dict[str, Any] = json.loads(out)
        return report
