"""How much memory a value holds, about."""

import sys
from collections.abc import Collection, Mapping

import numpy as np


def footprint(value: object) -> int:
    """Bytes of ``value`` and of all that it refers to; what it refers to twice counts twice."""
    own = sys.getsizeof(value)
    if isinstance(value, str | bytes):
        return own
    if isinstance(value, np.ndarray):
        return own + int(value.nbytes)
    if isinstance(value, Mapping):
        return own + sum(footprint(key) + footprint(each) for key, each in value.items())
    if isinstance(value, Collection):
        return own + sum(map(footprint, value))
    # A dataclass names its fields; `dataclasses.fields` would look for them anew each time.
    names = getattr(value, "__dataclass_fields__", ())
    return own + sum(footprint(getattr(value, name)) for name in names)
