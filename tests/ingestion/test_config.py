"""sources.toml: every kind, schedules, rules, secrets, and what is refused with which words."""

from datetime import UTC, datetime, timedelta, timezone
from ipaddress import ip_network
from pathlib import Path

import pytest

from indexes.errors import ConfigurationError
from ingestion.acl import ACL_FILE
from ingestion.config import Configuration, ConfiguredSource, read_sources
from ingestion.connectors import ReaderSource
from ingestion.remote.bucket import BucketSource
from ingestion.remote.git import GitSource
from ingestion.remote.website import WebsiteSource
from ingestion.remote.wiki import WikiSource
from ingestion.sources import FolderSource
from ingestion.toml import Table
from ingestion.types import Feed
from tests.ingestion.library import acl

FOLDER = '[[source]]\nname = "wiki"\nkind = "folder"\npath = "wiki"\n'
EVERY_KIND = """
collection = "staff"
data_dir = "data"
[guards]
max_deleted_share = 0.5
max_failed_share = 0

[[source]]
name = "wiki"
kind = "folder"
path = "wiki"
schedule = "0 2 * * *"
[[source.rule]]
path = "**"
groups = ["staff"]

[[source]]
name = "site"
kind = "website"
sitemap = "https://www.example.org/sitemap.xml"
prefix = "https://www.example.org/docs/"
token = { env = "SITE_TOKEN" }
max_bytes = 1000

[[source]]
name = "handbook"
kind = "git"
url = "https://git.example.org/handbook.git"
branch = "main"
folder = "docs"
include = ["**/*.md"]
link = "https://git.example.org/handbook/blob/main/{path}"
user = "reader"
token = { env = "SITE_TOKEN" }
allow_private = ["10.0.0.0/8", "fd00::/8"]

[[source]]
name = "files"
kind = "s3"
bucket = "files"
prefix = "public"
endpoint_url = "https://s3.example.org"
region = "eu-central-1"
access_key = { env = "S3_ID" }
secret_key = { env = "S3_SECRET" }
allow_private = true

[[source]]
name = "pages"
kind = "mediawiki"
url = "https://wiki.example.org/w/api.php"
namespaces = [0, 12]
token = { env = "SITE_TOKEN" }

[[source]]
name = "texts"
kind = "reader"
reader = "llama_index.core.readers.StringIterableReader"
load = { texts = ["a", "b"] }
suffix = ".md"
"""


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SITE_TOKEN", "S3_ID", "S3_SECRET"):
        monkeypatch.setenv(name, f"hunter2-{name}")


def read(folder: Path, text: str, data_dir: Path | None = None) -> Configuration:
    path = folder / "sources.toml"
    path.write_text(text, "utf-8")
    return read_sources(path, data_dir)


def test_every_kind_is_made(tmp_path: Path) -> None:
    configuration = read(tmp_path, EVERY_KIND)
    assert (configuration.collection, configuration.data_dir) == ("staff", tmp_path / "data")
    assert (configuration.max_deleted_share, configuration.max_failed_share) == (0.5, 0.0)
    made = {source.name: source.source for source in configuration.sources}
    assert [type(source) for source in made.values()] == [
        FolderSource, WebsiteSource, GitSource, BucketSource, WikiSource, ReaderSource
    ]  # fmt: skip
    assert all(source.name == name for name, source in made.items())
    assert [name for name, source in made.items() if isinstance(source, Feed)] == [
        "site",
        "handbook",
        "pages",
    ]
    assert {name: source.location for name, source in made.items()} == {
        "wiki": (tmp_path / "wiki").as_uri(),
        "site": "https://www.example.org/sitemap.xml",
        "handbook": "https://git.example.org/handbook.git#main%3Adocs",
        "files": "s3://files/public/?endpoint=https://s3.example.org",
        "pages": "https://wiki.example.org/w/api.php",
        "texts": "reader:llama_index.core.readers.StringIterableReader",
    }
    assert [made["texts"].read(file) for file in made["texts"].files()] == [b"b", b"a"]
    assert "hunter2" not in repr(configuration)


def test_a_data_directory_that_is_given_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = f'collection = "staff"\ndata_dir = "here"\n{FOLDER}'
    monkeypatch.setenv("FOOTNOTE_DATA_DIR", str(tmp_path / "environment"))
    assert read(tmp_path, text, tmp_path / "given").data_dir == tmp_path / "given"
    assert read(tmp_path, text).data_dir == tmp_path / "here"
    without = text.replace('data_dir = "here"\n', "")
    assert read(tmp_path, without).data_dir == tmp_path / "environment"
    assert read(tmp_path, without).max_deleted_share is None


