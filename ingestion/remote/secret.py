"""A password or token, taken from the environment, that no message ever shows."""

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Secret:
    """The value of the environment variable ``variable``; its repr shows only the name."""

    variable: str
    value: str = field(repr=False)


def redact(text: str, secrets: Iterable[Secret | None]) -> str:
    """``text`` with every secret replaced by the name of its variable.

    For what other programs write in their errors: they know nothing of our care.
    """
    for secret in secrets:
        if secret is not None and secret.value:
            text = text.replace(secret.value, f"${secret.variable}")
    return text
