"""``python -m service``: serve answers, or make a key for a caller."""

import argparse
import gc
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from types import FrameType
from typing import NoReturn

import uvicorn

from indexes.errors import ConfigurationError, FootnoteError
from indexes.language import detect
from service.auth import new_key
from service.settings import Settings
from service.telemetry import log_as_json
from service.telemetry.shared import count_in, forget_worker, metrics_folder
from service.workers.commons import Commons
from service.workers.supervisor import REFUSED, STOPPED, Supervisor

# Requests in flight when the service is told to stop; a language model may be writing.
_GRACE_SECONDS = 30
# What ends a worker beyond that: its threads, its connections, its process.
_ENDING_SECONDS = 10
_ANYTHING = "Is anybody there?"

_log = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; 2 when that cannot be."""
    options = _parser().parse_args(arguments)
    log_as_json()
    return _told(partial(_carry_out, options))


def _told(action: Callable[[], int]) -> int:
    """What ``action`` returns; REFUSED where it cannot be done, which is told."""
    try:
        return action()
    except FootnoteError as exc:
        sys.stderr.write(f"error: {exc}\n")
        return REFUSED


def _carry_out(options: argparse.Namespace) -> int:
    if options.new_key is not None:
        _print_key(options.new_key, options.groups.split(","), front_end=options.front_end)
        return STOPPED
    told = {name: getattr(options, name) for name in ("host", "port", "workers", "data_dir")}
    return _serve(Settings.read(**told))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m service", description=__doc__)
    parser.add_argument("--host", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, help="port to listen on (default: 8000)")
    parser.add_argument("--workers", type=int, help="processes that answer (default: 1)")
    parser.add_argument("--data-dir", type=Path, help="the data directory (default: ./data)")
    parser.add_argument("--new-key", metavar="NAME", help="make a key for this caller, and stop")
    parser.add_argument("--groups", default="", help="with --new-key: its groups, with commas")
    parser.add_argument(
        "--front-end",
        action="store_true",
        help="with --new-key: it may name the person it asks for",
    )
    return parser


def _print_key(name: str, groups: Sequence[str], *, front_end: bool) -> None:
    named = [group.strip() for group in groups if group.strip()]
    key, table = new_key(name, named, front_end=front_end)
    sys.stdout.write(
        f"The key, shown this once; give it to {name}:\n\n{key}\n\n"
        f"Put this into the file that FOOTNOTE_KEYS_FILE names:\n\n{table}"
    )


def _serve(settings: Settings) -> int:
    """Answer, in one process or several, until told to stop."""
    # The server raises the signal that stopped it once more when the last request is answered.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    if settings.workers == 1:
        return _answer(settings)
    with _listen(settings) as listener, metrics_folder() as folder:
        return _answer_together(settings, listener, folder)


def _answer(
    settings: Settings, listener: socket.socket | None = None, commons: Commons | None = None
) -> int:
    """Answer in this process what comes to ``listener``, or to one of its own."""
    # Read where it is imported: how many threads a process may use.
    from service.app import create_app  # noqa: PLC0415

    config = uvicorn.Config(
        create_app(settings, commons),
        log_config=None,
        access_log=False,
        server_header=False,
        # Who a peer is decides what it may see: no header may say otherwise.
        proxy_headers=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    with listener or _listen(settings) as here:
        uvicorn.Server(config).run(sockets=[here])
    return STOPPED


def _answer_together(settings: Settings, listener: socket.socket, folder: Path) -> int:
    """The same in several processes, which share ``folder`` and what is loaded before them."""
    if not hasattr(os, "fork"):
        raise ConfigurationError("several workers need a system that forks; set FOOTNOTE_WORKERS=1")
    threads = max((os.cpu_count() or 1) // settings.workers, 1)
    os.environ.setdefault("OMP_NUM_THREADS", str(threads))
    # Imported now, so that what it takes is there once.
    import service.app  # noqa: F401, PLC0415

    detect(_ANYTHING)  # loads the models of languages: some 200 MB, and no thread
    count_in(folder)
    gc.freeze()  # else the first collection in each worker copies what they share
    supervisor = Supervisor(
        partial(_work, settings, listener, Commons(settings, folder)),
        settings.workers,
        _GRACE_SECONDS + _ENDING_SECONDS,
        died=partial(forget_worker, folder),
    )
    return supervisor.run(stopping=listener.close)


def _work(settings: Settings, listener: socket.socket, commons: Commons, number: int) -> int:
    """A worker's life."""
    commons.become(number)
    return _told(partial(_answer, settings, listener, commons))


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(STOPPED)


def _listen(settings: Settings) -> socket.socket:
    """A listening socket. ConfigurationError when the address cannot be had."""
    host, port = settings.host, settings.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as exc:
        raise ConfigurationError(
            f"cannot listen on {host} port {port} ({exc.strerror}); "
            "choose another --host or --port, or stop what listens there"
        ) from exc
    # Else the end of a reply waits some 40 ms for the acknowledgement of its beginning.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    _log.info("listening on %s", _address(listener))
    return listener


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


if __name__ == "__main__":
    sys.exit(main())
