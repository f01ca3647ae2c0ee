"""Functions that run, load or parse what they are given."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
STATIC = ROOT / "src" / "izarlink_tickets" / "web" / "static"
# They execute code, load objects of any type, or resolve entities.
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__", "render_template_string", "from_string"}
FORBIDDEN_MODULES = {"pickle", "marshal", "shelve", "yaml", "xml", "lxml", "dill", "code", "codeop"}
# In the script: texts are set as texts.
FORBIDDEN_IN_SCRIPTS = (
    *("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"),
    *("__proto__", "postMessage", ".prototype"),
)
PARTS_OF_CONSTANTS = (ast.Constant, ast.JoinedStr, ast.FormattedValue, ast.BinOp, ast.operator, ast.expr_context)
PATTERN_FUNCTIONS = {"compile", "match", "fullmatch", "search", "sub", "split", "findall", "finditer"}


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def name_of(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def imported_modules(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0]


def is_constant(pattern: ast.expr) -> bool:
    """Whether a pattern is made of literals and constants of its module."""
    return all(
        isinstance(
            node, ast.Constant | ast.JoinedStr | ast.FormattedValue | ast.BinOp | ast.operator | ast.expr_context
        )
        or (isinstance(node, ast.Name) and node.id.lstrip("_").isupper())
        for node in ast.walk(pattern)
    )


def patterns(tree: ast.AST) -> Iterator[ast.expr]:
    for call in calls(tree):
        function = call.func
        if not isinstance(function, ast.Attribute) or ast.unparse(function.value) != "re":
            continue
        if function.attr in PATTERN_FUNCTIONS:
            yield call.args[0]


def test_no_source_runs_or_loads_what_it_is_given() -> None:
    trees = {path: ast.parse(path.read_text("utf-8")) for path in SOURCES}

    called = {path.name: FORBIDDEN_CALLS & set(map(name_of, calls(tree))) for path, tree in trees.items()}
    imported = {path.name: FORBIDDEN_MODULES & set(imported_modules(tree)) for path, tree in trees.items()}

    assert {name: found for name, found in called.items() if found} == {}
    # Its parser is told to refuse entities and document types: `tests/attachments/test_office.py`.
    assert {name: found for name, found in imported.items() if found} == {"office.py": {"xml"}}


def test_no_typed_text_becomes_a_pattern() -> None:
    typed = [
        f"{path.name}: {ast.unparse(pattern)}"
        for path in SOURCES
        for pattern in patterns(ast.parse(path.read_text("utf-8")))
        if not is_constant(pattern)
    ]

    # Escaped, and the operator's own server's reply is what is searched.
    assert typed == ["smtp.py: re.escape(self._recipient)"]


def test_a_typed_pattern_would_be_found() -> None:
    tree = ast.parse("import re\nre.search(typed, text)\nre.search(f'{A}x', text)")

    assert [is_constant(pattern) for pattern in patterns(tree)] == [False, True]


def test_scripts_set_texts_as_texts() -> None:
    found = [
        f"{path.name}: {word}"
        for path in sorted(STATIC.glob("*.js"))
        for word in FORBIDDEN_IN_SCRIPTS
        if word in path.read_text("utf-8")
    ]

    assert found == []


def test_no_template_marks_a_value_as_safe() -> None:
    templates = sorted((ROOT / "src").rglob("*.html"))

    assert templates
    assert [path.name for path in templates if "|safe" in path.read_text("utf-8").replace(" ", "")] == []
