"""Requests to an OpenAI-compatible /v1/embeddings server: sent again while that may help."""

import time
from collections.abc import Sequence
from random import SystemRandom
from typing import Any
from weakref import finalize

import httpx
import numpy as np

from indexes.embedding.engine import Rows
from indexes.embedding.types import EmbedderSettings, TextRefused
from indexes.errors import EmbedderError

_TRIES = 5
_FIRST_WAIT = 0.5  # seconds; doubled with every try
_LONGEST_WAIT = 20.0  # seconds, also where the server asks for more
_TIMEOUT = httpx.Timeout(60.0, connect=5.0)  # seconds; a model on a processor may be slow
_SHOWN = 200  # characters of a server's answer that an error repeats
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_OF_THE_TEXT = frozenset({400, 413, 422})

_random = SystemRandom()


class EmbeddingsApi:
    """One server and one of its models; safe to call from any thread."""

    def __init__(self, settings: EmbedderSettings) -> None:
        base = settings.url.rstrip("/")
        self._url = base if base.endswith("/embeddings") else f"{base}/embeddings"
        self._model = settings.model
        self._has_input_type = settings.input_type
        try:
            # A redirect is not followed: the key is for this address alone.
            self._client = httpx.Client(timeout=_TIMEOUT, headers=_headers(settings.key))
            httpx.URL(self._url)
        except (httpx.InvalidURL, ValueError) as exc:
            raise EmbedderError(f"the embedding server's address is wrong: {exc}") from exc
        finalize(self, self._client.close)  # an embedder has no end of its own

    def embed(self, texts: Sequence[str], input_type: str) -> Rows:
        """One row a text, as the server has it. ``input_type`` is "query" or "passage".

        TextRefused when the texts are the reason that it gives none, EmbedderError when it is not
        reached, still fails after some tries, or answers with something else.
        """
        body = {"model": self._model, "input": list(texts), "encoding_format": "float"}
        if self._has_input_type:
            body["input_type"] = input_type
        response = self._post(body)
        if response.is_success:
            return self._rows(response, len(texts))
        said = response.text[:_SHOWN]
        if response.status_code in _OF_THE_TEXT:
            raise TextRefused(
                f"{self._url} refused a request of {len(texts)} texts with {response.status_code} "
                f"({said}); check embedder_max_tokens and the model's name"
            )
        raise EmbedderError(
            f"{self._url} answered {response.status_code} ({said}); check its address, its model "
            "and the key"
        )

    def _post(self, body: dict[str, Any]) -> httpx.Response:
        """The last answer of up to five tries, with a random wait between them."""
        wait = _FIRST_WAIT
        for attempt in range(1, _TRIES + 1):
            asked = 0.0
            try:
                response = self._client.post(self._url, json=body)
            except httpx.RequestError as exc:
                if attempt == _TRIES:
                    raise EmbedderError(
                        f"{self._url} was not reached in {_TRIES} tries ({type(exc).__name__}: "
                        f"{exc}); check that the embedding server runs"
                    ) from exc
            else:
                if response.status_code not in _AGAIN or attempt == _TRIES:
                    return response
                asked = _retry_after(response)
            # Jitter: callers that failed together do not come back together.
            time.sleep(min(_LONGEST_WAIT, asked + wait * _random.uniform(0.5, 1)))
            wait *= 2
        raise AssertionError("the last try returns or raises")

    def _rows(self, response: httpx.Response, count: int) -> Rows:
        try:
            entries = response.json()["data"]
            by_place = {entry["index"]: entry["embedding"] for entry in entries}
            rows = np.array([by_place[place] for place in range(count)], np.float32)
        except (ValueError, TypeError, LookupError) as exc:
            raise EmbedderError(
                f"{self._url} answered with something else than one vector for each of {count} "
                f"texts ({type(exc).__name__}: {exc}): {response.text[:_SHOWN]}"
            ) from exc
        if rows.ndim != 2 or len(entries) != count:  # noqa: PLR2004 (a matrix)
            raise EmbedderError(f"{self._url} answered {len(entries)} vectors for {count} texts")
        if not np.isfinite(rows).all() or not rows.any(axis=1).all():
            raise EmbedderError(f"{self._url} answered a vector that is zero or not finite")
        return rows


def _headers(key: str) -> dict[str, str]:
    if not (key.isascii() and key.isprintable()):
        raise EmbedderError("the embedding server's key holds a character that no header can carry")
    return {"Authorization": f"Bearer {key}"} if key else {}


def _retry_after(response: httpx.Response) -> float:
    """Seconds that the server asks to wait (RFC 9110, 10.2.3); dates are left to our own waits."""
    asked = response.headers.get("Retry-After", "")
    return float(asked) if asked.isdecimal() else 0.0
