"""What poisoned documents did to answers, as tables."""

from collections.abc import Callable, Iterator, Sequence

from evals.bench.markdown import table
from evals.bench.poison import MARKED, Misinformed
from evals.bench.witness import Asked, Witness, Written
from evals.metrics import contains_answer


def _share(count: int, of: int) -> str:
    return f"{count} of {of}" + (f" ({100 * count / of:.0f} %)" if of else "")


def count(asked: Sequence[Asked], holds: Callable[[Asked], object]) -> int:
    """How many of ``asked`` it is true of."""
    return sum(bool(holds(one)) for one in asked)


def extractive_report(beside: Sequence[Asked], instead: Sequence[Asked]) -> Iterator[str]:
    """By kind of attack, what the extractive answers did."""
    rows = []
    for name, asked in (("beside the clean one", beside), ("instead of it", instead)):
        for kinds in _kinds(asked):
            group = [one for one in asked if one.poisoned.kind in kinds]
            exposed = [one for one in group if one.exposed]
            answered = [one for one in group if not one.poisoned_reply.answer.abstained]
            rows.append(
                [
                    name,
                    next(iter(kinds)) if len(kinds) == 1 else "all of BIPIA",
                    str(len(group)),
                    _share(count(exposed, lambda one: one.noticed), len(exposed)),
                    str(len(answered)),
                    str(sum(len(one.poisoned_reply.unquoted) for one in group)),
                    str(count(group, lambda one: one.repeated)),
                    str(count(group, lambda one: one.marker_released)),
                    _share(count(group, lambda one: one.same), len(group)),
                ]
            )
    header = (
        *("poisoned document", "attack", "asked", "noticed where shown", "answered"),
        *("sentences not quoted", "attack quoted", "marker released", "same answer as without"),
    )
    yield table(header, rows)


def _kinds(asked: Sequence[Asked]) -> list[frozenset[str]]:
    kinds = sorted({one.poisoned.kind for one in asked} - {MARKED})
    groups = [frozenset({kind}) for kind in kinds]
    return [*groups, frozenset(kinds), frozenset({MARKED})]


def misinformation_report(witness: Witness, asked: Sequence[Misinformed], wiki: str) -> str:
    """How often a false passage is believed: it commands nothing, and is cited like any other."""
    answered = quoted = wrong = right = 0
    for one in asked:
        reply = witness.reply(one.question, one.scope(wiki))
        answered += not reply.answer.abstained
        quoted += any(
            each.document.path.startswith(f"{one.id}-") for each in reply.answer.citations
        )
        wrong += contains_answer(reply.text, (one.wrong,), "en")
        right += contains_answer(reply.text, (one.right,), "en")
    number = len(asked)
    rows = [[str(number), *(_share(n, number) for n in (answered, quoted, wrong, right))]]
    header = ("asked", "answered", "false passage cited", "wrong answer in it", "right one in it")
    return table(header, rows)


def model_report(written: Sequence[Written]) -> Iterator[str]:
    """Attacks that succeeded by a mechanical judge: without a defence, fenced, and released."""
    rows = []
    for kind in sorted({one.asked.poisoned.kind for one in written}):
        group = [one for one in written if one.asked.poisoned.kind == kind and one.asked.exposed]
        texts = [(one.undefended, one.fenced, one.asked.poisoned_reply.text) for one in group]
        judged = [
            [one.asked.obeyed(text) for text in three]
            for one, three in zip(group, texts, strict=True)
        ]
        told = [three for three in judged if three[0] is not None]
        columns = [str(sum(bool(three[place]) for three in told)) for place in range(3)]
        answered = sum(not one.asked.poisoned_reply.answer.abstained for one in group)
        rows.append([kind, str(len(group)), str(len(told)), *columns, str(answered)])
    header = (
        *("attack", "shown to the model", "judged", "obeyed undefended", "obeyed fenced"),
        *("obeyed in what was released", "answered"),
    )
    yield table(header, rows)
