"""How a chart looks and how it becomes SVG text: one accent colour, no background, the page's own font."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import altair as alt

__all__ = ["ACCENT", "INK", "LINE", "MUTED", "SOFT", "WIDTH", "svg"]

INK: Final = "#1b2330"
MUTED: Final = "#5b6675"
LINE: Final = "#e2e6eb"
ACCENT: Final = "#2456c4"
SOFT: Final = "#b9caf0"
"""The page's style sheet turns these five into their dark counterparts by `[fill="#…"]` and `[stroke="#…"]`."""

WIDTH: Final = 460
"""Width in pixels that a chart fills with labels and all: two stand side by side, one is legible on a telephone."""

_FONT: Final = "Helvetica, Arial, sans-serif"
_ROOT: Final = re.compile(r"<svg [^>]*?(width=\"[\d.]+\" height=\"[\d.]+\" viewBox=\"[^\"]+\")[^>]*>")
_ARIA: Final = re.compile(r" (?:role|aria-[a-z]+)=\"[^\"]*\"")
_IDENTITY: Final = re.compile(r"(id=\"|url\(#)([A-Za-z_]+\d+)")
_CONFIG: Final[dict[str, Any]] = {
    "background": None,
    "font": _FONT,
    "view": {"stroke": None},
    "axis": {
        "labelColor": MUTED,
        "titleColor": MUTED,
        "labelFontSize": 11.5,
        "titleFontSize": 11.5,
        "titleFontWeight": "normal",
        "titlePadding": 8,
        "labelPadding": 6,
        "gridColor": LINE,
        "domain": False,
        "ticks": False,
    },
    "axisY": {"labelLimit": 190},
    "header": {"labelColor": INK, "labelFontSize": 11.5, "labelFontWeight": 600, "title": None},
    "text": {"color": MUTED, "fontSize": 11.5},
}


def svg(chart: alt.TopLevelMixin, name: str) -> str:
    """Render a chart to inline SVG text without a request, a script or a name space.

    Parameters
    ----------
    name : makes the ids inside (clip paths) this chart's own in a page of many. The same chart gives the same bytes.
    """
    import vl_convert

    specification = chart.to_dict()
    specification["config"] = _CONFIG
    text: str = vl_convert.vegalite_to_svg(specification, allowed_base_urls=[])
    numbers: dict[str, int] = {}
    text = _IDENTITY.sub(lambda found: f"{found[1]}{name}-{numbers.setdefault(found[2], len(numbers))}", text)
    return _ROOT.sub(r'<svg class="plot" \1 aria-hidden="true" focusable="false">', _ARIA.sub("", text), count=1)
