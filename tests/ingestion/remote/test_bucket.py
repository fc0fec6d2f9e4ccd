"""An S3 bucket, against a real S3 API on loopback."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from indexes.errors import SourceError, SourceGone
from ingestion.acl import ACL_FILE, as_rules
from ingestion.remote.bucket import Bucket, BucketSource
from ingestion.remote.secret import Secret
from tests.ingestion.library import acl
from tests.ingestion.remote.servers import IMPATIENT, LOOPBACK, PUBLIC, Response, serving

KEYS = (Secret("S3_ID", "AKIA-of-a-test"), Secret("S3_SECRET", "hunter2-and-more"))
ALL = {"a.md": b"a", "hr/leave.md": b"leave", "hr/ngh\u1ec9 ph\u00e9p.md": b"vi", "z.pdf": b"%PDF"}


@dataclass(frozen=True, slots=True)
class Running:
    """A bucket named "wiki", and the address of its server."""

    client: Any
    url: str

    def put(self, objects: dict[str, bytes]) -> None:
        for key, content in objects.items():
            self.client.put_object(Bucket="wiki", Key=key, Body=content)

    def source(self, prefix: str = "", bucket: str = "wiki", **options: object) -> BucketSource:
        place = Bucket(bucket, prefix, self.url, "us-east-1")
        usual = {"address_rule": LOOPBACK, "keys": KEYS, "limits": IMPATIENT}
        return BucketSource("docs", place, **(usual | options))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def running(address: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    client = boto3.session.Session().client(
        "s3",
        endpoint_url=address,
        region_name="us-east-1",
        aws_access_key_id="x",
        aws_secret_access_key="y",  # noqa: S106 (of a test)
    )
    client.create_bucket(Bucket="wiki")
    yield Running(client, address)
    for page in client.get_paginator("list_objects_v2").paginate(Bucket="wiki"):
        for item in page.get("Contents", ()):
            client.delete_object(Bucket="wiki", Key=item["Key"])
    client.delete_bucket(Bucket="wiki")
    client.close()


def test_objects_come_in_order_of_path_with_what_is_known_of_them(running: Running) -> None:
    running.put(ALL | {"hr/": b"", ".hidden/x.md": b"", "hr/.x.md": b""})
    source = running.source()
    files = list(source.files())
    assert [file.path for file in files] == sorted(ALL)
    assert [source.read(file) for file in files] == [ALL[path] for path in sorted(ALL)]
    first = files[0]
    assert first.uri == "s3://wiki/a.md"
    assert first.version == "0cc175b9c0f1b6a831c399e269772661:1"
    assert first.updated_at is not None
    assert first.updated_at.endswith("Z")
    assert source.location == f"s3://wiki/?endpoint={running.url}"


def test_an_object_that_changed_has_another_version(running: Running) -> None:
    running.put(ALL)
    before = {file.path: file.version for file in running.source().files()}
    running.put({"a.md": b"b"})
    after = {file.path: file.version for file in running.source().files()}
    assert {path for path in before if before[path] != after[path]} == {"a.md"}


def test_a_prefix_is_left_out_of_paths(running: Running) -> None:
    running.put(ALL | {"hr-secret/x.md": b"x"})
    source = running.source("hr/")
    files = list(source.files())
    assert [file.path for file in files] == ["leave.md", "ngh\u1ec9 ph\u00e9p.md"]
    assert files[0].uri == "s3://wiki/hr/leave.md"
    assert source.read(files[0]) == b"leave"


def test_a_long_list_comes_in_pages(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "3")
    running.put({f"{number}.md": b"x" for number in range(8)})
    assert len(running.client.list_objects_v2(Bucket="wiki")["Contents"]) == 3
    assert len(list(running.source().files())) == 8


def test_the_buckets_own_rules_hold_and_the_configured_ones_narrow(running: Running) -> None:
    running.put(ALL | {ACL_FILE: acl(("**", "*"), ("hr/**", "hr")).encode()})
    groups = {file.path: set(file.groups) for file in running.source().files()}
    assert (groups["a.md"], groups["hr/leave.md"]) == ({"*"}, {"hr"})
    rules = as_rules([{"path": "**", "groups": ["staff"]}], "here")
    narrowed = {file.path: set(file.groups) for file in running.source(rules=rules).files()}
    assert (narrowed["a.md"], narrowed["hr/leave.md"]) == ({"staff"}, set())


def test_what_is_missing_or_too_large_is_said(running: Running) -> None:
    running.put({"a.md": bytes(IMPATIENT.bytes + 1)})
    source = running.source()
    (file,) = source.files()
    with pytest.raises(SourceError, match="larger than 100000 bytes"):
        source.read(file)
    with pytest.raises(SourceError, match=r"b\.md in s3.*NoSuchKey"):
        source.read(replace(file, path="b.md"))
    with pytest.raises(SourceGone, match=r"NoSuchBucket.*check the source's bucket and prefix"):
        list(running.source(bucket="another").files())


@pytest.mark.parametrize(("status", "times", "advice"), [(503, 3, "later"), (403, 1, "its keys")])
def test_a_server_that_fails_is_tried_again_and_no_key_is_shown(
    running: Running, status: int, times: int, advice: str
) -> None:
    body = b"<Error><Code>%s</Code><Message>hunter2-and-more</Message></Error>"
    code = b"AccessDenied" if status == 403 else b"SlowDown"
    with serving(lambda _: Response(body % code, status)) as server:
        source = replace(running, url=server.url).source()
        with pytest.raises(SourceError, match=advice) as caught:
            list(source.files())
        assert len(server.requests) == times
    assert "hunter2" not in f"{caught.value} {source.location} {KEYS!r}"
    assert "$S3_SECRET" in str(caught.value)


def test_private_addresses_and_proxies_are_not_used(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    running.put(ALL)
    with pytest.raises(SourceError, match=r"'docs' led to '127\.0\.0\.1'"):
        list(running.source(address_rule=PUBLIC).files())
    with serving(lambda _: Response(status=500)) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        assert len(list(running.source().files())) == len(ALL)
        assert proxy.requests == []


def test_keys_that_are_nowhere_to_be_found_are_asked_for(running: Running) -> None:
    with pytest.raises(SourceError, match="keys"):
        list(running.source(keys=None).files())
