"""An HTTP server on loopback that answers as a test says and remembers what it was asked."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qsl, urlsplit

from ingestion.remote.addresses import AddressRule
from ingestion.remote.network import Limits

LOOPBACK = AddressRule(allow_private=True)
PUBLIC = AddressRule()
# Servers of tests fail on purpose; nobody waits for them.
IMPATIENT = Limits(bytes=100_000, silence=2.0, whole=5.0, attempts=3, pause=0.01)


@dataclass(frozen=True, slots=True)
class Request:
    """Names of headers are in lower case; the form is of the query or of the body."""

    method: str
    path: str
    headers: dict[str, str]
    form: dict[str, str]


@dataclass(slots=True)
class Response:
    """A ``body`` may be endless: it is then written until the client hangs up."""

    body: bytes | Iterator[bytes] = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Server:
    """``answer`` may be changed while the server runs; ``requests`` are in their order."""

    answer: Callable[[Request], Response]
    requests: list[Request] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def asked(self, method: str = "") -> list[str]:
        """The paths that were asked for since the last call, and forget them."""
        paths = [request.path for request in self.requests if method in {"", request.method}]
        self.requests.clear()
        return paths


@contextmanager
def serving(answer: Callable[[Request], Response]) -> Iterator[Server]:
    served = Server(answer)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # one packet for headers and body

        def respond(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            body = self.rfile.read(length).decode("utf-8", "replace")
            parts = urlsplit(self.path)
            request = Request(
                self.command,
                parts.path,
                {name.lower(): value for name, value in self.headers.items()},
                dict(parse_qsl(body or parts.query, keep_blank_values=True)),
            )
            served.requests.append(request)
            self.write(served.answer(request))

        do_GET = do_HEAD = do_POST = respond  # noqa: N815 (the names of the base class)

        def write(self, response: Response) -> None:
            self.send_response(response.status)
            for name, value in response.headers.items():
                self.send_header(name, value)
            if isinstance(response.body, bytes):
                if "Content-Length" not in response.headers:
                    self.send_header("Content-Length", str(len(response.body)))
                self.end_headers()
                if self.command != "HEAD" and response.status != 304:
                    self.wfile.write(response.body)
                self.wfile.flush()
                return
            self.send_header("Connection", "close")
            self.end_headers()
            self.close_connection = True
            try:
                for part in response.body:
                    self.wfile.write(part)
            except OSError:
                return

        def log_message(self, *_: object) -> None:
            """Nothing: what was asked is remembered instead."""

    class QuietServer(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

    with QuietServer(("127.0.0.1", 0), Handler) as server:
        served.port = server.server_address[1]
        Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield served
        finally:
            server.shutdown()
