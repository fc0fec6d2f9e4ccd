"""Who a caller is and what it may see: keys, front ends, proxies, and what is denied."""

from hashlib import sha256
from ipaddress import ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes.errors import ConfigurationError
from indexes.types import EVERYONE
from service.auth import Authenticator, Key, is_loopback, new_key, read_keys, refuse_exposure
from service.errors import Unauthenticated

PLAIN, FRONT = "plain-key", "front-key"
KEYS = (
    Key("intranet", sha256(PLAIN.encode()).hexdigest(), frozenset({"staff"})),
    Key("chatbot", sha256(FRONT.encode()).hexdigest(), frozenset({"staff", "hr"}), front_end=True),
)
PROXIES = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))
STRANGER, PROXY = "203.0.113.9", "10.1.2.3"

Headers = list[tuple[bytes, bytes]]


def headers(key: str | None = None, user: str | None = None, groups: str | None = None) -> Headers:
    given = {
        "authorization": None if key is None else f"Bearer {key}",
        "x-footnote-user": user,
        "x-footnote-groups": groups,
    }
    return [(name.encode(), text.encode()) for name, text in given.items() if text is not None]


def groups_of(sent: Headers, peer: str = STRANGER) -> frozenset[str]:
    return Authenticator(KEYS, PROXIES).caller(sent, peer).scope.groups


def test_without_keys_everyone_sees_what_is_for_everyone() -> None:
    anonymous = Authenticator(())
    for sent in ([], headers("whatever"), headers(groups="hr"), headers(user="ann", groups="hr")):
        assert anonymous.caller(sent, "127.0.0.1").scope.groups == {EVERYONE}
    twice = headers("a") + headers("b")
    assert anonymous.caller(twice, "127.0.0.1").scope.groups == {EVERYONE}


def test_a_key_sees_its_groups_whatever_headers_say() -> None:
    assert groups_of(headers(PLAIN)) == {"staff", EVERYONE}
    assert groups_of(headers(PLAIN, user="ann", groups="hr")) == {"staff", EVERYONE}
    assert groups_of(headers(PLAIN, user="ann")) == {"staff", EVERYONE}


@pytest.mark.parametrize(
    ("user", "groups", "expected"),
    [
        (None, None, {"staff", "hr", EVERYONE}),
        ("ann", "hr", {"hr", EVERYONE}),
        ("ann", " hr , staff,", {"hr", "staff", EVERYONE}),
        ("ann", "hr,board", {"hr", EVERYONE}),
        ("ann", "board", {EVERYONE}),
        ("ann", "HR", {EVERYONE}),
        ("ann", "", {EVERYONE}),
        ("ann", None, {EVERYONE}),
        ("", None, {EVERYONE}),
        (None, "hr", {"hr", EVERYONE}),
        (None, "board", {EVERYONE}),
    ],
)
def test_a_front_end_can_only_narrow(
    user: str | None, groups: str | None, expected: set[str]
) -> None:
    assert groups_of(headers(FRONT, user, groups)) == expected


@given(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8")))
def test_no_header_widens_a_front_ends_key(user: str, groups: str) -> None:
    assert groups_of(headers(FRONT, user, groups)) <= {"staff", "hr", EVERYONE}


def test_a_person_is_told_apart_from_the_front_end() -> None:
    authenticator = Authenticator(KEYS)
    ann = authenticator.caller(headers(FRONT, "ann", "hr"), STRANGER)
    ben = authenticator.caller(headers(FRONT, "ben", "hr"), STRANGER)
    assert (ann.name, ben.name) == ("chatbot/ann", "chatbot/ben")


@pytest.mark.parametrize(
    "sent",
    [
        [],
        headers("wrong"),
        headers(""),
        headers(PLAIN[:-1]),
        headers(sha256(PLAIN.encode()).hexdigest()),
        headers(user="ann", groups="staff"),
        [(b"authorization", b"Basic cGxhaW4ta2V5")],
        [(b"authorization", PLAIN.encode())],
        headers(PLAIN) + headers(FRONT),
        headers(FRONT, "ann", "hr") + headers(groups="staff"),
        [*headers(FRONT), (b"x-footnote-groups", b"\xff")],
    ],
)
def test_what_cannot_be_decided_is_denied(sent: Headers) -> None:
    with pytest.raises(Unauthenticated):
        Authenticator(KEYS, PROXIES).caller(sent, STRANGER)


def test_the_scheme_is_read_in_any_case() -> None:
    assert groups_of([(b"authorization", f"bearer {PLAIN}".encode())]) == {"staff", EVERYONE}


def test_a_trusted_proxy_carries_the_signed_in_person() -> None:
    caller = Authenticator(KEYS, PROXIES).caller(headers(user="ann", groups="board, hr"), PROXY)
    assert caller.name == "ann"
    assert caller.scope.groups == {"board", "hr", EVERYONE}
    assert groups_of(headers(user="ann"), "fd00::1") == {EVERYONE}
    assert groups_of(headers(user="ann", groups="hr"), "::ffff:10.1.2.3") == {"hr", EVERYONE}
    assert groups_of(headers(PLAIN, user="ann", groups="hr"), PROXY) == {"staff", EVERYONE}


@pytest.mark.parametrize(
    ("sent", "peer"),
    [
        (headers(), PROXY),
        (headers(groups="hr"), PROXY),
        (headers(user="", groups="hr"), PROXY),
        (headers("wrong", user="ann", groups="hr"), PROXY),
        (headers(user="ann", groups="hr") + headers(groups="board"), PROXY),
        (headers(user="ann", groups="hr"), STRANGER),
        (headers(user="ann", groups="hr"), "a.socket"),
        (headers(user="ann", groups="hr"), None),
    ],
)
def test_nobody_else_speaks_for_a_person(sent: Headers, peer: str | None) -> None:
    with pytest.raises(Unauthenticated):
        Authenticator(KEYS, PROXIES).caller(sent, peer)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost", "::ffff:127.0.0.1"])
def test_loopback_needs_no_keys(host: str) -> None:
    assert is_loopback(host)
    refuse_exposure(host, has_keys=False, allow_anonymous=False)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "wiki.example", ""])  # noqa: S104
