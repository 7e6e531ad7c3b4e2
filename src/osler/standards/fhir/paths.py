"""FHIRPath: parsed once, strictly, and asked of a resource with variables.

References
----------
HL7, FHIRPath N1 2.0.0, http://hl7.org/fhirpath.
"""

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import Any

from fhirpathpy import apply_parsed_path
from fhirpathpy.models import models

# The generated parser carries no types and exports its names by a star.
_GRAMMAR: Any = import_module("fhirpathpy.parser")

Evaluate = Callable[[Mapping[str, Any], Mapping[str, Any]], list[Any]]


class _Strict(_GRAMMAR.ErrorListener):
    """Refuses what the library's own parser passes over."""

    def syntaxError(  # noqa: N802, PLR0917 - the parser's own name and arguments
        self, recognizer: object, symbol: object, line: int, column: int, msg: str, e: object
    ) -> None:
        """Raise the fault with its place."""
        del recognizer, symbol, line, e
        raise ValueError(f"no FHIRPath: {msg}, column {column + 1}")


@cache
def parsed(expression: str) -> Evaluate:
    """Return what evaluates an expression.

    Raises
    ------
    ValueError
        It is no FHIRPath; the message says where it fails.
    """
    listener = _Strict()
    lexer = _GRAMMAR.FHIRPathLexer(_GRAMMAR.InputStream(expression))
    lexer.removeErrorListeners()
    lexer.addErrorListener(listener)
    parser = _GRAMMAR.FHIRPathParser(_GRAMMAR.CommonTokenStream(lexer))
    parser.removeErrorListeners()
    parser.addErrorListener(listener)
    tree = parser.entireExpression()
    written = _GRAMMAR.ASTPathListener()
    # The library evaluates the tree of an expression, which lies one level below the entire one.
    _GRAMMAR.ParseTreeWalker().walk(written, tree.expression())
    path = written.parentStack[0]

    def evaluate(resource: Mapping[str, Any], variables: Mapping[str, Any]) -> list[Any]:
        found: list[Any] = apply_parsed_path(resource, path, variables, models["r4"])
        return found

    return evaluate


def is_true(expression: str, resource: Mapping[str, Any], variables: Mapping[str, Any]) -> bool:
    """Tell whether an expression is true; nothing and false are both not.

    Raises
    ------
    ValueError
        It cannot be evaluated, or gives something else than a truth value.
    """
    try:
        found = parsed(expression)(resource, variables)
    except Exception as fault:
        raise ValueError(f"{expression!r} cannot be evaluated: {fault}") from fault
    if found in ([], [False], [True]):
        return found == [True]
    raise ValueError(f"{expression!r} gives {str(found)[:60]}, expected true or false")
