"""Words that cannot stand for each other: more and less, before and after, must and may."""

import re

# A pair to a word here, its sides apart by a colon, words of one side by a bar; "_" is a space.
_ENGLISH = """
increas:decreas|reduc|declin rise|rose|risen:fall|fell|fallen more:less|fewer most:least|fewest
before:after above:below minimum:maximum highest:lowest higher:lower larger|bigger:smaller
largest|biggest:smallest longer:shorter longest:shortest earlier:later earliest:latest
allow|permit:forbid|forbidden|prohibit mandatory|required|obligatory:optional|voluntary
must|shall:may|might|can|could always:sometimes|rarely|seldom|never all|every:some|few|none
first:last open:close|shut win|won:lose|lost enabl:disabl includ:exclud accept:reject|refuse
import:export buy|bought:sell|sold north|northern:south|southern east|eastern:west|western
left:right internal:external public:private begin|began|start:end|ended|finish gain:lose|lost
add:remov start:stop|end often|frequently|usually:rarely|seldom|never grant:revok
upload:download install:uninstall temporary:permanent majority:minority new:old|former|previous
arriv:depart|leav inside:outside online:offline better:worse best:worst wider:narrower
heavier:lighter stronger:weaker attach:detach encrypt:decrypt manually:automatically true:false
on_by_default:off_by_default turned_on|switched_on:turned_off|switched_off grew|grow:shrank|shrink
with:without oldest:youngest|newest older:younger|newer faster:slower deni:confirm approv:reject
"""
_VIETNAMESE = """
tăng:giảm trước:sau trên:dưới nhiều:ít tối_đa:tối_thiểu bắt_buộc:tùy_chọn được_phép:cấm
phải:có_thể luôn:hiếm_khi|đôi_khi tất_cả|mọi:một_số đầu_tiên:cuối_cùng mở:đóng thắng:thua
phía_bắc:phía_nam phía_đông:phía_tây cao_nhất:thấp_nhất lớn_nhất:nhỏ_nhất cao_hơn:thấp_hơn
lớn_hơn:nhỏ_hơn dài_hơn:ngắn_hơn sớm:muộn bật:tắt mua:bán nhập_khẩu:xuất_khẩu
thêm:xóa bắt_đầu:kết_thúc|dừng thường_xuyên:hiếm_khi chính_thức:tạm_thời mới:cũ dài:ngắn cao:thấp
bên_trong:bên_ngoài tự_động:thủ_công trực_tuyến:ngoại_tuyến nhanh_hơn:chậm_hơn
"""
_CHINESE = """
增加|增长|上升|提高:减少|下降|降低 之前|以前:之后|以后 以上|超过:以下|低于|不足 最高:最低
最大:最小 最多|至多:最少|至少 必须|应当:可以|可能 允许:禁止 强制|必填:可选|选填
全部|所有:部分|一些 总是:很少|有时 第一个|首次:最后 打开|开启|启用:关闭|禁用 胜|赢:负|输
南部|以南:北部|以北 东部|以东:西部|以西 高于:低于 大于:小于 包括|包含:不包括|除外 接受:拒绝
进口:出口 买:卖 添加:删除|移除 开始:结束|停止 经常|常常:很少|从不|从未 正式:临时 自动:手动
内部:外部 线上:线下 上传:下载 安装:卸载 加密:解密 成功:失败 早于:晚于 多于:少于 快于:慢于
"""
# Of these the beginning is enough.
_BEGINNINGS = frozenset(
    "increas decreas reduc declin enabl disabl includ exclud deni confirm approv allow permit "
    "forbid prohibit accept reject import export open close remov revok upload download "
    "arriv depart attach detach encrypt decrypt".split()
)


def _sides(side: str) -> frozenset[str]:
    return frozenset(side.replace("_", " ").split("|"))


_OPPOSITES = tuple(
    (_sides(one), _sides(other))
    for pair in f"{_ENGLISH} {_VIETNAMESE} {_CHINESE}".split()
    for one, other in [pair.split(":")]
)
_ALL = sorted(
    {word for pair in _OPPOSITES for side in pair for word in side}, key=len, reverse=True
)
_FIRST_IDEOGRAPH = "\u3400"
_HAN_WORDS = [word for word in _ALL if word >= _FIRST_IDEOGRAPH]
_LATIN_WORDS = [
    rf"{re.escape(word)}\w*" if word in _BEGINNINGS else re.escape(word)
    for word in _ALL
    if word < _FIRST_IDEOGRAPH
]
_WORD = re.compile(rf"\b(?:{'|'.join(_LATIN_WORDS)})\b|{'|'.join(_HAN_WORDS)}")


def telling_sides(folded: str) -> frozenset[str]:
    """The words of a folded text that have an opposite, as they stand in the table."""
    return frozenset(
        next((known for known in _BEGINNINGS if word.startswith(known)), word)
        for word in _WORD.findall(folded)
    )


def contradict(claimed: frozenset[str], stated: frozenset[str]) -> bool:
    """Whether one text has one side of a pair alone, and the other text the other alone."""
    return any(
        (_only(claimed, one, other) and _only(stated, other, one))
        or (_only(claimed, other, one) and _only(stated, one, other))
        for one, other in _OPPOSITES
    )


def _only(words: frozenset[str], side: frozenset[str], other: frozenset[str]) -> bool:
    return not words.isdisjoint(side) and words.isdisjoint(other)
