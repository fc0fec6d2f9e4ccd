"""English noun phrases, found without a parser: what a question is about."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from service.answering.conversation.phrases import names, words

DETERMINERS = frozenset(
    "a an the my our your his her its their each every any some all no another both this that "
    "these those which what whose one two three four five ten".split()
)
_JOINING = frozenset("of in on for at from with to between within under into".split())
AUXILIARIES = frozenset(
    "is are was were be been am do does did can could may might must shall should will would "
    "has have had isn't aren't doesn't don't can't won't".split()
)
CLAUSE_OPENERS = frozenset(
    "and or but because before after when while if unless until once since so although that which "
    "who where whether assuming how why than as said say says think thought".split()
)
_OTHER = frozenset(
    "i you we us me he she it they them him there here who whom when where why how as by about "
    "than then not also too only just ever still again more most much many long often far soon "
    "please during without through over per via out up off away back own same such else if up "
    "eligible responsible allowed able available required possible necessary connected suggested "
    "supposed entitled charge valid due safe needed in at to".split()
)
_VERBS = frozenset(
    "accept allow answer appear apply approve arrive ask assign become begin belong bring build "
    "buy call come compare complete contact contain cover create decide define describe differ do "
    "earn end enter exist expire explain find finish fit follow gain get give go grant happen have "
    "hear help hold include inform install join keep know lead learn let live look lose make "
    "manage mean measure meet mention move need notify occur open organise organize own pay permit "
    "phone prevent produce provide raise reach read receive record refund remain replace request "
    "require reset run say see sell send serve share show sign stand stay stop submit suggest take "
    "talk tell think try understand update upload wait want wear weigh win wipe write gives goes "
    "does has leads leaves left kept paid sent made found held given taken won began".split()
)
# Nouns as well: verbs only where they end a clause that has an auxiliary.
_AT_THE_END = frozenset(
    "act change charge close cost count display end fail hit last leave order report return rise "
    "start state use work".split()
)
_ENDINGS = ("ing", "es", "ed", "s", "d")


@dataclass(frozen=True, slots=True)
class NounPhrase:
    """``text[start:end]`` of a question; ``determiner`` is "" where it has none, lower case."""

    start: int
    end: int
    text: str
    determiner: str

    @property
    def plural(self) -> bool:
        """Whether its last word looks like a plural."""
        return self.text.endswith("s") and not self.text.endswith(("ss", "us", "is"))

    @property
    def named(self) -> bool:
        """Whether it holds a name or a code."""
        return any(map(str.isupper, self.text))

    @property
    def definite(self) -> bool:
        """Whether it names something, so that a pronoun may stand for it."""
        return bool(self.determiner) or self.plural or self.named


def noun_phrases(text: str) -> list[NounPhrase]:
    """The simple noun phrases of ``text``: a determiner and the content words that follow it."""
    found: list[NounPhrase] = []
    tokens = words(text)
    named = {place for start, end in names(text) for place in range(start, end)}
    helped = any(token.group().lower() in AUXILIARIES for token in tokens)
    determiner: re.Match[str] | None = None
    run: list[re.Match[str]] = []
    for index, token in enumerate([*tokens, None]):
        at_end = index == len(tokens) - 1 or (token is not None and _closes(text, token))
        content = token is not None and (
            (token.start() in named and token.group() != "I")
            or _is_content(token.group(), at_end=at_end and helped)
        )
        if token is not None and content and _adjoins(text, run, token):
            run.append(token)
            continue
        if run:
            found.append(_phrase(text, determiner, run))
        run = [token] if token is not None and content else []
        is_determiner = token is not None and token.group().lower() in DETERMINERS
        determiner = token if is_determiner else None
    return found


def whole_phrases(text: str) -> list[NounPhrase]:
    """The noun phrases of ``text``, each with those that prepositions join to it."""
    joined: list[NounPhrase] = []
    for phrase in noun_phrases(text):
        between = text[joined[-1].end : phrase.start].strip().lower() if joined else ""
        if between in _JOINING:
            last = joined.pop()
            whole = text[last.start : phrase.end]
            joined.append(replace(last, end=phrase.end, text=whole))
        else:
            joined.append(phrase)
    return joined


def topic(question: str, *, plural: bool = False) -> str:
    """What ``question`` is about: its first phrase with a name, else with a determiner, else any.

    Of "how many weeks of leave" it is the leave. ``plural`` prefers what "they" can mean. "" where
    it has no noun phrase.
    """
    measured = None if plural else _MEASURED.match(question)
    if measured:
        return next(
            (each.text for each in noun_phrases(question) if each.start >= measured.end()), ""
        )
    phrases = [phrase for phrase in whole_phrases(question) if phrase.determiner not in _ASKING]
    phrases = phrases or whole_phrases(question)
    if plural:
        phrases = [phrase for phrase in phrases if _head_is_plural(phrase)] or phrases
    named = [phrase for phrase in phrases if names(f"- {phrase.text}")]
    determined = [phrase for phrase in phrases if phrase.determiner]
    chosen: Iterable[NounPhrase] = named or determined or phrases
    return next((phrase.text for phrase in chosen), "")


_ASKING = frozenset({"which", "what", "whose"})
_MEASURED = re.compile(r"how (?:many|much) \w+ of (?=\w)", re.IGNORECASE)


def _head_is_plural(phrase: NounPhrase) -> bool:
    head = re.split(rf"\s(?:{'|'.join(_JOINING)})\s", phrase.text)[0]
    return replace(phrase, text=head).plural


def _is_content(word: str, *, at_end: bool) -> bool:
    folded = word.lower()
    known = DETERMINERS | AUXILIARIES | CLAUSE_OPENERS | _OTHER | _JOINING
    if re.split("['’]", folded)[0] in known or _is_verb(folded):
        return False
    return not (at_end and folded in _AT_THE_END) and not folded.endswith(("n't", "n’t"))


def _is_verb(word: str) -> bool:
    stems = [word, *(word.removesuffix(ending) for ending in _ENDINGS if word.endswith(ending))]
    return any(stem in _VERBS or f"{stem}e" in _VERBS for stem in stems)


def _closes(text: str, token: re.Match[str]) -> bool:
    return text[token.end() : token.end() + 1] in {"?", ",", ".", ";", ":"}


def _adjoins(text: str, run: list[re.Match[str]], token: re.Match[str]) -> bool:
    return not run or not text[run[-1].end() : token.start()].strip()


def _phrase(text: str, determiner: re.Match[str] | None, run: list[re.Match[str]]) -> NounPhrase:
    start = (determiner or run[0]).start()
    kind = determiner.group().lower() if determiner else ""
    return NounPhrase(start, run[-1].end(), text[start : run[-1].end()], kind)
