"""The home: the folder that holds one team's log, warehouse, inbox, reports and key."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from upturn.domain.errors import ConfigurationError, HomeVersionError, NotFoundError

__all__ = ["HOME_VERSION", "Home"]

HOME_VERSION: Final = 1
"""Layout version of a home. A home with a higher one is refused, never guessed at."""


@dataclass(frozen=True)
class Home:
    """The paths of a home. Nothing is created by asking for a path."""

    root: Path

    @property
    def marker(self) -> Path:
        """`home.json`: the layout version, written by `upturn init`."""
        return self.root / "home.json"

    @property
    def configuration(self) -> Path:
        """`upturn.toml`."""
        return self.root / "upturn.toml"

    @property
    def key_file(self) -> Path:
        """Key of the pseudonyms, mode 600."""
        return self.root / "pseudonym.key"

    @property
    def fact_key(self) -> Path:
        """Key of the digests by which facts are known again, mode 600; never rotated."""
        return self.root / "fact.key"

    @property
    def tombstone_key(self) -> Path:
        """Key of the tombstones of the erased, mode 600; made with the first erasure, never rotated."""
        return self.root / "tombstone.key"

    @property
    def forgetting(self) -> Path:
        """Marker: something was taken out of the log, and the files made of it before are not all cleaned yet."""
        return self.root / "work" / "forgetting"

    @property
    def judging(self) -> Path:
        """Locked by the one process that judges: two would spend one budget twice."""
        return self.root / "work" / "judging"

    @property
    def events(self) -> Path:
        """The Delta table: the only truth."""
        return self.root / "events"

    @property
    def published(self) -> Path:
        """The warehouse for readers: mode 0444, replaced by atomic rename."""
        return self.root / "upturn.duckdb"

    @property
    def working(self) -> Path:
        """The pipeline's own warehouse file."""
        return self.root / "work" / "upturn.duckdb"

    @property
    def copies(self) -> Path:
        """Copies of the event log's files, where the log lies in an object store; may be deleted at any time."""
        return self.root / "work" / "events"

    @property
    def staging(self) -> Path:
        """Parsed and not yet appended batches, one folder per day or ad-hoc ingest."""
        return self.root / "staging"

    @property
    def appended(self) -> Path:
        """One empty file for each day whose newest batch is in the log: then nothing staged is nothing lost."""
        return self.root / "work" / "appended"

    @property
    def inbox(self) -> Path:
        """Where the default source looks for a day's files."""
        return self.root / "inbox"

    @property
    def reports(self) -> Path:
        """Weekly reports: `2026-W47.html`, `.md`, `.json`."""
        return self.root / "reports"

    def require(self) -> Home:
        """Give this home back if it exists and this upturn can read it.

        Raises
        ------
        NotFoundError
            If there is no home here; the message names `upturn init`.
        HomeVersionError
            If a newer upturn wrote it, or its marker can't be read.
        """
        try:
            version = json.loads(self.marker.read_text(encoding="utf-8"))["home_version"]
        except FileNotFoundError as error:
            raise NotFoundError(
                f"no upturn home at {self.root}: expected {self.marker.name} there; create one with "
                f"`upturn init --home {self.root}` or name another with --home"
            ) from error
        except (ValueError, KeyError, TypeError) as error:
            raise HomeVersionError(
                f'{self.marker} can\'t be read: expected {{"home_version": {HOME_VERSION}}}; restore it'
            ) from error
        if not isinstance(version, int) or version > HOME_VERSION:
            raise HomeVersionError(
                f"{self.root} is a home of version {version}, this upturn knows versions up to "
                f"{HOME_VERSION}: upgrade upturn"
            )
        return self

    def create(self) -> Home:
        """Create the folders and the marker where they are missing; an existing home is left as it is.

        Raises
        ------
        ConfigurationError
            If no folder can be made there, such as without permission or where a file stands in the way.
        """
        try:
            for folder in (self.root, self.inbox, self.reports, self.working.parent, self.staging):
                folder.mkdir(parents=True, exist_ok=True)
            if not self.marker.exists():
                self.marker.write_text(json.dumps({"home_version": HOME_VERSION}) + "\n", encoding="utf-8")
        except (PermissionError, FileExistsError, NotADirectoryError) as error:
            raise ConfigurationError(
                f"a home can't be made at {self.root}: {error.strerror} ({error.filename}); name another folder with "
                "--home or UPTURN_HOME"
            ) from error
        return self.require()
