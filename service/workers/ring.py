"""The last records of every worker process, in memory that all of them read."""

from mmap import mmap
from struct import Struct
from threading import Lock
from time import monotonic
from zlib import crc32

KEY_BYTES = 16
_BYTES = 1 << 21  # of each worker: some thousand questions, each with what its answer cites
# Key, seconds of the machine's monotonic clock, length and CRC-32 of what follows.
_HEAD = Struct(f"<{KEY_BYTES}sdII")


class Ring:
    """Records by key; each worker overwrites the oldest of its own.

    A record that is being overwritten while another worker reads it fails its checksum, and counts
    as not there: nobody waits. Safe to use from any thread.
    """

    def __init__(self, workers: int = 1, capacity: int = _BYTES) -> None:
        """Made before the workers are forked; ``capacity`` are the bytes of each."""
        self._memory = mmap(-1, workers * capacity)
        self._capacity = capacity
        self._begin = self._at = 0
        self._lock = Lock()

    def become(self, worker: int) -> None:
        """Write as this worker, from 0, over what one that died under this number wrote first."""
        self._begin = self._at = worker * self._capacity

    def append(self, key: bytes, content: bytes) -> None:
        """Keep ``content`` under a key of KEY_BYTES; not where a worker's part cannot hold it."""
        head = _HEAD.pack(key, monotonic(), len(content), crc32(content))
        size = len(head) + len(content)
        if size > self._capacity:
            return
        with self._lock:
            end = self._begin + self._capacity
            if self._at + size > end:
                # What stands there is older than what is overwritten next.
                self._memory[self._at : end] = bytes(end - self._at)
                self._at = self._begin
            self._memory[self._at : self._at + size] = head + content
            self._at += size

    def find(self, key: bytes) -> bytes | None:
        """The newest content under ``key``, of any worker, if it is still kept."""
        newest, found = float("-inf"), None
        at = self._memory.find(key)
        while at >= 0:
            read = self._read(at)
            if read is not None and read[0] > newest:
                newest, found = read
            at = self._memory.find(key, at + 1)
        return found

    def _read(self, at: int) -> tuple[float, bytes] | None:
        """Time and content of the record that begins at ``at``; None where none does any more."""
        head = self._memory[at : at + _HEAD.size]
        if len(head) < _HEAD.size:
            return None
        _, written, length, checksum = _HEAD.unpack(head)
        begin = at + _HEAD.size
        content = self._memory[begin : begin + length]
        return (written, content) if crc32(content) == checksum else None
