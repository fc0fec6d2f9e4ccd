"""schemathesis over the whole OpenAPI document: no 500, and nothing that the document denies."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import httpx
import pytest

from tests.service.wiki import key

MISSING = find_spec("schemathesis") is None
# Examples of each operation, and seconds in all.
EXAMPLES, SECONDS = 5, 30
# What a schema allows may still make no sense: a blank question, a conversation without a user,
# one end of a passage without the other. And "8" is read where a number is asked for.
SENSE = "positive_data_acceptance,negative_data_rejection"
# Who has no key is told just that, whatever the method.
METHODS = "unsupported_method"


@pytest.mark.skipif(MISSING, reason="schemathesis is not installed")
@pytest.mark.parametrize("caller", ["staff", None])
def test_every_reply_is_one_that_the_document_tells_of(
    keyed: httpx.Client, tmp_path: Path, caller: str | None
) -> None:
    header = [f"--header={name}: {value}" for name, value in key(caller).items()] if caller else []
    excluded = SENSE if caller else f"{SENSE},{METHODS}"
    command = [
        *(
            sys.executable,
            "-m",
            "schemathesis.cli",
            "run",
            str(keyed.base_url.join("/openapi.json")),
        ),
        *("--max-examples", str(EXAMPLES), "--max-time", str(SECONDS), "--seed", "1"),
        *("--phases", "examples,coverage,fuzzing", "--exclude-checks", excluded),
        *("--continue-on-failure", "--no-color", "--request-timeout", "30", *header),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stdout[-8000:]
    told = keyed.get("/openapi.json").json()["paths"]
    operations = sum(len(methods) for methods in told.values())
    assert f"Tested: {operations}" in done.stdout, done.stdout[-2000:]
