"""Replies of a language model kept in a file, so that a measurement can be cut and continued."""

import json
from collections.abc import Callable, Generator, Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path
from time import monotonic

from evals.jsonl import records
from indexes.errors import ConfigurationError, GenerationError, UsageError
from service.answering.writing.chat import ChatRequest, Message, Piece, Schema, Server, Tokens
from service.answering.writing.deadline import Deadline

_DIGEST_DIGITS = 32


class NotKept(GenerationError):
    """The journal holds no reply to this request, and no model may be asked."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A whole reply: why it ended, its tokens where they were counted, and how long it took."""

    text: str
    finish: str | None
    tokens: Tokens | None
    seconds: float


class Journal:
    """Replies by the digest of what was asked; of a ``path`` they are read, and added to it.

    A line is written when its reply is whole: a run that is killed loses the reply under way.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._kept: dict[str, Kept] = {}
        if path is not None and path.exists():
            _drop_torn_line(path)
            self._kept = {
                record.string("request"): _kept(record.fields, f"{path}, line {record.line}")
                for record in records(path)
            }

    def __len__(self) -> int:
        return len(self._kept)

    def reply(self, request: str) -> Kept | None:
        """What was replied to ``request``."""
        return self._kept.get(request)

    def keep(self, request: str, kept: Kept) -> None:
        """Remember a reply; UsageError when the file cannot be written."""
        self._kept[request] = kept
        if self._path is None:
            return
        line = json.dumps({"request": request, **asdict(kept)}, ensure_ascii=False)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(line + "\n")
        except OSError as exc:
            raise UsageError(f"{self._path} cannot be written: {exc}; name another file") from exc


class Journaled:
    """``server`` asked once for each request of ``model``; asked nothing where it is None.

    At temperature 0 the same words get the same reply, up to the rounding of a server that answers
    several at once: what is kept is one of its replies, not its only one.
    """

    def __init__(self, journal: Journal, model: str, server: Server | None) -> None:
        self._journal = journal
        self._model = model
        self._server = server

    def stream(self, request: ChatRequest, deadline: Deadline) -> Generator[Piece, None, None]:
        """The whole reply as one piece. NotKept where no server may be asked."""
        kept = self._reply(request, lambda server: _whole(server.stream(request, deadline)))
        yield Piece(kept.text, kept.finish, kept.tokens)

    def complete(
        self, messages: Sequence[Message], max_tokens: int, schema: Schema | None = None
    ) -> str:
        """As Completer.complete. NotKept where no server may be asked."""
        request = ChatRequest(tuple(messages), max_tokens, schema, counted=False)

        def ask(server: Server) -> Kept:
            return Kept(server.complete(messages, max_tokens, schema), None, None, 0.0)

        return self._reply(request, ask).text

    def _reply(self, request: ChatRequest, ask: Callable[[Server], Kept]) -> Kept:
        """What is kept, or else what the server says now, timed and kept."""
        key = _digest(self._model, request)
        kept = self._journal.reply(key)
        if kept is None:
            if self._server is None:
                raise NotKept("the journal holds no reply to this request")
            began = monotonic()
            kept = replace(ask(self._server), seconds=monotonic() - began)
            self._journal.keep(key, kept)
        return kept


def _whole(pieces: Generator[Piece, None, None]) -> Kept:
    """The pieces as one reply, not timed."""
    kept = Kept("", None, None, 0.0)
    for piece in pieces:
        kept = replace(
            kept,
            text=kept.text + piece.text,
            finish=piece.finish or kept.finish,
            tokens=piece.tokens or kept.tokens,
        )
    return kept


def _digest(model: str, request: ChatRequest) -> str:
    said = json.dumps([model, asdict(request)], ensure_ascii=False, sort_keys=True)
    return sha256(said.encode()).hexdigest()[:_DIGEST_DIGITS]


def _drop_torn_line(path: Path) -> None:
    """Whoever was killed while writing leaves a line without its end."""
    try:
        content = path.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            with path.open("r+b") as file:
                file.truncate(whole)
    except OSError as exc:
        raise UsageError(f"{path} cannot be read: {exc}; name another file") from exc


def _kept(fields: dict[str, object], where: str) -> Kept:
    match fields:
        case {
            "text": str(text),
            "finish": str() | None as finish,
            "tokens": dict() | None as tokens,
            "seconds": float(seconds),
        }:
            return Kept(text, finish, Tokens(**tokens) if tokens else None, seconds)
    raise ConfigurationError(f"{where}: no reply that a journal would hold; name another file")
