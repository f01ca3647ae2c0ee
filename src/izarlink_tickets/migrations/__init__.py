"""The numbered steps by which durable tables change, run by `application.operations.schema.migrate` through Alembic.

A released step is never edited, and none imports anything of the portal. Read models have no steps: they are rebuilt.
"""
