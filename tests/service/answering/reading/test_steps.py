"""Steps over several blocks: which numbered lines follow each other, and where they end."""

import pytest

from service.answering.reading.statements import statements
from service.answering.reading.steps import runs_of_steps

COMMANDS = """Restart the gateway

Do this at night only:

1. Tell the depot.
2. Put the handhelds offline:

scanctl offline --all

3. Restart the service
4. Bring them back:

scanctl online --all

Last checked in May."""

HEADINGS = """1. Purpose

This page says who may travel. It is read every year.

2. Scope

All employees are meant."""

ITEMS = "1. Đăng nhập\n2. Chọn đơn\n   Đợi một phút.\n3. Gửi đơn"
BULLETS = "- one\n- two"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (COMMANDS, [COMMANDS[COMMANDS.index("1.") : COMMANDS.index("\n\nLast")]]),
        (ITEMS, [ITEMS]),
        (HEADINGS, []),
        (BULLETS, []),
        ("1. one\n3. three", []),
        ("3. drei\n4. vier\n\nEnd.\n\n1. one\n2. two", ["3. drei\n4. vier", "1. one\n2. two"]),
        ("一般规定\n1、登录系统\n2、提交申请", ["1、登录系统\n2、提交申请"]),
        ("", []),
    ],
    ids=["commands", "items", "headings", "bullets", "gap", "two", "zh", "empty"],
)
def test_runs_of_steps(text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in runs_of_steps(text)] == expected


def test_steps_are_whole_with_their_commands_and_each_is_a_statement() -> None:
    found = [(COMMANDS[each.start : each.end], each.whole) for each in statements(COMMANDS)]
    assert found == [
        ("1. Tell the depot.", False),
        ("scanctl offline --all", False),
        ("3. Restart the service", False),
        ("scanctl online --all", False),
        (COMMANDS[COMMANDS.index("Do this") : COMMANDS.index("\n\nLast")], True),
        ("Last checked in May.", False),
    ]
    above = {
        COMMANDS[each.start : each.end]: [COMMANDS[a:b] for a, b in each.above]
        for each in statements(COMMANDS)
    }
    assert above["scanctl offline --all"] == ["2. Put the handhelds offline:"]


def test_a_command_that_a_line_announces_is_no_heading() -> None:
    text = "Take them offline:\n\nscanctl offline\n\nThe depot has to know."
    assert [text[each.start : each.end] for each in statements(text)] == [
        "scanctl offline",
        "The depot has to know.",
    ]


def test_steps_that_are_too_long_stand_by_themselves_alone() -> None:
    text = "\n".join(f"{number}. {'word ' * 80}" for number in (1, 2, 3, 4))
    assert [each.whole for each in statements(text)] == [False] * 4
