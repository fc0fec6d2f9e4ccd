"""Which documents of a family are newer, by name and by date."""

from hypothesis import given
from hypothesis import strategies as st

from indexes.ages import ages, newest_first
from indexes.types import DocumentInfo
from tests.indexes.documents import make_document


def info(path: str, updated: str | None) -> DocumentInfo:
    moment = f"{updated}-01T00:00:00Z" if updated else None
    return make_document(path, "", updated_at=moment).info


def in_order(*documents: DocumentInfo) -> list[str]:
    return [document.path for document in newest_first(documents)]


def test_a_year_in_a_name_counts_before_the_time_of_the_file() -> None:
    old, new = info("a/leave-2023.md", "2026-02"), info("a/leave-2025.md", "2026-01")
    assert in_order(old, new) == ["a/leave-2025.md", "a/leave-2023.md"]
    between = info("a/copy.md", "2024-06")
    assert in_order(old, between, new)[1] == "a/copy.md"


def test_a_version_counts_before_the_time_of_the_file() -> None:
    second, tenth = info("a/leave v2.md", "2026-02"), info("a/leave v10.md", "2026-01")
    assert in_order(second, tenth) == ["a/leave v10.md", "a/leave v2.md"]
    told = ages([second, tenth, copy := info("a/copy.md", "2026-03")])
    # Such dates say nothing of the copy.
    assert told[second.id].numbered
    assert told[tenth.id].numbered
    assert not told[copy.id].numbered


def test_dates_that_agree_with_the_versions_tell_of_the_others_too() -> None:
    second, third = info("a/leave v2.md", "2025-02"), info("a/leave v3.md", "2026-01")
    assert in_order(info("a/copy.md", "2026-03"), second, third)[0] == "a/copy.md"
    assert not any(age.numbered for age in ages([second, third]).values())


def test_what_calls_itself_old_is_older() -> None:
    assert in_order(info("a/leave-old.md", "2026-02"), info("a/leave.md", "2024-02")) == [
        "a/leave.md",
        "a/leave-old.md",
    ]


def test_a_day_in_a_name_is_no_version() -> None:
    paths = ["a/minutes-2026-03-03.md", "a/minutes-2026-03-10.md"]
    documents = [info(paths[0], "2026-05"), info(paths[1], "2026-04")]
    assert in_order(*documents) == paths


def test_without_name_or_date_nothing_is_told() -> None:
    (age,) = ages([info("a/leave.md", None)]).values()
    assert not age.known


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a", "a 2024", "a 2025", "a v1", "a v2", "a v2 2024", "a old"]),
            st.sampled_from([None, "2024-01", "2024-02", "2026-01"]),
        ),
        max_size=6,
    )
)
def test_the_order_is_one_whatever_the_documents_came_in(
    named: list[tuple[str, str | None]],
) -> None:
    documents = [info(f"{n}/{name}.md", date) for n, (name, date) in enumerate(named)]
    assert in_order(*documents) == in_order(*reversed(documents))
    told = ages(documents)
    orders = [told[document.id].order for document in newest_first(documents)]
    assert orders == sorted(orders, reverse=True)
