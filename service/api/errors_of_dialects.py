"""How each dialect words a problem, by the path of the request."""

from typing import Any

from service.dialects.dialect import Dialect, spoken_at
from service.dialects.problems import in_dify, in_openai
from service.errors import Problem

_AS_OPENAI = frozenset({Dialect.OPENAI, Dialect.RESPONSES, Dialect.OPEN_WEBUI, Dialect.AZURE})


def in_its_dialect(
    problem: Problem, path: str, authorization: str | None
) -> tuple[int, dict[str, Any]] | None:
    """Status and JSON body of ``problem`` on ``path``; None where it stays a problem document."""
    dialect = spoken_at(path)
    if dialect in _AS_OPENAI:
        return in_openai(problem)
    if dialect is Dialect.DIFY:
        return in_dify(problem, authorization)
    return None
