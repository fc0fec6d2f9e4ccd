"""This year's page beside last year's: what changed is answered from the newest one seen."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from indexes.embedder import Embedder
from indexes.types import document_id
from ingestion.pipeline import run
from ingestion.sandbox import Sandbox
from ingestion.sources import FolderSource
from tests.service.server import serving
from tests.service.wiki import key, keyed_settings

COLLECTION = "handbook"
# Next year's pages are drafts that only hr may read.
ACL = '[[rule]]\npath = "**"\ngroups = ["*"]\n\n[[rule]]\npath = "2027/**"\ngroups = ["hr"]\n'

ENGLISH = """# Getting to work

Everyone who works at the yard may come by train, by bicycle or by car. The gate opens at six in
the morning and closes at ten in the evening.

Season tickets for the train are ordered from the travel desk by the tenth of a month and are valid
from the first of the next.

Whoever comes by car parks on the eastern lot. The western lot belongs to visitors and to the fire
brigade.

Charging points for electric cars stand in the second row. A car leaves the point once it is
charged.

Bicycles are kept in the cellar under the canteen. The door is opened with the badge that also opens
the lockers.

{fee}

A badge that is lost is reported to the porter on the same day, who blocks it and hands out another.

Showers and lockers are beside the cellar. A locker is emptied every Friday so that it can be
cleaned.

Tools and a pump hang on the wall behind the stairs. Spare tubes are sold by the porter at cost.

A bicycle that nobody has moved for six months is marked with a yellow tag and given away after
another month.

In snow the ramp to the cellar is closed, and bicycles stand under the roof of the loading bay.

Questions about all this are answered by the facility team, on the ground floor next to the lifts.
"""
CHINESE = """# 上下班交通

员工可以乘火车、骑自行车或开车来厂。大门早上六点开放，晚上十点关闭。

火车月票每月十日之前向差旅处预订，从下个月一日起生效。

开车的员工把车停在东停车场。西停车场留给访客和消防队使用。

电动汽车的充电桩设在第二排。充满电以后请把车开走，给同事让位。

自行车停放在食堂下面的地下室，用开储物柜的门卡开门。

{fee}

门卡遗失当天要向门卫报告，由门卫停用旧卡并发放新卡。

淋浴间和储物柜在地下室旁边。储物柜每星期五清空，以便打扫。

工具和打气筒挂在楼梯后面的墙上。备用内胎由门卫按成本价出售。

六个月没有移动过的自行车会贴上黄色标签，再过一个月就送给别人。

下雪的时候地下室的坡道关闭，自行车停在装卸区的屋檐下面。

有关问题请咨询一楼电梯旁边的后勤组。
"""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of every year's handbook, what each year's says of a fee, and what is asked of it."""

    name: str
    text: str
    fees: dict[int, str]
    question: str
    question_of_2025: str

    def path(self, year: int) -> str:
        return f"{year}/{self.name}"


# The oldest is worded most like the question.
PAGES = [
    Page(
        "commuting.md",
        ENGLISH,
        {
            2025: "The fee for a place in the bicycle cellar is twelve euros in 2025.",
            2026: "The fee for a place in the bicycle cellar has risen to fifteen euros in 2026.",
            2027: "The fee for a place in the bicycle cellar has risen to nineteen euros in 2027.",
        },
        "What is the fee for a place in the bicycle cellar?",
        "What was the fee for a place in the bicycle cellar in 2025?",
    ),
    Page(
        "交通.md",
        CHINESE,
        {
            2025: "2025年自行车停车位的费用是十二欧元。",
            2026: "2026年自行车停车位的年度费用提高到十五欧元。",
            2027: "2027年自行车停车位的年度费用提高到十九欧元。",
        },
        "自行车停车位的费用是多少？",
        "2025年自行车停车位的费用是多少？",
    ),
]
each_page = pytest.mark.parametrize("page", PAGES, ids=["en", "zh"])


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Iterator[httpx.Client]:
    folder = tmp_path_factory.mktemp("versions")
    root, data_dir = folder / "docs", folder / "data"
    root.mkdir()
    data_dir.mkdir()
    (root / ".footnote-acl.toml").write_text(ACL)
    for page in PAGES:
        for year, fee in page.fees.items():
            write(root / page.path(year), page.text.format(fee=fee), year)
    with Sandbox() as parser:
        source = FolderSource(root, "docs")
        report = run([source], COLLECTION, data_dir, embedder=embedder, parser=parser)
    assert report.published
    assert report.failures == ()
    with serving(keyed_settings(data_dir)) as served:
        yield served


def write(file: Path, text: str, year: int) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, "utf-8")
    written = datetime(year, 1, 2, tzinfo=UTC).timestamp()
    os.utime(file, (written, written))


def ask(client: httpx.Client, question: str, caller: str) -> dict[str, Any]:
    reply = client.post("/ask", json={"question": question}, headers=key(caller))
    assert reply.status_code == 200, reply.text
    answer: dict[str, Any] = reply.json()
    return answer


def copies(page: Page, *years: int) -> list[tuple[str, str]]:
    paths = [page.path(year) for year in years]
    return [(document_id(COLLECTION, "docs", path), path) for path in paths]


def cited(answer: dict[str, Any]) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Path and quote of each citation, and the copies that it lists."""
    return [
        (
            citation["path"],
            citation["quote"],
            [(copy["document_id"], copy["path"]) for copy in citation["duplicates"]],
        )
        for citation in answer["citations"]
    ]


@each_page
def test_what_changed_is_answered_from_the_newest(client: httpx.Client, page: Page) -> None:
    answer = ask(client, page.question, "hr")
    assert answer["answer"] == page.fees[2027]
    assert cited(answer) == [(page.path(2027), page.fees[2027], copies(page, 2026, 2025))]


@each_page
def test_who_may_see_only_the_older_is_answered_from_that(client: httpx.Client, page: Page) -> None:
    answer = ask(client, page.question, "staff")
    assert answer["answer"] == page.fees[2026]
    assert cited(answer) == [(page.path(2026), page.fees[2026], copies(page, 2025))]
    assert page.path(2027) not in str(answer)


@each_page
def test_a_year_that_only_the_older_names_is_answered_from_it(
    client: httpx.Client, page: Page
) -> None:
    answer = ask(client, page.question_of_2025, "staff")
    assert answer["answer"].startswith(page.fees[2025])
    assert cited(answer)[0] == (page.path(2025), page.fees[2025], copies(page, 2026))


@each_page
def test_what_did_not_change_is_answered_from_the_newest_alone(
    client: httpx.Client, page: Page
) -> None:
    unchanged = page.text.split("\n\n")[4].replace("\n", " ")
    found = client.post("/search", json={"query": unchanged, "k": 50}, headers=key("hr")).json()
    told = [" ".join(hit["text"].split()) for hit in found["hits"]]
    paths = [
        hit["path"] for hit, text in zip(found["hits"], told, strict=True) if unchanged in text
    ]
    assert paths == [page.path(2027)]
