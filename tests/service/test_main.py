"""``python -m service``: what it refuses, the keys it makes, and a real start."""

import logging
import re
import signal
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import httpx
import pytest

from service.__main__ import main
from tests.service.wiki import Wiki


@pytest.fixture(autouse=True)
def logging_restored() -> Iterator[None]:
    """The command line takes over the process's logging; give it back."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.parametrize(
    ("setting", "value", "problem"),
    [
        ("PORT", "http", "FOOTNOTE_PORT"),
        ("HOST", "0.0.0.0", "FOOTNOTE_ALLOW_ANONYMOUS"),  # noqa: S104
        ("KEYS_FILE", "nowhere.toml", "nowhere.toml"),
        ("LLM_MODEL", "some-model", "FOOTNOTE_LLM_BASE_URL"),
        ("EMBEDDER_PRECISION", "float8", "FOOTNOTE_EMBEDDER_PRECISION"),
        ("CONFIG", "nowhere.toml", "FOOTNOTE_CONFIG"),
        ("DATA_DIR", "nowhere", "python -m ingestion run"),
    ],
)
def test_it_refuses_to_start_and_says_why(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    setting: str,
    value: str,
    problem: str,
) -> None:
    (tmp_path / "data").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(f"FOOTNOTE_{setting}", value)
    assert main([]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert re.fullmatch(rf"error: .*{problem}.*\n", told.err)


def test_a_port_in_use_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["--port", str(port), "--data-dir", str(tmp_path)]) == 2
    assert f"cannot listen on 127.0.0.1 port {port}" in capsys.readouterr().err


def test_a_new_key_is_shown_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--new-key", "chatbot", "--groups", "hr, staff", "--front-end"]) == 0
    told = capsys.readouterr().out
    (key,) = re.findall(r"^fn-\S{43}$", told, re.MULTILINE)
    (table,) = tomllib.loads(told[told.index("[[key]]") :])["key"]
    assert table == {
        "name": "chatbot",
        "sha256": sha256(key.encode()).hexdigest(),
        "groups": ["hr", "staff"],
        "front_end": True,
    }
    assert told.count(key) == 1


def test_a_key_without_a_proper_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--new-key", "two\nlines"]) == 2
    assert "cannot be a name" in capsys.readouterr().err


def test_it_starts_answers_and_stops(wiki: Wiki) -> None:
    command = [sys.executable, "-m", "service", "--port", "0", "--data-dir", str(wiki.data_dir)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        lines = (line for line in process.stderr if "listening on" in line)
        (address,) = re.findall(r"http://127\.0\.0\.1:\d+", next(lines))
        assert httpx.get(f"{address}/healthz", timeout=60).json() == {"status": "alive"}
        assert httpx.get(address, timeout=60).status_code == 200
        process.send_signal(signal.SIGTERM)
        rest = process.stderr.read()
    assert process.returncode in {0, -signal.SIGTERM}
    assert "Traceback" not in rest
