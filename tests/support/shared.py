"""Where the real logs lie, or a skip that names what is absent."""

from __future__ import annotations

from pathlib import Path

import pytest


def shared_data(name: str) -> Path:
    """Give `shared/data/NAME` beside the checkout; skips the test, by name, where it is absent."""
    folder = Path(__file__).resolve().parents[3] / "shared" / "data" / name
    if not folder.is_dir():
        pytest.skip(f"needs the real logs of shared/data/{name}")
    return folder
