"""From a question to an answer: search, read, write, check, and say so when there is none."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from time import perf_counter

from indexes.entailment import EntailmentModel
from indexes.errors import GenerationError, GenerationTimeout
from indexes.language import detect
from indexes.search import LocalIndex, SearchResult
from indexes.types import Mode, Scope
from service.answering.caching.cache import AnswerCache, Key, Told
from service.answering.caching.vocabulary import words_of
from service.answering.checking.checker import Checker
from service.answering.checking.verify import Verifier
from service.answering.conversation.rewriting import Rewriter, RuleRewriter
from service.answering.draft import DraftAnswer
from service.answering.evidence import gather
from service.answering.guarding.links import without_foreign_links
from service.answering.masked import Hide, Mask
from service.answering.reading.reader import read
from service.answering.relevance import Relevance
from service.answering.types import (
    Answer,
    Author,
    Brief,
    Draft,
    Event,
    Evidence,
    EvidenceFound,
    Generator,
    Question,
    Release,
    SentenceReady,
    Usage,
    Written,
)
from service.answering.watch import Watch
from service.answering.writing.tokens import estimated_tokens

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question that stands alone, of one snapshot, by one caller; ``began`` starts its time."""

    question: Question
    index: LocalIndex
    scope: Scope
    key: Key
    began: float

    def milliseconds(self) -> float:
        """Since it was asked."""
        return (perf_counter() - self.began) * 1000


