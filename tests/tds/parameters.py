"""sp_describe_undeclared_parameters: which type each marker of a statement should have.

Microsoft's driver asks before it sends rows in bulk, and sends every value, NULL too, as what it
is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import duckdb
import sqlglot
from sqlglot import exp

# DuckDB's type: name, system_type_id, max_length, precision, scale, TDS type, length there.
_SYSTEM_TYPES = {
    "INTEGER": ("int", 56, 4, 10, 0, 0x26, 4),
    "TINYINT": ("bit", 104, 1, 1, 0, 0x68, 1),
    "TIMESTAMP": ("datetime2(7)", 42, 8, 27, 7, 0x2A, 7),
}
_RESULT = """
SELECT unnest($ordinals)::INTEGER AS parameter_ordinal, unnest($names) AS name,
  unnest($ids)::INTEGER AS suggested_system_type_id, unnest($types) AS suggested_system_type_name,
  unnest($lengths)::SMALLINT AS suggested_max_length,
  unnest($precisions)::UTINYINT AS suggested_precision,
  unnest($scales)::UTINYINT AS suggested_scale, NULL::INTEGER AS suggested_user_type_id,
  NULL::VARCHAR AS suggested_user_type_database, NULL::VARCHAR AS suggested_user_type_schema,
  NULL::VARCHAR AS suggested_user_type_name,
  NULL::VARCHAR AS suggested_assembly_qualified_type_name,
  NULL::INTEGER AS suggested_xml_collection_id,
  NULL::VARCHAR AS suggested_xml_collection_database,
  NULL::VARCHAR AS suggested_xml_collection_schema,
  NULL::VARCHAR AS suggested_xml_collection_name, false AS suggested_is_xml_document,
  false AS suggested_is_case_sensitive, false AS suggested_is_fixed_length_clr_type,
  true AS suggested_is_input, false AS suggested_is_output,
  NULL::VARCHAR AS formal_parameter_name, unnest($tds)::INTEGER AS suggested_tds_type_id,
  unnest($tds_lengths)::INTEGER AS suggested_tds_length
"""
_COLUMNS = ("types", "ids", "lengths", "precisions", "scales", "tds", "tds_lengths")


def described(
    connection: duckdb.DuckDBPyConnection, text: str, lengths: dict[str, int]
) -> duckdb.DuckDBPyConnection | None:
    """The answer's rows, one a marker; None where a marker stands beside no column."""
    statement = sqlglot.parse_one(text, read="tsql")
    target = statement.find(exp.Table)
    assert target is not None
    kinds = dict(
        connection.execute(
            "SELECT lower(column_name), data_type FROM duckdb_columns() "
            "WHERE lower(table_name) = lower(?)",
            [target.name],
        ).fetchall()
    )
    beside = dict(_beside(statement))
    markers = sorted(beside, key=lambda name: int(name[1:]))
    if len(markers) < len({one.name for one in statement.find_all(exp.Parameter)}):
        return None
    types = [_system_type(kinds[beside[one]], lengths.get(beside[one])) for one in markers]
    values: dict[str, Sequence[object]] = {
        "ordinals": [int(one[1:]) for one in markers],
        "names": [f"@{one}" for one in markers],
    }
    columns = zip(*types, strict=True)
    return connection.execute(_RESULT, values | dict(zip(_COLUMNS, columns, strict=True)))


def _beside(statement: exp.Expression) -> Iterator[tuple[str, str]]:
    """Each marker and the column that it is compared with, set to or inserted into."""
    for pair in statement.find_all(exp.EQ):
        if isinstance(pair.this, exp.Column) and isinstance(pair.expression, exp.Parameter):
            yield pair.expression.name, pair.this.name.lower()
    if isinstance(statement, exp.Insert):
        names = [one.name.lower() for one in statement.this.expressions]
        for row in statement.expression.find_all(exp.Tuple):
            for name, value in zip(names, row.expressions, strict=False):
                if isinstance(value, exp.Parameter):
                    yield value.name, name


def _system_type(kind: str, declared: int | None) -> tuple[str, int, int, int, int, int, int]:
    if kind != "VARCHAR":
        return _SYSTEM_TYPES[kind]
    if declared == 0:
        return ("nvarchar(max)", 231, -1, 0, 0, 0xE7, 0xFFFF)
    characters = declared or 4000
    return (f"nvarchar({characters})", 231, 2 * characters, 0, 0, 0xE7, 2 * characters)
