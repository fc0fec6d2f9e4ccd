"""Limits on a request that a schema cannot state: settings and documents decide them."""

from service.errors import InvalidRequest


def check_length(field: str, text: str, limit: int) -> None:
    """InvalidRequest when ``text`` has over ``limit`` code points."""
    if len(text) > limit:
        raise InvalidRequest(field, f"has {len(text)} characters, {limit} are the most; shorten it")


def check_passage(start: int | None, end: int | None, length: int) -> tuple[int, int] | None:
    """The passage of a text of ``length`` code points that was named, or None where none was.

    InvalidRequest when it has one end only, is empty, or is not within the text.
    """
    if start is None and end is None:
        return None
    if start is None or end is None:
        missing = "start" if start is None else "end"
        raise InvalidRequest(missing, "is missing; name both ends of the passage, or neither")
    if not start < end <= length:
        raise InvalidRequest(
            "end", f"is {end}; a passage from {start} ends after that and by {length}"
        )
    return start, end
