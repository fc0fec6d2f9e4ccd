"""``python -m service``: serve answers, or make a key for a caller."""

import argparse
import logging
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn

import uvicorn

from indexes.errors import ConfigurationError, FootnoteError
from service.app import create_app
from service.auth import new_key
from service.settings import Settings
from service.telemetry import log_as_json

STOPPED, REFUSED = 0, 2
# Requests in flight when the service is told to stop; a language model may be writing.
_GRACE_SECONDS = 30

_log = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; 2 when that cannot be."""
    options = _parser().parse_args(arguments)
    log_as_json()
    try:
        if options.new_key is not None:
            _print_key(options.new_key, options.groups.split(","), front_end=options.front_end)
        else:
            _serve(Settings.read(host=options.host, port=options.port, data_dir=options.data_dir))
    except FootnoteError as exc:
        sys.stderr.write(f"error: {exc}\n")
        return REFUSED
    return STOPPED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m service", description=__doc__)
    parser.add_argument("--host", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, help="port to listen on (default: 8000)")
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


def _serve(settings: Settings) -> None:
    # The server raises the signal that stopped it once more when the last request is answered.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    app = create_app(settings)
    with _listen(settings.host, settings.port) as listener:
        _log.info("listening on %s", _address(listener))
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            # Who a peer is decides what it may see: no header may say otherwise.
            proxy_headers=False,
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
        uvicorn.Server(config).run(sockets=[listener])


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(STOPPED)


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket. ConfigurationError when the address cannot be had."""
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
    return listener


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


if __name__ == "__main__":
    sys.exit(main())
