"""Search of templates and code for words that stand outside gettext."""

import ast
import re
from collections.abc import Iterator

from jinja2 import Environment

GETTEXT = frozenset({"_", "_l", "gettext", "lazy_gettext", "gettext_noop", "ngettext", "pgettext"})
_LETTER = re.compile(r"[^\W\d_]")
_FRENCH = re.compile(r"[À-ÿ’«»]")
# Words on a screen begin with a capital; codes, classes and addresses don't.
_SCREEN_WORD = re.compile(r"[À-ÿ’«»]|^\W*[A-Z][a-z]+\b(?![-/:])")
_UNREAD_BLOCK = re.compile(r"\{%-? block (?:width|attributes) %\}.*?\{%-? endblock %\}", re.DOTALL)
_CODE = re.compile(r"<(code|kbd|style)\b.*?</\1>", re.DOTALL)
# Macros hold attributes without their element.
_TAG = re.compile(r"<(?:[^<>\"]|\"[^\"]*\")*>|[\w-]+=\"[^\"]*\"")
_LABEL = re.compile(r"\b(?:aria-label|title|placeholder|data-label|alt)=\"([^\"]*)\"")
# Fields and messages take their label as first argument.
_LABELLED = re.compile(r"\w*Field|flash|ValidationError")
_FORM_LABELS = frozenset({"submit", "label", "hint", "done", "writing", "empty"})


def untranslated_in_template(source: str) -> list[str]:
    """List the texts of a template that stand outside gettext."""
    tokens = list(Environment(extensions=["jinja2.ext.i18n"], autoescape=True).lex(_UNREAD_BLOCK.sub("", source)))
    html = _CODE.sub("", "".join(_html_of(tokens)))
    attributes = _LABEL.findall(html)
    texts = _TAG.sub("\n", html).split("\n")
    untranslated = [text.strip() for text in (*texts, *attributes) if _LETTER.search(text)]
    return untranslated + [word for word in _quoted_in(tokens) if _SCREEN_WORD.search(word)]


def _html_of(tokens: list[tuple[int, str, str]]) -> Iterator[str]:
    """Return the markup outside expressions and `trans` blocks."""
    is_translated = False
    for _, kind, text in tokens:
        if kind == "name" and text in {"trans", "endtrans"}:
            is_translated = text == "trans"
        if kind == "data" and not is_translated:
            yield text


def _quoted_in(tokens: list[tuple[int, str, str]]) -> Iterator[str]:
    """Return the quoted words of expressions, except the arguments of gettext."""
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
    """List French texts outside gettext, and plain labels of forms."""
    tree = ast.parse(source)
    skipped = {id(node) for call in ast.walk(tree) for node in _ignored(call)}
    texts = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in skipped]
    french = [node.value for node in texts if isinstance(node.value, str) and _FRENCH.search(node.value)]
    return french + [label for node in ast.walk(tree) for label in _form_labels(node)]


def _ignored(node: ast.AST) -> Iterator[ast.AST]:
    """Return docstrings and the arguments of gettext."""
    if isinstance(node, ast.Expr):
        yield node.value
    if isinstance(node, ast.Call) and _name(node.func) in GETTEXT:
        yield from (inner for argument in node.args for inner in ast.walk(argument))


def _form_labels(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Call) and _LABELLED.fullmatch(_name(node.func)):
        yield from _plain_texts(node.args[:1])
    if isinstance(node, ast.Assign) and {_name(target) for target in node.targets} & _FORM_LABELS:
        yield from _plain_texts([node.value])


def _plain_texts(nodes: list[ast.expr]) -> Iterator[str]:
    yield from (node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))


def _name(node: ast.expr) -> str:
    return str(getattr(node, "id", getattr(node, "attr", "")))
