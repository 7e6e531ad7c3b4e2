"""Units of measure: one UCUM spelling each, and conversion between them.

The registry of units takes about a second to build. It is built once, and only when two units
differ: a record in Osler's own units never pays for it.

References
----------
The Unified Code for Units of Measure, https://ucum.org.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from osler.errors import WrongUnit

ONE = "1"


@dataclass(frozen=True)
class Line:
    """A conversion: ``wanted = slope x stated + offset``."""

    slope: float
    offset: float

    def apply(self, value: float) -> float:
        """Convert one value, to ten significant digits (98.6 [degF] is 37 Cel, not 36.99...)."""
        return float(f"{self.slope * value + self.offset:.10g}")


@cache
def ucum_code(unit: str) -> str:
    """Return the UCUM code of a unit as it is spelled in the field ('mmHg' is 'mm[Hg]')."""
    return _spellings().get(unit.strip(), unit.strip())


def same_unit(one: str, other: str) -> bool:
    """Tell whether two UCUM codes are one unit by definition, without building the registry."""
    same = _same()
    return same.get(one, one) == same.get(other, other)


def convert(value: float, stated: str, wanted: str, *, molar_mass: float | None = None) -> float:
    """Convert a value from one UCUM unit to another.

    Parameters
    ----------
    value
        The number in the stated unit.
    stated, wanted
        UCUM codes.
    molar_mass
        g/mol of what is measured, where mass has to become substance amount or the reverse.

    Raises
    ------
    WrongUnit
        A unit is unknown, or the two do not convert.
    """
    if same_unit(stated, wanted):
        return value
    return _line(stated, wanted, molar_mass).apply(value)


@cache
def _line(stated: str, wanted: str, molar_mass: float | None) -> Line:
    """Find the line between two units, through the molar mass where one is known."""
    try:
        return _plain_line(stated, wanted)
    except WrongUnit as refusal:
        line = _line_through_moles(stated, wanted, molar_mass) if molar_mass else None
        if line is None:
            raise refusal from None
        return line


def _line_through_moles(stated: str, wanted: str, molar_mass: float) -> Line | None:
    """Find the line from mass to substance amount or back, None where there is neither."""
    for one, other, factor in (("g/L", "mol/L", 1 / molar_mass), ("mol/L", "g/L", molar_mass)):
        try:
            slope = _plain_line(stated, one).slope * factor * _plain_line(other, wanted).slope
        except WrongUnit:
            continue
        return Line(slope, 0.0)
    return None


def _plain_line(stated: str, wanted: str) -> Line:
    """Find the line between two units of one dimension."""
    from pint.errors import PintError  # noqa: PLC0415 - costs a second, rarely needed

    registry = _registry()
    one, other = _parsed(stated), _parsed(wanted)
    try:
        zero = float(registry.Quantity(0.0, one).to(other).magnitude)
        unit = float(registry.Quantity(1.0, one).to(other).magnitude)
    except (PintError, ValueError, ArithmeticError) as fault:
        raise WrongUnit(
            f"unit {stated!r} does not convert to {wanted!r}; state the value in a unit that does"
        ) from fault
    return Line(unit - zero, zero)


@cache
def _parsed(unit: str) -> Any:  # noqa: ANN401 - pint's unit type depends on the registry
    """Return pint's unit of a UCUM code."""
    from lark.exceptions import LarkError  # noqa: PLC0415 - costs a second, rarely needed
    from pint.errors import PintError  # noqa: PLC0415

    try:
        return _registry().from_ucum(unit)
    except (LarkError, PintError, ValueError, KeyError, TypeError, AttributeError) as fault:
        raise WrongUnit(
            f"unit {unit!r} is not a UCUM unit; write it as UCUM does, for example 'mg/dL' or "
            "'mm[Hg]'"
        ) from fault


@cache
def _registry() -> Any:  # noqa: ANN401 - ucumvert has no types
    """Build pint's registry with the UCUM units, once."""
    # Untyped, and costs a second: imported only when a unit really has to be converted.
    from ucumvert import PintUcumRegistry  # type: ignore[import-untyped] # noqa: PLC0415

    return PintUcumRegistry()


@cache
def _units() -> Mapping[str, Mapping[str, str]]:
    path = files("osler.standards.terminology") / "_tables" / "units.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _spellings() -> Mapping[str, str]:
    return _units()["spellings"]


def _same() -> Mapping[str, str]:
    return _units()["same"]
