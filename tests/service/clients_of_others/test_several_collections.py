"""Several collections as models: who sees which, and what is meant where none is named."""

from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from tests.service.clients_of_others.questions import DOCUMENTS
from tests.service.server import serving
from tests.service.wiki import QUESTION, Wiki, key, keyed_settings


@pytest.fixture
def service(empty_wiki: Wiki) -> Iterator[httpx.Client]:
    """The collections `handbook`, for everybody, and `payroll`, for hr alone."""
    empty_wiki.write("guide/leave.md", DOCUMENTS["guide/leave.md"])
    empty_wiki.ingest("handbook")
    payroll = replace(empty_wiki, root=empty_wiki.root.parent / "payroll")
    payroll.write("bands.md", "# Bands\n\nThe salary band of a zoologist is ninety quatloos.\n")
    payroll.write(".footnote-acl.toml", '[[rule]]\npath = "**"\ngroups = ["hr"]\n')
    payroll.ingest("payroll")
    with serving(keyed_settings(empty_wiki.data_dir)) as client:
        yield client


def test_a_caller_is_offered_the_collections_that_hold_something_for_it(
    service: httpx.Client,
) -> None:
    def models(name: str, prefix: str = "") -> list[str]:
        response = service.get(f"{prefix}/v1/models", headers=key(name))
        return [model["id"] for model in response.json()["data"]]

    assert models("hr") == models("hr", "/open-webui") == ["handbook", "payroll"]
    assert models("staff") == models("staff", "/open-webui") == ["handbook"]
    assert service.get("/v1/models/payroll", headers=key("hr")).status_code == 200
    hidden = service.get("/v1/models/payroll", headers=key("staff"))
    nothing = service.get("/v1/models/nothing", headers=key("staff"))
    assert hidden.status_code == nothing.status_code == 404
    assert hidden.text == nothing.text.replace("nothing", "payroll")

    def ask(model: str | None) -> httpx.Response:
        body = {"model": model, "messages": [{"role": "user", "content": QUESTION}]}
        return service.post("/v1/chat/completions", json=body, headers=key("staff"))

    assert ask("handbook").json()["model"] == "handbook"
    assert "twenty weeks" in ask("handbook").text
    for unclear in ("footnote", "", None):
        refused = ask(unclear)
        assert refused.status_code == 404
        assert refused.json()["error"]["code"] == "model_not_found"
