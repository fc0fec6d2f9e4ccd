"""``python -m ingestion``: exit codes and the one line of JSON."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ingestion.__main__ import main
from tests.ingestion.library import acl
from tests.ingestion.shell import SNAPSHOT, Shell

ROOT = Path(__file__).resolve().parents[2]
REPORT = {
    *("collection", "snapshot", "parent", "published", "documents", "chunks"),
    *("failures", "deleted", "remarks", "duplicates", "refused", "seconds"),
}
DOCUMENTS = {
    *("seen", "added", "changed", "unchanged", "moved", "deleted", "failed", "stale"),
}


def test_the_report_is_one_line_with_the_keys_of_the_contract(shell: Shell) -> None:
    code, out, err = shell("run", str(shell.docs), "--json")
    assert code == 0
    assert out.count("\n") == 1
    report = json.loads(out)
    assert report.keys() == REPORT
    assert report["documents"].keys() == DOCUMENTS
    assert report["chunks"] == {"total": 2, "embedded": 2, "reused": 0}
    assert (report["collection"], report["parent"], report["published"]) == ("wiki", None, True)
    assert report["snapshot"] == shell.store.current()
    assert (report["failures"], report["deleted"]) == ([], [])
    assert all(isinstance(seconds, float) for seconds in report["seconds"].values())
    assert re.fullmatch(SNAPSHOT, report["snapshot"])
    assert err.count("embed") >= 1, "the progress bar"


def test_nothing_changed_is_success(shell: Shell, tiny_model: Path) -> None:
    first = shell.run()
    ran = subprocess.run(
        [
            *(sys.executable, "-m", "ingestion", "run", str(shell.docs), "--json"),
            *("--collection", "wiki", "--data-dir", str(shell.data)),
        ],
        cwd=ROOT,
        env={
            "FOOTNOTE_EMBEDDER_MODEL": str(tiny_model),
            "FOOTNOTE_EMBEDDER_CACHE": os.environ["FOOTNOTE_EMBEDDER_CACHE"],
            "PATH": "/usr/bin:/bin",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.count("\n") == 1
    report = json.loads(ran.stdout)
    assert report.keys() == REPORT
    assert (report["snapshot"], report["parent"]) == (None, first["snapshot"])
    assert report["documents"]["unchanged"] == 2
    assert "stage scan" in ran.stderr


def test_a_summary_for_people(shell: Shell) -> None:
    shell.write("empty.pdf", "")
    code, out, err = shell("run", f"prices={shell.docs}")
    assert code == 1
    assert out.count("\n") == 1
    assert out.startswith("wiki: published 2")
    assert "3 seen, 2 added" in out
    assert "WARNING failed: empty.pdf (parse): empty.pdf is empty (0 bytes)" in err
    assert "Traceback" not in err
    assert shell("run", f"prices={shell.docs}")[1].startswith("wiki: nothing changed;")
    (shell.docs / "prices.csv").unlink()
    code, out, _ = shell("run", f"prices={shell.docs}", "--no-publish")
    assert (code, out.startswith("wiki: built 2")) == (1, True)


def test_some_failed(shell: Shell) -> None:
    shell.write("empty.pdf", "")
    code, out, _ = shell("run", str(shell.docs), "--json")
    assert code == 1
    report = json.loads(out)
    assert report["published"]
    assert report["failures"] == [
        {"path": "empty.pdf", "stage": "parse", "reason": "empty.pdf is empty (0 bytes)"}
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["run", "docs", "--collection", "wiki", "--fast"],
        ["snapshots", "--collection", "wiki"],
        ["snapshots", "publish", "--collection", "wiki"],
        ["snapshots", "prune", "--collection", "wiki", "--keep", "few"],
    ],
)
def test_a_wrong_command_line_is_wrong_usage(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage: python -m ingestion" in capsys.readouterr().err


def test_wrong_usage_says_what_is_wrong(shell: Shell) -> None:
    code, out, err = shell("run", str(shell.docs / "nowhere"))
    assert (code, out) == (2, "")
    assert "nowhere does not exist or is not a folder" in err
    assert shell("run", str(shell.docs / "prices.csv"))[0] == 2
    for name in ("Wiki", "../wiki", "", "a" * 65):
        code, _, err = shell("run", str(shell.docs), collection=name)
        assert (code, "cannot name a collection" in err) == (2, True), name
    code, _, err = shell("run", "=docs")
    assert (code, "write NAME=FOLDER" in err) == (2, True)
    code, _, err = shell("snapshots list", collection="other")
    assert (code, "holds no collection 'other'" in err) == (2, True)
    assert shell.store.current() is None


def test_a_folder_whose_name_holds_an_equals_sign(shell: Shell) -> None:
    odd = shell.docs.rename(shell.docs.with_name("a=b"))
    assert shell("run", str(odd))[0] == 0
    assert shell("run", f"other={odd}")[0] == 0


def test_refused_publishes_nothing(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    current = shell.run()["snapshot"]
    moved = shell.docs.rename(shell.docs.with_name("moved"))
    code, out, err = shell("run", f"docs={moved}")
    assert (code, out, "--relocate" in err) == (3, "", True)
    code, out, err = shell("run", str(shell.docs))
    assert (code, "'docs' is gone: " in err, "--allow-deletions" in err) == (3, True, True)
    assert out.startswith("wiki: REFUSED, built 2")
    (moved / ".footnote-acl.toml").write_text("[[rule")
    code, _, err = shell("run", f"docs={moved}", "--relocate")
    assert (code, "permissions file" in err) == (3, True)
    (moved / ".footnote-acl.toml").write_text(acl(("**", "*")))
    (moved / "prices.csv").unlink()
    monkeypatch.setenv("FOOTNOTE_EMBEDDER_MODEL", str(moved))
    code, _, err = shell("run", f"docs={moved}", "--relocate")
    assert (code, "no .safetensors weights" in err) == (3, True)
    monkeypatch.setenv("FOOTNOTE_EMBEDDER_PRECISION", "int2")
    code, _, err = shell("run", f"docs={moved}", "--relocate")
    assert (code, "FOOTNOTE_EMBEDDER_PRECISION" in err) == (3, True)
    assert shell.store.current() == current
    assert "Traceback" not in err


def test_a_data_directory_that_is_none_is_refused(shell: Shell) -> None:
    shell.data.write_text("a file")
    code, out, err = shell("run", str(shell.docs))
    assert (code, out) == (3, "")
    assert f"the data directory {shell.data} cannot be used" in err


def test_while_another_run_holds_the_collection(shell: Shell) -> None:
    current = shell.run()["snapshot"]
    with shell.store.lock():
        for command in (f"run {shell.docs}", "snapshots prune", f"snapshots publish {current}"):
            code, out, err = shell(command)
            assert (code, out) == (4, "")
            assert "another run is writing the collection 'wiki'" in err
        assert shell("snapshots list")[0] == 0
    assert shell("snapshots prune")[0] == 0


def test_a_rule_that_names_a_folder_is_refused(shell: Shell) -> None:
    (shell.docs / "hr").mkdir()
    shell.write("hr/pay.csv", "who,pay\nlan,2\n")
    shell.write(".footnote-acl.toml", acl(("**", "*"), ("hr", "hr")))
    code, out, err = shell("run", str(shell.docs))
    assert (code, out) == (3, "")
    assert "rule 2 of" in err
    assert "write 'hr/**'" in err


def test_a_refusal_is_reported_and_names_its_flag(shell: Shell) -> None:
    shell.write("teas.csv", "tea,price\nsencha,4\n")
    shell.run()
    for path in ("prices.csv", "giá.csv"):
        (shell.docs / path).unlink()
    code, out, err = shell("run", str(shell.docs), "--json")
    report = json.loads(out)
    assert code == 3
    assert (report["published"], report["deleted"]) == (False, ["giá.csv", "prices.csv"])
    assert "--allow-deletions" in report["refused"]
    assert f"ERROR not published: {report['refused']}" in err
    assert shell("snapshots publish", report["snapshot"])[0] == 0
    shell.write("prices.csv", "item,price\ntea,2\n")
    shell.write("giá.csv", "món,giá\ntrà,2\n")
    shell.run()
    for path in ("prices.csv", "giá.csv"):
        (shell.docs / path).unlink()
    assert shell.run("--allow-deletions")["published"]


def test_a_configured_run_takes_what_is_due(shell: Shell, tmp_path: Path) -> None:
    later = tmp_path / "later"
    later.mkdir()
    (later / "a.csv").write_text("a,b\n1,2\n")
    config = tmp_path / "sources.toml"
    config.write_text(
        f"""
        collection = "wiki"
        data_dir = "{shell.data}"
        [[source]]
        name = "every-run"
        kind = "folder"
        path = "{shell.docs}"
        [[source]]
        name = "yearly"
        kind = "folder"
        path = "{later}"
        schedule = "0 0 1 1 *"
        [[source.rule]]
        path = "**"
        groups = ["hr"]
        """
    )

    def seen(*more: str) -> int:
        assert main(["run", "--config", str(config), "--json", *more]) == 0
        seen: int = json.loads(shell.capsys.readouterr().out)["documents"]["seen"]
        return seen

    assert seen() == 3, "a source that never ran is due"
    assert seen() == 2
    assert seen("--all-due") == 3
    config.write_text(
        config.read_text().replace(
            'name = "every-run"', 'schedule = "0 0 1 1 *"\nname = "every-run"'
        )
    )
    assert seen() == 0, "and says so in the one line that a report is"


@pytest.mark.parametrize(
    "arguments",
    [["run", "--collection", "wiki"], ["run", "docs"], ["run", "docs", "--config", "a.toml"]],
)
def test_what_to_run_is_said_once(arguments: list[str], tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(
        'collection = "wiki"\n[[source]]\nname="a"\nkind="folder"\npath="a"\n'
    )
    settled = [str(tmp_path / each) if each == "a.toml" else each for each in arguments]
    assert main([*settled, "--data-dir", str(tmp_path / "data")]) == 2


def test_logs_for_a_collector(shell: Shell) -> None:
    shell.write("empty.pdf", "")
    _, _, err = shell("run", str(shell.docs), "--log-json")
    lines = [json.loads(line) for line in err.splitlines()]
    assert {"time", "level", "logger", "message"} == lines[0].keys()
    assert "stage scan" in [line["message"] for line in lines]
    warned = [line for line in lines if line["level"] == "warning"]
    assert "failed: empty.pdf" in warned[-1]["message"]


def test_metrics_are_left_for_prometheus(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "footnote.prom"
    shell.write("empty.pdf", "")
    assert shell("run", str(shell.docs), "--metrics", str(path))[0] == 1
    text = path.read_text()
    assert 'footnote_ingestion_exit_code{collection="wiki"} 1.0' in text
    assert 'footnote_ingestion_documents{collection="wiki",state="added"} 2.0' in text
    assert 'footnote_ingestion_documents{collection="wiki",state="failed"} 1.0' in text
    assert 'footnote_ingestion_stage_seconds{collection="wiki",stage="scan"}' in text
    assert shell("run", str(shell.docs / "nowhere"), "--metrics", str(path))[0] == 2
    text = path.read_text()
    assert 'footnote_ingestion_exit_code{collection="wiki"} 2.0' in text
    assert "documents" not in text
    code, _, err = shell("run", str(shell.docs), "--metrics", str(tmp_path / "none" / "m.prom"))
    assert (code, "correct --metrics" in err) == (3, True)
