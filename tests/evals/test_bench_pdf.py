"""Readers of PDF in turns: the same pages for all, what one cannot read counts for none."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from evals.bench.native import NativeFiles
from evals.bench.pdf import FOOTNOTE, PEER, RAW, Contest, hold, main, report
from evals.bench.reader import Reader, Reading
from indexes.errors import UsageError
from tests.evals.test_bench_parse import PAGES, pdf


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("native") / "docs"
    folder.mkdir()
    contents = {
        "broken.pdf": b"%PDF-1.7 and nothing else",
        "one.pdf": pdf(PAGES[0]),
        "scanned.pdf": pdf(PAGES[0], ""),
        "two.pdf": pdf(*PAGES),
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return sorted(folder.iterdir())


@pytest.fixture(scope="module")
def contest(files: list[Path]) -> Contest:
    with Reader(FOOTNOTE) as footnote, Reader(RAW) as raw:
        return hold(files, [footnote, raw], 2)


def test_pages_with_text_are_read_by_all_in_every_round(contest: Contest) -> None:
    assert {path.name: pages for path, pages in contest.pages.items()} == {
        "one.pdf": 1,
        "two.pdf": 2,
    }
    assert not contest.failures
    for readings in contest.readings.values():
        for path, rounds in readings.items():
            assert len(rounds) == 2
            assert len({reading.text for reading in rounds}) == 1
            assert all(page.split()[0] in rounds[0].text for page in PAGES[: contest.pages[path]])
            assert all(reading.seconds > 0 for reading in rounds)


def test_what_one_cannot_read_counts_for_none(files: list[Path]) -> None:
    one, two = files[1], files[3]
    good = {reader: [Reading("", s, s / 2, "") for s in (4.0, 1.0, 1.5)] for reader in "ab"}
    contest = Contest(
        {one: 6, two: 100}, {"a": {one: good["a"], two: []}, "b": {one: good["b"]}}, {two: "why"}
    )
    assert contest.rate("a") == 6 / 1.5
    assert contest.rate("a", processor=True) == 6 / 0.75


def test_a_reader_that_cannot_read_says_why(files: list[Path]) -> None:
    with Reader(FOOTNOTE) as reader:
        assert "broken.pdf is " in reader.read(files[0]).failure
        assert PAGES[0].split()[0] in reader.read(files[1]).text


def test_packages_are_for_one_reader_alone(files: list[Path], tmp_path: Path) -> None:
    broken = "raise ImportError('this one is not pypdfium2')\n"
    (tmp_path / "pypdfium2.py").write_text(broken)
    with Reader(RAW, tmp_path) as reader, Reader(RAW) as other:
        assert other.read(files[1]).text
        assert "ended" in reader.read(files[1]).failure


@pytest.mark.skipif(find_spec("unstructured_inference") is not None, reason="it is installed")
def test_without_the_peer_the_command_says_what_to_install(files: list[Path]) -> None:
    with pytest.raises(UsageError, match=r"unstructured: .*requirements\.txt .*--peers"):
        main([str(files[0].parent.parent), "--rounds", "1"])


def test_rates_and_recalls_stand_beside_their_floors(files: list[Path]) -> None:
    native = NativeFiles(files[1].parent.parent)
    (native.folder / "reference").mkdir()
    (native.folder / "reference" / "one.pdf.md").write_text("Otters sleep afloat, always.")
    readings = {
        FOOTNOTE: {files[1]: [Reading("otters sleep afloat", 1.0, 1.0, "")]},
        PEER: {files[1]: [Reading("otters sleep", 9.0, 9.0, "")]},
        RAW: {files[1]: [Reading("otters", 0.5, 0.5, "")]},
    }
    screen = report(Contest({files[1]: 18}, readings, {}), native)
    assert "| 18.0 | 18.0 | 9.0 | at least 10: **missed** |" in screen
    assert "| one.pdf | 0.750 | 0.500 | 0.250 |" in screen
    assert "| floor | at least unstructured's: reached |" in screen


def test_only_pdf_with_text_makes_a_contest(files: list[Path]) -> None:
    with pytest.raises(UsageError, match="text on every page"):
        hold(files[:1], [], 1)
