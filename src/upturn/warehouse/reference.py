"""The generated descriptions of the warehouse: `warehouse/schema.sql` and `docs/reference/schema.md`.

`python -m upturn.warehouse.reference` in a checkout writes both; a test holds them to the code.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from upturn.resources import load_sql
from upturn.warehouse.ddl import MARTS, schema_sql

__all__ = ["generated_files", "schema_reference"]

_HEAD = """# The warehouse's tables and views

Schema version {version}. Generated from `src/upturn/schema/` and `sql/marts/`. Keys are marked; DuckDB holds no
index for them. Times are UTC; `key` columns are never NULL, other columns only where NULL is "yes".
"""


def schema_reference() -> str:
    """Give `docs/reference/schema.md`: every table with its columns, every view with what its header says."""
    from duckdb_sqlalchemy import Dialect

    from upturn.schema import SCHEMA_VERSION, metadata

    type_of = Dialect().type_compiler_instance.process
    parts = [_HEAD.format(version=SCHEMA_VERSION), "## Tables\n"]
    for table in metadata.tables.values():
        rows = "\n".join(
            f"| `{column.name}` | {type_of(column.type).lower()} | "
            f"{'key' if column.primary_key else 'yes' if column.nullable else 'no'} | {_cell(column.comment)} |"
            for column in table.columns
        )
        parts.append(
            f"### {table.name}\n\n{table.comment}\n\n| column | type | NULL | what |\n|---|---|---|---|\n{rows}\n"
        )
    parts.append("## Views\n")
    parts.extend(f"### {name}\n\n{_header(load_sql(f'marts/{name}'))}\n" for name in MARTS)
    return "\n".join(parts)


def generated_files() -> Mapping[str, str]:
    """Give the text of each generated file by its path in the checkout."""
    return {"warehouse/schema.sql": schema_sql(), "docs/reference/schema.md": schema_reference()}


def _cell(text: str | None) -> str:
    return (text or "").replace("|", "\\|")


def _header(sql: str) -> str:
    """Give the header comment of a SQL file as a list, one line a point."""
    lines: list[str] = []
    for line in sql.splitlines():
        if not line.startswith("--"):
            break
        text = line[2:].strip()
        if line.startswith("--   ") and lines:
            lines[-1] += f" {text}"
        else:
            lines.append(f"- {text}")
    return "\n".join(lines)


if __name__ == "__main__":
    for name, text in generated_files().items():
        path = Path(__file__).resolve().parents[3] / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
