"""Dates as documents state them, in UTC."""

import pytest

from ingestion.formats.dates import stated


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-31T16:30:00+07:00", "2026-01-31T09:30:00Z"),
        ("2026-01-31T09:30:00.123Z", "2026-01-31T09:30:00Z"),
        ("2026-01-31 09:30", "2026-01-31T09:30:00Z"),
        ("2026-01-31", "2026-01-31T00:00:00Z"),
        ("2026-01", "2026-01-01T00:00:00Z"),
        ("2026", "2026-01-01T00:00:00Z"),
        ("Sat, 31 Jan 2026 16:30:00 +0700", "2026-01-31T09:30:00Z"),
        ("Sat, 31 Jan 2026 09:30:00 GMT", "2026-01-31T09:30:00Z"),
        ("0001-01-01T00:00:00+14:00", None),
        ("last week", None),
        ("", None),
    ],
)
def test_dates(text: str, moment: str | None) -> None:
    assert stated(text) == moment
