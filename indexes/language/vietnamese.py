"""Vietnamese: its syllables, one place for their tone marks, and how to know it without marks."""

import re
from collections.abc import Sequence

from indexes.language.folding import without_marks

CODE = "vi"
STOP_WORDS = frozenset(
    "ai anh bao bị bởi các cái cho chị chúng có cùng của cũng đã đang đâu đây đến để đều "
    "đi điều do đó được em gì hay hoặc không khi là lại làm lúc mà mấy một này nào nên "
    "nếu ngày những như nhưng ở ra rằng rất sao sẽ sự ta tại theo thì tôi từ và vào vẫn về "
    "vì việc với".split()
)
BARE_STOP_WORDS = frozenset(map(without_marks, STOP_WORDS))

# A syllable without its marks is one of about 2,300: an onset and a rhyme, where the spelling of
# k/c, gh/g and ngh/ng follows the vowel.
_FRONT_RHYMES = (
    "e ec ech em en eng enh eo ep et eu i ia ich iec iem ien ieng iep iet ieu im in inh ip it iu y"
).split()
_OTHER_RHYMES = (
    "a ac ach ai am an ang anh ao ap at au ay o oa oac oach oai oam oan oang oanh oao oap oat oay "
    "oc oe oen oeo oet oi om on ong ooc oong op ot u ua uan uang uat uay uc ue uech uenh ui um un "
    "ung uo uoc uoi uom uon uong uop uot uou up ut uu uy uya uych uyen uyet uynh uyt uyu"
).split()
_RHYMES_BY_ONSETS = (
    (
        ["", *"b ch d h kh l m n nh p ph r s t th tr v x".split()],
        [*_FRONT_RHYMES, *_OTHER_RHYMES],
    ),
    (["k", "gh", "ngh"], _FRONT_RHYMES),
    (["c", "g", "ng"], _OTHER_RHYMES),
    ([""], "yem yen yeng yet yeu".split()),
    (
        ["qu"],
        "a ac ach ai an ang anh ao at au ay e ech en eo et in it o oc y yen yet ynh yt".split(),
    ),
    (
        ["gi"],
        [
            "",
            *"a ac ai am an ang anh ao ap at au ay ec em en eng eo ep et eu i n o oi on ong op "
            "ot u ua uc ui um un uo uoc uoi uong uop up ut".split(),
        ],
    ),
)
SYLLABLES = frozenset(
    onset + rhyme for onsets, rhymes in _RHYMES_BY_ONSETS for onset in onsets for rhyme in rhymes
)
# Of these, what is an everyday English word (or name) too, and tells the two apart no more.
ENGLISH_TOO = frozenset(
    "an at ban bang bat be bet bin bit boat bot bun but buy by cam can cap cat chat chin chip "
    "coach coat com con cop cot cup cut dam day den diet dim din dip do doc don dot due eu gang "
    "gap go goat gong got gum gun guy ham hang hat he hen hi him hip hit ho hop hot hum hung in "
    "it kin kit lap lay let lip lit long lot lung man map mat may me men met min moat mom mop my "
    "nap net nip nit no non not nun nut oat on pan pat pay pen pet pin pip pit poet pop pot pun "
    "quit ran rang rap rat ray rep rich rim rip rot run rung sang sap sat say set sim sin sip "
    "sit so soap son song sum sun sung sup tan tap tat ten than that the them then thin tin tip "
    "to ton tong top tot tram trap trim trip trot true try up van vet via vim".split()
)
# A text of fewer such words says too little. Of the words of an English question seldom two fifths
# look Vietnamese, of a Vietnamese one without marks seldom less than three fifths.
_LEAST_SYLLABLES = 2
BARE_SHARE = 0.55

# "hòa" and "hoà" are one word: the mark stands on the main vowel here, as the newer rule has it.
_TONES = dict(
    zip(
        "òa óa ỏa õa ọa òe óe ỏe õe ọe ùy úy ủy ũy ụy".split(),
        "oà oá oả oã oạ oè oé oẻ oẽ oẹ uỳ uý uỷ uỹ uỵ".split(),
        strict=True,
    )
)
_TONE_ON_GLIDE = re.compile("|".join(_TONES))


def with_tone_on_vowel(word: str) -> str:
    """A composed, lower-case ``word`` with the tone mark of oa, oe and uy on the second letter."""
    return _TONE_ON_GLIDE.sub(lambda found: _TONES[found.group()], word)


def bare_share(words: Sequence[str]) -> float:
    """The share of ``words``, as they stand in a text, that are syllables without diacritics.

    From BARE_SHARE on, the text is Vietnamese typed without them. Single letters and words that
    may as well be English are left out of both sides; 0 where too little remains.
    """
    folded = [word.lower() for word in words if len(word) > 1]
    telling = [word for word in folded if word not in ENGLISH_TOO]
    legal = sum(word in SYLLABLES for word in telling)
    if not legal or legal + len(folded) - len(telling) < _LEAST_SYLLABLES:
        return 0.0
    return legal / len(telling)
