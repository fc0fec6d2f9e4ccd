"""The environment of every test: nothing calls home, and the developer's own settings stay out."""

import os

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

# How long an example takes says more of what else the machine does than of the code.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")
