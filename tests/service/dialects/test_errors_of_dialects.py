import pytest

from service.api.errors_of_dialects import in_its_dialect
from service.errors import Unauthenticated, problem_of

PROBLEM = problem_of(Unauthenticated("this key is not known here"))


@pytest.mark.parametrize(
    "path",
    [
        "/v1/chat/completions",
        "/v1/models/wiki",
        "/v1/nothing",
        "/open-webui/v1/models",
        "/openai/deployments/wiki/chat/completions",
    ],
)
def test_a_path_of_openai_s_clients_has_openai_s_errors(path: str) -> None:
    told = in_its_dialect(PROBLEM, path, "Bearer wrong")
    assert told is not None
    assert told[0] == 401
    assert told[1]["error"]["code"] == "invalid_api_key"


@pytest.mark.parametrize(("authorization", "code"), [(None, 1001), ("Bearer wrong", 1002)])
def test_dify_s_path_has_dify_s_errors(authorization: str | None, code: int) -> None:
    told = in_its_dialect(PROBLEM, "/retrieval", authorization)
    assert told == (401, {"error_code": code, "error_msg": "this key is not known here"})


@pytest.mark.parametrize("path", ["/ask", "/api/chat", "/mcp", "/v1", "/", "/retrievals"])
def test_any_other_path_keeps_its_problem_documents(path: str) -> None:
    assert in_its_dialect(PROBLEM, path, None) is None
