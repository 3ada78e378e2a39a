from datetime import date
from pathlib import Path

import pytest

from upturn.domain.errors import ConfigurationError
from upturn.schedule import read_schedule


def test_the_environment_stands_above_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "upturn.toml").write_text('timezone = "Asia/Tokyo"\nstart_date = 2026-11-02\n', encoding="utf-8")
    assert (read_schedule(tmp_path).timezone, read_schedule(tmp_path).start_date) == ("Asia/Tokyo", date(2026, 11, 2))
    monkeypatch.setenv("UPTURN_TIMEZONE", "Europe/Paris")
    monkeypatch.setenv("UPTURN_START_DATE", "2026-11-23")
    assert (read_schedule(tmp_path).timezone, read_schedule(tmp_path).start_date) == (
        "Europe/Paris",
        date(2026, 11, 23),
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [("UPTURN_TIMEZONE", "Mars/Olympus"), ("UPTURN_TIMEZONE", "../etc/passwd"), ("UPTURN_START_DATE", "yesterday")],
)
def test_what_is_no_zone_or_day_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=f"{name}.*{value}"):
        read_schedule(tmp_path)
