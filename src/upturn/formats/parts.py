"""Typed parts of a message without their bytes: what an image, a recording or a file is, not what is in it.

Source: content parts of OpenAI's Chat Completions and Responses APIs, content blocks of Anthropic's Messages API, the
parts of the OpenTelemetry GenAI semantic conventions (`blob`, `uri`, `file`) and of Google's `generateContent`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import unquote_to_bytes

__all__ = ["kept_part", "kept_parts"]

Part = dict[str, Any]

_KINDS: Final = {
    "image": "image", "image_url": "image", "input_image": "image", "image_file": "image",
    "audio": "audio", "audio_url": "audio", "input_audio": "audio", "output_audio": "audio",
    "video": "video", "video_url": "video", "input_video": "video",
    "file": "file", "input_file": "file", "document": "file", "file_url": "file", "attachment": "file",
    "blob": "file", "uri": "file", "media": "file",
    "inline_data": "file", "inlineData": "file", "file_data": "file", "fileData": "file",
}  # fmt: skip
"""What the parts of other worlds are here; those of Google have no type but a field of that name."""
_BYTES: Final = ("data", "file_data", "b64_json", "bytes", "content")
_REFERENCES: Final = (
    "reference", "url", "uri", "image_url", "audio_url", "video_url", "file_url", "content_url", "file_uri", "fileUri",
    "file_id", "id",
)  # fmt: skip
_MEDIA_TYPES: Final = ("media_type", "mime_type", "mimeType", "content_type", "format")
_NAMES: Final = ("name", "filename", "file_name", "title")
_SIZES: Final = ("size", "filesize")


def kept_parts(parts: list[Any]) -> list[Any]:
    """Give the parts of a message as they are stored, in order; what is no object stays, for its reader to refuse."""
    return [kept_part(part) if isinstance(part, dict) else part for part in parts]


def kept_part(part: Part) -> Part:
    """Give one part without bytes: `type`, `media_type`, `name`, `size`, `sha256`, `reference`, as far as known.

    `size` is in bytes, `sha256` the hex digest of the bytes where they were in the part, `reference` the address or id
    under which they lie. A part that is no image, audio, video or file stays as it is, but for `data:` addresses in it.
    What this function made, it gives back unchanged.

    >>> kept_part({"type": "image_url", "image_url": {"url": "data:image/png;base64,AAEC"}})["size"]
    3
    """
    kind = _kind(part)
    if kind is None:
        return {name: _without_bytes(value) for name, value in part.items()}
    boxes = list(_boxes(part))
    kept: Part = {"type": kind}
    media_type = _first(boxes, _MEDIA_TYPES)
    reference = _first(boxes, _REFERENCES)
    inline = _first(boxes, _BYTES)
    if inline is None and reference is not None and reference.startswith("data:"):
        inline, reference = reference, None
    if inline is not None:
        told, size, digest = _measured(inline)
        media_type = told or media_type
        kept |= {"size": size, "sha256": digest}
    sizes = [box[name] for name in _SIZES for box in boxes if _is_size(box.get(name))]
    if "size" not in kept and sizes:
        kept["size"] = sizes[0]
    sha256 = part.get("sha256")
    if "sha256" not in kept and isinstance(sha256, str):
        kept["sha256"] = sha256
    if media_type is not None and kind == "file":
        kept["type"] = _KINDS.get(media_type.partition("/")[0], "file")
    others = {"media_type": media_type, "name": _first(boxes, _NAMES), "reference": reference}
    return kept | {name: value for name, value in others.items() if value is not None}


def _kind(part: Part) -> str | None:
    """Give image, audio, video or file; None for text and everything else."""
    given = part.get("type")
    if given is None:
        return next((kind for name, kind in _KINDS.items() if isinstance(part.get(name), dict)), None)
    modality = part.get("modality")
    if given in ("blob", "uri", "file") and isinstance(modality, str) and modality in _KINDS:
        return _KINDS[modality]
    return _KINDS.get(given) if isinstance(given, str) else None


def _boxes(part: Part) -> Iterator[Part]:
    """Give the part and the objects in it that hold its bytes or its address."""
    yield part
    for name in (*_KINDS, "source"):
        inner = part.get(name)
        if isinstance(inner, dict):
            yield inner


def _first(boxes: list[Part], names: tuple[str, ...]) -> str | None:
    for name in names:
        for box in reversed(boxes):
            if isinstance(box.get(name), str) and box[name]:
                return str(box[name])
    return None


def _is_size(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _measured(text: str) -> tuple[str | None, int, str]:
    """Give media type, size and digest of bytes in base64 or in a `data:` address; other text is its own bytes."""
    media_type, body, is_base64 = None, text, True
    if text.startswith("data:") and "," in text:
        head, _, body = text[5:].partition(",")
        media_type = head.partition(";")[0] or None
        is_base64 = head.endswith(";base64")
    try:
        content = base64.b64decode(body, validate=True) if is_base64 else unquote_to_bytes(body)
    except (binascii.Error, ValueError):
        content = body.encode("utf-8", "surrogatepass")
    return media_type, len(content), hashlib.sha256(content).hexdigest()


def _without_bytes(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_bytes(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_without_bytes(inner) for inner in value]
    if isinstance(value, str) and value.startswith("data:") and ";base64," in value[:200]:
        media_type, size, digest = _measured(value)
        return {"media_type": media_type, "size": size, "sha256": digest}
    return value
