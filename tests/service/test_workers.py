"""Several workers behind one port: what one knows, all know; none is missed when it dies."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import httpx
import pytest

from tests.service.server import eventually
from tests.service.wiki import KEYS_FILE, PUBLIC, QUESTION, Wiki, ingested, key

RATE = 20
READY = "Application startup complete"
START_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Crew:
    """`python -m service --workers 2`, and its log as it grows."""

    parent: "subprocess.Popen[str]"
    log: list[str]
    wiki: Wiki

    @property
    def address(self) -> str:
        (told,) = re.findall(r"listening on (http://127\.0\.0\.1:\d+)", "".join(self.log))
        return str(told)

    def processes(self) -> list[int]:
        """Of the workers, by number, as they were last started."""
        started = re.findall(r"worker (\d) is process (\d+)", "".join(self.log))
        return [int(process) for _, process in sorted(dict(started).items())]

    @contextmanager
    def only(self, worker: int) -> Iterator[httpx.Client]:
        """A client that this worker answers: the other one is held meanwhile."""
        held = self.processes()[1 - worker]
        os.kill(held, signal.SIGSTOP)
        try:
            with httpx.Client(base_url=self.address, timeout=60) as client:
                yield client
        finally:
            os.kill(held, signal.SIGCONT)

    def says(self, what: str) -> int:
        """How often the log does."""
        return "".join(self.log).count(what)


@contextmanager
def crew(wiki: Wiki) -> Iterator[Crew]:
    (wiki.data_dir / "keys.toml").write_text(KEYS_FILE)
    environment = {
        "FOOTNOTE_KEYS_FILE": str(wiki.data_dir / "keys.toml"),
        "FOOTNOTE_RATE_LIMIT": f"{RATE}/hour",
        "FOOTNOTE_SNAPSHOT_POLL_SECONDS": "0.1",
    }
    command = [sys.executable, "-m", "service", "--workers", "2", "--port", "0"]
    command += ["--data-dir", str(wiki.data_dir)]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, env=os.environ | environment
    ) as parent:
        assert parent.stderr is not None
        log: list[str] = []
        reading = Thread(target=log.extend, args=(parent.stderr,))
        reading.start()
        try:
            made = Crew(parent, log, wiki)
            eventually(lambda: made.says(READY) == 2 or parent.poll() is not None, START_SECONDS)
            yield made
        finally:
            parent.terminate()
            parent.wait(60)
            reading.join()


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory, wiki: Wiki) -> Iterator[Crew]:
    mine = ingested(tmp_path_factory.mktemp("crew"), PUBLIC, wiki.embedder)
    with crew(mine) as made:
        yield made


def ask(client: httpx.Client, caller: str = "staff") -> httpx.Response:
    return client.post("/ask", json={"question": QUESTION}, headers=key(caller))


def test_feedback_finds_what_the_other_worker_answered(two: Crew) -> None:
    with two.only(0) as first:
        request_id = ask(first).json()["request_id"]
    body = {"request_id": request_id, "verdict": "up"}
    with two.only(1) as second:
        told = second.post("/feedback", json=body, headers=key("staff")).json()
        assert told["answer_known"]
        foreign = second.post("/feedback", json=body, headers=key("hr")).json()
        assert not foreign["answer_known"]


def test_either_worker_tells_the_metrics_of_both(two: Crew) -> None:
    def asked(client: httpx.Client) -> float:
        text = client.get("/metrics").text
        found = re.findall(r'footnote_requests_total\{.*route="/ask",status="200"\} (\S+)', text)
        return sum(float(number) for number in found)

    with two.only(0) as first:
        before = asked(first)
        assert ask(first).status_code == 200
        assert asked(first) == before + 1
    with two.only(1) as second:
        assert ask(second).status_code == 200
        assert asked(second) == before + 2
        assert "footnote_workers 2.0" in second.get("/metrics").text


def test_one_rate_holds_over_both(two: Crew) -> None:
    statuses = []
    for worker in (0, 1):
        with two.only(worker) as client:
            statuses += [
                client.get("/documents", headers=key("front")).status_code
                for _ in range(RATE * 3 // 4)
            ]
    assert statuses.count(200) == RATE
    assert statuses[RATE:] == [429] * (len(statuses) - RATE)


def test_both_move_to_a_new_snapshot(two: Crew) -> None:
    two.wiki.write("guide/new.md", "# New\n\nThe new desk opens at nine.\n")
    snapshot = two.wiki.ingest()
    eventually(lambda: two.says(f"serving the snapshot {snapshot}") == 2)
    for worker in (0, 1):
        with two.only(worker) as client:
            assert ask(client).json()["snapshot"] == snapshot


def test_a_worker_that_is_killed_is_started_again_and_nobody_is_refused(two: Crew) -> None:
    victim, other = two.processes()
    os.kill(victim, signal.SIGKILL)
    with httpx.Client(base_url=two.address, timeout=60) as client:
        eventually(
            lambda: client.get("/readyz").status_code == 200 and two.processes()[0] != victim
        )
    eventually(lambda: two.says(READY) == 3)
    assert two.processes()[1] == other
    with two.only(0) as client:
        assert client.get("/readyz").json() == {"status": "ready"}
        assert client.get("/documents", headers=key("hr")).status_code == 200


def test_what_is_wrong_is_told_before_anything_is_answered(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "service", "--workers", "2", "--port", "0"]
    command += ["--data-dir", str(tmp_path / "nowhere")]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert ended.returncode == 2
    assert "python -m ingestion run" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_told_to_stop_both_finish_what_they_have_begun(two: Crew) -> None:
    host, port = two.address.removeprefix("http://").split(":")
    body = json.dumps({"question": QUESTION}).encode()
    head = (
        f"POST /ask HTTP/1.1\r\nHost: {host}\r\nAuthorization: {key('hr')['Authorization']}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        connection.sendall(head.encode() + body[:5])
        # Answered after it, by whichever worker: then the one before it is under way.
        assert httpx.get(f"{two.address}/healthz", timeout=60).status_code == 200
        two.parent.send_signal(signal.SIGTERM)
        eventually(lambda: two.says("Shutting down") == 2)
        connection.sendall(body[5:])
        reply = connection.makefile("rb").read()
    assert reply.startswith(b"HTTP/1.1 200")
    assert b"twenty weeks" in reply
    assert two.parent.wait(60) == 0
    assert "Traceback" not in "".join(two.log)
