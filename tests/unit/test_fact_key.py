"""The key of facts: made with the home, taken over from an older one, never changed by a rotation."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.homes import upturn
from upturn.domain.errors import ConfigurationError
from upturn.home import Home
from upturn.privacy.fact_key import load_fact_key
from upturn.privacy.hiding import load_hiding
from upturn.privacy.pseudonym import load_pseudonymizer
from upturn.settings import Settings, load_settings


def test_a_new_home_has_two_keys_of_its_own_that_only_its_owner_reads(tmp_path):
    upturn("init", home=tmp_path)
    home = Home(tmp_path)
    assert {stat.S_IMODE(path.stat().st_mode) for path in (home.fact_key, home.key_file)} == {0o600}
    assert home.fact_key.read_bytes() != home.key_file.read_bytes()
    before = home.fact_key.read_bytes()
    upturn("init", home=tmp_path)
    assert home.fact_key.read_bytes() == before
    assert "key of facts" in upturn("doctor", home=tmp_path)


def test_an_older_home_goes_on_under_the_key_that_its_facts_have(tmp_path):
    home = Home(tmp_path)
    pseudonyms = load_pseudonymizer(home, Settings())
    assert load_fact_key(home, Settings()) == pseudonyms.key
    home.key_file.rename(tmp_path / "previous-2026.key")
    now = load_hiding(home, Settings())
    assert (now.fact_key, now.pseudonyms.key == pseudonyms.key) == (pseudonyms.key, False)


def test_an_older_home_whose_key_was_moved_away_first_takes_the_newest_of_its_keys(tmp_path):
    home = Home(tmp_path)
    for moment, name in enumerate(("previous-b.key", "previous-a.key")):
        load_pseudonymizer(home, Settings())
        os.utime(home.key_file, (moment, moment))
        home.key_file.rename(tmp_path / name)
    assert load_hiding(home, Settings()).fact_key == (tmp_path / "previous-a.key").read_bytes().strip()


def test_the_key_of_the_environment_is_taken_and_written_nowhere(tmp_path, monkeypatch):
    monkeypatch.setenv("UPTURN_PSEUDONYM_KEY", "x" * 20)
    monkeypatch.setenv("UPTURN_FACT_KEY", "y" * 20)
    upturn("init", home=tmp_path)
    assert load_hiding(Home(tmp_path), Settings()).fact_key == b"y" * 20
    assert not list(tmp_path.glob("*.key"))
    assert upturn("doctor", home=tmp_path).count("from the environment") == 2


def test_a_new_home_with_pseudonyms_from_the_environment_has_a_key_file_for_facts_only(tmp_path, monkeypatch):
    monkeypatch.setenv("UPTURN_PSEUDONYM_KEY", "x" * 20)
    upturn("init", home=tmp_path)
    assert [path.name for path in tmp_path.glob("*.key")] == ["fact.key"]
    assert b"xxxx" not in Home(tmp_path).fact_key.read_bytes()


def test_an_older_home_with_pseudonyms_from_the_environment_keeps_a_copy(tmp_path):
    home = Home(tmp_path)
    assert load_fact_key(home, Settings(pseudonym_key="x" * 20)) == b"x" * 20
    assert load_fact_key(home, Settings(pseudonym_key="another key of 24 bytes!")) == b"x" * 20
    assert stat.S_IMODE(home.fact_key.stat().st_mode) == 0o600


def test_many_that_start_together_end_with_the_same_two_keys(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: load_hiding(Home(tmp_path), Settings()), range(40)))
    assert len(set(found)) == 1
    assert found[0].fact_key != found[0].pseudonyms.key


def test_a_key_that_others_can_read_or_that_is_short_is_refused(tmp_path):
    home = Home(tmp_path)
    load_fact_key(home, Settings())
    home.fact_key.chmod(0o640)
    with pytest.raises(ConfigurationError, match="mode 640: expected 600"):
        load_fact_key(home, Settings())
    with pytest.raises(ConfigurationError, match="UPTURN_FACT_KEY holds a key of 5 bytes"):
        load_fact_key(home, Settings(fact_key="short"))


def test_the_key_is_no_setting_of_a_file(tmp_path):
    home = Home(tmp_path).create()
    home.configuration.write_text('fact_key = "' + "k" * 32 + '"\n')
    with pytest.raises(ConfigurationError, match="UPTURN_FACT_KEY"):
        load_settings(home)


def test_the_key_is_in_no_representation(tmp_path):
    found = load_hiding(Home(tmp_path), Settings(pseudonym_key="k" * 32, fact_key="f" * 32))
    assert not [one for one in ("kkkk", "ffff") if one in repr(found)]
