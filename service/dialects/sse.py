"""Server-sent events as text."""

import json
from collections.abc import Mapping
from typing import Any

MEDIA_TYPE = "text/event-stream"
DONE = "data: [DONE]\n\n"


def event(data: Mapping[str, Any], name: str = "") -> str:
    """One event. Its JSON is all ASCII.

    Some clients end a line at U+2028 or U+0085 too, which texts may hold and JSON need not escape.
    """
    return framed(json.dumps(data), name)


def framed(text: str, name: str = "") -> str:
    """One event of JSON that is all ASCII already, and so stands on one line."""
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {text}\n\n"
