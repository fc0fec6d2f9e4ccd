"""Dates as documents state them to ISO 8601 timestamps in UTC."""

import re
from datetime import UTC, date, datetime, time
from email.utils import parsedate_to_datetime

_YEAR_OR_MONTH = re.compile(r"(\d{4})(?:-(\d{2}))?")


def in_utc(moment: datetime | None) -> str | None:
    """A moment to the second; one without a time zone is taken to be in UTC."""
    if moment is None:
        return None
    try:
        aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (OverflowError, ValueError):
        return None
    return f"{aware.replace(tzinfo=None).isoformat(timespec='seconds')}Z"  # years of four digits


def stated(text: str) -> str | None:
    """What an ISO 8601 or RFC 5322 date says, or None where the text is neither.

    A year or a month stands for its first day.
    """
    text = text.strip()
    if partial := _YEAR_OR_MONTH.fullmatch(text):
        text = f"{partial[1]}-{partial[2] or '01'}-01"
    for read in (datetime.fromisoformat, _of_day, parsedate_to_datetime):
        try:
            return in_utc(read(text))
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return None


def _of_day(text: str) -> datetime:
    return datetime.combine(date.fromisoformat(text[:10]), time.min)
