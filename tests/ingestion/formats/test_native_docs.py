"""Real files of every format: each is read or refused for a true reason, and the words are kept."""

import html
import re
from collections import Counter
from pathlib import Path
from statistics import median

import pytest

from indexes.errors import ParseError
from ingestion.canonical import clean
from ingestion.parse import FileParser
from ingestion.types import Parsed

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"
NATIVE, MALFORMED = SHARED / "native-docs", SHARED / "malformed"
REASONS = ("encrypted", "holds no text", "LibreOffice", "damaged", "is empty", "not a readable")


def files(folder: Path) -> list[Path]:
    """Every file but the PDFs, which are slow and have tests of their own."""
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there")
    return [file for file in sorted((folder / "docs").iterdir()) if file.suffix != ".pdf"]


def read(file: Path) -> Parsed | str:
    try:
        return FileParser().parse(file.read_bytes(), file.name)
    except ParseError as exc:
        return str(exc)


def words(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", re.sub(r"[*_`~]+", "", text).lower()))


def plain(markdown: str) -> str:
    """The text of the reference Markdown without its syntax."""
    text = re.sub(r"<!--.*?-->", " ", markdown, flags=re.DOTALL)
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"^[ \t]*\|?[ \t:|-]+\|?[ \t]*$|- \[[ x]\]", " ", text, flags=re.MULTILINE)
    return re.sub(r"\\(.)", r"\1", html.unescape(text))


def test_every_real_file_is_read() -> None:
    found = {file.name: read(file) for file in files(NATIVE)}
    assert len(found) == 81
    assert not {name: parsed for name, parsed in found.items() if isinstance(parsed, str)}
    for parsed in found.values():
        for element in parsed.elements if isinstance(parsed, Parsed) else ():
            assert not element.places or clean(element) == element.text


def test_every_malformed_file_is_read_or_refused_for_a_reason() -> None:
    for file in files(MALFORMED):
        parsed = read(file)
        if isinstance(parsed, str):
            assert parsed.startswith(file.name)
            assert any(reason in parsed for reason in REASONS), parsed


def test_the_words_of_the_references_are_kept() -> None:
    files(NATIVE)
    recalls, precisions = [], []
    for reference in sorted((NATIVE / "reference").iterdir()):
        file = NATIVE / "docs" / reference.stem
        if file.suffix == ".pdf":
            continue
        parsed = read(file)
        assert isinstance(parsed, Parsed)
        ours = words("\n".join(element.text for element in parsed.elements))
        theirs = words(plain(reference.read_text("utf-8")))
        shared = (ours & theirs).total()
        recalls.append(shared / theirs.total())
        precisions.append(shared / ours.total())
    assert median(recalls) >= 0.97
    assert median(precisions) >= 0.95


def test_a_chinese_outlook_mail_is_readable() -> None:
    (file,) = (file for file in files(NATIVE) if file.name == "tk_testMSG_chinese.msg")
    parsed = read(file)
    assert isinstance(parsed, Parsed)
    assert parsed.title.endswith("MSG 格式測試 )")
    assert parsed.authors == ("Tests Chang@FT (張毓倫)",)
    assert "中文測試" in parsed.elements[3].text