def test_a_folder_with_rules_of_its_own_is_seen_by_whom_both_let_in(tmp_path: Path) -> None:
    for path in ("wiki/a.md", "wiki/hr/b.md", "wiki/hr/open.md"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("x")
    (tmp_path / "wiki" / ACL_FILE).write_text(acl(("**", "*"), ("hr/b.md", "hr")))
    rules = '[[source.rule]]\npath = "hr/**"\ngroups = ["hr", "it"]\n'
    (source,) = read(tmp_path, f'collection = "c"\n{FOLDER}{rules}').sources
    groups = {file.path: set(file.groups) for file in source.source.files()}
    assert groups == {"a.md": set(), "hr/b.md": {"hr"}, "hr/open.md": {"hr", "it"}}


NIGHTLY = FOLDER + 'schedule = "0 2 * * *"\n'


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("last_run", "now", "due"),
    [
        (None, at(1, 12), True),
        (at(1, 2), at(1, 12), False),
        (at(1, 2), at(2, 1, 59), False),
        (at(1, 2), at(2, 2), True),
        (at(1, 2, 40), at(2, 2), True),
        (at(1, 1, 59), at(1, 12), True),
        (at(1, 2), at(9, 12), True),
        (at(2, 2).astimezone(timezone(timedelta(hours=7))), at(3, 2), True),
    ],
)
def test_a_source_is_due_when_its_time_has_come(
    tmp_path: Path, last_run: datetime | None, now: datetime, *, due: bool
) -> None:
    (source,) = read(tmp_path, f'collection = "c"\n{NIGHTLY}').sources
    assert source.due(last_run, now) is due


def test_without_a_schedule_a_source_is_always_due(tmp_path: Path) -> None:
    (source,) = read(tmp_path, f'collection = "c"\n{FOLDER}').sources
    assert source.due(at(1, 2), at(1, 2))


def test_a_schedule_is_in_the_time_zone_of_the_file(tmp_path: Path) -> None:
    text = f'collection = "c"\ntimezone = "Asia/Ho_Chi_Minh"\n{NIGHTLY}'
    source: ConfiguredSource = read(tmp_path, text).sources[0]
    assert not source.due(at(1, 12), at(1, 18, 59))
    assert source.due(at(1, 12), at(1, 19))


