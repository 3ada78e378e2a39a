"""Makes text that customers, logs or models wrote safe to show: in HTML, Markdown, SVG, JSON and a terminal."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["markdown", "plain"]

_ESCAPE_SEQUENCE = re.compile(
    "\x1b\\][^\x07\x1b\x9c]*(?:\x07|\x1b\\\\|\x9c)?"  # OSC: titles and links of a terminal, up to their end
    "|[\x1b\x90\x98\x9d\x9e\x9f][PX^_][^\x1b\x9c]*(?:\x1b\\\\|\x9c)?"  # strings of control
    "|(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]?"  # CSI: colours, cursor
    "|\x1b[ -/]*[0-~]?"
)
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
"""Unicode categories that show no sign: controls, bidi overrides, zero-width, surrogates, private, unassigned."""
_JOINERS = frozenset("\u200c\u200d")
"""Zero-width (non-)joiners: part of the spelling of Persian, Hindi and of emoji; they can't reorder text."""
_MARKDOWN = re.compile(
    r"[\\`*_\[\]<>&|~$#@]"  # what makes emphasis, code, links, images, HTML, table cells, mentions
    r"|:(?=//)|(?<=mailto):|(?<=xmpp):|(?<=www)\."  # what makes an address a link
    r"|^[-+=](?=[-+= ]|$)|(?<=^\d)[.)](?= |$)|(?<=^\d\d)[.)](?= |$)",  # what makes a list or a heading of a line
    re.IGNORECASE,
)
_REFERENCES = {"<": "&lt;", ">": "&gt;", "&": "&amp;", ":": "&#58;", "@": "&#64;", ".": "&#46;"}
_MARKS_IN_A_ROW = 4


def plain(text: str | None, limit: int = 400) -> str:
    r"""Give `text` as one line of visible signs, at most `limit` long (cut with an ellipsis); '' for None.

    Terminal escape sequences go whole; control signs, bidi overrides and zero-width signs go; white space becomes one
    blank; piles of combining marks are cut to four.

    >>> plain("\x1b[31mred\x1b[0m \u202etxt.exe\n\n<b>")
    'red txt.exe <b>'
    """
    if not text:
        return ""
    kept: list[str] = []
    marks = 0
    for sign in _ESCAPE_SEQUENCE.sub("", text[: 20 * limit]):
        marks = marks + 1 if unicodedata.combining(sign) else 0
        if sign.isspace():
            kept.append(" ")
        elif marks <= _MARKS_IN_A_ROW and (sign in _JOINERS or unicodedata.category(sign) not in _UNSEEN):
            kept.append(sign)
    line = " ".join("".join(kept).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def markdown(text: str) -> str:
    r"""Escape one line of text so that Markdown, and HTML inside it, shows it as it is: no link, image or mark-up.

    >>> markdown("[x](http://e.x) <b> 1.5 *")
    '\\[x\\](http&#58;//e.x) &lt;b&gt; 1.5 \\*'
    """
    return _MARKDOWN.sub(lambda found: _REFERENCES.get(found[0], "\\" + found[0]), text)
