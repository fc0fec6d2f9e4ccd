"""The environment of every test: nothing calls home, and the developer's own settings stay out."""

import os
from pathlib import Path

from hypothesis import HealthCheck, settings

# Set before any library is imported: some of them read these once, on import.
os.environ.update(
    HF_HUB_OFFLINE="1",
    TRANSFORMERS_OFFLINE="1",
    DO_NOT_TRACK="1",
    SCARF_NO_ANALYTICS="true",
    TOKENIZERS_PARALLELISM="false",
)
for name in [name for name in os.environ if name.startswith("FOOTNOTE_")]:
    del os.environ[name]

# What the built-in model becomes on this processor is settled once, for all runs and processes.
_CACHE = Path(__file__).resolve().parent.parent / ".pytest_cache" / "home"
os.environ["XDG_CACHE_HOME"] = str(_CACHE)
os.environ["FOOTNOTE_EMBEDDER_CACHE"] = str(_CACHE / "footnote" / "models")

# How long an example takes says more of what else the machine does than of the code.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")
