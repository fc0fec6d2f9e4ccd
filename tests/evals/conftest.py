"""The small model that the tests of ingestion make; it serves the measurements too."""

from tests.ingestion.conftest import tiny_model as tiny_model  # noqa: PLC0414 (a fixture)
