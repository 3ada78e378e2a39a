"""User ids become keyed digests under a key that nobody else can read, and one key only."""

import json
import stat
from concurrent.futures import ThreadPoolExecutor

import duckdb
import pytest

from tests.support.ingesting import stage_records
from upturn.domain.errors import ConfigurationError
from upturn.home import Home
from upturn.log.functions import register
from upturn.privacy.masking import mask_record, mask_value
from upturn.privacy.pseudonym import Pseudonymizer, load_pseudonymizer
from upturn.settings import Settings

PSEUDONYMS = Pseudonymizer(b"k" * 32)
MARKER = "marker-user-77@example.org"


def test_sql_and_python_give_the_same_pseudonym():
    with duckdb.connect() as connection:
        register(connection, pseudonym_key=PSEUDONYMS.key, fact_key=b"f" * 32)
        assert connection.sql(f"select keyed_digest('{MARKER}')").fetchone() == (PSEUDONYMS.user_key(MARKER),)


def test_the_key_file_is_made_once_with_mode_600(tmp_path):
    home = Home(tmp_path)
    first = load_pseudonymizer(home, Settings())
    assert stat.S_IMODE(home.key_file.stat().st_mode) == 0o600
    assert load_pseudonymizer(home, Settings()) == first
    assert len(first.key) == 64
    assert [path.name for path in tmp_path.iterdir()] == ["pseudonym.key"]


def test_many_that_start_together_end_with_one_key(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: load_pseudonymizer(Home(tmp_path), Settings()).key, range(40)))
    assert len(set(found)) == 1


def test_a_key_file_that_others_can_read_is_refused(tmp_path):
    home = Home(tmp_path)
    load_pseudonymizer(home, Settings())
    home.key_file.chmod(0o644)
    with pytest.raises(ConfigurationError, match="mode 644: expected 600"):
        load_pseudonymizer(home, Settings())


def test_a_short_key_is_refused(tmp_path):
    with pytest.raises(ConfigurationError, match="UPTURN_PSEUDONYM_KEY holds a key of 5 bytes"):
        load_pseudonymizer(Home(tmp_path), Settings(pseudonym_key="short"))


def test_the_environment_wins_and_writes_no_file(tmp_path, monkeypatch):
    monkeypatch.setenv("UPTURN_PSEUDONYM_KEY", "x" * 20)
    assert load_pseudonymizer(Home(tmp_path), Settings()).key == b"x" * 20
    assert not Home(tmp_path).key_file.exists()


def test_the_key_is_in_no_representation():
    assert "kkkk" not in repr(PSEUDONYMS)


@pytest.mark.parametrize(
    "raw",
    [
        json.dumps({"user_id": MARKER, "turns": 5, "note": f"mail {MARKER}"}),
        json.dumps({"user": {"id": MARKER, "mails": [MARKER]}}),
        json.dumps({"a": [{"deep": {"user": MARKER}}]}),
        f'{{"user_id": "{MARKER}", "turns": [',
        f'{{"user" :"{MARKER}',
        json.dumps({"text": json.dumps({"user_id": MARKER})})[:-4],
        f'{{"user_id": "{MARKER}", "bad": \udc80}}',
    ],
)
def test_no_user_id_stays_in_a_refused_record(raw):
    masked = mask_record(raw.encode("utf-8", "surrogateescape"), PSEUDONYMS)
    assert "marker-user" not in masked
    assert PSEUDONYMS.user_key(MARKER) in masked


def test_a_masked_record_is_still_json_and_keeps_the_rest():
    masked = json.loads(
        mask_record(b'{"user_id": 12, "user": null, "turns": [{"content": "12 o\'clock"}]}', PSEUDONYMS)
    )
    assert masked == {
        "user_id": PSEUDONYMS.user_key("12"),
        "user": None,
        "turns": [{"content": "12 o'clock"}],
    }


def test_masking_leaves_other_fields_alone():
    value = {"users": ["a"], "user_agent": "x", "n": [1, None, True]}
    assert mask_value(value, PSEUDONYMS) == value


def test_no_user_id_reaches_staging(tmp_path):
    turns = [{"role": "user", "content": "hi", "created_at": "2026-11-02T09:00:00Z"}]
    good = {"conversation_id": "c-1", "user_id": MARKER, "started_at": "2026-11-02T09:00:00Z", "turns": turns}
    result = stage_records(
        tmp_path,
        good,
        {**good, "conversation_id": "c-2", "metadata": {"user_id": MARKER}},
        {**good, "conversation_id": "c-3", "user": {"mail": MARKER}},
        {**good, "turns": 5},
        json.dumps(good).encode()[:-9],
    )
    assert (len(result.rows("conversations")), len(result.rows("rejected"))) == (3, 2)
    assert "marker-user" not in str([table.to_pylist() for table in result.tables.values()])
    assert {row["user_key"] for row in result.rows("conversations")} == {
        Pseudonymizer(b"a key for tests of thirty-two bytes").user_key(MARKER)
    }
