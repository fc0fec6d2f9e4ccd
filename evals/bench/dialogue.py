"""Two processes that talk in lines of JSON: one asks, the other answers, one after the other."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Self, cast

from evals.bench.process import MeasurementFailed, start

_END_SECONDS = 10
_TOLD_BYTES = 2000  # of what a partner said on standard error before it ended


class PartnerEnded(MeasurementFailed):
    """The process that was asked is no more."""


class Partner:
    """A module of this project in a process of its own, which ``serve`` answers in.

    Use it with ``with``. ``python`` is the interpreter, this one if None.
    """

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str] | None = None,
        python: Path | None = None,
    ) -> None:
        self._command = command
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the partner)
        self._process = start(
            command,
            environment,
            python=python,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._process.communicate(timeout=_END_SECONDS)
        except BrokenPipeError:
            self._process.wait()
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        finally:
            self._errors.close()

    @property
    def pid(self) -> int:
        """The process's number, as the kernel knows it."""
        return self._process.pid

    def ask(self, request: str, **fields: object) -> Any:
        """What the partner replies; PartnerEnded, with its last words, where it cannot."""
        requests = cast("IO[bytes]", self._process.stdin)
        replies = cast("IO[bytes]", self._process.stdout)
        try:
            requests.write(f"{json.dumps({'request': request, **fields})}\n".encode())
            requests.flush()
        except BrokenPipeError as exc:
            raise PartnerEnded(self._last_words()) from exc
        line = replies.readline()
        if not line:
            raise PartnerEnded(self._last_words())
        return json.loads(line)

    def _last_words(self) -> str:
        code = self._process.wait()
        self._errors.seek(0)
        said = self._errors.read()[-_TOLD_BYTES:].decode(errors="replace").strip()
        return f"`{' '.join(self._command)}` ended with {code}: {said}"


def serve(answers: Mapping[str, Callable[..., object]]) -> None:
    """Reply to every request on standard input by what ``answers`` has for it, until it ends.

    Neither this nor what it imports needs a library: other interpreters run it too.
    """
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is no reply
    for line in sys.stdin:
        fields = json.loads(line)
        reply = answers[fields.pop("request")](**fields)
        replies.write(json.dumps(reply) + "\n")
        replies.flush()
