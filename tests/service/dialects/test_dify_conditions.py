from typing import Any

import pytest

from service.dialects.dify_conditions import Condition, Conditions
from service.errors import InvalidRequest

METADATA = {"path": "guide/Leave.md", "page": 3, "updated_at": "2026-01-02T03:04:05Z"}


@pytest.mark.parametrize(
    ("name", "operator", "value", "met"),
    [
        ("path", "contains", "leave", True),
        ("path", "contains", "travel", False),
        ("path", "not contains", "travel", True),
        ("nothing", "not contains", "travel", True),
        ("path", "start with", "GUIDE/", True),
        ("path", "start with", "Leave", False),
        ("path", "end with", ".md", True),
        ("path", "is", "guide/leave.md", True),
        ("path", "is", "guide", False),
        ("path", "is not", "guide", True),
        ("path", "in", ["a", "guide/leave.md"], True),
        ("path", "in", "guide/leave.md", True),
        ("path", "in", [], False),
        ("path", "not in", ["a"], True),
        ("path", "empty", None, False),
        ("nothing", "empty", None, True),
        ("path", "not empty", None, True),
        ("page", "=", "3", True),
        ("page", "=", 4, False),
        ("page", "≠", 4, True),
        ("nothing", "≠", 4, True),
        ("page", ">", 2, True),
        ("page", ">", 3, False),
        ("page", "≥", 3, True),
        ("page", "<", 4, True),
        ("page", "≤", 2, False),
        ("path", ">", 2, False),
        ("nothing", "<", 2, False),
        ("page", "<", 10**400, False),
        ("updated_at", "before", "2026-02-01", True),
        ("updated_at", "before", "2026-01-02T03:04:05Z", False),
        ("updated_at", "after", "2025-12-31T00:00:00+07:00", True),
        ("updated_at", "after", "yesterday", False),
        ("updated_at", "after", 7, False),
    ],
)
def test_an_operator_compares_as_it_says(name: str, operator: str, value: Any, met: bool) -> None:  # noqa: FBT001
    assert Condition((name,), operator, value).met_by(METADATA) is met


def test_any_of_several_fields_will_do() -> None:
    assert Condition(("nothing", "path"), "end with", "md").met_by(METADATA)


def test_conditions_are_joined() -> None:
    true, false = Condition(("page",), "=", 3), Condition(("page",), "=", 4)
    assert Conditions((true, true)).met_by(METADATA)
    assert not Conditions((true, false)).met_by(METADATA)
    assert Conditions((true, false), "or").met_by(METADATA)
    assert not Conditions((false, false), "or").met_by(METADATA)
    assert Conditions((), "or").met_by(METADATA)


def test_an_unknown_operator_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="no operator 'like'; there are: contains"):
        Condition(("path",), "like", "x")
