"""The same duplicates looked for with Splink, beside ours: for the benchmark alone.

Splink is installed by hand (`pip install splink`), never a dependency. It is given the same
records, comparisons as its own documentation would choose them, and no labels.
"""

from __future__ import annotations

import importlib.util
import logging
from typing import Any

import duckdb

NOT_INSTALLED = (
    "Splink is not installed, so there is nothing to compare with: pip install splink (into an "
    "environment of its own; umstui does not need it)."
)


def installed() -> bool:
    """Whether Splink can be asked."""
    return importlib.util.find_spec("splink") is not None


def febrl(connection: duckdb.DuckDBPyConnection) -> set[frozenset[str]]:
    """The pairs of rec_id among the table ``record`` that Splink calls more likely than not."""
    import splink.comparison_library as cl  # noqa: PLC0415
    from splink import block_on  # noqa: PLC0415

    names = [
        cl.JaroWinklerAtThresholds(name, [0.9]).configure(term_frequency_adjustments=True)
        for name in ("given_name", "surname", "address_1", "suburb")
    ]
    numbers = [
        cl.DamerauLevenshteinAtThresholds(name, [1])
        for name in ("date_of_birth", "postcode", "street_number")
    ]
    connection.execute("CREATE TABLE for_splink AS SELECT id AS unique_id, * EXCLUDE (id, loose) "
                       "FROM record")  # fmt: skip
    rules = [
        ("given_name", "surname"), ("surname", "postcode"), ("given_name", "postcode"),
        ("date_of_birth",), ("address_1", "street_number"), ("street_number", "postcode"),
        ("suburb", "substr(given_name, 1, 2)"), ("suburb", "substr(surname, 1, 2)"),
        ("substr(surname, 1, 3)", "substr(given_name, 1, 3)"),
    ]  # fmt: skip
    found = _predict(
        connection, ["for_splink"], [*names, *numbers], rules,
        sure=[block_on("given_name", "surname", "date_of_birth"),
              block_on("address_1", "date_of_birth")],
        trained_on=[("date_of_birth",), ("given_name", "surname")],
    )  # fmt: skip
    rows = connection.execute(
        f"SELECT a.rec_id, b.rec_id FROM {found} f "
        "JOIN for_splink a ON a.unique_id = f.unique_id_l "
        "JOIN for_splink b ON b.unique_id = f.unique_id_r"
    ).fetchall()
    return {frozenset(row) for row in rows}


def school(connection: duckdb.DuckDBPyConnection) -> set[tuple[str, str]]:
    """(user name of the account made by hand, key of the person) among live_person."""
    import splink.comparison_library as cl  # noqa: PLC0415
    from splink import block_on  # noqa: PLC0415

    columns = (
        "lower(split_part(first_name, ' ', 1)) AS given, lower(first_name) AS givens, "
        "lower(last_name) AS family, lower(email) AS email"
    )
    for table, where in (("by_hand", "key IS NULL"), ("synced", "key IS NOT NULL")):
        connection.execute(
            f"CREATE TABLE {table} AS SELECT user_name AS unique_id, {columns} FROM live_person "
            f"WHERE {where}"
        )
    found = _predict(
        connection, ["by_hand", "synced"],
        [
            cl.JaroWinklerAtThresholds("given", [0.9]).configure(term_frequency_adjustments=True),
            cl.JaroWinklerAtThresholds("family", [0.92]).configure(term_frequency_adjustments=True),
            cl.ExactMatch("email"),
        ],
        [("email",), ("given", "substr(family, 1, 3)"), ("family", "substr(given, 1, 2)")],
        sure=[block_on("email")],
        trained_on=[("email",), ("given", "substr(family, 1, 3)")],
    )  # fmt: skip
    rows = connection.execute(
        f"SELECT unique_id_l, unique_id_r, match_probability FROM {found} "
        "QUALIFY row_number() OVER (PARTITION BY unique_id_l ORDER BY match_probability DESC) = 1"
    ).fetchall()
    return {(left, right) for left, right, _ in rows}


def _predict(
    connection: duckdb.DuckDBPyConnection,
    tables: list[str],
    comparisons: list[Any],
    rules: list[tuple[str, ...]],
    *,
    sure: list[Any],
    trained_on: list[tuple[str, ...]],
) -> str:
    """The table with the pairs of at least even odds; parameters are estimated without labels."""
    from splink import Linker, SettingsCreator, block_on  # noqa: PLC0415
    from splink.internals.duckdb.database_api import DuckDBAPI  # noqa: PLC0415

    logging.getLogger("splink").setLevel(logging.ERROR)
    api = DuckDBAPI(connection=connection)
    settings = SettingsCreator(
        link_type="dedupe_only" if len(tables) == 1 else "link_only",
        comparisons=comparisons,
        blocking_rules_to_generate_predictions=[block_on(*rule) for rule in rules],
    )
    frames = [api.register(table) for table in tables]
    linker = Linker(frames if len(frames) > 1 else frames[0], settings, log_level=logging.ERROR)
    linker.training.estimate_probability_two_random_records_match(sure, recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6)
    for rule in trained_on:
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(*rule))
    return str(linker.inference.predict(threshold_match_probability=0.5).physical_name)