@dataclass(frozen=True, slots=True)
class Answerer:
    """Answers with ``generator``; with ``otherwise`` where nothing that it wrote was supported.

    ``evidence_tokens`` is how much the generator can read: passages are widened as far as that
    goes. ``hide`` hides personal data for those who ask for it.
    """

    generator: Generator
    otherwise: Generator | None = None
    rewriter: Rewriter = field(default_factory=RuleRewriter)
    entailment: EntailmentModel | None = None
    cache: AnswerCache | None = None
    hide: Hide | None = None
    evidence_tokens: int = 0

    def ask(self, question: Question, index: LocalIndex, scope: Scope) -> Iterator[Event]:
        """The evidence, each checked sentence as it is ready, and at the end the whole Answer.

        GenerationError when the generator fails before its first sentence.
        """
        asked = self._asked(question, index, scope)
        events = self._known(asked) or self._found(asked)
        if question.mask and self.hide is not None:
            return Mask(self.hide, detect(question.text)).over(events)
        return events

    def told(self, question: Question, index: LocalIndex, scope: Scope) -> Told | None:
        """How the answer was told to this very question, letter for letter, if it was kept.

        A few look-ups in memory: for who may not wait. A follow-up has to be rewritten first, and
        is never found.
        """
        if self.cache is None or question.history:
            return None
        return self.cache.told(self._key(question, index, scope), question.text)

    def keep_told(self, question: Question, index: LocalIndex, scope: Scope, body: bytes) -> None:
        """Keep ``body``, which tells the answer to ``question``, as long as the answer itself."""
        if self.cache is not None and not question.history:
            self.cache.keep_told(self._key(question, index, scope), question.text, body)

    def forget(self, collection: str, but: str) -> None:
        """Remember no answer from another snapshot of ``collection`` than ``but``."""
        if self.cache is not None:
            self.cache.forget(collection, but)

    def _asked(self, question: Question, index: LocalIndex, scope: Scope) -> _Asked:
        began = perf_counter()
        if question.history:
            language = detect(question.text)
            question = replace(question, text=self.rewriter.rewrite(question, language).text)
        return _Asked(question, index, scope, self._key(question, index, scope), began)

    def _key(self, question: Question, index: LocalIndex, scope: Scope) -> Key:
        return Key(
            collection=index.manifest.collection,
            snapshot=index.snapshot_id,
            groups=scope.groups,
            filters=question.filters,
            top_k=question.top_k,
            writer=self.generator.version,
            release=question.release,
            masked=question.mask,
        )

    def _known(self, asked: _Asked) -> Iterator[Event] | None:
        """The answer that was given to these very words, if it is still remembered."""
        known = self.cache.same(asked.key, asked.question.text) if self.cache is not None else None
        return None if known is None else _again(known, asked)

    def _found(self, asked: _Asked) -> Iterator[Event]:
        question, index = asked.question, asked.index
        result = index.search(
            question.text, asked.scope, question.filters, question.top_k, Mode.HYBRID
        )
        evidence = gather(result, index.catalog, self._room(result))
        known = self._similar(asked, result, evidence)
        if known is not None:
            yield from _again(known, asked)
            return
        yield EvidenceFound(evidence, index.snapshot_id, question.text)
        draft = DraftAnswer(
            question.text, result, index.snapshot_id, evidence, Author(self.generator.name)
        )
        yield from self._written(asked, draft)
        answer = draft.finish(asked.milliseconds())
        if self.cache is not None and not draft.troubled:
            self.cache.remember(asked.key, question.text, result.language, result.vector, answer)
        yield answer

    def _written(self, asked: _Asked, draft: DraftAnswer) -> Iterator[SentenceReady]:
        """Each sentence as it is checked; nobody writes where there is no hope of an answer."""
        started = perf_counter()
        evidence, language = draft.evidence, draft.result.language
        reading = read(asked.question.text, draft.result, evidence, asked.index)
        watch = Watch.over(evidence)
        draft.judgement, draft.cautions = reading.judgement, watch.cautions(evidence)
        draft.read = watch.harmless(reading.sentences)
        draft.took("read", started)
        if reading.judgement.hopeless:
            return
        started = perf_counter()
        brief = Brief(
            question=asked.question,
            language=language,
            evidence=watch.left_out(evidence),
            sentences=draft.read,
            answers=reading.judgement.answers,
        )
        yield from self._released(self.generator, brief, asked, draft)
        nothing_held = draft.withheld and not draft.strayed and not draft.sentences
        if self.otherwise and brief.answers and nothing_held:
            draft.trouble = f"nothing that {draft.author.name} wrote could be confirmed"
            yield from self._released(self.otherwise, brief, asked, draft)
        draft.took("write", started)

    def _similar(
        self, asked: _Asked, result: SearchResult, evidence: tuple[Evidence, ...]
    ) -> Answer | None:
        """The answer to a question that asks the same, if today's evidence still holds it."""
        if self.cache is None:
            return None
        return self.cache.similar(
            asked.key,
            asked.question.text,
            result.language,
            result.vector,
            evidence,
            words_of(asked.index, result.language),
        )

    def _room(self, result: SearchResult) -> int:
        """How many characters the passages may grow by until the generator has read its fill."""
        texts = "".join(hit.chunk.text for hit in result.hits)
        if not (self.evidence_tokens and texts):
            return 0
        characters_per_token = len(texts) / estimated_tokens(texts)
        return max(int(self.evidence_tokens * characters_per_token) - len(texts), 0)

    def _released(
        self, generator: Generator, brief: Brief, asked: _Asked, draft: DraftAnswer
    ) -> Iterator[SentenceReady]:
        verifier = Verifier(
            evidence=draft.evidence,
            language=brief.language,
            document=lambda identity: asked.index.catalog.document(identity, asked.scope),
            checker=Checker(asked.index.embedder, self.entailment),
            release=asked.question.release,
        )
        relevance = Relevance(draft.evidence, brief.sentences)
        ready = verifier.check(_drafts(generator.generate(brief), draft))
        if draft.result.tokens is not None and asked.question.release is Release.STRICT:
            ready = relevance.only(ready)
        try:
            for sentence in ready:
                draft.add(sentence)
                yield sentence
        except GenerationError as exc:
            _log.warning("%s failed: %s", draft.author.name, exc)
            if not draft.sentences:
                raise
            # What has been released stays: it was checked. The rest will not come.
            failure = "took too long" if isinstance(exc, GenerationTimeout) else "failed"
            draft.trouble = f"{draft.author.name} {failure} before the answer was whole"
        finally:
            draft.withheld += verifier.withheld
            draft.strayed += relevance.strayed


def _drafts(written: Iterator[Written], draft: DraftAnswer) -> Iterator[Draft]:
    """The sentences as they come, links to elsewhere taken out of what is no quotation."""
    for item in written:
        match item:
            case Author():
                draft.author = item
            case Usage():
                draft.usage = item
            case Draft():
                yield replace(item, text=_without_links(item.text, draft.evidence))


def _without_links(text: str, evidence: tuple[Evidence, ...]) -> str:
    quoted = any(text in passage.text for passage in evidence)
    return text if quoted else without_foreign_links(text, evidence)


def _again(answer: Answer, asked: _Asked) -> Iterator[Event]:
    """The events of an answer that was given before, to the question as it is asked now.

    Its evidence is its own, by whose numbers its cautions go.
    """
    yield EvidenceFound(answer.evidence, answer.snapshot, asked.question.text)
    told: set[int] = set()
    for sentence in answer.sentences:
        fresh = [label for label in sentence.citations if label not in told]
        told.update(fresh)
        citations = tuple(each for each in answer.citations if each.label in fresh)
        yield SentenceReady(sentence, citations)
    yield replace(
        answer,
        question=asked.question.text,
        timings_ms={"total": asked.milliseconds()},
    )
