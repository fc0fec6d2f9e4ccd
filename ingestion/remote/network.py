"""HTTP for sources: bounded in size, time, retries and addresses; owns httpx."""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit
from weakref import finalize

import httpx

from indexes.errors import SourceError
from ingestion.remote.addresses import AddressRule
from ingestion.remote.secret import Secret, redact

_TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})
_NO_HEAD = frozenset({405, 501})
_DENIED = frozenset({401, 403, 407})
_LONGEST_WAIT = 60.0  # seconds, whatever a server asks for in Retry-After
_REDIRECTS = 5

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a server is put up with: bytes of an answer, seconds, attempts.

    ``silence`` is the longest wait for the next byte, ``whole`` for the whole answer; between
    attempts it is waited ``pause`` seconds, then twice as long, and so on.
    """

    bytes: int = 64 * 2**20
    silence: float = 30.0
    whole: float = 300.0
    attempts: int = 4
    pause: float = 1.0


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server answered in the end, redirects followed. Names of headers in lower case."""

    url: str
    status: int
    headers: Mapping[str, str]
    content: bytes = field(default=b"", repr=False)

    @property
    def type(self) -> str:
        """The media type, without parameters: "text/html"."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class Web:
    """Asks servers on behalf of one source. Many threads may ask at a time."""

    def __init__(
        self,
        source: str,
        rule: AddressRule,
        *,
        token: Secret | None = None,
        limits: Limits | None = None,
    ) -> None:
        """``source`` is named in errors; ``token`` goes as a bearer token to the asked host."""
        self._source = source
        self._rule = rule
        self._token = token
        self._limits = limits or Limits()
        headers = {"User-Agent": "Footnote"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token.value}"
        # A proxy of the environment would hide which address is connected to.
        self._client = httpx.Client(
            headers=headers,
            timeout=self._limits.silence,
            max_redirects=_REDIRECTS,
            trust_env=False,
            verify=httpx.create_ssl_context(),
        )
        finalize(self, self._client.close)

    def get(self, url: str) -> Reply:
        """The content at ``url``, redirects followed; SourceError if there is none."""
        return self._ask("GET", url, follow_redirects=True)

    def post(self, url: str, form: Mapping[str, str]) -> Reply:
        """The answer to a form; a redirect is an error, for it would lose the form."""
        return self._ask("POST", url, data=dict(form))

    def look(self, url: str, validators: Mapping[str, str]) -> Reply:
        """The headers alone, or status 304 where ``validators`` (conditional headers) hold."""
        headers = dict(validators)
        try:
            return self._ask("HEAD", url, follow_redirects=True, headers=headers)
        except _NoHead:
            return self._ask("GET", url, follow_redirects=True, headers=headers, whole=False)

    def _ask(self, method: str, url: str, *, whole: bool = True, **options: Any) -> Reply:
        with self._rule.enforced(self._source) as refused:
            for attempt in range(1, self._limits.attempts + 1):
                try:
                    return self._attempt(method, url, options, whole=whole)
                except (_Transient, httpx.TransportError) as exc:
                    failure = exc
                except (httpx.HTTPError, httpx.InvalidURL) as exc:
                    raise self._error(url, str(exc)) from exc
                if refused or isinstance(failure, httpx.UnsupportedProtocol):
                    break
                if attempt < self._limits.attempts:
                    wait = self._limits.pause * 2 ** (attempt - 1)
                    if isinstance(failure, _Transient):
                        wait = max(wait, failure.wait)
                    _log.info("%s: %s; again in %.0f s", url, failure, wait)
                    time.sleep(wait)
        reason = str(failure) or type(failure).__name__
        raise self._error(
            url, f"{reason}, {attempt} times; try again later, or check that it is up"
        ) from failure

    def _attempt(self, method: str, url: str, options: dict[str, Any], *, whole: bool) -> Reply:
        until = time.monotonic() + self._limits.whole
        with self._client.stream(method, url, **options) as response:
            status = response.status_code
            if method == "HEAD" and status in _NO_HEAD:
                raise _NoHead
            if status in _TRANSIENT:
                raise _Transient(_phrase(status), _retry_after(response.headers))
            if status in _DENIED:
                raise self._error(
                    url, f"it answered {_phrase(status)}; check the source's token and its rights"
                )
            if status >= HTTPStatus.MULTIPLE_CHOICES and status != HTTPStatus.NOT_MODIFIED:
                target = response.headers.get("location", "")
                led = f" and leads to {target}; configure that address" if target else ""
                raise self._error(url, f"it answered {_phrase(status)}{led}")
            content = self._content(response, until) if whole else b""
            return Reply(str(response.url), status, dict(response.headers), content)

    def _content(self, response: httpx.Response, until: float) -> bytes:
        content = bytearray()
        for part in response.iter_bytes():
            content += part
            if len(content) > self._limits.bytes:
                raise self._error(
                    str(response.url), f"it is larger than {self._limits.bytes} bytes, the limit"
                )
            if time.monotonic() > until:
                raise self._error(
                    str(response.url), f"it was not complete after {self._limits.whole:.0f} s"
                )
        return bytes(content)

    def _error(self, url: str, reason: str) -> SourceError:
        return SourceError(
            redact(f"{url} of the source {self._source!r} cannot be read: {reason}", [self._token])
        )


class _Transient(Exception):
    """A refusal that may pass; ``wait`` are the seconds the server asks for."""

    def __init__(self, reason: str, wait: float) -> None:
        super().__init__(reason)
        self.wait = wait


class _NoHead(Exception):
    """The server does not answer HEAD."""


def web_address(url: str) -> bool:
    """Whether ``url`` is an HTTP address without a user or password in it."""
    parts = urlsplit(url)
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc


def _phrase(status: int) -> str:
    try:
        return f"{status} ({HTTPStatus(status).phrase})"
    except ValueError:
        return str(status)


def _retry_after(headers: httpx.Headers) -> float:
    """Seconds, from a number or a date (RFC 9110, section 10.2.3); 0 where neither is given."""
    value = headers.get("retry-after", "")
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError):
            seconds = 0.0
    return min(max(seconds, 0.0), _LONGEST_WAIT)
