"""What a process that touches an untrusted file may take, and how it is held to that."""

import ctypes
import math
import os
import resource
from collections.abc import Mapping
from dataclasses import dataclass

MEBIBYTE = 1 << 20
PAGE_SECONDS = 2  # allowed for each page that is drawn, on top of what any file is allowed
# Nothing else of the environment reaches such a process, so that no secret does.
_ENVIRONMENT = {
    *("PATH", "HOME", "TMPDIR", "TZ", "LANG", "LC_ALL", "LC_CTYPE"),
    *("LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONHOME"),
}
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000  # linux/sched.h
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost: seconds, and bytes of address space, input, output and expansion.

    ``expanded_bytes`` and ``expansion_ratio`` bound what a ZIP container (DOCX, ODT, EPUB) says
    it holds, in all and relative to its own size. ``output_bytes`` is for a file's text and
    attachments together, ``picture_bytes`` for each of its pages that is drawn.
    """

    wall_seconds: float = 60.0
    cpu_seconds: int = 60
    memory_bytes: int = 4 << 30
    output_bytes: int = 64 << 20
    picture_bytes: int = 128 << 20
    input_bytes: int = 256 << 20
    expanded_bytes: int = 1 << 30
    expansion_ratio: float = 200.0

    def drawing_seconds(self, pages: int) -> int:
        """What drawing so many pages may take in all, beyond the limits of one file's time."""
        return PAGE_SECONDS * pages

    @property
    def too_much_text(self) -> str:
        """What is said of a file whose text is over ``output_bytes``."""
        return f"holds more than {in_mebibytes(self.output_bytes)} of text; split it"


@dataclass(frozen=True, slots=True)
class ProgramLimits:
    """What one run of an external program may cost: seconds, and bytes of memory and of a file.

    ``file_bytes`` bounds each file that it writes, and what it prints. ``processes`` bounds how
    many its user may have in all, threads included; the kernel does not hold root to it, and None
    leaves it alone.
    """

    wall_seconds: float = 120.0
    cpu_seconds: int = 120
    memory_bytes: int = 4 << 30
    file_bytes: int = 256 << 20
    processes: int | None = None


def in_mebibytes(count: int) -> str:
    """``count`` bytes for a reader, as in "64 MiB"."""
    return f"{count / MEBIBYTE:g} MiB"


def environment() -> dict[str, str]:
    """What such a process may know of this one's environment; one thread for each library."""
    known = {name: value for name, value in os.environ.items() if name in _ENVIRONMENT}
    return known | {"OMP_NUM_THREADS": "1", "OMP_THREAD_LIMIT": "1", "OPENBLAS_NUM_THREADS": "1"}


def leave_network() -> None:
    """Move this process into a network namespace of its own, which is empty.

    The kernel lets an unprivileged process do so, if it has one thread, unless the machine's owner
    forbade it. Then nothing happens here: run the ingestion in a container without a network.
    """
    ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWUSER | _CLONE_NEWNET)


def die_with_parent(signal_number: int) -> None:
    """Have the kernel send this process a signal when the thread that started it ends."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal_number, 0, 0, 0)


def restrict(bounds: Mapping[int, int]) -> None:
    """Lower this process's limits (``resource.RLIMIT_*``) for good; what is lower already stays."""
    for what, bound in bounds.items():
        resource.setrlimit(what, (_within(what, bound),) * 2)


def allow_processor(seconds: float) -> None:
    """Let this process compute for so long from now; the kernel ends it then."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = math.ceil(used.ru_utime + used.ru_stime + seconds)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (_within(resource.RLIMIT_CPU, soft), hard))


def _within(what: int, bound: int) -> int:
    """``bound``, or the limit that this process was started under, where that is lower."""
    _, hard = resource.getrlimit(what)
    return bound if hard == resource.RLIM_INFINITY else min(bound, hard)
