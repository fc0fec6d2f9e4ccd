"""From a brief to the messages that a model is sent, within its budget of tokens."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from indexes.errors import GenerationError
from indexes.language import sentences
from service.answering.types import Brief, Draft, Evidence, Turn
from service.answering.writing.chat import Message
from service.answering.writing.examples import Example, Examples
from service.answering.writing.fencing import fence_for, fenced, harmless, quoted
from service.answering.writing.prompts import NO_ANSWER, PromptVersion, Wording
from service.answering.writing.structured import as_json
from service.answering.writing.tokens import OTHER_TOKENS, estimated_tokens

# What a chat template writes around one message: a role, two or three control tokens, line ends.
_MESSAGE_TOKENS = 8
# Examples show how to write, and earlier turns what "it" means; answers rest on the passages.
_EXAMPLES_SHARE = 0.3
_HISTORY_SHARE = 0.25
# A passage cut shorter than about two sentences answers nothing.
_SHORTEST_PASSAGE_TOKENS = 60
_METADATA_CHARS = 200

_LANGUAGES = {
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fr": "French",
    "id": "Indonesian",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "nl": "Dutch",
    "pt": "Portuguese",
    "vi": "Vietnamese",
    "zh": "Chinese",
}


@dataclass(frozen=True, slots=True)
class Prompt:
    """The messages, the marks that fence passages in them, and the passages that had room."""

    messages: tuple[Message, ...]
    fences: frozenset[str]
    numbers: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Passage:
    """What is shown of an Evidence: lines of metadata, and its text made harmless."""

    number: int
    head: str
    text: str

    def fenced(self, fence: str) -> str:
        return fenced(self.number, self.head + self.text, fence)

    def cost(self, fence: str) -> int:
        return estimated_tokens(self.fenced(fence) + "\n\n")


@dataclass(frozen=True, slots=True)
class Composer:
    """Writes the prompts of one version; the examples may be others than its own."""

    version: PromptVersion
    examples: Examples

    def compose(self, brief: Brief, budget: int, *, structured: bool) -> Prompt:
        """The prompt for ``brief`` in at most ``budget`` tokens, as ``estimated_tokens`` counts.

        Passages are taken whole, in their order, while they fit; where not even one fits, the
        first is cut after a sentence. Roles alternate, as strict chat templates demand.
        GenerationError where the rules and the question leave no room for a passage.
        """
        form = _Form(self.version, brief.language, structured=structured)
        asked = harmless(brief.question.text).strip()
        passages = [_passage(each) for each in brief.evidence]
        said = [harmless(turn.content) for turn in brief.question.history]
        fence = fence_for([asked, *said, *(f"{each.head}\0{each.text}" for each in passages)])
        system = form.system()
        room = budget - _cost(system) - _cost(form.request(asked, "", fence))
        shown = form.shown(self.examples.for_brief(brief), int(room * _EXAMPLES_SHARE))
        history = _recent(brief.question.history, int(room * _HISTORY_SHARE))
        room -= sum(map(_cost, [*shown.messages, *history]))
        fitting = _fitting(passages, fence, room)
        last = form.request(asked, "\n\n".join(each.fenced(fence) for each in fitting), fence)
        return Prompt(
            (system, *shown.messages, *_alternating([*history, last])),
            shown.fences | {fence},
            frozenset(each.number for each in fitting),
        )


@dataclass(frozen=True, slots=True)
class _Form:
    """One version's words in one language, for answers as text or as JSON."""

    version: PromptVersion
    language: str
    structured: bool

    @property
    def wording(self) -> Wording:
        return self.version.json if self.structured else self.version.text

    @property
    def named(self) -> str:
        return _LANGUAGES.get(self.language, "the language of the question")

    def system(self) -> Message:
        rule, silence = self.wording.rule, self.wording.silence
        text = self.version.system.substitute(language=self.named, rule=rule, silence=silence)
        return Message("system", text)

    def request(self, question: str, passages: str, fence: str) -> Message:
        text = self.version.user.substitute(
            question=question,
            passages=passages,
            fence=fence,
            language=self.named,
            reminder=self.wording.reminder,
        )
        return Message("user", text)

    def shown(self, examples: Sequence[Example], room: int) -> Prompt:
        """The first of the examples that fit, each as a question and a reply."""
        messages: list[Message] = []
        fences: set[str] = set()
        for example in examples:
            question, passages = harmless(example.question), map(quoted, example.passages)
            texts = list(passages)
            fence = fence_for([question, *texts])
            text = "\n\n".join(fenced(n, each, fence) for n, each in enumerate(texts, 1))
            pair = self.request(question, text, fence), self.reply(example.answer)
            room -= sum(map(_cost, pair))
            if room < 0:
                break
            messages += pair
            fences.add(fence)
        return Prompt(tuple(messages), frozenset(fences), frozenset())

    def reply(self, answer: Sequence[Draft]) -> Message:
        if self.structured:
            return Message("assistant", as_json(answer))
        return Message("assistant", " ".join(map(_marked, answer)) or NO_ANSWER)


def _marked(draft: Draft) -> str:
    """The sentence with its marks in front of its full stop."""
    text = draft.text.rstrip(".。!！?？")
    return text + "".join(f" [{number}]" for number in draft.numbers) + draft.text[len(text) :]


def _cost(message: Message) -> int:
    return estimated_tokens(message.content) + _MESSAGE_TOKENS


def _passage(evidence: Evidence) -> _Passage:
    document = evidence.document
    metadata = {
        "Title": document.title,
        "Section": " > ".join(evidence.hit.chunk.section),
        "Updated": document.dated[:10],
    }
    head = "".join(
        f"{name}: {' '.join(quoted(value).split())[:_METADATA_CHARS]}\n"
        for name, value in metadata.items()
        if value
    )
    return _Passage(evidence.number, head, "\n".join(quoted(evidence.text).splitlines()))


def _fitting(passages: Sequence[_Passage], fence: str, room: int) -> list[_Passage]:
    shown: list[_Passage] = []
    left = room
    for passage in passages:
        cost = passage.cost(fence)
        if cost <= left:
            shown.append(passage)
            left -= cost
    return shown if shown or not passages else [_beginning(passages[0], fence, room)]


def _beginning(passage: _Passage, fence: str, room: int) -> _Passage:
    """The first sentences of ``passage`` or, where the first is too long, its first characters."""
    left = room - replace(passage, text="").cost(fence)
    if left < _SHORTEST_PASSAGE_TOKENS:
        raise GenerationError(
            "The question and the rules leave too few tokens of the language model's context for "
            "a passage: ask a shorter question, or raise its context tokens in the settings."
        )
    text = passage.text
    ends = [end for _, end in sentences(text) if estimated_tokens(text[:end]) < left]
    return replace(passage, text=text[: ends[-1] if ends else int(left / OTHER_TOKENS)])


def _recent(turns: Sequence[Turn], room: int) -> list[Message]:
    """The newest whole turns that fit, in their order."""
    recent: list[Message] = []
    for turn in reversed(turns):
        message = Message(turn.role, harmless(turn.content).strip())
        room -= _cost(message)
        if room < 0:
            break
        recent.append(message)
    return recent[::-1]


def _alternating(messages: Sequence[Message]) -> list[Message]:
    """The messages from the first of the user on, neighbours of one role joined."""
    joined: list[Message] = []
    for message in messages:
        if joined and joined[-1].role == message.role:
            content = f"{joined[-1].content}\n\n{message.content}"
            joined[-1] = Message(message.role, content)
        elif joined or message.role == "user":
            joined.append(message)
    return joined
