"""Content names exactly one format: for every record of every fixture, and for the real files."""

from pathlib import Path

import orjson
import pytest

from tests.support.shared import shared_data
from upturn.domain.errors import InputError
from upturn.formats.detect import detect_format
from upturn.formats.reading import raw_chunks
from upturn.formats.registry import formats

FIXTURES = Path(__file__).parent.parent / "fixtures" / "formats"
FILES = [path for name in formats() for path in sorted((FIXTURES / name).glob("*.json*"))]


def named(path):
    """Formats that claim the records of a file."""
    texts = [text for chunk in raw_chunks(path) for text in chunk.texts]
    return {name for text in texts for name, form in formats().items() if form.sniff(orjson.loads(text))}


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_record_is_claimed_by_its_format_alone(path):
    assert named(path) == {path.parent.name}


@pytest.mark.shared_data
@pytest.mark.parametrize("name", ["langfuse", "langsmith"])
def test_a_real_trace_is_claimed_by_its_format_alone(name):
    files = sorted(shared_data(f"fmt_{name}").glob("*.json"))
    assert files
    assert [named(path) for path in files] == [{name}] * len(files)


def test_what_customers_said_is_not_repeated_where_no_format_is_known():
    record = {"2026-11-02T09:00:00Z": "c-1", "my husband died and I want to close his": "account", "amount": 3}
    with pytest.raises(InputError, match="have the fields amount and others") as found:
        detect_format([orjson.dumps(record)], file="rows.csv")
    assert "husband" not in str(found.value)
    with pytest.raises(InputError, match="is the first line data"):
        detect_format([orjson.dumps({"Anna Keller": "x"})], file="rows.csv")
