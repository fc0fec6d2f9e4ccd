"""The parsing worker: its limits provoked by real files, its isolation, and what survives it."""

import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from threading import Timer

import docx
import pytest

from indexes.errors import ParseError
from indexes.types import Box
from ingestion.parse import FileParser
from ingestion.sandbox import Limits, Sandbox, _parsed
from ingestion.types import Kind

ROOT = Path(__file__).resolve().parents[2]
MALFORMED = ROOT.parent / "shared" / "data" / "malformed" / "docs"
PAGE = "# Nghỉ phép\n\n员工每年有二十五天假期。\n\n- Ask early\n".encode()
TABLE = "Năm,天数\nfirst,25\n".encode()  # needs no large import, so that a worker starts quickly
MEBIBYTE = 1 << 20
KEY = "key-of-the-model-server"
SLOW = b"a,b,c,d,e,f\n" * 4_000_000  # several seconds of work


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with pytest.MonkeyPatch.context() as environment, Sandbox() as shared:
        environment.setenv("FOOTNOTE_LLM_API_KEY", KEY)
        yield shared


@pytest.fixture(scope="module")
def small() -> Iterator[Sandbox]:
    limits = Limits(memory_bytes=512 * MEBIBYTE, input_bytes=64 * MEBIBYTE, output_bytes=MEBIBYTE)
    with Sandbox(limits) as shared:
        yield shared


def worker_of(sandbox: Sandbox) -> int:
    assert sandbox._worker is not None
    return sandbox._worker._process.pid


def reads_again(sandbox: Sandbox) -> bool:
    return [each.text for each in sandbox.parse(TABLE, "after.csv").elements] == [
        "Năm | 天数\nfirst | 25"
    ]


def test_it_reads_what_the_parser_reads_in_one_worker(sandbox: Sandbox) -> None:
    document = docx.Document()
    document.add_heading("Chính sách", 1)
    document.add_paragraph("Mười hai ngày.")
    buffer = io.BytesIO()
    document.save(buffer)
    files = {"a.md": PAGE, "b.csv": TABLE, "c.docx": buffer.getvalue()}
    workers = set()
    for path, content in files.items():
        assert sandbox.parse(content, path) == FileParser().parse(content, path)
        workers.add(worker_of(sandbox))
    assert len(workers) == 1
    assert os.getpid() not in workers


def test_pages_and_boxes_cross_the_pipe() -> None:
    reply = {
        "title": "T",
        "elements": [["text", "Văn bản", 2, [2, 1.5, 2, 3.5, 4], ["a", "b"]]],
    }
    (element,) = _parsed(json.dumps(reply).encode()).elements
    assert element.kind is Kind.TEXT
    assert element.box == Box(2, 1.5, 2, 3.5, 4)
    assert (element.text, element.page, element.section) == ("Văn bản", 2, ("a", "b"))


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"\x80\x04K\x01.",
        b"[]",
        b"{}",
        b'{"title": 1, "elements": []}',
        b'{"title": "", "elements": [["rumour", "x", null, null, []]]}',
        b'{"title": "", "elements": [["text", null, null, null, []]]}',
        b'{"title": "", "elements": [["text", "x", "1", null, []]]}',
        b'{"title": "", "elements": [["text", "x", true, null, []]]}',
        b'{"title": "", "elements": [["text", "x", 0, null, []]]}',
        b'{"title": "", "elements": [["text", "x", 1, [1, NaN, 0, 0, 0], []]]}',
        b'{"title": "", "elements": [["text", "x", 1, [1, 0, 0], []]]}',
        b'{"title": "", "elements": [["text", "x", 1, null, "heading"]]}',
        b'{"title": "", "elements": [["text", "\\ud800", 1, null, []]]}',
        b"[" * 100_000,
    ],
)
def test_the_parent_believes_nothing_unchecked(reply: bytes) -> None:
    with pytest.raises((ValueError, TypeError, LookupError, RecursionError)):
        _parsed(reply)


def test_a_reason_is_always_text_that_can_be_stored() -> None:
    with pytest.raises(ParseError, match=r"^a\?b$"):
        _parsed(b'{"error": "a\\ud800b"}')


def test_a_reason_crosses_the_pipe(sandbox: Sandbox) -> None:
    with pytest.raises(ParseError, match=r"empty\.pdf is empty \(0 bytes\)"):
        sandbox.parse(b"", "empty.pdf")
    assert reads_again(sandbox)


def test_a_file_that_takes_too_long_is_stopped() -> None:
    with Sandbox(Limits(wall_seconds=1.5)) as hasty:
        assert reads_again(hasty)
        first = worker_of(hasty)
        with pytest.raises(ParseError, match=r"slow\.csv took longer than 1\.5 s and was stopped"):
            hasty.parse(SLOW, "slow.csv")
        assert reads_again(hasty)
        assert worker_of(hasty) != first


def test_a_file_that_computes_too_long_is_stopped() -> None:
    with Sandbox(Limits(cpu_seconds=1)) as frugal:
        with pytest.raises(ParseError, match="took more than 1 s of processor time"):
            frugal.parse(SLOW, "slow.csv")
        assert reads_again(frugal)


def test_a_file_that_needs_too_much_memory_is_refused(small: Sandbox) -> None:
    with pytest.raises(ParseError, match=r"big\.csv .*(memory|needs more than)"):
        small.parse(b"a,b\n" * (12 * MEBIBYTE), "big.csv")
    assert reads_again(small)


