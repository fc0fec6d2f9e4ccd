"""OpenAI's list of models, which here are the collections that can be asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Model:
    """A collection, and when the snapshot that is served of it was made (ISO 8601)."""

    name: str
    created_at: str


def model(served: Model) -> dict[str, Any]:
    """One model; ``created`` is in seconds since 1970."""
    return {
        "id": served.name,
        "object": "model",
        "created": int(datetime.fromisoformat(served.created_at).timestamp()),
        "owned_by": "footnote",
    }


def models(served: Sequence[Model]) -> dict[str, Any]:
    """All of them."""
    return {"object": "list", "data": [model(each) for each in served]}
