"""Addresses of Google's and Azure's stores are read as they are meant, each with its own options. None is asked."""

from pathlib import Path

import pyarrow.fs as pafs
import pytest

from upturn.domain.errors import ConfigurationError
from upturn.log.place import FolderPlace, ObjectPlace, log_place
from upturn.stores.address import is_object_address, shown
from upturn.stores.objects import still_part

GOOGLE = "gs://team-logs/desk/events"
AZURE = "abfs://team-logs@account.dfs.core.windows.net/desk/events"


@pytest.mark.parametrize(
    ("address", "options"),
    [
        ("s3://b/events", {"aws_conditional_put": "etag"}),
        (GOOGLE, {}),
        (AZURE, {}),
        (AZURE.replace("abfs", "abfss"), {}),
    ],
)
def test_each_store_is_given_its_own_options_and_no_secret(
    tmp_path: Path, address: str, options: dict[str, str]
) -> None:
    place = log_place(address + "/", tmp_path)
    assert isinstance(place, ObjectPlace)
    assert (place.uri, place.options) == (address, options)
    assert is_object_address(address)


def test_a_path_needs_no_options_and_other_addresses_are_refused(tmp_path: Path) -> None:
    assert isinstance(log_place(tmp_path, None), FolderPlace)
    assert FolderPlace(tmp_path).options is None
    with pytest.raises(ConfigurationError, match="gs://, abfs://"):
        log_place("https://account.blob.core.windows.net/logs", tmp_path)


@pytest.mark.parametrize(
    ("address", "kind", "path"),
    [
        (GOOGLE, "gcs", "team-logs/desk/events"),
        (AZURE, "abfs", "team-logs/desk/events"),
        (AZURE.replace("abfs", "abfss"), "abfs", "team-logs/desk/events"),
    ],
)
def test_inputs_are_looked_for_in_the_bucket_or_container(address: str, kind: str, path: str) -> None:
    files, base = pafs.FileSystem.from_uri(address)
    assert (files.type_name, base) == (kind, path)


def test_the_container_of_an_address_is_shown_and_its_secret_is_not() -> None:
    assert shown(AZURE + "?sig=secret") == AZURE
    assert shown("gs://user:secret@team-logs/desk") == "gs://team-logs/desk"
    assert still_part(AZURE + "/{day}/*.jsonl") == AZURE
    assert still_part(GOOGLE + "/2026/chat-*.jsonl") == GOOGLE + "/2026"
