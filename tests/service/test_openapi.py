"""schemathesis over the whole OpenAPI document: no 500, and nothing that the document denies."""

import re
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import httpx
import pytest

from tests.service.wiki import key

MISSING = find_spec("schemathesis") is None
pytestmark = pytest.mark.skipif(MISSING, reason="schemathesis is not installed")

# A minute on one core; many times that on a machine that has much else to do.
PATIENCE_SECONDS = 300
# What a schema allows may still make no sense: a blank question, a conversation without a user,
# one end of a passage without the other. And "8" is read where a number is asked for.
SENSE = ("positive_data_acceptance", "negative_data_rejection")
# Who has no key is told just that, whatever the method.
METHODS = "unsupported_method"


def told_by(
    service: httpx.Client, folder: Path, phases: str, examples: int, options: Sequence[str]
) -> str:
    """What schemathesis says of ``service`` when all its checks but those of sense hold."""
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run"),
        str(service.base_url.join("/openapi.json")),
        *("--phases", phases, "--max-examples", str(examples), "--seed", "1"),
        *("--continue-on-failure", "--no-color", "--request-timeout", "60", *options),
    ]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=folder, timeout=PATIENCE_SECONDS
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    return done.stdout


def share_tested(told: str) -> tuple[int, int]:
    """How many operations were tested, of how many."""
    counts = re.search(r"Tested: (\d+)", told), re.search(r"Selected: (\d+)/\d+", told)
    some, all_of_them = (int(count[1]) if count else 0 for count in counts)
    return some, all_of_them


def without(*checks: str) -> tuple[str, str]:
    return "--exclude-checks", ",".join(checks)


def test_for_callers_with_a_key(keyed: httpx.Client, tmp_path: Path) -> None:
    header = [f"--header={name}: {value}" for name, value in key("staff").items()]
    told = told_by(keyed, tmp_path, "examples,coverage", 1, [*without(*SENSE), *header])
    some, all_of_them = share_tested(told)
    assert some == all_of_them == operations(keyed), told[-2000:]


def test_for_callers_without_the_key_they_need(keyed: httpx.Client, tmp_path: Path) -> None:
    told = told_by(keyed, tmp_path, "examples,fuzzing", 1, without(*SENSE, METHODS))
    some, all_of_them = share_tested(told)
    assert some == all_of_them == operations(keyed), told[-2000:]


def test_for_everybody_where_there_are_no_keys(anonymous: httpx.Client, tmp_path: Path) -> None:
    told = told_by(anonymous, tmp_path, "examples,fuzzing", 4, without(*SENSE))
    some, all_of_them = share_tested(told)
    assert some == all_of_them == operations(anonymous), told[-2000:]


def operations(service: httpx.Client) -> int:
    paths = service.get("/openapi.json").json()["paths"].values()
    return sum(len(methods) for methods in paths)
