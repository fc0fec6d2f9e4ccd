"""The writer is killed at every stage: readers keep a whole snapshot, the next run completes."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from indexes.embedder import EmbedderSettings, open_embedder
from indexes.types import Chunk, Document, Scope
from ingestion.acl import ACL_FILE
from ingestion.ahead import BATCH
from ingestion.pipeline import RunSettings
from ingestion.types import Parser
from tests.ingestion.library import COLLECTION, PRICES, SOURCE, Library, acl

ROOT = Path(__file__).resolve().parents[2]
STARTED = 60  # seconds for a run to come to the stage that it is killed at, on a busy machine
# More passages than are written to the ledger at a time.
LONG = "".join(f"row {n},{'holds words ' * 40}\n" for n in range(300))


@dataclass(frozen=True, slots=True)
class Night:
    """A collection whose documents changed since it was published, and what the run makes of it.

    ``library`` has not embedded what is new; ``embedded`` has, so that a run is quick.
    """

    library: Library
    embedded: Path
    old: dict[str, tuple[Document, list[Chunk]]]
    new: dict[str, tuple[Document, list[Chunk]]]


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path, parser: Parser) -> Night:
    folder = tmp_path_factory.mktemp("night")
    (folder / "docs").mkdir()
    embedder = open_embedder(EmbedderSettings(model=str(tiny_model)))
    library = Library(folder / "docs", folder / "data", embedder, parser)
    for path in ("changes.csv", "goes.csv", "moves.csv", "stays.csv"):
        library.write(path, f"{path},{PRICES}")
    library.run()
    old = library.published()

    library.write("changes.csv", "room,floor\nlibrary,7\n")
    library.write("added.csv", "món,giá\ntrà,2\n")
    library.write(ACL_FILE, acl(("**", "*"), ("stays.csv", "staff")))
    library.move("moves.csv", "moved/here.csv")
    (library.root / "goes.csv").unlink()
    undisturbed = replace(library, data_dir=folder / "undisturbed")
    shutil.copytree(library.data_dir, undisturbed.data_dir)
    embedded = folder / "embedded"
    shutil.copytree(library.data_dir, embedded)
    replace(library, data_dir=embedded).run(settings=RunSettings(publish=False))
    undisturbed.run()
    return Night(library, embedded, old, undisturbed.published())


def kill(library: Library, mark: str, seconds: float) -> int:
    """Start a run, kill it ``seconds`` after it wrote ``mark``; how it ended."""
    model = library.embedder.description["model"]
    writer = subprocess.Popen(
        [
            *(sys.executable, "-m", "ingestion", "run", f"{SOURCE}={library.root}"),
            *("--collection", COLLECTION, "--data-dir", str(library.data_dir)),
        ],
        cwd=ROOT,
        env=os.environ | {"FOOTNOTE_EMBEDDER_MODEL": model},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        assert writer.stderr is not None
        written = b""
        deadline = time.monotonic() + STARTED
        while not re.search(mark.encode(), written):
            part = os.read(writer.stderr.fileno(), 4096)
            assert part, f"the run ended before {mark!r}: {written.decode()}"
            assert time.monotonic() < deadline, f"no {mark!r} in {STARTED} s: {written.decode()}"
            written += part
        time.sleep(seconds)
    finally:
        writer.kill()
        writer.communicate()
    return writer.returncode


def killed(night: Night, data_dir: Path, mark: str, seconds: float = 0) -> tuple[Library, bool]:
    """The collection after a kill, proved whole, and whether the new snapshot is published."""
    library = replace(night.library, data_dir=data_dir)
    before = library.index()
    ended = kill(library, mark, seconds)
    published = library.published() != night.old
    assert ended == -signal.SIGKILL or published, "it ended by itself"
    assert library.published() == (night.new if published else night.old)
    library.store.verify(library.store.current() or "")
    assert ("changes.csv" in library.find("coffee")) is not published
    # A reader who opened the old snapshot goes on reading it, whatever is published.
    assert before.catalog.document(night.old["goes.csv"][0].info.id, Scope.of([])).text
    return library, published


def completed(night: Night, library: Library) -> int:
    """Run again, undisturbed; how many passages that took the embedder."""
    report = library.run()
    assert report.failures == ()
    assert library.published() == night.new
    assert list(library.published()) == list(night.new)
    assert library.find("library floor") == ["changes.csv"]
    assert not list(library.store.root.glob("snapshots/.building-*"))
    return report.chunks.embedded


@pytest.mark.parametrize("mark", ["stage scan", "stage parse", "stage embed"])
def test_killed_before_anything_was_embedded(night: Night, tmp_path: Path, mark: str) -> None:
    shutil.copytree(night.library.data_dir, tmp_path / "data")
    library, published = killed(night, tmp_path / "data", mark)
    assert not published
    completed(night, library)


def test_killed_while_embedding_keeps_what_was_embedded(library: Library, tiny_model: Path) -> None:
    quick = replace(library, embedder=open_embedder(EmbedderSettings(model=str(tiny_model))))
    quick.write("old.csv", PRICES)
    quick.run()
    old = quick.published()
    quick.write("long.csv", LONG)
    assert kill(quick, r"embed: +[1-9]", 0) == -signal.SIGKILL
    assert quick.published() == old
    assert quick.find("coffee") == ["old.csv"]
    report = quick.run()
    assert report.chunks.total > BATCH
    assert report.chunks.embedded <= report.chunks.total - BATCH
    document, chunks = quick.published()["long.csv"]
    assert " ".join(chunk.text for chunk in chunks).split() == document.text.split()


@pytest.mark.parametrize(
    ("mark", "seconds"),
    [("stage write", 0), ("stage write", 0.02), ("stage publish", 0)],
)
def test_killed_when_all_is_embedded(
    night: Night, tmp_path: Path, mark: str, seconds: float
) -> None:
    shutil.copytree(night.embedded, tmp_path / "data")
    library, _ = killed(night, tmp_path / "data", mark, seconds)
    assert completed(night, library) == 0


def test_killed_again_and_again(night: Night, tmp_path: Path) -> None:
    shutil.copytree(night.embedded, tmp_path / "data")
    for mark in ("stage parse", "stage write"):
        library, _ = killed(night, tmp_path / "data", mark)
    assert completed(night, library) == 0
