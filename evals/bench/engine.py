"""How an embedder ran, in a few words, for the tables."""

from collections.abc import Mapping

# Of an embedder's description, what its speed depends on.
_SAID = ("engine", "precision", "device")


def engine(description: Mapping[str, str]) -> str:
    """The engine, precision and device that it says it uses, as far as it does."""
    return ", ".join(description[name] for name in _SAID if description.get(name))
