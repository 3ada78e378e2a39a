"""HTML of a message as the text that a person read."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from typing import Final

__all__ = ["html_text"]

_BLOCKS: Final = frozenset(
    {"p", "div", "br", "li", "ul", "ol", "tr", "table", "blockquote", "pre", "hr", "h1", "h2", "h3", "h4", "h5", "h6"}
)
_SILENT: Final = frozenset({"script", "style", "head", "title"})
_ODD: Final = _SILENT | {"img", "textarea", "iframe", "noembed", "noframes", "xmp", "plaintext", "noscript"}
_TAG: Final = re.compile(r'<(/?)([a-zA-Z][a-zA-Z0-9]*)(?:\s+[a-zA-Z][\w-]*="[^"<>]*")*\s*/?>')
"""A tag as desks write them; whatever else begins with `<` is left to the parser."""


def html_text(html: str) -> str:
    r"""Give the text of an HTML fragment: a line per block, list items with a dash, no markup, no addresses.

    Text without markup comes back as it is.

    >>> html_text("<p>Hi &amp; welcome</p><ul><li>one</li><li>two</li></ul>")
    'Hi & welcome\n- one\n- two'
    """
    if "<" not in html and "&" not in html:
        return html
    pieces = _pieces_of_plain_tags(html)
    if pieces is None:
        reader = _Reader()
        reader.feed(html)
        reader.close()
        pieces = reader.pieces
    lines = [" ".join(line.split()) for line in "".join(pieces).split("\n")]
    return "\n".join(line for line in lines if line)


def _pieces_of_plain_tags(html: str) -> list[str] | None:
    """Give what the parser would make of HTML, many times faster; None where it holds more than plain tags."""
    pieces: list[str] = []
    place = 0
    for tag in _TAG.finditer(html):
        name = tag[2].lower()
        if name in _ODD:
            return None
        pieces.append(html[place : tag.start()])
        if "<" in pieces[-1]:
            return None
        pieces[-1] = unescape(pieces[-1]).replace("\n", " ")
        if name in _BLOCKS:
            pieces.append("\n- " if name == "li" and not tag[1] else "\n")
        place = tag.end()
    rest = html[place:]
    return None if "<" in rest else [*pieces, unescape(rest).replace("\n", " ")]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._depth += 1
        if tag in _BLOCKS:
            self.pieces.append("\n- " if tag == "li" else "\n")
        if tag == "img":
            self.pieces += [text for name, text in attrs if name == "alt" and text]

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._depth = max(0, self._depth - 1)
        if tag in _BLOCKS:
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._depth:
            self.pieces.append(data.replace("\n", " "))
