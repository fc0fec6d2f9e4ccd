"""LlamaIndex readers as sources: LlamaIndex's own, and one that fetches over loopback."""

import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from llama_index.core.readers.base import BaseReader
from llama_index.core.schema import Document

from indexes.errors import ConfigurationError, SourceError
from ingestion.acl import Permissions, as_rules
from ingestion.connectors import Reader, ReaderSource
from ingestion.remote.addresses import AddressRule
from ingestion.remote.secret import Secret
from ingestion.types import SourceFile
from tests.ingestion.remote.servers import LOOPBACK, PUBLIC, Response, Server, serving

HERE = "tests.ingestion.test_connectors"
TOKEN = Secret("FORUM_TOKEN", "hunter2-and-more")


class ForumReader(BaseReader):
    """Fetches addresses, as readers of forums and trackers do."""

    def __init__(self, token: str = "", headers: dict[str, str] | None = None) -> None:
        self.token = token
        self.headers = headers or {}

    def load_data(self, urls: list[str]) -> list[Document]:
        print("fetching", len(urls))
        documents = []
        for url in urls:
            with urlopen(url, timeout=2) as answer:  # noqa: S310 (of this test)
                text = answer.read().decode()
            metadata = {
                "url": url,
                "title": f"On {text}",
                "last_modified": "Mon, 06 May 2024 07:08:09 GMT",
            }
            documents.append(Document(text=text, metadata=metadata))
        return documents


class SwallowingReader(BaseReader):
    """Goes on without what it cannot have, as too many do."""

    def load_data(self, url: str) -> list[Document]:
        try:
            urlopen(url, timeout=2).close()  # noqa: S310 (of this test)
        except OSError:
            return [Document(text="what was left", metadata={"file_name": "a"})]
        return []


class FailingReader(BaseReader):
    """Shows what it was given, as clients of APIs do in their errors."""

    def __init__(self, token: str, nested: dict[str, list[str]] | None = None) -> None:
        self.token = (token, nested)

    def load_data(self) -> list[Document]:
        logging.getLogger(__name__).debug("asked")
        raise RuntimeError(f"401 for token {self.token}")


class PartsReader(BaseReader):
    """Returns documents as it is told, by their metadata."""

    def load_data(
        self, parts: list[dict[str, str]], ids: list[str] | None = None
    ) -> list[Document]:
        documents = []
        for number, metadata in enumerate(parts):
            document = Document(text=f"part {number}", metadata=metadata)
            if ids:
                document.id_ = ids[number]
            documents.append(document)
        return documents


class ProgramReader(BaseReader):
    """Starts another program, as readers that clone do."""

    def load_data(self) -> list[Document]:
        subprocess.run([sys.executable, "-c", ""], check=True)
        return [Document(text="x", metadata={"file_name": "a"})]


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(lambda request: Response(request.path.encode())) as served:
        yield served


def source(
    path: str,
    rule: AddressRule = LOOPBACK,
    permissions: Permissions | None = None,
    **reader: object,
) -> ReaderSource:
    described = Reader(path, **reader)  # type: ignore[arg-type]
    return ReaderSource("forum", described, address_rule=rule, permissions=permissions)


def parts(
    *metadata: dict[str, str], ids: list[str] | None = None, **reader: object
) -> list[SourceFile]:
    load = {"parts": list(metadata), "ids": ids}
    return list(source(f"{HERE}.PartsReader", load=load, **reader).files())  # type: ignore[arg-type]


def test_a_folder_read_by_llamaindex(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "a.md").write_text("# Leave")
    (tmp_path / "b" / "nghỉ.txt").write_text("phép")
    reader = source(
        "llama_index.core.SimpleDirectoryReader",
        PUBLIC,
        arguments={"input_dir": str(tmp_path), "recursive": True},
    )
    files = list(reader.files())
    assert [Path(file.path).name for file in files] == ["a.md", "nghỉ.txt"]
    assert [reader.read(file).decode() for file in files] == ["# Leave", "phép"]
    assert files[0].updated_at is not None
    assert files[0].updated_at.endswith("T00:00:00Z")


def test_texts_without_names_are_named_by_what_they_say() -> None:
    reader = source("llama_index.core.readers.StringIterableReader", load={"texts": ["b", "a"]})
    first, again = list(reader.files()), list(reader.files())
    assert first == again
    assert sorted(reader.read(file) for file in first) == [b"a", b"b"]
    assert all(file.type == "txt" and len(file.stem) == 32 for file in first)


