"""Two real processes count, and one scrape tells of both."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from prometheus_client import generate_latest

from service.telemetry.shared import forget_worker, metrics_folder, of_all_workers
from tests.service.telemetry.counting import END

WORKER = Path(__file__).parent / "counting.py"
ROOT = Path(__file__).resolve().parents[3]


@contextmanager
def worker(folder: Path, requests: int) -> Iterator[subprocess.Popen[str]]:
    """A process that has counted so many requests, and lives on."""
    command = [sys.executable, "-m", "tests.service.telemetry.counting", str(folder), str(requests)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "counted\n"
            yield process
        finally:
            process.kill()


def scraped_by(process: subprocess.Popen[str]) -> str:
    """What a worker itself answers to a scrape."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("scrape\n")
    process.stdin.flush()
    return "".join(iter(process.stdout.readline, f"{END}\n"))


def scrape(folder: Path) -> str:
    return generate_latest(of_all_workers(folder)).decode()


@pytest.fixture
def folder() -> Iterator[Path]:
    with metrics_folder() as made:
        yield made


def test_a_scrape_tells_of_all_workers_and_of_those_that_died(folder: Path) -> None:
    requests = 'footnote_requests_total{dialect="footnote",route="/ask",status="200"}'
    with ExitStack() as stack:
        first, second = (stack.enter_context(worker(folder, count)) for count in (3, 4))
        text = scraped_by(first)
        assert sorted(text.splitlines()) == sorted(scraped_by(second).splitlines())
        assert f"{requests} 7.0" in text
        assert "Requests by route template" in text
        assert "footnote_workers 2.0" in text
        assert "footnote_requests_in_progress 2.0" in text
        buckets = 'footnote_request_seconds_bucket{dialect="footnote",le="%s",route="/ask"} %s'
        assert buckets % ("0.01", "0.0") in text
        assert buckets % ("0.025", "7.0") in text
        assert (
            'footnote_searches_total{collection="wiki",dialect="footnote",outcome="found"} 2.0'
            in text
        )
        # One dies without a word, and another takes its place.
        first.kill()
        first.wait()
        forget_worker(folder, first.pid)
        text = scrape(folder)
        assert f"{requests} 7.0" in text
        assert "footnote_workers 1.0" in text
        assert "footnote_requests_in_progress 1.0" in text
        stack.enter_context(worker(folder, 5))
        text = scrape(folder)
        assert f"{requests} 12.0" in text
        assert "footnote_workers 2.0" in text
        assert second.poll() is None


def test_the_folder_is_the_workers_own_and_goes_with_them() -> None:
    with metrics_folder() as one, metrics_folder() as other:
        assert one.is_dir()
        assert one != other
        (one / "counter_1.db").write_bytes(b"")
    assert not one.exists()
    assert not other.exists()
