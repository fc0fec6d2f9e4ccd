"""The local copy of one branch of a Git repository, without its history; owns dulwich, urllib3."""

import re
import shutil
import struct
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from stat import S_ISREG
from typing import Any

from dulwich.client import HttpGitClient, HTTPProxyUnauthorized, HTTPUnauthorized
from dulwich.errors import (
    ApplyDeltaError,
    ChecksumMismatch,
    FileFormatException,
    GitProtocolError,
    HangupException,
    NotGitRepository,
    ObjectMissing,
)
from dulwich.object_store import iter_tree_contents
from dulwich.objects import Commit
from dulwich.refs import Ref
from dulwich.repo import Repo
from urllib3 import BaseHTTPResponse, PoolManager, Retry, Timeout
from urllib3.exceptions import HTTPError

from indexes.errors import SourceError, SourceGone
from ingestion.remote.network import Limits
from ingestion.remote.secret import Secret, redact

# Of all that one fetch brings; a branch without its history is seldom a hundredth of it.
FETCH = Limits(bytes=2 * 2**30, whole=1800.0)
_OBJECT_ID = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")  # SHA-1 or SHA-256
_PACKS = 50  # every fetch leaves one; beyond these the copy is made anew
_KEPT = Ref(b"refs/heads/kept")  # what the next fetch says that it has
_TRANSIENT = (408, 429, 500, 502, 503, 504)
# What dulwich raises for a copy that is not whole.
_DAMAGE = (
    KeyError,
    ObjectMissing,
    ChecksumMismatch,
    ApplyDeltaError,
    FileFormatException,
    NotGitRepository,
    zlib.error,
    struct.error,
    AssertionError,
    ValueError,
)


class Absent(Exception):
    """The copy does not hold what was asked for: it was never fetched, or is damaged."""


