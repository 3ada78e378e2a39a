"""Writes the three files of a week, each whole or not at all."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from upturn.domain.errors import DiskFullError
from upturn.report.render_html import render_html
from upturn.report.render_json import render_json
from upturn.report.render_markdown import render_markdown

if TYPE_CHECKING:
    from pathlib import Path

    from upturn.report.model import WeeklyReport

__all__ = ["write_report"]


def write_report(folder: Path, report: WeeklyReport) -> tuple[Path, Path, Path]:
    """Write `WEEK.html`, `.md` and `.json` into `folder` and give their paths.

    Everything is rendered before the first file is replaced; each is replaced atomically.

    Raises
    ------
    DiskFullError
        If a file could not be written.
    """
    texts = {"html": render_html(report), "md": render_markdown(report), "json": render_json(report)}
    folder.mkdir(parents=True, exist_ok=True)
    html, markdown, json = (_replace(folder / f"{report.week}.{suffix}", text) for suffix, text in texts.items())
    return html, markdown, json


def _replace(path: Path, text: str) -> Path:
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        partial.write_text(text, encoding="utf-8", newline="\n")
        partial.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
        raise DiskFullError(
            f"the report {path} could not be written: {error.strerror}; the one that was there is whole. "
            "Free some space or check the folder's rights, then run `upturn report` again"
        ) from error
    return path
