"""Parts of messages keep what they are, and lose their bytes."""

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upturn.formats.parts import kept_part, kept_parts

BYTES = b"\x89PNG not really"  # 15 bytes
INLINE = base64.b64encode(BYTES).decode()
DIGEST = hashlib.sha256(BYTES).hexdigest()
IMAGE = {"type": "image", "size": 15, "sha256": DIGEST, "media_type": "image/png"}
URL = f"data:image/png;base64,{INLINE}"


@pytest.mark.parametrize(
    "part",
    [
        {"type": "image_url", "image_url": {"url": URL, "detail": "high"}},
        {"type": "input_image", "image_url": URL},
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": INLINE}},
        {"type": "blob", "modality": "image", "mime_type": "image/png", "content": INLINE},
        {"type": "blob", "mime_type": "image/png", "content": INLINE},
        {"inline_data": {"mime_type": "image/png", "data": INLINE}},
        {"inlineData": {"mimeType": "image/png", "data": INLINE}},
    ],
)
def test_inline_images_of_every_world_are_the_same_part(part):
    assert kept_part(part) == IMAGE


@pytest.mark.parametrize(
    ("part", "kept"),
    [
        (
            {"type": "image_url", "image_url": {"url": "https://shop.example/a.png"}},
            {"type": "image", "reference": "https://shop.example/a.png"},
        ),
        ({"type": "input_image", "file_id": "file-1"}, {"type": "image", "reference": "file-1"}),
        (
            {"type": "input_audio", "input_audio": {"data": INLINE, "format": "wav"}},
            {"type": "audio", "size": 15, "sha256": DIGEST, "media_type": "wav"},
        ),
        (
            {"type": "file", "file": {"filename": "a.pdf", "file_data": f"data:application/pdf;base64,{INLINE}"}},
            {"type": "file", "size": 15, "sha256": DIGEST, "media_type": "application/pdf", "name": "a.pdf"},
        ),
        (
            {"type": "input_file", "file_url": "https://shop.example/a.pdf"},
            {"type": "file", "reference": "https://shop.example/a.pdf"},
        ),
        (
            {"type": "uri", "modality": "video", "uri": "gs://b/v.mp4", "mime_type": "video/mp4"},
            {"type": "video", "media_type": "video/mp4", "reference": "gs://b/v.mp4"},
        ),
        ({"type": "file", "modality": "image", "file_id": "f"}, {"type": "image", "reference": "f"}),
        (
            {"type": "document", "source": {"type": "url", "url": "https://shop.example/d"}},
            {"type": "file", "reference": "https://shop.example/d"},
        ),
        (
            {"type": "attachment", "file_name": "a.png", "content_type": "image/png", "size": 99, "content_url": "u"},
            {"type": "image", "size": 99, "media_type": "image/png", "name": "a.png", "reference": "u"},
        ),
    ],
)
def test_a_reference_name_and_size_stay(part, kept):
    assert kept_part(part) == kept


def test_text_and_unknown_parts_stay_but_for_their_data_addresses():
    assert kept_part({"type": "text", "text": URL[:4] + " is text"}) == {"type": "text", "text": "data is text"}
    assert kept_part({"type": "widget", "icon": [URL]}) == {
        "type": "widget",
        "icon": [{"media_type": "image/png", "size": 15, "sha256": DIGEST}],
    }


def test_bytes_that_are_no_base64_are_measured_as_text():
    assert kept_part({"type": "input_audio", "input_audio": {"data": "é!"}})["size"] == 3  # é is two bytes in UTF-8
    assert kept_part({"type": "image_url", "image_url": {"url": "data:text/plain,a%20b"}})["size"] == 3


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just(URL),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["type", "image_url", "data"]), inner),
    max_leaves=8,
)


@given(
    st.dictionaries(
        st.sampled_from(["type", "image_url", "source", "size", "data", "url", "modality", "mime_type"]),
        ANY | st.sampled_from(["image", "blob", "file", "text"]),
    )
)
def test_no_part_keeps_its_bytes_and_a_kept_part_stays_as_it_is(part):
    (kept,) = kept_parts([part])
    assert "text" in part or INLINE not in str(kept) or part.get("data") != INLINE
    assert ";base64," not in str(kept)
    assert kept_part(kept) == kept


def test_what_is_no_part_is_left_to_its_reader():
    assert kept_parts([5, None, []]) == [5, None, []]
