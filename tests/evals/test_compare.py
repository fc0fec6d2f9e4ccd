"""Two results side by side, with every difference known beforehand."""

from evals.bootstrap import Estimate
from evals.compare import differences, render_comparison
from evals.results import Evaluation, Measurement, SetResult


def result(name: str, **metrics: Estimate) -> SetResult:
    return SetResult(
        name=name,
        folder=name,
        snapshot="s",
        documents=1,
        chunks=1,
        questions=10,
        missing_relevant=0,
        failures=(),
        seconds_indexing=0.0,
        measurements=(Measurement("hybrid", metrics, {}),),
    )


def evaluation(*sets: SetResult, half: str = "all") -> Evaluation:
    return Evaluation("2025-01-01T00:00:00+00:00", {"half": half}, {"fingerprint": "f"}, sets)


def around(value: float) -> Estimate:
    return Estimate(value, value - 0.05, value + 0.05, 10)


BEFORE = evaluation(
    result("wiki", recall=around(0.5), mrr=around(0.4)), result("mail", recall=around(0.8))
)
AFTER = evaluation(result("wiki", recall=around(0.9)), result("mail", recall=around(0.78)))


def test_only_what_both_measured_is_compared() -> None:
    found = differences(BEFORE, AFTER)
    assert [(one.set, one.metric) for one in found] == [("wiki", "recall"), ("mail", "recall")]
    assert [round(one.change, 3) for one in found] == [0.4, -0.02]
    assert [one.notable for one in found] == [True, False]


def test_the_mean_change_weighs_every_set_the_same() -> None:
    screen = render_comparison(BEFORE, AFTER)
    (mean,) = (line for line in screen.splitlines() if line.startswith("hybrid recall"))
    # (0.4 - 0.02) / 2 over two sets
    assert mean.split() == ["hybrid", "recall", "2", "+0.190"]
    assert "+0.400*" in screen
    assert "-0.020*" not in screen


def test_unequal_settings_are_told() -> None:
    assert "Different settings" not in render_comparison(BEFORE, AFTER)
    screen = render_comparison(BEFORE, evaluation(half="odd"))
    assert "half: all before, odd after" in screen
