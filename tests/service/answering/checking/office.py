"""An office's documents as evidence, and drafts held against them."""

from collections.abc import Sequence
from dataclasses import replace

from indexes.search import LocalIndex
from indexes.types import Box, Placement, Scope
from service.answering.checking.verify import Verifier
from service.answering.types import Citation, Draft, Evidence, Sentence, SentenceReady, Verdict
from tests.indexes.documents import Entry, make_document, make_entry

SUPPORTED, PARTIAL, UNSUPPORTED = Verdict.SUPPORTED, Verdict.PARTIAL, Verdict.UNSUPPORTED
EVERYONE = Scope.of([])

LEAVE = (
    "Every parent gets 15 weeks of paid leave. Leave is requested from the team lead "
    "4 weeks ahead. The office closes at 6.30 on Fridays."
)
PAY = "Leave pay is the full salary. The allowance is 40 euros."
EMOJI = "😀 Cake is served daily. 🎂🎂 The canteen serves café au lait at 6.30."
VIETNAMESE = "Nhân viên được nghỉ phép 12 ngày mỗi năm. Đơn gửi cho trưởng nhóm trước 2 tuần."
CHINESE = "员工每年有10天年假。年假须提前两周向主管申请。𠀀字也算一个。"
MANUAL = "Set the relay to 3.8 A.\n\nUse 1.4 litres of oil. Change it yearly."


def entry(path: str, text: str, language: str) -> Entry:
    return make_entry(make_document(path, text, language=language), ("Top", path))


ENTRIES = [
    # A paragraph first, so that the passages do not start where their documents do.
    entry("leave.md", f"About leave 😀\n\n{LEAVE}", "en"),
    entry("pay.md", f"About pay\n\n{PAY}", "en"),
    entry("canteen.md", EMOJI, "en"),
    entry("nghi-phep.md", VIETNAMESE, "vi"),
    entry("nianjia.md", f"年假\n\n{CHINESE}", "zh"),
    make_entry(
        make_document(
            "manual.pdf",
            MANUAL,
            (
                Placement(0, 23, 1, Box(1, 72, 72, 300, 84)),
                Placement(25, 47, 2, Box(2, 72, 72, 300, 84)),
                Placement(48, 63, 2, Box(2, 72, 90, 300, 102)),
            ),
        )
    ),
]
PASSAGES = [chunk.text for _, chunks in ENTRIES for chunk in chunks]


def chosen(everything: dict[str, Evidence], *texts: str) -> list[Evidence]:
    return [replace(everything[text], number=number) for number, text in enumerate(texts, 1)]


def check(
    index: LocalIndex,
    evidence: Sequence[Evidence],
    *drafts: Draft,
    language: str = "en",
) -> list[SentenceReady]:
    verifier = Verifier(
        evidence, language, lambda identity: index.catalog.document(identity, EVERYONE)
    )
    return list(verifier.check(iter(drafts)))


def check_one(
    index: LocalIndex, evidence: Sequence[Evidence], draft: Draft, language: str = "en"
) -> tuple[Sentence, tuple[Citation, ...]]:
    (ready,) = check(index, evidence, draft, language=language)
    return ready.sentence, ready.citations
