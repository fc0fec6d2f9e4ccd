"""Limits on a request that settings decide, and that a schema therefore cannot state."""

from service.errors import InvalidRequest


def check_length(field: str, text: str, limit: int) -> None:
    """InvalidRequest when ``text`` has over ``limit`` code points."""
    if len(text) > limit:
        raise InvalidRequest(field, f"has {len(text)} characters, {limit} are the most; shorten it")
