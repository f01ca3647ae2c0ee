"""Alembic's entry point: runs the missing steps in the caller's transaction.

Steps declare their tables and columns themselves and import nothing of the portal: they never change with its code.
"""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, transactional_ddl=True)
if connection.dialect.name == "postgresql":
    # A step may rewrite a large table. Waiting for a lock stays limited, because the portal's commands queue behind it.
    connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
with context.begin_transaction():
    context.run_migrations()
