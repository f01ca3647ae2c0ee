"""Sharing of compiled statements between engines with equal settings."""

from collections.abc import Mapping

import pytest
from sqlalchemy import create_engine, literal, select
from tests.statements import CompiledStatements, settings_of


def sql_after(first: Mapping[str, str], second: Mapping[str, str]) -> str:
    """Return the SQL of the second of two engines with one cache."""
    statements, sent = CompiledStatements(), ""
    for settings in (first, second):
        engine = create_engine("sqlite://", **settings)
        with engine.connect() as connection:
            result = connection.execution_options(compiled_cache=statements).execute(select(literal("a").label("b")))
            sent = result.context.statement
        engine.dispose()
    return str(sent)


@pytest.mark.parametrize("first", [{}, {"paramstyle": "named"}], ids=["plain", "named"])
def test_an_engine_never_gets_the_statement_of_one_with_other_settings(first: Mapping[str, str]):
    assert sql_after(first, {"paramstyle": "named"}) == "SELECT :param_1 AS b"


def test_engines_with_equal_settings_share_a_statement():
    statements = CompiledStatements()
    engines = [create_engine("sqlite://") for _ in range(2)]

    for engine in engines:
        with engine.connect() as connection:
            connection.execution_options(compiled_cache=statements).execute(select(literal(1)))
        engine.dispose()

    assert len(statements) == 1


@pytest.mark.parametrize("change", [("server_version_info", (9, 0)), ("insert_returning", False), ("label_length", 10)])
def test_dialects_differ_by_each_setting_that_changes_the_compiled_sql(change: tuple[str, object]):
    default, changed = (create_engine("sqlite://").dialect for _ in range(2))

    setattr(changed, *change)

    assert settings_of(default) != settings_of(changed)