def test_strangers_are_let_in_only_on_purpose(host: str) -> None:
    with pytest.raises(ConfigurationError, match="FOOTNOTE_ALLOW_ANONYMOUS"):
        refuse_exposure(host, has_keys=False, allow_anonymous=False)
    refuse_exposure(host, has_keys=True, allow_anonymous=False)
    refuse_exposure(host, has_keys=False, allow_anonymous=True)


def test_a_new_key_opens_what_its_table_says(tmp_path: Path) -> None:
    key, table = new_key('Phòng "nhân sự"', ["hr", "staff"], front_end=True)
    plain, other = new_key("chatbot", [], front_end=False)
    path = tmp_path / "keys.toml"
    path.write_text(f"{table}\n{other}", "utf-8")
    assert key not in table
    authenticator = Authenticator(read_keys(path))
    caller = authenticator.caller(headers(key), STRANGER)
    assert caller.name == 'Phòng "nhân sự"'
    assert caller.scope.groups == {"hr", "staff", EVERYONE}
    assert authenticator.caller(headers(key, "ann"), STRANGER).scope.groups == {EVERYONE}
    assert authenticator.caller(headers(plain), STRANGER).scope.groups == {EVERYONE}


def test_two_new_keys_differ_and_bad_names_are_refused() -> None:
    assert new_key("a", [], front_end=False)[0] != new_key("a", [], front_end=False)[0]
    for name, groups in (("", ["a"]), ("a\x7f", ["a"]), ("a", ["b\n"])):
        with pytest.raises(ConfigurationError, match="cannot be a name"):
            new_key(name, groups, front_end=False)


DIGEST = "ab" * 32
GOOD = f'[[key]]\nname = "a"\nsha256 = "{DIGEST}"\ngroups = ["g"]\n'


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "at least one"),
        ("key = 3", "at least one"),
        ("key = []", "at least one"),
        ("[[key]", "cannot be read"),
        (GOOD + "[extra]\n", "nothing else"),
        (GOOD + "frontend = true\n", "key 1"),
        (GOOD + 'front_end = "yes"\n', "key 1"),
        (GOOD.replace(DIGEST, "plain text"), "key 1"),
        (GOOD.replace('["g"]', '"g"'), "key 1"),
        (GOOD.replace('["g"]', "[1]"), "key 1"),
        (GOOD.replace('"a"', '""'), "key 1"),
        (GOOD + GOOD.replace("ab", "cd"), "same name"),
        (GOOD + GOOD.replace('"a"', '"b"'), "same sha256"),
        ("key = [1]", "key 1"),
    ],
)
def test_a_keys_file_that_is_not_understood_opens_nothing(
    tmp_path: Path, content: str, problem: str
) -> None:
    path = tmp_path / "keys.toml"
    path.write_text(content)
    with pytest.raises(ConfigurationError, match=problem) as caught:
        read_keys(path)
    assert str(path) in str(caught.value)


def test_a_missing_keys_file_opens_nothing(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_keys(tmp_path / "missing.toml")
