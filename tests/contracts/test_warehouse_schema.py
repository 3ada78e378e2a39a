"""A created warehouse is what `upturn.schema` says, and so are the generated files."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from upturn.schema import metadata
from upturn.warehouse import MARTS, create_schema, schema_sql
from upturn.warehouse.reference import generated_files

ROOT = Path(__file__).resolve().parents[2]


def test_reflection_finds_the_tables_columns_and_comments_of_the_schema(tmp_path: Path) -> None:
    from sqlalchemy import create_engine, inspect

    path = tmp_path / "reflected.duckdb"
    with duckdb.connect(str(path)) as connection:
        create_schema(connection)
    engine = create_engine(f"duckdb:///{path}?access_mode=read_only")
    inspector = inspect(engine)

    kept = {name for name, table in metadata.tables.items() if "view" not in table.info}
    assert sorted(inspector.get_table_names(schema="main")) == sorted(kept)
    assert sorted(inspector.get_view_names(schema="main")) == sorted({*MARTS, *metadata.tables} - kept)
    for name, table in metadata.tables.items():
        reflected = [
            (
                column["name"],
                column["type"].as_generic()._type_affinity,
                column["nullable"] and (name in kept or table.c[column["name"]].nullable),  # a view promises nothing
                column["comment"],
            )
            for column in inspector.get_columns(name, schema="main")
        ]
        declared = [
            (column.name, column.type._type_affinity, column.nullable, column.comment) for column in table.columns
        ]
        assert reflected == declared, name
        assert inspector.get_table_comment(name, schema="main") == {"text": table.comment}
    engine.dispose()


def test_the_script_makes_the_same_tables_as_the_code() -> None:
    listing = (
        "select table_name, column_name, data_type, is_nullable, comment from duckdb_columns() "
        "where schema_name = 'main' and not internal order by all"
    )
    by_code, by_script = duckdb.connect(), duckdb.connect()
    create_schema(by_code)
    by_script.execute(schema_sql())

    assert by_script.execute(listing).fetchall() == by_code.execute(listing).fetchall()


@pytest.mark.parametrize("name", ["warehouse/schema.sql", "docs/reference/schema.md"])
def test_generated_files_are_current(name: str) -> None:
    assert (ROOT / name).read_text(encoding="utf-8") == generated_files()[name], (
        f"{name} is stale: run `python -m upturn.warehouse.reference`"
    )


def test_every_mart_stands_in_the_folder_and_in_the_tuple() -> None:
    assert sorted(path.stem for path in (ROOT / "sql" / "marts").glob("*.sql")) == sorted(MARTS)
