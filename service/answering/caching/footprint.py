"""How much memory a value holds, about."""

import sys
from collections.abc import Collection, Mapping
from dataclasses import fields, is_dataclass

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
    if is_dataclass(value):
        return own + sum(footprint(getattr(value, each.name)) for each in fields(value))
    return own
