"""The numbered steps by which durable tables change.

`application.operations.schema.migrate` runs them through Alembic. A released step is never edited, and imports
nothing of the portal. Read models have no steps: they are rebuilt.
"""
