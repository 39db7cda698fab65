"""SQL criteria typed by an administrator: T-SQL predicates over columns of Students.

They pass a gate (one harmless predicate over known columns, nothing else) and are then written
anew as DuckDB SQL that means what SQL Server would make of them under a collation that minds
accents and neither case nor trailing blanks (readings.md 39). One path, one meaning: criteria are
always evaluated in DuckDB.
"""

from __future__ import annotations

from sync.ums.criteria.patterns import is_broken, like
from sync.ums.criteria.predicates import server_predicate, translate

__all__ = ["is_broken", "like", "server_predicate", "translate"]
