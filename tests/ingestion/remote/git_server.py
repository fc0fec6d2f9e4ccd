"""A Git repository on loopback, served over HTTP by git's own backend."""

import base64
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from socketserver import ThreadingMixIn
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from dulwich import porcelain
from dulwich.repo import Repo

AUTHOR = b"An Nguyen <an@example.org>"
Application = Callable[[dict[str, Any], Callable[..., Any]], Any]


@dataclass(slots=True)
class Forge:
    """A repository to commit to, and where it is served. ``login`` is asked of clients if set."""

    work: Path
    url: str = ""
    login: tuple[str, str] | None = None
    statuses: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def commit(self, files: dict[str, str | bytes | None]) -> str:
        """Write files, delete those that are None, and commit."""
        for path, content in files.items():
            place = self.work / path
            if content is None:
                place.unlink()
            else:
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(content.encode() if isinstance(content, str) else content)
        return self.commit_all()

    def commit_all(self) -> str:
        top = [str(path) for path in self.work.iterdir() if path.name != ".git"]
        porcelain.add(str(self.work), top)
        with Repo(str(self.work)) as repo:
            indexed = [self.work / path.decode() for path in repo.open_index()]
        gone = [str(path) for path in indexed if not os.path.lexists(path)]
        if gone:
            porcelain.remove(str(self.work), gone, cached=True)
        made: bytes = porcelain.commit(str(self.work), b"change", author=AUTHOR, committer=AUTHOR)
        return made.decode()


@contextmanager
def serving(work: Path) -> Iterator[Forge]:
    work.mkdir()
    Repo.init(str(work), default_branch=b"main").close()
    forge = Forge(work)
    served = _backend(work)

    def guarded(environ: dict[str, Any], start: Callable[..., Any]) -> Any:
        forge.requests.append(environ["PATH_INFO"])
        if forge.statuses:
            start(forge.statuses.pop(0), [("Content-Length", "0")])
            return [b""]
        if forge.login:
            expected = base64.b64encode(":".join(forge.login).encode()).decode()
            if environ.get("HTTP_AUTHORIZATION") != f"Basic {expected}":
                start("401 Unauthorized", [("WWW-Authenticate", "Basic"), ("Content-Length", "0")])
                return [b""]
        return served(environ, start)

    class Server(ThreadingMixIn, WSGIServer):
        daemon_threads = True
        block_on_close = False

    class Quiet(WSGIRequestHandler):
        def log_message(self, *_: object) -> None:
            """Nothing."""

    with make_server("127.0.0.1", 0, guarded, Server, Quiet) as server:
        forge.url = f"http://127.0.0.1:{server.server_port}/wiki.git"
        Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield forge
        finally:
            server.shutdown()


def _backend(work: Path) -> Application:
    """git http-backend, by the protocol of CGI (RFC 3875)."""

    def cgi(environ: dict[str, Any], start: Callable[..., Any]) -> Any:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        variables = {k: v for k, v in environ.items() if isinstance(v, str) and k.isupper()}
        done = subprocess.run(
            ["git", "http-backend"],
            input=environ["wsgi.input"].read(length),
            env={
                **variables,
                "GIT_PROJECT_ROOT": str(work.parent),
                "GIT_HTTP_EXPORT_ALL": "1",
                "GIT_CONFIG_COUNT": "1",
                "GIT_CONFIG_KEY_0": "safe.directory",
                "GIT_CONFIG_VALUE_0": "*",
                "PATH": os.environ["PATH"],
                "PATH_INFO": environ["PATH_INFO"].replace("/wiki.git", f"/{work.name}/.git"),
                "GIT_PROTOCOL": environ.get("HTTP_GIT_PROTOCOL", ""),
            },
            capture_output=True,
            check=True,
        )
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        headers = [tuple(line.split(": ", 1)) for line in head.decode().split("\r\n")]
        status = next((value for name, value in headers if name == "Status"), "200 OK")
        start(status, [pair for pair in headers if pair[0] != "Status"])
        return [body]

    return cgi
