"""The warehouse brought to the tables this code knows, step by step and in one transaction.

Revisions go forward only: what was landed rebuilds staging and all after it.

After a change of a table, write the revision that makes it:

    python -m include.tables.migrate "Say why"

It compares the tables with a throwaway database at the newest revision.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from include.core import embedded
from include.core.errors import StopError
from include.core.warehouse import engine_for
from include.tables.base import SCHEMAS

MIGRATIONS = Path(__file__).parent / "migrations"
# Any number, so long as nothing else in the database locks it.
LOCK = 20_260_117


def migrate(engine: sa.Engine) -> None:
    """Create the schemas and tables the warehouse lacks and bring it to the newest revision.

    Any number of tasks may call it at once; one does the work, and the others wait for it.

    Raises:
        StopError: the warehouse was made by newer code than this.
    """
    with engine.begin() as connection:
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
        existing = sa.inspect(connection).get_schema_names()
        # Asking first spares a user who may not create schemas, but was given them.
        for schema in (name for name in SCHEMAS if name not in existing):
            connection.execute(sa.schema.CreateSchema(schema))
        try:
            command.upgrade(_configuration(connection), "head")
        except CommandError as error:
            raise StopError(
                f"The warehouse cannot be brought to this code's tables: {error}.",
                "It was made by newer code. Update the project, or name another database in the "
                "Airflow connection crm_warehouse.",
            ) from error


def write_revision(engine: sa.Engine, message: str) -> Path | None:
    """Write what the newest revision lacks of the tables as the next one; None if nothing."""
    migrate(engine)
    with engine.begin() as connection:
        configuration = _configuration(connection)
        known = len(list(ScriptDirectory.from_config(configuration).walk_revisions()))
        written = command.revision(
            configuration,
            message,
            autogenerate=True,
            rev_id=f"{known + 1:04d}",
            process_revision_directives=_drop_empty,
        )
    return Path(written.path) if written and not isinstance(written, list) else None


def _configuration(connection: sa.Connection) -> Config:
    """Alembic's configuration, on a connection whose transaction is ours."""
    configuration = Config()
    configuration.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    configuration.set_main_option("path_separator", "os")
    # Python modules may not start with a digit.
    configuration.set_main_option("file_template", "r%%(rev)s_%%(slug)s")
    configuration.attributes["connection"] = connection
    return configuration


def _drop_empty(context: Any, revision: Any, directives: list[Any]) -> None:
    """Write no revision that changes nothing."""
    if directives[0].upgrade_ops.is_empty():
        directives.clear()


def main() -> int:
    """Write the next revision; 2 when no reason is given."""
    if len(sys.argv) != 2:
        sys.stderr.write('usage: python -m include.tables.migrate "Say why"\n')
        return 2
    with tempfile.TemporaryDirectory() as folder:
        engine = engine_for(embedded.start(Path(folder)))
        try:
            written = write_revision(engine, sys.argv[1])
        finally:
            engine.dispose()
            embedded.stop(Path(folder))
    if written is None:
        sys.stdout.write("The newest revision has every table as it is.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
