"""Dates as other systems write them, as ISO 8601 timestamps in UTC."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def as_utc(written: str) -> str | None:
    """An ISO 8601 date or timestamp (without a zone: in UTC), or None where it is none."""
    try:
        return in_utc(datetime.fromisoformat(written.strip()))
    except ValueError:
        return None


def as_moment(written: str) -> datetime | None:
    """A date of an HTTP header (RFC 9110, section 5.6.7), or None where it is none."""
    try:
        moment = parsedate_to_datetime(written)
    except (ValueError, TypeError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def in_utc(moment: datetime | None) -> str | None:
    """``moment``, taken as UTC where it names no zone; None where UTC has no such year."""
    if moment is None:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    try:
        return aware.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except OverflowError:
        return None
