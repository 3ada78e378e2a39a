"""Customers' text can't act: not in a terminal, not in Markdown, not by its direction."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upturn.report.text import markdown, plain


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;new title\x07after", "after"),
        ("\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\", "click"),
        ("\x9b2Jgone", "gone"),
        ("price \u202e001\u202c now", "price 001 now"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("a\x00b\x07c", "abc"),
        ("two\r\nlines\tand tab", "two lines and tab"),
        ("Zo\u0308e\u0301", "Zo\u0308e\u0301"),
        ("z" + "\u0300" * 50, "z" + "\u0300" * 4),
        ("", ""),
        (None, ""),
    ],
)
def test_only_visible_signs_remain(written: str | None, shown: str) -> None:
    assert plain(written) == shown


def test_long_text_is_cut_with_an_ellipsis() -> None:
    assert plain("word " * 100, 12) == "word word w…"


@given(st.text(max_size=300))
def test_no_text_keeps_a_control_or_a_bidi_sign(text: str) -> None:
    shown = plain(text, 100)
    assert len(shown) <= 100
    assert not [sign for sign in shown if unicodedata.category(sign) in {"Cc", "Cs"} or "\u202a" <= sign <= "\u202e"]
    assert plain(shown, 100) == shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("[pay](https://evil.example)", "\\[pay\\](https&#58;//evil.example)"),
        ("![x](http://t.example/p.png)", "!\\[x\\](http&#58;//t.example/p.png)"),
        ("www.evil.example", "www&#46;evil.example"),
        ("**bold** _it_ `code` a|b ~~x~~", "\\*\\*bold\\*\\* \\_it\\_ \\`code\\` a\\|b \\~\\~x\\~\\~"),
        ("# heading", "\\# heading"),
        ("- item", "\\- item"),
        ("12. item", "12&#46; item"),
        ("> quote", "&gt; quote"),
        ("&lt;b&gt;", "&amp;lt;b&amp;gt;"),
        ("−5.3 points (−11.3 to +0.6), n = 29.", "−5.3 points (−11.3 to +0.6), n = 29."),
    ],
)
def test_text_makes_no_markdown(written: str, shown: str) -> None:
    assert markdown(written) == shown
