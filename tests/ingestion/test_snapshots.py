"""``python -m ingestion snapshots``, and what a run does with those that are old or damaged."""

import json
import re

import pytest

from indexes.snapshot import FORMAT, SnapshotStore
from tests.ingestion.shell import SNAPSHOT, Shell


def test_a_damaged_snapshot_is_refused(shell: Shell) -> None:
    current = shell.run()["snapshot"]
    vectors = shell.store.folder(current) / "vectors" / "flat.faiss"
    vectors.write_bytes(vectors.read_bytes()[:-1] + b"?")
    for command in ("snapshots verify", f"snapshots publish {current}"):
        code, _, err = shell(command)
        assert (code, "flat.faiss is not the file that was written" in err) == (3, True)
    code, _, err = shell("run", str(shell.docs))
    assert (code, "flat.faiss" in err) == (3, True)


def test_snapshots_are_listed_published_rolled_back_verified_and_pruned(shell: Shell) -> None:
    ids = [shell.run()["snapshot"]]
    for price in (3, 4):
        shell.write("prices.csv", f"item,price\ntea,{price}\n")
        ids.append(shell.run()["snapshot"])
    shell.write("prices.csv", "item,price\ntea,5\n")
    ids.append(shell.run("--no-publish")["snapshot"])

    code, out, _ = shell("snapshots list")
    assert code == 0
    assert re.findall(rf"^([* ]) ({SNAPSHOT})  2 documents  2 chunks$", out, re.MULTILINE) == [
        *((" ", each) for each in ids[:2]),
        ("*", ids[2]),
        (" ", ids[3]),
    ]
    assert shell("snapshots verify") == (0, "".join(f"{each} is whole\n" for each in ids), "")
    assert shell("snapshots verify", ids[1])[1] == f"{ids[1]} is whole\n"
    assert shell("snapshots publish", ids[3])[:2] == (0, f"published {ids[3]}\n")
    assert shell("snapshots rollback")[:2] == (0, f"published {ids[2]}\n")
    assert shell("snapshots rollback", ids[0])[:2] == (0, f"published {ids[0]}\n")
    code, _, err = shell("snapshots rollback")
    assert (code, "no snapshot older than the published one" in err) == (2, True)
    code, _, err = shell("snapshots publish", "20260101T000000000000Z-000000000000")
    assert (code, "has no snapshot" in err) == (2, True)
    assert shell("snapshots prune --keep 1")[:2] == (0, "deleted 2 snapshots\n")
    assert [manifest.id for manifest in shell.store.manifests()] == [ids[0], ids[3]]
    assert shell.store.current() == ids[0]


@pytest.fixture
def nights(shell: Shell) -> list[str]:
    """Four snapshots, of which the second has an older format and the third is damaged."""
    ids = []
    for price in range(4):
        shell.write("prices.csv", f"item,price\ntea,{price}\n")
        ids.append(shell.run()["snapshot"])
    old, damaged = (shell.store.folder(each) / "manifest.json" for each in ids[1:3])
    old.write_text(old.read_text().replace(f'"format": {FORMAT}', f'"format": {FORMAT - 1}'))
    damaged.write_text(damaged.read_text()[:100])
    return ids


def test_snapshots_that_cannot_be_read_hide_no_other(shell: Shell, nights: list[str]) -> None:
    code, out, err = shell("snapshots list")
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        f"  {nights[0]}  2 documents  2 chunks",
        f"  {nights[1]}  cannot be read: format {FORMAT - 1}",
        f"  {nights[2]}  cannot be read: damaged",
        f"* {nights[3]}  2 documents  2 chunks",
    ]
    code, out, err = shell("snapshots verify")
    assert (code, out) == (3, f"{nights[0]} is whole\n{nights[3]} is whole\n")
    assert f"has format {FORMAT - 1}" in err
    assert f"{nights[2]} is damaged" in err
    assert shell("snapshots rollback")[:2] == (0, f"published {nights[0]}\n")
    assert shell("snapshots prune --keep 1")[:2] == (0, "deleted 2 snapshots\n")
    assert [each.id for each in shell.store.listing()] == [nights[0], nights[3]]


def test_nor_do_they_cost_a_report(shell: Shell, nights: list[str]) -> None:
    shell.write("prices.csv", "item,price\ntea,9\n")
    report = shell.run("--keep", "2")
    assert report["published"]
    left = [each.id for each in shell.store.listing()]
    assert left == [*nights[2:], report["snapshot"]]


def test_old_snapshots_that_cannot_be_deleted_cost_no_report(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_store: SnapshotStore, _keep: int) -> list[str]:
        raise PermissionError(13, "Permission denied", "snapshots")

    shell.run()
    monkeypatch.setattr(SnapshotStore, "prune", fail)
    shell.write("prices.csv", "item,price\ntea,9\n")
    code, out, err = shell("run", str(shell.docs), "--json", "--keep", "1")
    assert (code, json.loads(out)["published"]) == (0, True)
    assert "WARNING the run was published, and old snapshots could not be deleted" in err


def test_a_rollback_says_what_it_left_out(shell: Shell) -> None:
    old = shell.run()["snapshot"]
    (shell.docs / "prices.csv").unlink()
    assert shell.run()["deleted"] == ["prices.csv"]
    code, out, _ = shell("snapshots rollback")
    assert code == 0
    found = re.fullmatch(rf"published ({SNAPSHOT}) \({old} without what is gone by now\)\n", out)
    assert found
    assert found[1] == shell.store.current() != old
    assert shell("snapshots rollback --as-it-was", old)[:2] == (0, f"published {old}\n")


def test_old_snapshots_go_by_themselves(shell: Shell) -> None:
    for price in range(4):
        shell.write("prices.csv", f"item,price\ntea,{price}\n")
        shell.run("--keep", "2")
    assert len(shell.store.manifests()) == 3, "the published one, and two before it"
