"""Links in what a model writes: none but to the evidence, or to where the evidence itself points.

A small reader of our own rather than a Markdown library: an answer is shown by front ends that
disagree about Markdown, so what any of them might make a link of has to go, also what no standard
calls one (hxxp, invisible characters, percent signs), and the rest must stay to the character.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import unescape
from urllib.parse import unquote

from service.answering.guarding.concealment import fold
from service.answering.guarding.instructions import find
from service.answering.types import Evidence

# Taking one thing away may bring another to light, as in "<[b](x)>"; whoever nests deeper than
# this writes no answer, and loses the brackets.
_ROUNDS = 6
_DECODINGS = 3

# Words with a dot and a stroke that are files rather than hosts: "Node.js/Express".
_FILES = "c|cfg|conf|cs|css|csv|go|h|html?|ini|java|js|json|log|md|php|py|rb|rs|sh|ts|txt|xml|ya?ml"
_ELEMENTS = frozenset(
    """a abbr acronym address applet area article aside audio b base basefont bdi bdo big blockquote
    body br button canvas caption center cite code col colgroup data datalist dd del details dfn
    dialog dir div dl dt em embed fieldset figcaption figure font footer form frame frameset h1 h2
    h3 h4 h5 h6 head header hgroup hr html i iframe image img input ins isindex kbd keygen label
    legend li link listing main map mark marquee math menu meta meter nav nobr noembed noframes
    noscript object ol optgroup option output p param picture plaintext portal pre progress q rb rp
    rt rtc ruby s samp script search section select slot small source span strike strong style sub
    summary sup svg table tbody td template textarea tfoot th thead time title tr track tt u ul var
    video wbr xml xmp""".split()
)
_TAG = re.compile(r"<(?P<name>/?[A-Za-z][^\s<>/=]*+|[!?])[^<>]*>")
_UNCLOSED = re.compile(r"<(?P<name>/?[A-Za-z][^\s<>/=]*+|[!?])[^<>]*+(?!>)")
_DEFINITION = re.compile(r"(?m)^(?P<lead>[\s>]{0,8})\[(?P<label>[^\[\]\n]{1,200})\]:")
_BRACKET = re.compile(r"[\[\]()]")
_ANY_BRACKET = re.compile(r"[<>\[\]]")
# Where a link begins, in folded text. Names like "note:" begin none; "data:" does with its comma.
_BEGINS = re.compile(
    r"(?:h(?:tt|xx|\*\*)ps?|ftps?|wss?|[a-z][a-z0-9+.-]{1,30}(?=:[\\/]{2}))[\[(]?:[\])]?[\\/]{1,4}\S"
    r"|(?<![\w])(?:javascript|vbscript|mailto|tel|sms|blob|magnet|view-source|file(?=:[\\/]))"
    r"(?::|&colon;)\S|(?<!\w)data:[\w/+.-]{0,60}[;,]"
    r"|(?<![\w:/\\])[\\/]{2}[\w-]{1,63}\.\w|(?<![\w@.-])www\.\w"
    rf"|(?<![\w@/.-])(?:[\w-]{{1,63}}\.){{1,8}}(?!(?:{_FILES})\b)[a-z]{{2,24}}(?::\d{{1,5}})?[/?#]\w"
    r"|(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}\.\w"
)
_STOPS = r"\s<>\"“”«»‘’`|，。！？；、（）【】《》「」『』\u3000"
# A host may be Chinese; in a path Chinese is the sentence going on without a space.
_EXTENT = re.compile(
    rf"[^{_STOPS}/?#]*[/\\]{{0,4}}[^{_STOPS}/?#]*[^{_STOPS}\u3040-\u30ff\u3400-\u9fff]*"
)
_TOKEN = re.compile(r"\S+")
_ENCODED = re.compile(r"%[0-9A-Fa-f]{2}|&#?\w{1,31};")
_TRAILING = ".,;:!?'*_~]}"
_WEB = re.compile(r"https?://", re.IGNORECASE)

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Edit:
    """``text[start:end]`` becomes ``instead``."""

    start: int
    end: int
    instead: str = ""


@dataclass(frozen=True)
class _Known:
    """Where the evidence is, and where it points; looked up only for a text that has links."""

    evidence: Sequence[Evidence]

    @cached_property
    def _targets(self) -> frozenset[str]:
        targets = {_key(item.document.uri) for item in self.evidence}
        for item in self.evidence:
            text = _without_instructions(item.text)
            targets |= {_key(text[start:end]) for start, end in _addresses(text)}
            targets |= {_key(_target(text[link.inside : link.end - 1])) for link in _links(text)}
        return frozenset(targets - {""})

    def holds(self, target: str) -> bool:
        return _key(target) in self._targets


@dataclass(frozen=True, slots=True)
class _Link:
    """``text[start:end]`` is "[words](target)" and its target begins at ``inside``."""

    start: int
    end: int
    words: Span
    inside: int


def without_foreign_links(text: str, evidence: Sequence[Evidence]) -> str:
    """``text`` without images, HTML and links but to documents of ``evidence`` and what they name.

    A link becomes its words, an address on its own goes. What stands in an instruction to a machine
    is not named by a document. Applied to what it returns, it changes nothing.
    """
    known = _Known(evidence)
    for _ in range(_ROUNDS):
        before = text
        text = _round(text, known)
        if text == before:
            return text
    while (before := text) != (text := _round(_ANY_BRACKET.sub(" ", before), known)):
        continue
    return text


def _round(text: str, known: _Known) -> str:
    passes: tuple[Callable[[str, _Known], Iterator[_Edit]], ...] = (
        _without_markup,
        _without_targets,
        _without_addresses,
        _without_encoded,
    )
    for each in passes:
        text = _edited(text, each(text, known))
    return text


def _without_markup(text: str, known: _Known) -> Iterator[_Edit]:
    """HTML goes; a name in angle brackets that is no element, as in "List<String>", stays.

    A tag that only a later sentence would close is opened by a space.
    """
    for tag in _TAG.finditer(text):
        inside = tag.group()[1:-1]
        addressed = _BEGINS.search(fold(inside).text) is not None
        if (_is_markup(tag) or addressed) and not (addressed and known.holds(inside)):
            yield _Edit(*tag.span())
    for tag in _UNCLOSED.finditer(text):
        if _is_markup(tag):
            yield _Edit(tag.start(), tag.start() + 1, "< ")
    for defined in _DEFINITION.finditer(text):
        yield _Edit(*defined.span(), f"{defined['lead']}{defined['label']}:")


def _is_markup(tag: re.Match[str]) -> bool:
    name = tag["name"].strip("/").lower()
    return name in _ELEMENTS or name in "!?" or "=" in tag.group()


def _without_targets(text: str, known: _Known) -> Iterator[_Edit]:
    """Images go, links become their words; of links inside links, the outer one."""
    for link in _links(text):
        if text[link.start - 1 : link.start] == "!":
            yield _Edit(link.start - 1, link.end)
        elif not known.holds(_target(text[link.inside : link.end - 1])):
            yield _Edit(link.start, link.end, text[slice(*link.words)])


def _without_addresses(text: str, known: _Known) -> Iterator[_Edit]:
    for start, end in _addresses(text):
        if not known.holds(text[start:end]):
            yield _Edit(start, end)


def _without_encoded(text: str, _: _Known) -> Iterator[_Edit]:
    """Words that only become an address when a browser has decoded them."""
    if not _ENCODED.search(text):
        return
    plain = {start for start, _ in _addresses(text)}
    for token in _TOKEN.finditer(text):
        word = token.group().rstrip(_TRAILING)
        kept = any(start in plain for start in range(token.start(), token.end()))
        if not kept and _ENCODED.search(word) and _hides_address(word):
            yield _Edit(token.start(), token.start() + len(word))


def _hides_address(word: str) -> bool:
    for _ in range(_DECODINGS):
        word = unquote(unescape(word))
        if _BEGINS.search(fold(word).text) or _TAG.search(word):
            return True
    return False


def _addresses(text: str) -> Iterator[Span]:
    """Where addresses of the web, of mail and of files stand in ``text``, however spelled."""
    folded = fold(text)
    done = 0
    for match in _BEGINS.finditer(folded.text):
        start, begun = folded.span(*match.span())
        if start < done:
            continue
        extent = _EXTENT.match(text, start)
        done = max(start + len(_trimmed(extent.group() if extent else "")), begun)
        yield start, done


def _trimmed(address: str) -> str:
    """``address`` without the punctuation of the sentence that it ends."""
    spare = address.count(")") - address.count("(")
    shorter = address.rstrip(_TRAILING)
    while spare > 0 and shorter.endswith(")"):
        shorter = shorter[:-1].rstrip(_TRAILING)
        spare -= 1
    return shorter


def _links(text: str) -> list[_Link]:
    """Markdown's inline links, outermost first, with whatever brackets stand in their words."""
    open_square: list[int] = []
    open_round: list[int] = []
    words: dict[int, Span] = {}
    found: list[_Link] = []
    for match in _BRACKET.finditer(text):
        place = match.start()
        if match.group() == "[":
            open_square.append(place)
        elif match.group() == "]" and open_square:
            words[place + 1] = (open_square.pop() + 1, place)
        elif match.group() == "(":
            open_round.append(place)
        elif match.group() == ")" and open_round:
            begun = open_round.pop()
            if begun in words:
                span = words[begun]
                found.append(_Link(span[0] - 1, place + 1, span, begun + 1))
    return sorted(found, key=lambda link: (link.start, -link.end))


def _target(inside: str) -> str:
    """The address in "(address "title")"."""
    return next(iter(inside.split()), "").strip("<>")


def _key(target: str) -> str:
    """What two spellings of one address share."""
    return _WEB.sub("", target.strip(), count=1).rstrip("/")


def _without_instructions(text: str) -> str:
    kept, done = [], 0
    for each in find(text):
        kept.append(text[done : each.start])
        done = each.end
    return " ".join([*kept, text[done:]])


def _edited(text: str, edits: Iterator[_Edit]) -> str:
    """``text`` with its edits made; of those that overlap the first, and no doubled space."""
    parts: list[str] = []
    done = 0
    for edit in sorted(edits, key=lambda edit: (edit.start, -edit.end)):
        if edit.start < done:
            continue
        before = text[done : edit.start]
        after = text[edit.end : edit.end + 1]
        if not edit.instead and (not after or after in " \n.,;:!?"):
            before = before.rstrip(" ")
        parts += [before, edit.instead]
        done = edit.end
    return "".join([*parts, text[done:]]).strip() if parts else text
