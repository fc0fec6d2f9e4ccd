"""The finite forms of English verbs."""

import pytest

from service.answering.caching.verbs import is_finite


@pytest.mark.parametrize(
    ("form", "base", "helping"),
    [
        ("joined", "join", "did"),
        ("moved", "move", "did"),
        ("studied", "study", "did"),
        ("stayed", "stay", "did"),
        ("stopped", "stop", "did"),
        ("needed", "need", "did"),
        ("fixed", "fix", "did"),
        ("wrote", "write", "did"),
        ("cut", "cut", "did"),
        ("means", "mean", "does"),
        ("goes", "go", "does"),
        ("teaches", "teach", "does"),
        ("carries", "carry", "does"),
        ("uses", "use", "does"),
        ("has", "have", "does"),
    ],
)
def test_finite_forms(form: str, base: str, helping: str) -> None:
    assert is_finite(form, base, helping)


@pytest.mark.parametrize(
    ("form", "base", "helping"),
    [
        ("writed", "write", "did"),
        ("joins", "join", "did"),
        ("joined", "join", "does"),
        ("left", "live", "did"),
        ("joined", "join", "was"),
        ("join", "join", "did"),
    ],
)
def test_other_forms(form: str, base: str, helping: str) -> None:
    assert not is_finite(form, base, helping)
