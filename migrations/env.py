"""How migrations run: inside the app (`survey db …`), in one transaction, the same on SQLite and PostgreSQL."""

from alembic import context
from flask import current_app

from survey.db import db
from survey.models.base import UtcDateTime


def render_item(kind, item, autogen_context):
    """Migrations name plain column types, so that old ones do not depend on today's models."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def run():
    with db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            # altering a table copies it: references must not cascade meanwhile (only possible outside a transaction)
            connection.connection.dbapi_connection.execute("PRAGMA foreign_keys=OFF")
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            render_item=render_item,
            **current_app.extensions["migrate"].configure_args,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
        if connection.dialect.name == "sqlite":
            connection.connection.dbapi_connection.execute("PRAGMA foreign_keys=ON")


run()
