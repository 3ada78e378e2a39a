"""Writes every generated reference anew: `make reference`. Tests hold the files to the code."""

from __future__ import annotations

import html
import json
import os
import subprocess
import sys
from pathlib import Path

from tests.support.format_fields import format_fields
from upturn.formats.canonical import json_schema
from upturn.formats.mapping import mapping_schema
from upturn.warehouse.reference import generated_files

ROOT = Path(__file__).parents[2]
COMMANDS = ROOT / "docs" / "reference" / "commands.md"
MAPPING_SCHEMA = ROOT / "docs" / "reference" / "mapping.schema.json"
FORMAT_FIELDS = ROOT / "docs" / "reference" / "format-fields.md"
FORMAT_SCHEMA = ROOT / "docs" / "reference" / "upturn-format.schema.json"


def commands_reference() -> str:
    """Give `docs/reference/commands.md`: every command with its options and an example."""
    command = [sys.executable, "-m", "typer", ROOT / "src" / "upturn" / "cli" / "app.py", "utils", "docs"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("UPTURN_")}
    text = subprocess.check_output([*command, "--name", "upturn"], text=True, env={**environment, "COLUMNS": "120"})
    return html.unescape(text).strip() + "\n"


def main() -> None:
    """Write them all."""
    COMMANDS.write_text(commands_reference(), encoding="utf-8")
    FORMAT_FIELDS.write_text(format_fields(), encoding="utf-8")
    FORMAT_SCHEMA.write_text(json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    MAPPING_SCHEMA.write_text(json.dumps(mapping_schema(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    for path, text in generated_files().items():
        (ROOT / path).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
