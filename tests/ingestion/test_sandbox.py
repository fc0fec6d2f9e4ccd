"""The parsing worker: its limits provoked by real files, its isolation, and what survives it."""

import gc
import io
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from pathlib import Path
from threading import Timer

import docx
import pytest

from indexes.errors import ParseError, ParserUnavailable
from ingestion.parse import FileParser
from ingestion.sandbox import Limits, Sandbox

ROOT = Path(__file__).resolve().parents[2]
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


def workers_of(sandbox: Sandbox) -> set[int]:
    return {worker._process.pid for worker in sandbox._all}


def worker_of(sandbox: Sandbox) -> int:
    (worker,) = workers_of(sandbox)
    return worker


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


@pytest.mark.parametrize(
    ("path", "before"),
    [("bomb.docx", b""), ("bomb.odt", b""), ("bomb.epub", b""), ("bomb.pptx", b"junk before it")],
)
def test_a_zip_bomb_is_not_opened(sandbox: Sandbox, path: str, before: bytes) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("content.xml", b"0" * (64 * MEBIBYTE))
    with pytest.raises(ParseError, match=rf"{path} expands from \d+ to 67108864 bytes"):
        sandbox.parse(before + buffer.getvalue(), path)
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
print(next(iter(sandbox._all))._process.pid, flush=True)
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


def test_attachments_cross_the_pipe(sandbox: Sandbox) -> None:
    message = EmailMessage()
    message["Subject"], message["From"] = "Báo cáo", "an@example.org"
    message["Date"] = "Tue, 04 Mar 2025 10:00:00 +0700"
    message.set_content("Xem tệp đính kèm.")
    message.add_attachment(bytes(range(256)), "application", "octet-stream", filename="a/b.bin")
    content = message.as_bytes()
    parsed = sandbox.parse(content, "mail.eml")
    assert [each.content for each in parsed.attachments] == [bytes(range(256))]
    assert "/" not in parsed.attachments[0].name
    assert parsed.written_at == "2025-03-04T03:00:00Z"
    here = FileParser().parse(content, "mail.eml")
    assert parsed.elements == here.elements
    assert parsed.authors == here.authors


def test_many_threads_get_their_own_answers() -> None:
    names = [f"name-{number}" for number in range(200)]
    with Sandbox(workers=2) as both, ThreadPoolExecutor(8) as threads:
        read = list(threads.map(lambda name: both.parse(f"{name},b\n".encode(), "a.csv"), names))
        assert 1 <= len(workers_of(both)) <= 2
    assert [parsed.elements[0].text for parsed in read] == [f"{name} | b" for name in names]
    assert workers_of(both) == set()


def test_small_files_are_read_by_the_process_that_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingestion.sandbox.PATIENCE_SECONDS", 600.0)  # on a busy machine too
    with Sandbox(workers=4) as all_four, ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: all_four.parse(TABLE, "a.csv"), range(8)))
        assert len(workers_of(all_four)) == 1, "others were started beside it"


def test_as_many_processes_start_as_there_is_work_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingestion.sandbox.PATIENCE_SECONDS", 0.01)
    limits = Limits(wall_seconds=2)
    with Sandbox(limits, workers=2) as both, ThreadPoolExecutor(3) as threads:
        assert reads_again(both)
        began = time.monotonic()
        slow = [threads.submit(both.parse, SLOW, "slow.csv") for _ in range(3)]
        while len(workers_of(both)) < 2:
            assert time.monotonic() - began < 60, "nobody started a second one"
            time.sleep(0.01)
        for each in slow:
            assert isinstance(each.exception(), ParseError)
        assert len(workers_of(both)) <= 2


def test_a_slow_file_does_not_hold_up_the_others() -> None:
    with Sandbox(Limits(wall_seconds=2), workers=2) as both, ThreadPoolExecutor(1) as threads:
        slow = threads.submit(both.parse, SLOW, "slow.csv")
        for _ in range(5):
            assert reads_again(both)
        with pytest.raises(ParseError, match="took longer than 2 s"):
            slow.result()


def test_a_worker_that_has_read_enough_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingestion.sandbox.FILES", 2)
    with Sandbox() as tired:
        assert reads_again(tired)
        first = worker_of(tired)
        assert reads_again(tired)
        assert reads_again(tired)
        assert worker_of(tired) != first


def test_a_worker_that_keeps_much_memory_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingestion.sandbox.KEPT_BYTES", MEBIBYTE)
    with Sandbox() as greedy:
        assert reads_again(greedy)
        assert workers_of(greedy) == set()
        assert reads_again(greedy)


def test_closing_ends_what_is_under_way() -> None:
    with Sandbox() as closing:
        assert reads_again(closing)
        Timer(0.5, closing.close).start()
        with pytest.raises(ParseError, match=r"slow\.csv was not read: the run has ended"):
            closing.parse(SLOW, "slow.csv")
        assert workers_of(closing) == set()
        with pytest.raises(RuntimeError, match="closed"):
            closing.parse(TABLE, "a.csv")


def test_the_parent_does_not_grow(sandbox: Sandbox) -> None:
    table = "Năm,天数\n".encode() * 2000
    sizes = []
    for _ in range(3):
        for _ in range(10):
            sandbox.parse(table, "a.csv")
        gc.collect()
        sizes.append(int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize())
    assert sizes[-1] - sizes[0] < 16 * MEBIBYTE


def test_a_parser_that_cannot_start_is_told_from_a_file_that_is_damaged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Sandbox() as sandbox:
        monkeypatch.setattr(sys, "executable", "/nowhere/python")
        with pytest.raises(ParserUnavailable, match=r"cannot be started .*a\.csv's turn"):
            sandbox.parse(TABLE, "a.csv")
        monkeypatch.setattr(sys, "executable", shutil.which("false"))
        with pytest.raises(ParserUnavailable, match=r"started \(it ended with status 1, see"):
            sandbox.parse(TABLE, "a.csv")
        monkeypatch.undo()
        assert reads_again(sandbox)
