"""A person is erased from a log in an object store: first found in its objects, then in none, listed or versioned."""

import io
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.parquet as pq
import pytest

from tests.support.erasing import (
    conversations_of,
    make_home,
    marker_of,
    nothing_is_compressed,
    places_of,
    user_of_several,
)
from tests.support.object_store import credentials, make_bucket, s3_server
from upturn.home import Home
from upturn.privacy.pseudonym import load_pseudonymizer
from upturn.settings import Settings
from upturn.stages.erase import Subject, erase
from upturn.stages.pending import pending_days
from upturn.wiring import open_context, run_stages

pytestmark = pytest.mark.slow


class Filled(NamedTuple):
    store: Any
    bucket: str
    """Where the log lies."""
    home: Home
    user_id: str
    words: list[str]
    """The user's own word, pseudonym and conversations."""


def log_in(home: Home, bucket: str) -> None:
    """Say that a home's log lies in a bucket."""
    lines = home.configuration.read_text(encoding="utf-8").splitlines()
    others = [line for line in lines if not line.startswith("log = ")]
    home.configuration.write_text("\n".join([f'log = "s3://{bucket}/desk/events"', *others, ""]), encoding="utf-8")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    """A home of two days whose log lies in a bucket, and a user with what must go."""
    import boto3

    home = make_home(tmp_path_factory.mktemp("desk") / "home", days=2, per_day=40)
    log_in(home, "made")
    with pytest.MonkeyPatch.context() as patch, s3_server() as endpoint:
        for name, value in credentials(endpoint).items():
            patch.setenv(name, value)
        make_bucket(endpoint, "made")
        with nothing_is_compressed():
            context = open_context(home.root)
            for day in pending_days(context):
                run_stages(context, day)
        user_id = user_of_several(home)
        pseudonym = load_pseudonymizer(home, Settings()).user_key(user_id)
        words = [marker_of(user_id), pseudonym, *conversations_of(home, user_id)]
        yield Filled(boto3.client("s3"), "made", home, user_id, words)


def moved(made: Filled, bucket: str, root: Path, *, is_versioned: bool = False) -> Filled:
    """Copy the home, and its log into a bucket of its own."""
    made.store.create_bucket(Bucket=bucket)
    if is_versioned:
        made.store.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for key, _, _ in versions(made):
        made.store.copy_object(Bucket=bucket, Key=key, CopySource={"Bucket": made.bucket, "Key": key})
    shutil.copytree(made.home.root, root)
    log_in(Home(root), bucket)
    return made._replace(bucket=bucket, home=Home(root))


def versions(filled: Filled) -> list[tuple[str, str, bool]]:
    """Every version of every object: key, version, whether it is the newest."""
    pages = filled.store.get_paginator("list_object_versions").paginate(Bucket=filled.bucket)
    return [(one["Key"], one["VersionId"], one["IsLatest"]) for page in pages for one in page.get("Versions", ())]


def objects_with(filled: Filled, *, only_latest: bool = False) -> dict[str, set[str]]:
    """Where the bucket holds each word: raw bytes of whatever lies there, and rows of Parquet decoded."""
    found: dict[str, set[str]] = {word: set() for word in filled.words}
    for key, version, is_latest in versions(filled):
        if only_latest and not is_latest:
            continue
        held = filled.store.get_object(Bucket=filled.bucket, Key=key, VersionId=version)["Body"].read()
        rows = str(pq.read_table(io.BytesIO(held)).to_pylist()) if key.endswith(".parquet") else ""
        for word in filled.words:
            found[word] |= {"raw"} if word.encode() in held else set()
            found[word] |= {"decoded"} if word in rows else set()
    return found


def erase_person(filled: Filled) -> None:
    with nothing_is_compressed():
        counts = erase(open_context(filled.home.root), Subject(user_id=filled.user_id))
    assert counts["removed"]["turn.logged"] > 0


def test_no_object_and_no_local_copy_holds_the_person(made: Filled, tmp_path: Path) -> None:
    filled = moved(made, "plain", tmp_path / "home")
    assert objects_with(filled) == {word: {"raw", "decoded"} for word in filled.words}
    # copies of the log's files
    assert [word for word in filled.words if "decoded work" not in places_of(filled.home, word)] == []
    before = {key for key, _, _ in versions(filled)}
    erase_person(filled)
    nowhere: dict[str, set[str]] = {word: set() for word in filled.words}
    assert objects_with(filled) == nowhere
    assert {word: places_of(filled.home, word) for word in filled.words} == nowhere
    assert not filled.home.events.exists()
    after = {key for key, _, _ in versions(filled)}
    assert before - after  # files were deleted, not only taken out of the newest version
    assert any(key.endswith(".parquet") for key in after)


def test_a_versioned_bucket_keeps_what_was_deleted_until_its_own_rules_delete_it(made: Filled, tmp_path: Path) -> None:
    filled = moved(made, "versioned", tmp_path / "home", is_versioned=True)
    erase_person(filled)
    nowhere: dict[str, set[str]] = {word: set() for word in filled.words}
    assert objects_with(filled, only_latest=True) == nowhere
    assert objects_with(filled)[filled.words[0]] == {"raw", "decoded"}  # as the guide says
    for key, version, is_latest in versions(filled):
        if not is_latest:
            filled.store.delete_object(Bucket=filled.bucket, Key=key, VersionId=version)
    assert objects_with(filled) == nowhere
