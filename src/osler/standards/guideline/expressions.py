"""Formulas of scores as text: numbers, names, arithmetic and five functions, nothing else."""

import ast
import math
import operator
from collections.abc import Callable, Mapping
from functools import cache

_BINARY: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
_FUNCTIONS: Mapping[str, Callable[..., float]] = {
    "ln": math.log,
    "exp": math.exp,
    "sqrt": math.sqrt,
    "min": min,
    "max": max,
}


@cache
def parsed(text: str) -> ast.expr:
    """Return the tree of a formula.

    Raises
    ------
    ValueError
        It is no formula, or holds something else than numbers, names, ``+ - * / **``, brackets and
        ``ln exp sqrt min max``.
    """
    try:
        tree = ast.parse(text, mode="eval").body
    except SyntaxError as fault:
        raise ValueError(f"{text!r} is no formula ({fault.msg}, column {fault.offset})") from fault
    for node in ast.walk(tree):
        _check(node, text)
    return tree


def names_in(text: str) -> frozenset[str]:
    """Return the names that a formula needs values for."""
    tree = parsed(text)
    found = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return frozenset(found - set(_FUNCTIONS))


def evaluate(text: str, values: Mapping[str, float]) -> float:
    """Return the value of a formula.

    Raises
    ------
    ArithmeticError
        A division by zero, a root or logarithm of what has none, or a number too large.
    """
    try:
        value = _value(parsed(text), values)
    except ValueError as fault:
        raise ArithmeticError(str(fault)) from fault
    if isinstance(value, complex) or not math.isfinite(value):
        raise ArithmeticError(f"{text!r} gives {value}")
    return value


def _check(node: ast.AST, text: str) -> None:
    """Refuse whatever is not arithmetic."""
    if isinstance(node, ast.Constant):
        allowed = isinstance(node.value, int | float) and not isinstance(node.value, bool)
    elif isinstance(node, ast.Call):
        allowed = isinstance(node.func, ast.Name) and node.func.id in _FUNCTIONS
        allowed = allowed and not node.keywords
    else:
        allowed = isinstance(node, (ast.Name, ast.BinOp, ast.UnaryOp, ast.USub, ast.Load, *_BINARY))
    if not allowed:
        raise ValueError(
            f"{text!r} holds {type(node).__name__}, expected numbers, names, + - * / **, brackets, "
            f"and {', '.join(sorted(_FUNCTIONS))}"
        )


def _value(node: ast.expr, values: Mapping[str, float]) -> float:
    """Evaluate one node."""
    match node:
        case ast.Constant(value=number):
            return float(number)  # type: ignore[arg-type]
        case ast.Name(id=name):
            return values[name]
        case ast.UnaryOp(operand=inner):
            return -_value(inner, values)
        case ast.BinOp(left=left, op=kind, right=right):
            return _BINARY[type(kind)](_value(left, values), _value(right, values))
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return _FUNCTIONS[name](*(_value(one, values) for one in arguments))
    raise ValueError(f"{type(node).__name__} is no arithmetic")
