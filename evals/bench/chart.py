"""Bars as an SVG picture: one panel a measure, one bar a contestant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

_WIDTH, _NAME_WIDTH, _VALUE_WIDTH = 720, 210, 90  # pixels
_BAR, _STEP, _TITLE, _MARGIN = 16, 24, 34, 14
_STYLE = """
text { font: 13px system-ui, sans-serif; fill: #24292f; }
.title { font-weight: 600; }
.bar { fill: #8c959f; }
.ours { fill: #0969da; }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3; } .ours { fill: #4493f8; } }
"""


@dataclass(frozen=True, slots=True)
class Panel:
    """One measure of all contestants, by their titles; ``digits`` after the point are shown."""

    title: str
    values: Mapping[str, float]
    digits: int = 0


def draw(panels: Sequence[Panel], ours: str) -> str:
    """An SVG of all panels, one below the other; the bars of ``ours`` stand out."""
    parts: list[str] = []
    top = _MARGIN
    for panel in panels:
        parts.append(_text(0, top + _BAR, panel.title, "title"))
        top += _TITLE
        longest = max(panel.values.values(), default=0.0) or 1.0
        for name, value in panel.values.items():
            length = (_WIDTH - _NAME_WIDTH - _VALUE_WIDTH) * value / longest
            kind = "bar ours" if name == ours else "bar"
            parts.append(_text(0, top + _BAR - 3, name))
            parts.append(
                f'<rect class="{kind}" x="{_NAME_WIDTH}" y="{top}" '
                f'width="{length:.1f}" height="{_BAR}" rx="2"/>'
            )
            label = f"{value:,.{panel.digits}f}"
            parts.append(_text(_NAME_WIDTH + length + 6, top + _BAR - 3, label))
            top += _STEP
        top += _MARGIN
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {top}" '
        f'width="{_WIDTH}" height="{top}" role="img">\n<style>{_STYLE}</style>\n{body}\n</svg>\n'
    )


def _text(x: float, y: float, text: str, kind: str = "") -> str:
    marked = f' class="{kind}"' if kind else ""
    return f'<text{marked} x="{x:.1f}" y="{y}">{escape(text)}</text>'
