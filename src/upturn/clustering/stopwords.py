"""Words that say nothing about what a user wants: grammar and courtesy."""

from __future__ import annotations

from typing import Final

__all__ = ["STOPWORDS"]

_GRAMMAR: Final = """
a about after again all also am an and any are aren't as at be because been before being but by can can't could
couldn't did didn't do does doesn't doing don't down each few for from further get getting got had has have haven't
having he her here his how i i'd i'll i'm i've if in into is isn't it it's its just let like make me more most my
myself no nor not now of off on once only or other our out over own same she should so some still such than that
that's the their them then there these they this those through to too under until up us very was wasn't we were what
what's when where which while who why will with without won't would wouldn't yes yet you your
"""
_COURTESY: Final = """
hi hello hey dear please thanks thank okay ok sure sorry good morning afternoon evening help helping need want wanted
know tell give assist assistance question looking trying try could would possible kindly able really actually currently
recently regards best kind cheers january february march april may june july august september october november
december monday tuesday wednesday thursday friday saturday sunday today yesterday tomorrow
something anything someone anyone one two thing way going go see use using
"""

STOPWORDS: Final[tuple[str, ...]] = tuple(sorted({*_GRAMMAR.split(), *_COURTESY.split()}))