class GitCopy:
    """A bare repository in ``folder`` that holds the commits fetched from ``url`` so far."""

    def __init__(
        self,
        folder: Path,
        url: str,
        *,
        login: tuple[str, Secret] | None = None,
        limits: Limits = FETCH,
    ) -> None:
        """``login`` is a user's name and password or token."""
        self._folder = folder
        self._url = url
        self._login = login
        self._limits = limits

    def fetch(self, branch: str) -> str:
        """Bring the ``branch``, the server's default one if empty, and return its commit's id.

        SourceError where it cannot be had, SourceGone where there is no repository.
        """
        self._prepare()
        with self._asking(), Repo(str(self._folder)) as repo:
            commit = self._fetch(repo, branch)
            repo.refs[_KEPT] = commit
        return str(commit.decode())

    def blobs(self, commit: str) -> dict[str, str]:
        """The ids of all regular files at ``commit``, by path. Absent if the commit is not here."""
        with self._opened() as repo:
            head = repo.get_object(_id(commit))
            if not isinstance(head, Commit):
                raise Absent(commit)
            return {
                entry.path.decode("utf-8", "backslashreplace"): entry.sha.decode()
                for entry in iter_tree_contents(repo.object_store, head.tree)
                if S_ISREG(entry.mode)
            }

    def content(self, blob: str) -> bytes:
        """The bytes of one file. Absent if they are not here."""
        with self._opened() as repo:
            return bytes(repo.get_object(_id(blob)).as_raw_string())

    def discard(self) -> None:
        """Delete the copy; the next fetch makes it anew."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _prepare(self) -> None:
        """Make an empty copy, unless there is one that is sound and small."""
        packs = self._folder / "objects" / "pack"
        if len(list(packs.glob("*.pack"))) > _PACKS or not self._is_sound():
            self.discard()
            self._folder.mkdir(parents=True)
            Repo.init_bare(str(self._folder)).close()

    def _is_sound(self) -> bool:
        try:
            with self._opened() as repo:
                return all(commit in repo.object_store for commit in repo.get_refs().values())
        except (Absent, OSError):
            return False

    def _fetch(self, repo: Repo, branch: str) -> Any:
        found: list[Any] = []

        def want(refs: Mapping[Any, Any], depth: int | None = None) -> list[Any]:  # noqa: ARG001 (dulwich passes it)
            commit = refs.get(f"refs/heads/{branch}".encode() if branch else b"HEAD")
            if commit is None:
                raise SourceError(
                    f"{self._url} has no branch {branch or 'at all'!r}; nothing is taken for "
                    "deleted, so correct the source's branch"
                )
            found.append(commit)
            return [] if commit in repo.object_store else [commit]

        pack, keep, abort = repo.object_store.add_pack()
        try:
            with self._pool() as pool:
                result = self._client(pool).fetch_pack(
                    "", want, repo.get_graph_walker(), self._bounded(pack.write), depth=1
                )
        except BaseException:
            abort()
            raise
        keep()
        repo.update_shallow(result.new_shallow, result.new_unshallow)
        return found[0]

    def _pool(self) -> "_Connections":
        """Connections that are tried again; dulwich's own would take a proxy of the environment."""
        retry = Retry(
            self._limits.attempts - 1,
            backoff_factor=self._limits.pause,
            status_forcelist=_TRANSIENT,
            allowed_methods=None,
        )
        return _Connections(retries=retry, timeout=Timeout(self._limits.silence))

    def _client(self, pool: PoolManager) -> HttpGitClient:
        user, secret = self._login or (None, None)
        return HttpGitClient(
            self._url,
            pool_manager=pool,
            username=user,
            password=secret.value if secret else None,
            thin_packs=False,
            quiet=True,
        )

    def _bounded(self, write: Callable[[bytes], int]) -> Callable[[bytes], int]:
        until = time.monotonic() + self._limits.whole
        received = 0

        def checked(data: bytes) -> int:
            nonlocal received
            received += len(data)
            if received > self._limits.bytes or time.monotonic() > until:
                raise SourceError(
                    f"{self._url} sends more than {self._limits.bytes} bytes or takes longer than "
                    f"{self._limits.whole:.0f} s, the limits of one fetch; read a smaller branch"
                )
            return write(data)

        return checked

    @contextmanager
    def _opened(self) -> Iterator[Repo]:
        try:
            with Repo(str(self._folder)) as repo:
                yield repo
        except _DAMAGE as exc:
            raise Absent(str(exc)) from exc

    @contextmanager
    def _asking(self) -> Iterator[None]:
        try:
            yield
        except (HTTPUnauthorized, HTTPProxyUnauthorized) as exc:
            raise self._error("access was denied; check the source's user and token") from exc
        except NotGitRepository as exc:
            raise SourceGone(
                f"{self._url} holds no Git repository; check the source's url, and its token: many "
                "servers do not tell one that is hidden from one that is not there"
            ) from exc
        except (GitProtocolError, HangupException, HTTPError) as exc:
            raise self._error(f"{str(exc) or type(exc).__name__}; try again later") from exc
        except (*_DAMAGE, OSError) as exc:
            raise self._error(f"{type(exc).__name__}: {exc}") from exc

    def _error(self, reason: str) -> SourceError:
        secrets = [self._login[1]] if self._login else []
        return SourceError(f"{self._url} cannot be fetched: {redact(reason, secrets)}")


class _Connections(PoolManager):
    """Closes at its end what dulwich leaves open where it raises."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._answers: list[BaseHTTPResponse] = []

    def urlopen(self, *request: Any, **options: Any) -> BaseHTTPResponse:
        answer = super().urlopen(*request, **options)
        self._answers.append(answer)
        return answer

    def clear(self) -> None:
        for answer in self._answers:
            answer.close()
        super().clear()


def _id(digits: str) -> Any:
    """As dulwich types the ids of objects: hexadecimal digits in bytes."""
    if not _OBJECT_ID.fullmatch(digits):
        raise Absent(digits)
    return digits.encode()
