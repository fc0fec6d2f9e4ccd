"""The environment of every test: nothing calls home, and the developer's own settings stay out."""

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from indexes.embedder import Embedder

# Set before any library is imported: some of them read these once, on import.
os.environ.update(
    HF_HUB_OFFLINE="1",
    TRANSFORMERS_OFFLINE="1",
    DO_NOT_TRACK="1",
    SCARF_NO_ANALYTICS="true",
    TOKENIZERS_PARALLELISM="false",
    # A thread that spins while it waits takes the time of the processes that a test starts.
    OMP_WAIT_POLICY="passive",
    GOMP_SPINCOUNT="0",
)
for name in [name for name in os.environ if name.startswith("FOOTNOTE_")]:
    del os.environ[name]

# What tests write lies in memory where there is plenty of that: a run flushes its files so often
# that on a disk it takes twice as long. A developer's own TMPDIR is left alone.
_MEMORY = Path("/dev/shm")  # noqa: S108 (pytest makes a folder of this user's own in it)
_ENOUGH_BYTES = 4 << 30  # of which the suite writes a quarter of one
if (
    "TMPDIR" not in os.environ
    and _MEMORY.is_dir()
    and shutil.disk_usage(_MEMORY).free > _ENOUGH_BYTES
    and not os.statvfs(_MEMORY).f_flag & os.ST_NOEXEC
):
    os.environ["TMPDIR"] = tempfile.tempdir = str(_MEMORY)

# What the built-in model becomes on this processor is settled once, for all runs and processes.
_CACHE = Path(__file__).resolve().parent.parent / ".pytest_cache" / "home"
os.environ["XDG_CACHE_HOME"] = str(_CACHE)
os.environ["FOOTNOTE_EMBEDDER_CACHE"] = str(_CACHE / "footnote" / "models")

# How long an example takes says more of what else the machine does than of the code.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def embedder() -> "Embedder":
    """The built-in model, loaded once for all tests."""
    from indexes.embedder import EmbedderSettings, open_embedder  # noqa: PLC0415 (after the environment)

    return open_embedder(EmbedderSettings())
