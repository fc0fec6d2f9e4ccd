from openai.types import Model as OpenAIModel

from service.dialects.openai_models import Model, models


def test_collections_are_listed_as_models() -> None:
    listed = models(
        [
            Model("handbook", "2026-11-21T09:00:00.5+00:00"),
            Model("wiki", "2026-01-01T00:00:00+00:00"),
        ]
    )
    assert listed == {
        "object": "list",
        "data": [
            {"id": "handbook", "object": "model", "created": 1795251600, "owned_by": "footnote"},
            {"id": "wiki", "object": "model", "created": 1767225600, "owned_by": "footnote"},
        ],
    }
    assert [OpenAIModel.model_validate(each).id for each in listed["data"]] == ["handbook", "wiki"]


def test_without_a_collection_the_list_is_empty() -> None:
    assert models([]) == {"object": "list", "data": []}