def test_a_file_that_is_too_large_is_refused(small: Sandbox) -> None:
    with pytest.raises(ParseError, match=r"big\.md is larger than 64 MiB"):
        small.parse(b"x" * (64 * MEBIBYTE + 1), "big.md")
    assert reads_again(small)


def test_a_file_that_holds_too_much_text_is_refused(small: Sandbox) -> None:
    with pytest.raises(ParseError, match=r"big\.csv holds more than 1 MiB of text"):
        small.parse(b"word,word\n" * (MEBIBYTE // 8), "big.csv")
    assert reads_again(small)


def test_a_zip_bomb_is_not_opened(sandbox: Sandbox) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("word/document.xml", b"0" * (64 * MEBIBYTE))
    with pytest.raises(ParseError, match=r"bomb\.docx expands from \d+ to 67108864 bytes"):
        sandbox.parse(buffer.getvalue(), "bomb.docx")
    assert reads_again(sandbox)


def test_a_worker_killed_between_files_is_replaced(sandbox: Sandbox) -> None:
    assert reads_again(sandbox)
    worker = worker_of(sandbox)
    os.kill(worker, signal.SIGKILL)
    os.waitid(os.P_PID, worker, os.WEXITED | os.WNOWAIT)
    assert reads_again(sandbox)


def test_a_file_whose_worker_is_killed_fails_alone(sandbox: Sandbox) -> None:
    assert reads_again(sandbox)
    killer = Timer(0.5, os.kill, (worker_of(sandbox), signal.SIGKILL))
    killer.start()
    with pytest.raises(ParseError, match=r"slow\.csv ended its parser \(SIGKILL\)"):
        sandbox.parse(SLOW, "slow.csv")
    killer.join()
    assert reads_again(sandbox)


def test_the_worker_sees_no_secret(sandbox: Sandbox) -> None:
    sandbox.parse(TABLE, "a.csv")
    environment = Path(f"/proc/{worker_of(sandbox)}/environ").read_bytes()
    assert b"PATH=" in environment
    assert b"FOOTNOTE_" not in environment
    assert KEY.encode() not in environment


def test_the_worker_is_held_to_its_limits(sandbox: Sandbox) -> None:
    sandbox.parse(TABLE, "a.csv")
    limits = {
        line[:26].strip(): line[26:].split()[:2]
        for line in Path(f"/proc/{worker_of(sandbox)}/limits").read_text().splitlines()
    }
    assert limits["Max address space"] == [str(4 << 30)] * 2
    assert limits["Max file size"] == ["0", "0"]
    assert limits["Max core file size"] == ["0", "0"]
    assert limits["Max cpu time"][0] != "unlimited"


def test_a_page_that_names_a_server_does_not_reach_it(sandbox: Sandbox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
        page = (
            f'<!DOCTYPE html SYSTEM "{address}/a.dtd"><link rel="stylesheet" href="{address}">'
            f'<img src="{address}/a.png" alt="x"><iframe src="{address}"></iframe><p>text</p>'
        )
        assert sandbox.parse(page.encode(), "a.html").elements
        server.settimeout(0)
        with pytest.raises(BlockingIOError):
            server.accept()


def test_the_worker_can_open_no_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        attempt = f"""
import socket
from ingestion.worker import _cut_off
socket.create_connection(("127.0.0.1", {server.getsockname()[1]})).close()
_cut_off()
for call in (
    lambda: socket.socket(),
    lambda: socket.create_connection(("127.0.0.1", {server.getsockname()[1]})),
    lambda: socket.getaddrinfo("localhost", 80),
):
    try:
        call()
    except PermissionError as exc:
        print(exc)
"""
        ran = subprocess.run(
            [sys.executable, "-c", attempt], cwd=ROOT, capture_output=True, text=True, check=True
        )
    assert ran.stdout.splitlines() == ["a parser may not use the network"] * 3


def test_the_parent_imports_no_parser() -> None:
    check = """
import sys
from ingestion.sandbox import Sandbox
with Sandbox() as sandbox:
    assert sandbox.parse(b"a,b", "a.csv").elements
heavy = {"unstructured", "spacy", "pandas", "lxml", "pypdfium2", "openpyxl", "torch"}
print(sorted(heavy & set(sys.modules)))
"""
    ran = subprocess.run(
        [sys.executable, "-c", check], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "[]"


def test_the_worker_dies_with_its_parent() -> None:
    check = """
import os
from ingestion.sandbox import Sandbox
sandbox = Sandbox()
sandbox.parse(b"a,b", "a.csv")
print(sandbox._worker._process.pid, flush=True)
os._exit(1)
"""
    ran = subprocess.run(
        [sys.executable, "-c", check], cwd=ROOT, capture_output=True, text=True, check=False
    )
    worker = Path("/proc") / str(int(ran.stdout))
    deadline = time.monotonic() + 20
    while alive(worker) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not alive(worker)


def alive(process: Path) -> bool:
    """Whether a process runs; one that has ended but was not collected does not."""
    try:
        return process.joinpath("stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_every_malformed_file_ends_read_or_refused(sandbox: Sandbox) -> None:
    if not MALFORMED.is_dir():
        pytest.skip(f"{MALFORMED} is not there")
    read, refused = 0, []
    for file in sorted(MALFORMED.iterdir()):
        try:
            assert sandbox.parse(file.read_bytes(), file.name).elements
            read += 1
        except ParseError as exc:
            refused.append(str(exc))
    assert read >= 30
    assert all(len(reason) > 20 for reason in refused)
    assert len(refused) + read >= 60
    assert reads_again(sandbox)
