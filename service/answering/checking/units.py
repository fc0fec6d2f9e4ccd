"""Units of measure in three languages: which words name the same, and how they convert."""

from dataclasses import dataclass
from fractions import Fraction

# Dimension, size in its smallest unit here, and every name, folded. Months and years have no fixed
# number of days; hours and days of a working week are the writer's own, and are taken at 24 and 7.
_TABLE: tuple[tuple[str, int | Fraction, str], ...] = (
    ("time", Fraction(1, 1000), "ms millisecond milliseconds mili-giây 毫秒"),
    ("time", 1, "s sec secs second seconds giây 秒 秒钟"),
    ("time", 60, "min mins minute minutes phút 分钟"),
    ("time", 3600, "h hr hrs hour hours giờ tiếng 小时 个小时 钟头 个钟头"),
    ("time", 86400, "day days ngày hôm 天 日"),
    ("time", 604800, "week weeks tuần 周 星期 个星期 礼拜 个礼拜"),
    ("months", 1, "month months tháng 个月 月"),
    ("months", 3, "quarter quarters quý 季度 个季度"),
    ("months", 12, "year years yr yrs năm 年"),
    ("months", 120, "decade decades 年代"),
    ("century", 1, "century centuries 世纪 个世纪"),
    ("share", 1, "% percent percents ％ pct"),
    ("share", Fraction(1, 10), "‰ permille"),
    ("length", 1, "mm millimetre millimetres millimeter millimeters mi-li-mét 毫米"),
    ("length", 10, "cm centimetre centimetres centimeter centimeters xen-ti-mét 厘米 公分"),
    ("length", 1000, "m metre metres meter meters mét 米 公尺"),
    ("length", 10**6, "km kilometre kilometres kilometer kilometers ki-lô-mét cây 公里 千米"),
    ("miles", 1, "mile miles mi dặm 英里"),
    ("feet", 1, "foot feet ft bộ 英尺"),
    ("inches", 1, "inch inches 英寸"),
    ("mass", 1, "mg milligram milligrams 毫克"),
    ("mass", 1000, "g gram grams gam 克"),
    ("mass", 10**6, "kg kilogram kilograms kilo kilos ki-lô-gam 公斤 千克"),
    ("mass", 10**9, "t tonne tonnes ton tons tấn 吨"),
    ("pounds", 1, "lb lbs"),
    ("volume", 1, "ml millilitre millilitres milliliter milliliters 毫升"),
    ("volume", 1000, "l litre litres liter liters lít 升 公升"),
    ("data", 1, "byte bytes 字节"),
    ("data", 1000, "kb kilobyte kilobytes"),
    ("data", 10**6, "mb megabyte megabytes"),
    ("data", 10**9, "gb gigabyte gigabytes"),
    ("data", 10**12, "tb terabyte terabytes"),
    ("celsius", 1, "°c ℃ celsius 摄氏度"),
    ("fahrenheit", 1, "°f ℉ fahrenheit 华氏度"),
    ("volts", 1, "v volt volts vôn 伏 伏特"),
    ("watts", 1, "w watt watts oát 瓦 瓦特"),
    ("watts", 1000, "kw kilowatt kilowatts 千瓦"),
    ("amperes", 1, "a amp amps ampere amperes 安培"),
    ("dollars", 1, "$ usd us$ dollar dollars đô 美元 美金"),
    ("cents", 1, "cent cents ¢ 美分"),
    ("euros", 1, "€ eur euro euros 欧元"),
    ("sterling", 1, "£ gbp pound pounds 英镑"),
    ("yen", 1, "jpy yen 日元"),
    ("yuan", 1, "cny rmb yuan 元 块 人民币 ¥"),
    ("won", 1, "₩ krw"),
    ("rupees", 1, "₹ inr"),
    ("baht", 1, "฿ thb"),
    ("roubles", 1, "₽ rub"),
    ("dong", 1, "₫ vnd đồng dong 越南盾"),
)


@dataclass(frozen=True, slots=True)
class Unit:
    """``size`` smallest units of its ``dimension``; only one dimension converts into itself."""

    dimension: str
    size: Fraction


UNITS: dict[str, Unit] = {
    name: Unit(dimension, Fraction(size))
    for dimension, size, names in _TABLE
    for name in names.split()
}
PERCENT = UNITS["%"]
CURRENCY_SIGNS = frozenset("$€£¥₫₩₹฿₽")
# One letter is a unit only where it touches its number, in this case: "5 a" is no current, "5A" is.
TOUCHING = frozenset("s h t g m l V A W L".split())
