"""Find words that a person would read and that no catalogue knows, in templates and in code."""

import ast
import re
from collections.abc import Iterator

from jinja2 import Environment

GETTEXT = frozenset({"_", "_l", "gettext", "lazy_gettext", "noted", "ngettext", "pgettext", "lazy_pgettext"})
_LETTER = re.compile(r"[^\W\d_]")
_FRENCH = re.compile(r"[À-ÿ’«»]")
# A word of the screen begins with a capital; codes, classes and addresses don't.
_SPOKEN = re.compile(r"[À-ÿ’«»]|^\W*[A-Z][a-z]+\b(?![-/:])")
_UNREAD_BLOCK = re.compile(r"\{%-? block (?:width|attributes) %\}.*?\{%-? endblock %\}", re.DOTALL)
_CODE = re.compile(r"<(code|kbd|style)\b.*?</\1>", re.DOTALL)
# Macros give attributes without their element.
_TAG = re.compile(r"<(?:[^<>\"]|\"[^\"]*\")*>|[\w-]+=\"[^\"]*\"")
_LABEL = re.compile(r"\b(?:aria-label|title|placeholder|data-label|alt)=\"([^\"]*)\"")
# Fields and messages take what they are called first.
_SAYING = re.compile(r"\w*Field|flash|ValidationError")
_SAID_OF_FORMS = frozenset({"submit", "label", "hint", "done", "writing", "empty"})


def untranslated_in_template(source: str) -> list[str]:
    """List the texts, labels and quoted words of a template that stand outside gettext."""
    tokens = list(Environment(extensions=["jinja2.ext.i18n"], autoescape=True).lex(_UNREAD_BLOCK.sub("", source)))
    html = _CODE.sub("", "".join(_html_of(tokens)))
    attributes = _LABEL.findall(html)
    texts = _TAG.sub("\n", html).split("\n")
    found = [text.strip() for text in (*texts, *attributes) if _LETTER.search(text)]
    return found + [word for word in _quoted_in(tokens) if _SPOKEN.search(word)]


def _html_of(tokens: list[tuple[int, str, str]]) -> Iterator[str]:
    """Give what stands outside expressions and `trans` blocks."""
    is_translated = False
    for _, kind, text in tokens:
        if kind == "name" and text in {"trans", "endtrans"}:
            is_translated = text == "trans"
        if kind == "data" and not is_translated:
            yield text


def _quoted_in(tokens: list[tuple[int, str, str]]) -> Iterator[str]:
    """Give the quoted words of expressions, but what gettext is called with."""
    code = [(kind, text) for _, kind, text in tokens if kind != "whitespace"]
    depth = 0
    for (_, before), (kind, text) in zip([("", ""), *code], code, strict=False):
        if kind == "operator" and text == "(" and (depth or before in GETTEXT):
            depth += 1
        elif kind == "operator" and text == ")" and depth:
            depth -= 1
        elif kind == "string" and not depth:
            yield text[1:-1]


def untranslated_in_code(source: str) -> list[str]:
    """List the French texts of a module that stand outside gettext, and what its forms say."""
    tree = ast.parse(source)
    skipped = {id(node) for call in ast.walk(tree) for node in _not_looked_at(call)}
    texts = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in skipped]
    french = [node.value for node in texts if isinstance(node.value, str) and _FRENCH.search(node.value)]
    return french + [said for node in ast.walk(tree) for said in _said_by_forms(node)]


def _not_looked_at(node: ast.AST) -> Iterator[ast.AST]:
    """Give docstrings, and all that gettext is called with."""
    if isinstance(node, ast.Expr):
        yield node.value
    if isinstance(node, ast.Call) and _name(node.func) in GETTEXT:
        yield from (inner for argument in node.args for inner in ast.walk(argument))


def _said_by_forms(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Call) and _SAYING.fullmatch(_name(node.func)):
        yield from _plain_texts(node.args[:1])
    if isinstance(node, ast.Assign) and {_name(target) for target in node.targets} & _SAID_OF_FORMS:
        yield from _plain_texts([node.value])


def _plain_texts(nodes: list[ast.expr]) -> Iterator[str]:
    yield from (node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))


def _name(node: ast.expr) -> str:
    return str(getattr(node, "id", getattr(node, "attr", "")))
