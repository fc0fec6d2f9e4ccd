"""LibreOffice on old Word files: real ones where they are, its own where not."""

import io
import os
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import docx
import pytest

from indexes.errors import ParseError
from ingestion.limits import ProgramLimits
from ingestion.office import LibreOffice
from ingestion.programs import run_limited

TEXT = "Nhân viên có hai mươi lăm ngày nghỉ phép. 年假二十五天。"


@pytest.fixture(scope="module")
def office() -> LibreOffice:
    found = LibreOffice.find()
    if found is None:
        pytest.skip("LibreOffice is not installed")
    return found


@pytest.fixture(scope="module")
def word(office: LibreOffice, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A .doc file, which LibreOffice itself writes."""
    folder = tmp_path_factory.mktemp("word")
    document = docx.Document()
    document.add_heading("Chính sách", 1)
    document.add_paragraph(TEXT)
    document.save(str(folder / "made.docx"))
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    convert = ["--headless", "--convert-to", "doc", "--outdir", str(folder), "made.docx"]
    run_limited([office._program, profile, *convert], b"", ProgramLimits(), folder)
    return (folder / "made.doc").read_bytes()


def test_an_old_word_file_becomes_docx(office: LibreOffice, word: bytes) -> None:
    assert word.startswith(b"\xd0\xcf\x11\xe0")
    document = docx.Document(io.BytesIO(office.to_docx(word)))
    assert [each.text for each in document.paragraphs] == ["Chính sách", TEXT]
    style = document.paragraphs[0].style
    assert style is not None
    assert style.name == "Heading 1"


def test_two_run_at_once_and_leave_nothing(
    office: LibreOffice, word: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with ThreadPoolExecutor(2) as threads:
        made = list(threads.map(office.to_docx, [word, word]))
    assert all(zipfile.is_zipfile(io.BytesIO(each)) for each in made)
    assert os.listdir(tmp_path) == []  # noqa: PTH208


def test_what_is_no_word_file_is_refused(office: LibreOffice, word: bytes) -> None:
    with pytest.raises(ParseError, match="LibreOffice could make nothing of it"):
        office.to_docx(word[:3000])


def test_one_that_takes_too_long_is_stopped(office: LibreOffice, word: bytes) -> None:
    hasty = LibreOffice(office._program, ProgramLimits(wall_seconds=0.05))
    with pytest.raises(ParseError, match=r"took longer than 0\.05 s and was stopped"):
        hasty.to_docx(word)