def test_a_reader_that_fetches(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    urls = [f"{server.url}/b?id=3", f"{server.url}/a%20b/"]
    reader = source(f"{HERE}.ForumReader", arguments={"token": TOKEN}, load={"urls": urls})
    files = list(reader.files())
    assert [file.path for file in files] == ["127.0.0.1/a b.txt", "127.0.0.1/b?id=3.txt"]
    assert [file.uri for file in files] == [urls[1], urls[0]]
    assert (files[0].title, files[0].updated_at) == ("On /a%20b/", "2024-05-06T07:08:09Z")
    assert reader.read(files[1]) == b"/b"
    assert capsys.readouterr().out == ""
    server.answer = lambda _: Response(b"new")
    changed = list(reader.files())
    assert all(file.version != old.version for file, old in zip(changed, files, strict=True))
    assert reader.read(changed[0]) == b"new"


@pytest.mark.parametrize("name", ["ForumReader", "SwallowingReader"])
def test_private_addresses_are_refused_also_when_the_reader_goes_on(
    server: Server, name: str
) -> None:
    load = {"urls": [server.url]} if name == "ForumReader" else {"url": server.url}
    with pytest.raises(SourceError, match=r"'forum' led to '127\.0\.0\.1'"):
        source(f"{HERE}.{name}", PUBLIC, load=load).files()
    assert server.requests == []


def test_another_program_is_not_started_unless_it_may_connect_anywhere() -> None:
    with pytest.raises(SourceError, match="starts another program"):
        source(f"{HERE}.ProgramReader", PUBLIC).files()
    assert len(list(source(f"{HERE}.ProgramReader").files())) == 1


def test_an_error_names_the_reader_and_shows_no_secret() -> None:
    nested = {"header": [TOKEN, "plain"]}
    reader = source(f"{HERE}.FailingReader", arguments={"token": TOKEN, "nested": nested})
    with pytest.raises(SourceError, match=r"FailingReader of the source 'forum' failed") as caught:
        reader.files()
    assert "RuntimeError: 401 for token ('$FORUM_TOKEN', {'header': ['$FORUM_TOKEN'" in str(
        caught.value
    )
    assert TOKEN.value not in f"{caught.value} {reader.location} {reader!r} {TOKEN!r}"


def test_a_reader_that_returns_nothing_deletes_nothing() -> None:
    with pytest.raises(SourceError, match="returned no document; nothing is taken for deleted"):
        parts()


def test_parts_of_one_path_are_one_document() -> None:
    pages = [{"file_path": "/srv/a.pdf", "page_label": str(page)} for page in (1, 2)]
    reader = source(f"{HERE}.PartsReader", load={"parts": pages})
    (file,) = reader.files()
    assert (file.path, reader.read(file)) == ("srv/a.pdf.txt", b"part 0\n\npart 1")
    assert reader.read(next(reader.files())) == b"part 0\n\npart 1"


@pytest.mark.parametrize(
    ("metadata", "path"),
    [
        ({"file_name": "a.md"}, "a.md"),
        ({"file_name": "a.py"}, "a.py.txt"),
        ({"file_path": "../../etc/./x.md"}, "etc/x.md"),
        ({"file_path": "C:\\wiki\\a.txt"}, "C:/wiki/a.txt"),
        ({"url": "https://wiki.example/a/b/"}, "wiki.example/a/b.txt"),
        ({"url": "https://user:pw@wiki.example/a.md"}, "wiki.example/a.md"),
    ],
)
def test_paths_come_from_the_metadata(metadata: dict[str, str], path: str) -> None:
    assert [file.path for file in parts(metadata)] == [path]


def test_ids_are_paths_where_somebody_chose_them() -> None:
    assert [file.path for file in parts({}, ids=["page-42"])] == ["page-42.txt"]
    random = "123e4567-e89b-42d3-a456-426614174000"
    assert parts({}, ids=[random])[0].path != f"{random}.txt"


def test_the_suffix_and_the_key_of_the_path_can_be_chosen() -> None:
    metadata = {"file_name": "ignored", "slug": "leave", "date": "2024-05-06"}
    (file,) = parts(metadata, suffix=".html", path_from="slug")
    assert (file.path, file.updated_at) == ("leave.html", "2024-05-06T00:00:00Z")


def test_rules_say_who_may_see_a_document() -> None:
    rules = as_rules([{"path": "hr/**", "groups": ["hr"]}], "here")
    load = {"parts": [{"file_path": "hr/a"}, {"file_path": "b"}]}
    reader = source(f"{HERE}.PartsReader", permissions=Permissions.of(rules), load=load)
    assert [set(file.groups) for file in reader.files()] == [set(), {"hr"}]


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("no.such.Reader", "cannot be imported from .*; install its package"),
        ("llama_index.core.NoReader", "cannot be imported"),
        ("", "cannot be imported"),
        ("os.system", "must name a class that derives from"),
        ("pathlib.Path", "must name a class that derives from"),
    ],
)
def test_what_is_no_reader_is_refused(path: str, reason: str) -> None:
    with pytest.raises(ConfigurationError, match=reason):
        source(path)


def test_what_was_not_listed_cannot_be_read() -> None:
    with pytest.raises(SourceError, match="not returned by the reader"):
        source(f"{HERE}.PartsReader").read(SourceFile("forum", "a.txt", "a", None))
