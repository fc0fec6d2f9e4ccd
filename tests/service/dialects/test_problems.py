import pytest

from indexes.errors import EmbedderError, NoSnapshot, UnknownCollection
from service.dialects.problems import in_dify, in_openai
from service.errors import (
    UNFORESEEN,
    InvalidRequest,
    Problem,
    RequestTooLarge,
    Unauthenticated,
    problem_of,
)


@pytest.mark.parametrize(
    ("problem", "status", "kind", "param", "code"),
    [
        (
            problem_of(UnknownCollection("there is no collection 'x'")),
            404,
            "invalid_request_error",
            "model",
            "model_not_found",
        ),
        (
            problem_of(Unauthenticated("this key is not known here")),
            401,
            "invalid_request_error",
            None,
            "invalid_api_key",
        ),
        (
            problem_of(InvalidRequest("messages.0", "is no text")),
            400,
            "invalid_request_error",
            "messages.0",
            "invalid_value",
        ),
        (
            problem_of(RequestTooLarge("the body is too large")),
            413,
            "invalid_request_error",
            None,
            "request_too_large",
        ),
        (problem_of(NoSnapshot("nothing yet")), 503, "server_error", None, "no_snapshot"),
        (problem_of(EmbedderError("/a/path")), 503, "server_error", None, "embedder_error"),
        (Problem(429, "slow down"), 429, "rate_limit_error", None, "rate_limit_exceeded"),
        (Problem(404, "nothing here"), 404, "invalid_request_error", None, "unknown_url"),
        (Problem(405, "not so"), 405, "invalid_request_error", None, None),
        (UNFORESEEN, 500, "server_error", None, None),
    ],
)
def test_problems_in_openai_s_words(
    problem: Problem, status: int, kind: str, param: str | None, code: str | None
) -> None:
    error = {"message": problem.detail, "type": kind, "param": param, "code": code}
    assert in_openai(problem) == (status, {"error": error})


@pytest.mark.parametrize(
    ("error", "authorization", "status", "code"),
    [
        (Unauthenticated("send a key"), None, 401, 1001),
        (Unauthenticated("send a key"), "key-of-staff", 401, 1001),
        (Unauthenticated("send a key"), "Basic abc", 401, 1001),
        (Unauthenticated("send a key"), "Bearer ", 401, 1001),
        (Unauthenticated("not known"), "Bearer wrong", 401, 1002),
        (Unauthenticated("not known"), "bearer wrong", 401, 1002),
        (UnknownCollection("there is no collection 'x'"), "Bearer key", 404, 2001),
        (InvalidRequest("query", "is blank"), "Bearer key", 422, 422),
        (NoSnapshot("nothing yet"), "Bearer key", 503, 503),
    ],
)
def test_problems_in_dify_s_codes(
    error: Exception, authorization: str | None, status: int, code: int
) -> None:
    assert isinstance(error, UnknownCollection | Unauthenticated | InvalidRequest | NoSnapshot)
    problem = problem_of(error)
    expected = {"error_code": code, "error_msg": problem.detail}
    assert in_dify(problem, authorization) == (status, expected)
