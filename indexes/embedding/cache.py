"""Where exported models lie, beside the record of what they were found to be worth."""

import json
import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from stat import S_ISDIR

from filelock import FileLock, Timeout

from indexes.embedding.model import hash_file
from indexes.errors import EmbedderError

_RECORD = "choice.json"
_LOCK_SECONDS = 900  # far more than the export of a large model takes

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Measured:
    """What "auto" means for a model, from what was measured; ``refused`` says why not ONNX."""

    chosen: str
    figures: dict[str, float]
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """What is kept of a measurement.

    ``made_for`` is what it depends on besides the model, ``files`` what it vouches for, by SHA-256.
    """

    made_for: str
    chosen: str
    figures: dict[str, float]
    refused: str
    files: dict[str, str]


class ModelCache:
    """One model's folder in the cache. Each file is written whole, or not at all."""

    def __init__(self, root: Path | None, identity: str, made_for: str) -> None:
        self._made_for = made_for
        key = sha256(f"{identity} {made_for}".encode()).hexdigest()[:32]
        self.folder = _place(root or _users_cache(), key)

    def read(self) -> Record | None:
        """The record, if it is whole and its files are what it says they are."""
        path = self.folder / _RECORD
        try:
            record = Record(**json.loads(path.read_text("utf-8")))
            damaged = record.made_for != self._made_for or any(
                hash_file(self.folder / name) != digest for name, digest in record.files.items()
            )
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, AttributeError) as exc:
            _log.warning("%s cannot be used (%s); it is made again", path, exc)
            return None
        if damaged:
            _log.warning("%s does not match its files; they are made again", path)
        return None if damaged else record

    @contextmanager
    def writing(self) -> Iterator[Path]:
        """An empty folder for one writer at a time, whose files `keep` takes over.

        EmbedderError when another writer does not end.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            with (
                FileLock(self.folder / "lock", timeout=_LOCK_SECONDS),
                tempfile.TemporaryDirectory(dir=self.folder, prefix="making-") as staging,
            ):
                yield Path(staging)
        except Timeout as exc:
            raise EmbedderError(
                f"another process has been exporting the embedding model to {self.folder} for "
                f"{_LOCK_SECONDS} s; end it, or set a precision that needs no export (bfloat16)"
            ) from exc

    def keep(self, measured: Measured, staging: Path) -> Record:
        """Move the files of ``staging`` here, then write the record that vouches for them."""
        files = {file.name: hash_file(file) for file in sorted(staging.glob("*.onnx"))}
        record = Record(made_for=self._made_for, files=files, **asdict(measured))
        for name in files:
            (staging / name).replace(self.folder / name)
        written = staging / _RECORD
        written.write_text(json.dumps(asdict(record), indent=1), "utf-8")
        written.replace(self.folder / _RECORD)
        return record


def _place(root: Path, key: str) -> Path:
    """The folder for ``key`` in ``root``; where nothing can be written, in a temporary one."""
    folder = root / key
    if (folder / _RECORD).exists() or _writable(folder):
        return folder
    _log.warning("%s cannot be written; the embedding model is exported to another folder", folder)
    return _private_folder() / key


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)


def _users_cache() -> Path:
    """Where the XDG base directory specification puts what can be made again."""
    named = os.environ.get("XDG_CACHE_HOME", "")
    home = Path(named) if Path(named).is_absolute() else Path("~/.cache").expanduser()
    return home / "footnote" / "models"


def _private_folder() -> Path:
    """A folder below the system's temporary one that no other user can write to."""
    folder = Path(tempfile.gettempdir()) / f"footnote-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    state = folder.lstat()
    if not S_ISDIR(state.st_mode) or state.st_uid != os.getuid() or state.st_mode & 0o077:
        raise EmbedderError(
            f"{folder} is not a folder of this user alone; remove it, or make the data directory "
            "writable, so that the embedding model can be exported"
        )
    return folder
