"""How Vietnamese asks, with its marks and without them."""

from dataclasses import dataclass

from indexes.language.folding import without_marks
from service.answering.caching.phrasing import Phrasing, compiled


@dataclass(frozen=True, slots=True)
class Grammar:
    """The words that the order of a question goes by.

    ``fronting`` may begin an adjunct that stands before or after the rest of a question alike;
    with one of ``binding`` in the rest, a moved adjunct would be read with that.
    """

    fronting: frozenset[str]
    binding: frozenset[str]
    times: frozenset[str]
    subjects: frozenset[str]
    copula: str
    into: str
    which: str

    def without_marks(self) -> "Grammar":
        """The same for questions typed without marks."""
        return Grammar(
            fronting=_bare(self.fronting),
            binding=_bare(self.binding),
            times=_bare(self.times),
            subjects=_bare(self.subjects),
            copula=without_marks(self.copula),
            into=without_marks(self.into),
            which=without_marks(self.which),
        )


def _bare(words: frozenset[str]) -> frozenset[str]:
    return frozenset(map(without_marks, words))


_PREPOSITIONS = frozenset(
    "ở tại vào trong ngoài trên dưới trước sau từ đến tới với cho bởi do về theo bằng qua giữa của "
    "khi nếu trừ cùng".split()
)
GRAMMAR = Grammar(
    fronting=frozenset("ở tại vào trong trước sau từ khi nếu theo".split()),
    binding=_PREPOSITIONS | frozenset("và hoặc hay mà rằng nhưng không chưa".split()),
    times=frozenset("năm ngày tháng tuần quý".split()),
    subjects=frozenset(("ai", "gì")),
    copula="là",
    into="vào",
    which="nào",
)
GRAMMAR_WITHOUT_MARKS = GRAMMAR.without_marks()

_WHO = "(?:bạn|anh chị|anh|chị|em|cô|chú|ông|bà|ad|admin|mọi người|các bạn|ai đó|quý vị)"
_ME = "(?:tôi|mình|em|tớ|chúng tôi|chúng mình|anh|chị)"
_ASK = "(?:hỏi|biết|xin hỏi|biết thêm|hiểu)"
_SOFTLY = r"(?: (?:là|rằng|một chút|chút|xíu|một câu|với|thêm|ạ|giúp|giùm|một điều))*"

_GREETINGS = rf"""
    (?:xin chào|chào|dạ|thưa|xin lỗi|alo|a lô|này|ơi|làm ơn|xin vui lòng|vui lòng
    |(?:{_ME} )?(?:có|xin hỏi) (?:một )?câu hỏi(?: là| thế này)?|câu hỏi (?:của {_ME} )?là)
    (?: {_WHO})?(?: ạ| ơi)?
    (?:\s*[,.!:;]+\s*| -+ |(?<=dạ) (?=cho|em|xin|thưa|anh|chị|mình)|(?<=lòng) |(?<=ơn) )"""
_FRAMES = rf"""(?:
    (?:(?:xin|làm ơn|vui lòng|xin vui lòng|phiền|nhờ|mong|hãy|{_WHO}) )*
    (?:có thể |có thể vui lòng )?(?:giúp |giải đáp |nói |chỉ )?
    (?:cho {_ME}(?: xin)? {_ASK}|cho {_ASK}|giải đáp giúp(?: {_ME})?|giải đáp cho {_ME})
    |(?:xin|cho) hỏi
    |(?:có ai|{_WHO} có) biết(?=.* (?:gì|nào|đâu|ai|sao|nhiêu|mấy|lâu)\b)
    |{_ME}(?: đang| rất| cũng)? (?:muốn|cần|xin)(?: được)? {_ASK}
    |{_ME}(?: đang| rất| cũng)? (?:thắc mắc|tò mò|băn khoăn)
    ){_SOFTLY}(?:\s*[,:;.]+\s*| )"""
_CLOSINGS = r"""(?:[\s,.!?;]+(?:ạ|nhỉ|hả|nhé|vậy ạ|thế ạ)
    |(?<=gì|ào|âu|ai|ao|êu) (?:vậy|thế)
    |\s*[,.!?;]+\s*(?:xin |mong |rất )*(?:cảm ơn|cám ơn|được giải đáp|được không|giúp đỡ)
    (?: nhiều| trước| bạn| mọi người| anh chị| rất nhiều)*(?: ạ)?
    )[\s.!?]*$"""
_ASKS = r"\b(?:gì|nào|đâu|ai|sao|nhiêu|mấy|lâu|xa|không|chưa|phải)\b"

_SYNONYMS = (
    "vì sao/tại sao",
    "khi nào/lúc nào/bao giờ/thời gian nào/thời điểm nào",
    "thế nào/như thế nào/ra sao",
    "ở đâu/ở chỗ nào/ở nơi nào/tại đâu/tại nơi nào",
    "gì/cái gì/điều gì",
    "loại nào/loại gì/kiểu nào/kiểu gì",
    "bắt đầu/khởi đầu",
    "kết thúc/chấm dứt",
    "hiện nay/bây giờ/ngày nay",
    "ở/tại",
    "quốc gia/đất nước",
    "qua đời/từ trần/tạ thế",
    "máy bay/phi cơ",
    "tàu hoả/xe lửa",
    "trẻ em/trẻ con",
    "lớn nhất/to nhất",
    "nằm ở/toạ lạc ở/toạ lạc tại/nằm tại",
    "máy tính/máy vi tính",
    "ti vi/tivi/tv",
    "người dùng/người sử dụng",
    "%/phần trăm",
)

VIETNAMESE = Phrasing(
    greetings=compiled(_GREETINGS),
    frames=compiled(_FRAMES),
    closings=compiled(_CLOSINGS),
    asks=compiled(_ASKS),
    synonyms=_SYNONYMS,
)
WITHOUT_MARKS = Phrasing(
    greetings=compiled(without_marks(_GREETINGS)),
    frames=compiled(without_marks(_FRAMES)),
    closings=compiled(without_marks(_CLOSINGS)),
    asks=compiled(without_marks(_ASKS)),
    synonyms=tuple(map(without_marks, _SYNONYMS)),
)

# Without marks these may be a number, a denial, a person, a place in time or a question word. They
# are answered as what is given here alone, and where nothing is given, never.
_READ_AS = {
    "ba": "ba",
    "bay": "",
    "bon": "bốn",
    "cha": "cha",
    "chin": "chín",
    "chong": "",
    "chu": "chủ chữ",
    "chua": "",
    "co": "có cơ",
    "dau": "đâu",
    "dung": "dụng",
    "hai": "hai",
    "hon": "hơn",
    "it": "ít",
    "kem": "",
    "khong": "không",
    "me": "mẹ",
    "mot": "một",
    "muoi": "",
    "sau": "sau",
    "tam": "",
    "tram": "",
    "truoc": "trước",
    "tu": "từ tự tử",
    "ty": "ty",
    "van": "văn vấn vẫn vân",
    "vo": "",
}
_YEAR = "năm"
_BESIDE_YEAR = frozenset("nào nhiêu mấy mỗi hàng".split())


def reads_unmarked(marked: str, before: str, after: str) -> bool:
    """Whether ``marked``, between two words, is what its letters without marks are taken for.

    Most syllables are told by the words beside them; of the others, a year by a number.
    """
    bare = without_marks(marked)
    if bare == without_marks(_YEAR):
        beside = {before, after}
        counted = any(word.isdecimal() for word in beside)
        return marked == _YEAR and (counted or not _BESIDE_YEAR.isdisjoint(beside))
    readings = _READ_AS.get(bare)
    return readings is None or marked in readings.split()
