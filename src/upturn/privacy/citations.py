"""Events about many conversations, without some of them: what cites these goes, all else stays as it was."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

__all__ = ["ERASED", "Citing", "Edited"]

ERASED: Final = "<ERASED>"
_ID: Final = "conversation_id"
_LISTS: Final = ("assignments", "conversation_ids", "members", "conversations")
"""Names under which lists of plain conversation ids stand, at any depth below."""
_UNREAD: Final = ("parameters", "weights")
"""Names under which only numbers and words of a model stand."""
_LEAST_IN_TEXT: Final = 6
"""Shorter ids are removed where they stand alone only: within a sentence they are too often a word of the language."""
_PART: Final = re.compile(r"[\w-]+")
_WORD: Final = re.compile(r"[\w-]+(?:[.:/@#|][\w-]+)*")
"""What may be an id within a sentence, and its parts."""


@dataclass(frozen=True)
class Edited:
    """An event's data as it is from now on."""

    data: Any
    citations: int
    """How many citations were removed."""


class Citing:
    """Finds citations of some conversations and pseudonyms of users."""

    def __init__(self, conversations: Collection[str], user_keys: Collection[str] = ()) -> None:
        self._conversations = frozenset(conversations)
        self._in_text = frozenset(one for one in self._conversations if len(one) >= _LEAST_IN_TEXT)
        self._user_keys = tuple(sorted(user_keys))

    def without(self, data: Any) -> Edited:
        """Give `data` without the conversations; the same object where it cites none of them.

        Out of a list goes each object with their `conversation_id`, each pair or triple that begins with their id
        (members, drawn responses) and, in lists of ids, the id. In text an id or a pseudonym becomes `<ERASED>`.
        Numbers stay: they say what was counted then.

        >>> Citing({"c-9"}).without({"members": [["c-1", 0.9], ["c-9", 0.7]], "size": 2})
        Edited(data={'members': [['c-1', 0.9]], 'size': 2}, citations=1)
        """
        return self._edited(data, is_ids=False)

    def _edited(self, value: Any, *, is_ids: bool) -> Edited:
        match value:
            case dict():
                return self._object(value, is_ids=is_ids)
            case list():
                return self._list(value, is_ids=is_ids)
            case str():
                return self._text(value)
            case _:
                return Edited(value, 0)

    def _object(self, value: Mapping[str, Any], *, is_ids: bool) -> Edited:
        kept, count, is_same = {}, 0, True
        for name, part in value.items():
            if name in _UNREAD:
                kept[name] = part
                continue
            if name == _ID and part in self._conversations:
                edited = Edited(None, 1)
            else:
                edited = self._edited(part, is_ids=is_ids or name in _LISTS)
            kept[name] = edited.data
            count += edited.citations
            is_same &= edited.data is part
        return Edited(value if is_same else kept, count)

    def _list(self, value: list[Any], *, is_ids: bool) -> Edited:
        kept, count, is_same = [], 0, True
        for part in value:
            if self._cites(part, is_ids=is_ids):
                count, is_same = count + 1, False
                continue
            edited = self._edited(part, is_ids=is_ids)
            kept.append(edited.data)
            count += edited.citations
            is_same &= edited.data is part
        return Edited(value if is_same else kept, count)

    def _cites(self, part: Any, *, is_ids: bool) -> bool:
        match part:
            case {"conversation_id": str(one)}:
                return one in self._conversations
            case [str(one), *rest] if rest and all(isinstance(each, int | float) for each in rest):
                return one in self._conversations
            case str():
                return is_ids and part in self._conversations
            case _:
                return False

    def _text(self, value: str) -> Edited:
        text, count = value, 0
        for key in self._user_keys:
            if key in text:
                text, count = text.replace(key, ERASED), count + text.count(key)
        if self._in_text:
            text, found = self._without_ids(text)
            count += found
        return Edited(text if count else value, count)

    def _without_ids(self, text: str) -> tuple[str, int]:
        count = 0

        def replaced(found: re.Match[str]) -> str:
            nonlocal count
            if found[0] in self._in_text:
                count += 1
                return ERASED
            return _PART.sub(replaced, found[0]) if _PART.fullmatch(found[0]) is None else found[0]

        return _WORD.sub(replaced, text), count
