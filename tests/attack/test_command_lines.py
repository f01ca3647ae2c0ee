"""Fuzzed command lines end in an exit code and a sentence."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from tests.attack.grammar import HOSTILE
from tests.cli.conftest import Command, anywhere, command, environment  # noqa: F401 - fixtures

from izarlink_tickets.cli.program import all_commands

# They serve for ever, write where they are told to, or call another machine.
LEFT_OUT = frozenset(
    {"up", "serve", "work", "doctor", "backup", "restore", "mail test", "demo load", "keys rotate", "migrate"}
)
KNOWN_VALUES = (
    *("alice@etxea.example", "sam@izarlink.example", "root@izarlink.example", "Boulangerie Etxea", "FTTO-00417"),
    *("DEBIT", "1", "2", "support", "customer", "NOUVEAU", "4", "2026-12-24", "-", "/dev/null", "--", "-h", "--json"),
)
CODES = {0, 1, 2, 3}
SHORT, LONG = 15, 1_500


def leaves(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, each in group.commands.items():
        if isinstance(each, click.Group):
            yield from leaves(each, (*path, name))
        elif " ".join((*path, name)) not in LEFT_OUT:
            yield (*path, name), each


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run where a word may become the name of a file."""
    monkeypatch.chdir(tmp_path)


def command_lines() -> st.SearchStrategy[list[str]]:
    """Build the grammar: each command with its own options, and others."""
    commands = list(leaves(all_commands()))
    # Arguments of a process hold no NUL.
    values = st.one_of(st.sampled_from(KNOWN_VALUES), st.sampled_from(HOSTILE), st.text(max_size=20))
    plain = values.map(lambda text: text.replace("\x00", ""))

    @st.composite
    def line(draw: st.DrawFn) -> list[str]:
        path, found = draw(st.sampled_from(commands))
        words: list[str] = []
        for parameter in found.params:
            if draw(st.integers(0, 4)) == 0:
                continue
            if isinstance(parameter, click.Option):
                words += [parameter.opts[-1]] if parameter.is_flag else [parameter.opts[-1], draw(plain)]
            else:
                words.append(draw(plain))
        words += draw(st.lists(plain, max_size=1))
        return [*path, *(word for word in words if not is_path_to_write(word))]

    return line()


def is_path_to_write(word: str) -> bool:
    """Return whether the word would make the command write a file."""
    return word in {"--output", "-o"}


def faults_of(command: Command, words: Sequence[str]) -> list[str]:  # noqa: F811
    ended = command(*words)
    is_sound = ended.code in CODES and "Traceback" not in ended.err and "Unexpected error" not in ended.err
    return [] if is_sound else [f"{ended.code} {words}: {ended.err[-300:]}"]


def fuzz(command: Command, count: int) -> list[str]:  # noqa: F811
    found: list[str] = []

    @seed(5)
    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(command_lines())
    def run(words: list[str]) -> None:
        found.extend(faults_of(command, words))

    run()
    return found


@pytest.mark.parametrize("stage", ["sqlite"], indirect=True)
def test_a_fuzzed_command_line_ends_in_a_sentence(command: Command):  # noqa: F811
    assert fuzz(command, SHORT) == []


@pytest.mark.attack
@pytest.mark.parametrize("stage", ["sqlite", "postgresql"], indirect=True)
def test_thousands_of_command_lines_end_in_a_sentence(command: Command, figure):  # noqa: F811
    found = fuzz(command, LONG)

    figure("command lines", LONG)
    figure("without an exit code of the contract, or with a mistake of the program", len(found))
    assert found[:10] == []