WEBSITE = '[[source]]\nname = "site"\nkind = "website"\nsitemap = "https://e.org/s.xml"\n'
STRINGS = "llama_index.core.readers.StringIterableReader"
READER = f'[[source]]\nname = "r"\nkind = "reader"\nreader = "{STRINGS}"\n'
GIT = '[[source]]\nname = "g"\nkind = "git"\nurl = "https://e.org/a.git"\n'
S3 = '[[source]]\nname = "b"\nkind = "s3"\nbucket = "b"\n'
WIKI = '[[source]]\nname = "m"\nkind = "mediawiki"\nurl = "https://e.org/api.php"\n'


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("collection = [", "cannot be read"),
        ("", "collection is missing"),
        (FOLDER, "collection is missing"),
        ('collection = "c"', "source is missing"),
        ("collection = 3\n" + FOLDER, "collection must be a text"),
        ('collection = "c"\nsource = 3', r"source must be tables: \[\[source\]\]"),
        ('collection = "c"\ncolour = 1\n' + FOLDER, "unknown key 'colour'; known are collection,"),
        ('collection = "c"\ntimezone = "Mars"\n' + FOLDER, "timezone 'Mars' is unknown"),
        ('collection = "c"\nguards = 1\n' + FOLDER, "guards must be a table"),
        ('collection = "c"\nguards.max_failed_share = 2\n' + FOLDER, "must be a number from 0"),
        ('collection = "c"\nguards.max_failed_share = true\n' + FOLDER, "must be a number from 0"),
        ('collection = "c"\nguards.max = 1\n' + FOLDER, r"\[guards\]: unknown key 'max'; known"),
        ('collection = "c"\n' + FOLDER * 2, "two sources are named 'wiki'"),
        ('collection = "c"\n[[source]]\nkind = "folder"', "source 1: name is missing"),
    ],
)
def test_what_is_wrong_with_the_file_is_said(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(ConfigurationError, match=reason) as caught:
        read(tmp_path, text)
    assert "sources.toml" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('[[source]]\nname = "x"', "source 'x': kind is missing"),
        ('[[source]]\nname = "x"\nkind = "ftp"', "kind 'ftp' is unknown; known are folder, web"),
        ('[[source]]\nname = "a/b"\nkind = "folder"', "name must hold neither a slash nor"),
        ('[[source]]\nname = ""', "name must be a text"),
        ('[[source]]\nname = "x"\nkind = "folder"', "source 'x': path is missing"),
        (FOLDER + "branch = 'x'", "source 'wiki': unknown key 'branch'; known are name, kind,"),
        (FOLDER + "allow_private = true", "unknown key 'allow_private'"),
        (FOLDER + "schedule = 'nightly'", "schedule 'nightly' is no cron expression"),
        (FOLDER + "schedule = '0 0 30 2 *'", "schedule|time that never comes"),
        (FOLDER + "rule = 'x'", r"rule must be tables: \[\[rule\]\]"),
        (FOLDER + "[[source.rule]]\npath = 'a'", "rule 1 of .*source 'wiki'"),
        (WEBSITE + "prefix = 'https://e.org/a'", "prefix must end in a slash"),
        (WEBSITE + "max_bytes = 0", "max_bytes must be a whole number above 0"),
        (WEBSITE + "max_bytes = true", "max_bytes must be a whole number above 0"),
        (WEBSITE + "allow_private = 'yes'", "allow_private must be true, false or a list"),
        (WEBSITE + "allow_private = ['10.0.0.1/8']", "allow_private must be true.*host bits"),
        (WEBSITE + "token = { env = 'NOT_SET' }", "variable NOT_SET, which is not set"),
        (WEBSITE + "token = { environment = 'X' }", "token is a secret and never stands"),
        (WEBSITE.replace("https:", "ftp:"), "sitemap must be an http or https address"),
        (GIT.replace("https://e.org/", "git@e.org:"), "url must be an http or https address"),
        (GIT + "include = 'x'", "include must be a list of texts"),
        (GIT + "include = ['']", "include must be a list of texts"),
        (S3 + "access_key = { env = 'S3_ID' }", "access_key and secret_key come together"),
        (WIKI + "namespaces = []", "namespaces must be a list of whole numbers"),
        (WIKI + "namespaces = ['0']", "namespaces must be a list of whole numbers"),
        (READER.replace("llama", "lama"), "source 'r': reader cannot be imported"),
        (READER + "suffix = 'md'", 'suffix must begin with a dot, as in ".md"'),
        (READER + "arguments = 'x'", "arguments must be a table"),
    ],
)
def test_what_is_wrong_with_a_source_is_said(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(ConfigurationError, match=reason) as caught:
        read(tmp_path, f'collection = "c"\n{text}')
    assert str(tmp_path / "sources.toml") in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        WEBSITE + "token = 'hunter2'",
        WEBSITE.replace("https://", "https://user:hunter2@"),
        WEBSITE.replace("s.xml", "s.xml?access_token=hunter2"),
        GIT + "token = 'hunter2'",
        GIT.replace("https://", "https://hunter2@"),
        S3 + "access_key = 'hunter2'\nsecret_key = 'hunter2'",
        S3 + "access_key = { env = 'S3_ID' }\nsecret_key = 'hunter2'",
        WIKI + "token = 'hunter2'",
        READER + "arguments = { api_key = 'hunter2' }",
        READER + "arguments = { aws_access_secret = 'hunter2' }",
        READER + "arguments = { headers = { Authorization = 'Bearer hunter2' } }",
        READER + "load = { tokens = ['hunter2'] }",
        READER + "arguments = { url = 'https://user:hunter2@e.org/' }",
    ],
)
def test_a_secret_in_the_file_is_refused_and_not_repeated(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read(tmp_path, f'collection = "c"\n{text}')
    assert "hunter2" not in str(caught.value)


def test_arguments_take_secrets_from_the_environment_at_any_depth() -> None:
    arguments = {
        "token": {"env": "SITE_TOKEN"},
        "nested": [{"password": {"env": "S3_SECRET"}}],
        "max_tokens": 5,
        "tokenizer": "words",
        "url": "https://e.org/?page=1",
    }
    read_back = Table({"arguments": arguments}, "here").arguments("arguments")
    assert read_back["token"].value == "hunter2-SITE_TOKEN"
    assert read_back["nested"][0]["password"].value == "hunter2-S3_SECRET"
    assert [read_back[key] for key in ("max_tokens", "tokenizer", "url")] == [
        5,
        "words",
        "https://e.org/?page=1",
    ]
    assert "hunter2" not in repr(read_back)


def test_private_addresses_are_allowed_by_name_or_by_network() -> None:
    table = Table({"yes": True, "some": ["10.0.0.0/8", "::1/128"]}, "here")
    assert table.address_rule("yes").allow_private
    assert table.address_rule("some").allowed == (ip_network("10.0.0.0/8"), ip_network("::1/128"))
    assert not table.address_rule("neither").permits("10.0.0.1")
