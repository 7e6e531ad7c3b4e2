"""The mapping of a table: which column is what. docs/reference/csv-mapping.md describes it."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from osler.clinical import ICD10, LOINC, OSLER, RXNORM, SNOMED
from osler.errors import Misuse

SYSTEMS = {
    "loinc": LOINC,
    "snomed": SNOMED,
    "icd10": ICD10,
    "rxnorm": RXNORM,
    "osler": OSLER,
}
KINDS = ("observation", "condition", "medication", "allergy")


@dataclass(frozen=True)
class PatientColumns:
    """Where a row says whose it is; '' where it does not."""

    id: str
    issuer: str = ""
    name: str = ""
    sex: str = ""
    birth_date: str = ""
    age_years: str = ""


@dataclass(frozen=True)
class LongColumns:
    """A row is one value: the columns of its code, number, unit and system."""

    code: str
    value: str = ""
    unit: str = ""
    system: str = ""


@dataclass(frozen=True)
class WideColumn:
    """A column is one kind of value: its code, unit and system.

    Of a condition, medication or allergy, ``present`` are the cells that say that it is there.
    """

    code: str
    unit: str = ""
    system: str = ""
    display: str = ""
    kind: str = "observation"
    present: tuple[str, ...] = ("1", "yes", "true", "y")


@dataclass(frozen=True)
class TableMapping:
    """A whole mapping."""

    patient: PatientColumns
    long: LongColumns | None
    columns: Mapping[str, WideColumn]
    time: str = ""
    time_format: str = ""
    birth_format: str = ""
    zone: ZoneInfo | None = None
    delimiter: str = ""
    decimal: str = "."
    missing: frozenset[str] = frozenset({""})
    sexes: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, str] = field(default_factory=dict)
    systems: Mapping[str, str] = field(default_factory=dict)

    def system(self, stated: str) -> str:
        """Return the URI of a code system as a table names it; '' where it names none."""
        known = {**SYSTEMS, **self.systems}
        return known.get(stated.strip().lower(), known.get(stated.strip(), stated.strip()))


def read_mapping(content: str, *, origin: str) -> TableMapping:
    """Read a mapping.

    Raises
    ------
    Misuse
        It is no TOML, or names a key that there is none of; the sentence says which.
    """
    try:
        found = tomllib.loads(content)
    except tomllib.TOMLDecodeError as fault:
        raise Misuse(f"{origin}: not TOML ({fault}); correct it there") from fault
    taken = _Taken(found, origin)
    patient = PatientColumns(**taken.words("patient", PatientColumns, needed=("id",)))
    long = None
    if "long" in found:
        long = LongColumns(**taken.words("long", LongColumns, needed=("code", "value")))
    mapping = TableMapping(
        patient=patient,
        long=long,
        columns=taken.columns(),
        zone=taken.zone(),
        delimiter=taken.word("delimiter"),
        decimal=taken.word("decimal") or ".",
        time=taken.word("time"),
        time_format=taken.word("time_format"),
        birth_format=taken.word("birth_format"),
        missing=frozenset({"", *taken.listed("missing")}),
        sexes=taken.table("sexes"),
        codes=taken.table("codes"),
        systems=taken.table("systems"),
    )
    taken.refuse_others()
    if long is None and not mapping.columns:
        raise Misuse(f"{origin}: it maps no value; expected [long] or [columns.NAME]")
    return mapping


@dataclass
class _Taken:
    """Takes keys out of a mapping, so that what is left over is known."""

    found: dict[str, Any]
    origin: str

    def word(self, key: str) -> str:
        """Take a text."""
        value = self.found.pop(key, "")
        if not isinstance(value, str):
            raise Misuse(f"{self.origin}: {key} is no text; correct it")
        return value

    def listed(self, key: str) -> list[str]:
        """Take a list of texts."""
        value = self.found.pop(key, [])
        if not isinstance(value, list):
            raise Misuse(f"{self.origin}: {key} is no list; write it as one")
        return [str(one) for one in value]

    def table(self, key: str) -> dict[str, str]:
        """Take a table of texts."""
        value = self.found.pop(key, {})
        if not isinstance(value, dict):
            raise Misuse(f"{self.origin}: [{key}] is no table; write it as one")
        return {str(name): str(one) for name, one in value.items()}

    def words(self, key: str, kind: type, *, needed: tuple[str, ...]) -> dict[str, str]:
        """Take a table whose keys are known."""
        return self._known(self.table(key), f"[{key}]", kind, needed=needed)

    def columns(self) -> dict[str, WideColumn]:
        """Take the columns that hold one kind of value each."""
        value = self.found.pop("columns", {})
        columns = {}
        for name, one in value.items() if isinstance(value, dict) else ():
            place = f"[columns.{name}]"
            if not isinstance(one, dict):
                raise Misuse(f"{self.origin}: {place} is no table; write it as one")
            present = one.pop("present", None)
            words = self._known(
                {str(key): str(text) for key, text in one.items()},
                place,
                WideColumn,
                needed=("code",),
            )
            if words.get("kind", "observation") not in KINDS:
                raise Misuse(f"{self.origin}: {place} kind: expected one of {', '.join(KINDS)}")
            column = WideColumn(**words)  # type: ignore[arg-type] # `present` was taken out
            if present is not None:
                column = WideColumn(
                    column.code,
                    column.unit,
                    column.system,
                    display=column.display,
                    kind=column.kind,
                    present=tuple(str(text).lower() for text in present),
                )
            columns[name] = column
        return columns

    def _known(
        self, words: dict[str, str], place: str, kind: type, *, needed: tuple[str, ...]
    ) -> dict[str, str]:
        """Refuse keys that nobody knows, and the lack of those that are needed."""
        known = list(kind.__dataclass_fields__)  # type: ignore[attr-defined]
        for name in words:
            if name not in known:
                raise Misuse(
                    f"{self.origin}: {place} has {name!r}; expected one of {', '.join(known)}"
                )
        for name in needed:
            if name not in words:
                raise Misuse(f"{self.origin}: {place} lacks {name!r}; name the column")
        return words

    def zone(self) -> ZoneInfo | None:
        """Take the zone of times that state none."""
        name = self.word("zone")
        if not name:
            return None
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as fault:
            raise Misuse(
                f"{self.origin}: zone {name!r} is not known; expected one such as Europe/Berlin"
            ) from fault

    def refuse_others(self) -> None:
        """Refuse what nobody took: a key that is misspelt would be lost in silence."""
        others = sorted(set(self.found) - {"patient", "long"})
        if others:
            raise Misuse(f"{self.origin}: {', '.join(others)}: there is no such key; remove it")
