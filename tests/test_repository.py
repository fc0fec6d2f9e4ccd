"""The repository agrees with itself: documents, Makefile, dependencies, versions, sizes."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.test_imports import names_used

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]
DECLARED = [*PROJECT["dependencies"], *(line for extra in EXTRAS.values() for line in extra)]
PACKAGES = ("indexes", "ingestion", "service", "evals")
LARGEST = 1_000_000  # bytes; sample documents may be larger

# Declared, yet imported nowhere: commands, a plug-in of pytest, and what another library runs on.
# Used without being imported; the last three are what moto serves S3 with.
TOOLS = {
    *("ruff", "mypy", "pre-commit", "pytest-socket", "pytest-xdist", "torch"),
    *("flask", "flask-cors", "py-partiql-parser"),
    "schemathesis",
}


def text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def documents() -> list[Path]:
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def names(requirements: Iterable[str]) -> set[str]:
    return {canonicalize_name(Requirement(line).name) for line in requirements}


@cache
def imported(package: str) -> dict[str, frozenset[str]]:
    """The modules of others that a folder imports, each with the distributions that bring it."""
    bring = packages_distributions()
    return {
        module: frozenset(map(canonicalize_name, bring[module]))
        for file in (ROOT / package).rglob("*.py")
        for _, name, is_import in names_used(ast.parse(file.read_text("utf-8")), file.name)
        if is_import and (module := name.partition(".")[0]) in bring
        if module not in {*PACKAGES, "tests"}
    }


def test_the_documents_name_only_targets_that_make_has() -> None:
    targets = set(re.findall(r"^([a-z]+):", text("Makefile"), re.MULTILINE))
    named = {
        target
        for file in documents()
        for target in re.findall(r"(?:^|`)make ([a-z]+)", file.read_text("utf-8"), re.MULTILINE)
    }
    assert {"env", "run", "test", "lint"} <= named
    assert named <= targets


def test_the_documents_name_only_packages_that_run() -> None:
    named = {
        module
        for file in documents()
        for module in re.findall(r"python -m ([a-z_]+)", file.read_text("utf-8"))
    }
    assert named >= {"ingestion", "service"}
    assert {name for name in named if not (ROOT / name / "__main__.py").exists()} == set()


def test_the_documents_link_only_to_files_that_are_there() -> None:
    links = [
        (file, target)
        for file in documents()
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", file.read_text("utf-8"))
    ]
    assert links
    assert [f"{file}: {link}" for file, link in links if not (file.parent / link).exists()] == []


def test_every_dependency_has_its_reason_on_one_line() -> None:
    reasons = re.findall(
        r'^    "([^"]+)",  +# (\w.+)$',
        text("pyproject.toml").partition("\n[tool.")[0],
        re.MULTILINE,
    )
    assert sorted(requirement for requirement, _ in reasons) == sorted(DECLARED)


@pytest.mark.parametrize("package", ["indexes", "ingestion", "service", "evals", "tests"])
def test_what_a_package_imports_its_extra_declares(package: str) -> None:
    extras = {
        "indexes": ["cpu", "gpu"],
        "ingestion": ["cpu", "gpu", "ingestion"],
        "service": ["cpu", "gpu", "service"],
    }.get(package, list(EXTRAS))
    declared = names(
        [*PROJECT["dependencies"], *(line for name in extras for line in EXTRAS[name])]
    )
    found = imported(package)
    assert [module for module, bring in found.items() if declared.isdisjoint(bring)] == []


def test_what_is_declared_is_used() -> None:
    used = {name for folder in (*PACKAGES, "tests") for name in imported(folder).values()}
    assert names(DECLARED) - frozenset().union(*used) - TOOLS == {"faiss-gpu"}


def test_the_constraints_pin_everything_declared_at_an_allowed_version() -> None:
    lines = [line for line in text("constraints.txt").splitlines() if not line.startswith("#")]
    assert [line for line in lines if not re.fullmatch(r"[\w.-]+==[\w.]+", line)] == []
    pinned = {canonicalize_name(name): version for name, version in (s.split("==") for s in lines)}
    for requirement in map(Requirement, DECLARED):
        assert requirement.specifier.contains(pinned[canonicalize_name(requirement.name)]), (
            requirement
        )


def test_torch_has_one_version_everywhere() -> None:
    files = ["pyproject.toml", "constraints.txt", "Makefile", "Dockerfile"]
    assert {
        version for name in files for version in re.findall(r"torch==([\d.]+)", text(name))
    } == {"2.13.0"}


def test_the_changelog_ends_at_the_version_of_the_project() -> None:
    headings = re.findall(r"^## \[(.+?)\]", text("CHANGELOG.md"), re.MULTILINE)
    assert headings[0] == "Unreleased"
    assert headings[1:2] in ([], [PROJECT["version"]])


def test_the_image_of_the_service_holds_no_parser() -> None:
    stage = text("Dockerfile").partition("AS build-service")[2].partition("\nFROM ")[0]
    assert re.findall(r"^COPY (\w+)", stage, re.MULTILINE) == ["indexes", "service"]
    assert ".[service,${FAISS}]" in stage
    parsers = {"unstructured", "pypdfium2", "openpyxl"}
    assert parsers <= names(EXTRAS["ingestion"])
    assert parsers.isdisjoint(names([*PROJECT["dependencies"], *EXTRAS["service"]]))


def test_no_file_is_large() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a git checkout: which files belong to the repository is not known")
    files = [Path(name) for name in listed.stdout.decode().split("\0") if name]
    assert files
    sizes = {file: (ROOT / file).stat().st_size for file in files if (ROOT / file).is_file()}
    assert {
        file: size for file, size in sizes.items() if size > LARGEST and file.parts[0] != "sample"
    } == {}


def test_this_is_the_python_that_the_project_asks_for() -> None:
    assert Requirement(f"python{PROJECT['requires-python']}").specifier.contains(
        ".".join(map(str, sys.version_info[:3]))
    )
