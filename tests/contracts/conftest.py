"""An S3-compatible server for the contracts, started when the first test asks for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.object_store import credentials, make_bucket, s3_server


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    """The endpoint of a server that runs as long as the tests."""
    with s3_server() as endpoint:
        yield endpoint


@pytest.fixture
def s3_bucket(s3_endpoint, tmp_path_factory, monkeypatch) -> str:
    """The name of a fresh bucket, with the environment set to reach it."""
    for name, value in credentials(s3_endpoint).items():
        monkeypatch.setenv(name, value)
    name = tmp_path_factory.mktemp("bucket").name
    make_bucket(s3_endpoint, name)
    return name
