from typing import Any

import pytest

from indexes.types import Document
from service.dialects.connector import answered, fetched, found
from service.dialects.tools import ASK, FETCH, SEARCH, TOOLS, ToolDescription
from tests.service.dialects.told import LEAVE, LINKS, SNAPSHOT, abstained, hit, told

KINDS = {"string": str, "integer": int, "boolean": bool, "null": type(None)}


def fits(value: Any, schema: dict[str, Any]) -> bool:
    """Whether ``value`` has every field that ``schema`` requires, of the kind it says."""
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if kinds == ["object"]:
        fields = schema.get("properties", {})
        rest = schema.get("additionalProperties", True)
        return all(name in value and fits(value[name], fields[name]) for name in fields) and (
            rest is True or all(fits(each, rest) for each in value.values())
        )
    if kinds == ["array"]:
        return all(fits(each, schema["items"]) for each in value)
    return type(value) in {KINDS[kind] for kind in kinds}


@pytest.mark.parametrize(
    ("tool", "argument"), [(SEARCH, "query"), (FETCH, "id"), (ASK, "question")]
)
def test_a_tool_takes_one_text(tool: ToolDescription, argument: str) -> None:
    schema = tool.input_schema
    assert schema["type"] == "object"
    assert schema["required"] == [argument]
    assert schema["properties"].keys() == {argument}
    assert schema["properties"][argument]["type"] == "string"
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize(
    ("tool", "result"),
    [
        (SEARCH, found([hit(LEAVE, "Twenty weeks.", 16)], LINKS)),
        (FETCH, fetched(Document(LEAVE, "Twenty weeks."), SNAPSHOT, LINKS)),
        (ASK, answered(told("zh").answer, "req-1", LINKS)),
        (ASK, answered(abstained(LEAVE).answer, "req-1", LINKS)),
    ],
)
def test_a_result_is_what_its_schema_says(tool: ToolDescription, result: dict[str, Any]) -> None:
    assert fits(result, tool.output_schema)
    assert set(tool.output_schema["required"]) == result.keys()
    for field in result:
        assert not fits({k: v for k, v in result.items() if k != field}, tool.output_schema)


def test_models_are_told_what_each_tool_is_for() -> None:
    assert [tool.name for tool in TOOLS] == ["search", "fetch", "ask"]
    assert all(tool.title and tool.description and tool.meaning for tool in TOOLS)
