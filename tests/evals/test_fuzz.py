"""The fuzzer: a seed always does the same damage, damage reaches the XML, what it finds shows."""

import io
import zipfile
import zlib
from pathlib import Path

import docx
import pytest

from evals.bench import fuzz, malformed
from evals.bench.fuzz import Outcome, file_of, general, main, report
from evals.bench.mutations import LARGEST, damaged

TABLE = "Năm,天数\nfirst,25\nsecond,30\n".encode() * 50


@pytest.fixture(scope="module")
def word() -> bytes:
    document = docx.Document()
    for number in range(50):
        document.add_paragraph(f"Paragraph {number} of a document.")
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


@pytest.fixture
def folder(tmp_path: Path, word: bytes) -> Path:
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "a.csv").write_bytes(TABLE)
    (tmp_path / "files" / "b.docx").write_bytes(word)
    (tmp_path / "files" / "old.doc").write_bytes(b"LibreOffice's")
    return tmp_path / "files"


def test_a_seed_always_does_the_same_damage(word: bytes) -> None:
    for content in (TABLE, word, b"", b"x"):
        first = [damaged(seed, content, [content, b"other"]) for seed in range(40)]
        assert first == [damaged(seed, content, [content, b"other"]) for seed in range(40)]
    assert len({damaged(seed, TABLE, [TABLE]) for seed in range(100)}) > 90


def test_damage_reaches_what_stands_inside_an_archive(word: bytes) -> None:
    reached = 0
    with zipfile.ZipFile(io.BytesIO(word)) as whole:
        original = {name: whole.read(name) for name in whole.namelist()}
    for seed in range(40):
        try:
            with zipfile.ZipFile(io.BytesIO(damaged(seed, word, [word]))) as archive:
                held = {name: archive.read(name) for name in archive.namelist()}
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError):
            continue
        changed = [name for name in original if held.get(name) != original[name]]
        reached += len(changed) == 1 and changed[0].endswith("ml")
    assert reached >= 10


def test_damage_makes_no_file_of_gigabytes() -> None:
    large = bytes(LARGEST)
    assert max(len(damaged(seed, large, [large])) for seed in range(10)) <= LARGEST


def test_formats_take_turns_and_each_file_of_a_format_is_used() -> None:
    files = {"csv": [b"a" * 99, b"b" * 99], "txt": [b"c" * 99]}
    names = [file_of(seed, files)[0] for seed in range(4)]
    assert names == ["0.csv", "1.txt", "2.csv", "3.txt"]
    assert file_of(0, files)[1] == damaged(0, b"a" * 99, files["csv"])
    assert file_of(2, files)[1] == damaged(2, b"b" * 99, files["csv"])


def test_a_run_ends_well_and_says_what_became_of_each_format(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(folder), "--count", "40"]) == 0
    rows = [line.split(" | ") for line in capsys.readouterr().out.splitlines()]
    counts = {row[0].strip("| "): row[1:-1] for row in rows if len(row) == 8}
    assert set(counts) == {"format", "csv", "docx", "all"}
    for name, files in (("csv", 20), ("docx", 20), ("all", 40)):
        total, parsed, refused, died, stopped, escaped = map(int, counts[name])
        assert total == files == parsed + refused + died + stopped
        assert escaped == 0
    assert int(counts["csv"][1]) > 0


def test_a_range_of_seeds_is_what_a_run_over_all_does(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [str(folder), "--start", "7", "--count", "2", "--save", str(tmp_path / "saved")]
    assert main(arguments) == 0
    assert "| all | 2 |" in capsys.readouterr().out
    saved = sorted((tmp_path / "saved").iterdir())
    assert [file.name for file in saved] == ["7.docx", "8.csv"]
    files = {"csv": [TABLE], "docx": [folder.joinpath("b.docx").read_bytes()]}
    assert [file.read_bytes() for file in saved] == [file_of(seed, files)[1] for seed in (7, 8)]


def test_formats_can_be_chosen(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(folder), "--count", "4", "--formats", "csv"]) == 0
    out = capsys.readouterr().out
    assert "| csv | 4 |" in out
    assert "docx" not in out
    assert main([str(folder), "--formats", "xyz"]) == 2


def test_nothing_to_damage_is_wrong_usage(tmp_path: Path) -> None:
    assert main([str(tmp_path)]) == 2
    assert malformed.main([str(tmp_path / "nothing")]) == 2


def test_what_escapes_fails_the_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError("a bug")

    monkeypatch.setattr("ingestion.sandbox.Sandbox.parse", broken)
    assert main([str(folder), "--count", "2"]) == 1
    assert malformed.main([str(folder)]) == 1


def test_a_parent_that_grows_fails_the_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz, "BATCH", 2)
    monkeypatch.setattr(fuzz, "GROWTH", -1)
    assert main([str(folder), "--count", "4"]) == 1


def test_like_reasons_count_together() -> None:
    reasons = [
        general("7.docx is damaged or not a real .docx (KeyError: 'a')", "7.docx"),
        general('9.docx is damaged or not a real .docx (KeyError: "b (c)")', "9.docx"),
    ]
    assert reasons == ["is damaged or not a real .docx (KeyError…)"] * 2
    broken = "4.docx is damaged (its part 'a b.xml' cannot be unpacked); save it again"
    assert general(broken, "4.docx") == (
        "is damaged (its part … cannot be unpacked); save it again"
    )
    died = "ended its parser (SIGSEGV): it is damaged, hostile or needs more than N MiB"
    assert general("7.pdf " + died.replace("N", "1024"), "7.pdf") == died
    outcomes = [
        Outcome(1, "docx", reasons[0], 0.5),
        Outcome(2, "docx", reasons[1], 0.5),
        Outcome(3, "pdf", died, 1.0),
        Outcome(4, "pdf", "took longer than N s and was stopped", 1.0),
        Outcome(5, "pdf", "parsed", 1.0),
    ]
    told = report(outcomes).splitlines()
    assert "| docx | 2 | 0 | 2 | 0 | 0 | 0 | 500 |" in told
    assert "| pdf | 3 | 1 | 0 | 1 | 1 | 0 | 1000 |" in told
    assert f"| docx | {reasons[0]} | 2 | 2 |" in told
    assert f"| pdf | {died} | 1 | 3 |" in told


def test_malformed_files_each_have_a_row(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "empty.pdf").write_bytes(b"")
    assert malformed.main([str(folder)]) == 0
    out = capsys.readouterr().out
    assert "| a.csv | read |" in out
    assert "| empty.pdf | refused |" in out
    assert "4 files: 2 read, 2 refused." in out
