"""Tables to which rows are added and never changed: the triggers of each database that see to it."""

from __future__ import annotations

from sqlalchemy import Connection, text

APPEND_ONLY = {
    "sqlite": (
        "CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
        "BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
        "CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
        "BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$",
        "CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION {table}_append_only()",
        "CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only()",
    ),
}


def append_only(dialect_name: str, table: str) -> tuple[str, ...]:
    """Return the statements that make a table refuse every change and deletion."""
    return tuple(statement.format(table=table) for statement in APPEND_ONLY[dialect_name])


def is_append_only(connection: Connection, table: str) -> bool:
    """Return whether what `append_only` made is there as it was made, and in force."""
    if connection.dialect.name == "sqlite":
        made = text("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :t")
        return {*append_only("sqlite", table)} <= {*connection.scalars(made, {"t": table})}
    made = text(
        "SELECT count(*) FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid WHERE NOT tgisinternal "
        "AND tgenabled IN ('O', 'A') AND tgrelid = to_regclass(:t) AND prosrc LIKE '%RAISE EXCEPTION%'"
    )
    return bool(connection.scalar(made, {"t": table}) == 2)
