"""What finds a name whole, and what finds it in part."""

import pytest
from hypothesis import given

from indexes.language.identifiers import parts, wholes
from tests.indexes.language.texts import TEXT


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ERR_CONN_RESET", "errconnreset"),
        ("KB-2041,", "kb2041"),
        ("(kube-apiserver)", "kubeapiserver"),
        ("config.yaml.", "configyaml"),
        ("foo--bar", "foobar"),
        ("v1.2.3", "1.2.3 1.2"),
        ("1.2.3-rc1", "1.2.3rc1 1.2.3 1.2"),
        ("python-3.11", "python3.11 3.11"),
        ("3.14", "3.14"),
        ("192.168.0.1", "192.168.0.1 192.168"),
        ("2024-01-31", "2024-01-31"),
        ("1,000 1.000.000 12,345,678", "1000 1000000 12345678"),
        ("10,20", ""),
        ("jane.doe@example.com", "janedoe examplecom janedoeexamplecom"),
        ("https://a.example/b?c=1", "aexample httpsaexamplebc1"),
        ("src/app.py", "apppy srcapppy"),
        ("12:30 and/or", "12:30 andor"),
        ("C++, C# and F#.", "c++ c# f#"),
        ("abc++ a+b # Title", "ab"),
        (".NET and .env.", ".net .env"),
        ("... and ..env", ""),
        ("使用kube-proxy部署v1.2", "kubeproxy 1.2"),
        ("2010–2015", "2010–2015"),
        ("plain words, of prose. It's", ""),
        ("a-" * 41, ""),
        ("", ""),
    ],
)
def test_names_whole(text: str, expected: str) -> None:
    assert list(wholes(text)) == expected.split()


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("useEffect", "use effect"),
        ("HTTPServer", "http server"),
        ("parseJSON2024", "parse json 2024"),
        ("KB2041", "kb 2041"),
        ("iPhone", "phone"),
        ("fetchURLs", "fetch urls"),
        ("1990s", "1990"),
        ("19th", "19"),
        ("16GB", "16 gb"),
        ("Word", ""),
        ("NASA", ""),
        ("APIs", ""),
        ("v2", ""),
        ("NguyễnVăn", ""),
        ("aB" * 41, ""),
    ],
)
def test_names_in_part(word: str, expected: str) -> None:
    assert list(parts(word)) == expected.split()


@given(TEXT)
def test_a_name_is_lower_case_and_no_longer_than_its_text(text: str) -> None:
    for name in wholes(text):
        assert name == name.lower()
        assert 1 < len(name) <= len(text.lower())


def test_what_nobody_types_is_left_out() -> None:
    # Long enough to be noticed where a run is tried from each of its characters.
    for piece in ("a", "a-", "1,", "@", "A", "a.b/"):
        text = piece * (200_000 // len(piece))
        assert list(wholes(text)) == []
        assert list(parts(text)) == []
