"""Tables in: CSV by its mapping, and the tables of an OMOP database; each patient one document."""

import csv
import gzip
import io
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from osler.clinical import Code, Identifier, Patient
from osler.collect.portions import Asked, Came, Portion, TurnedAway
from osler.collect.spool import Spool, Spot
from osler.errors import InputRefused, Misuse, NotFound, NotReadable, OslerError
from osler.standards.record import omop
from osler.standards.record.mapped_rows import (
    RowValues,
    TableRow,
    number_of,
    patient_of,
    record_of,
    values_of,
)
from osler.standards.record.mapping import TableMapping

DELIMITERS = ",;\t|"
FIRST_BYTES = 1 << 16


def rows_of(path: Path, delimiter: str = "") -> Iterator[TableRow | TurnedAway]:
    """Yield the rows of a CSV, plain or packed; a row with too many cells is turned away."""
    opened = gzip.open if path.name.endswith(".gz") else io.open
    csv.field_size_limit(min(sys.maxsize, 1 << 30))
    try:
        with opened(path, "rt", encoding="utf-8-sig", newline="") as stream:
            first = stream.readline(FIRST_BYTES)
            mark = delimiter or max(DELIMITERS, key=first.count)
            columns = [one.strip() for one in next(csv.reader([first], delimiter=mark), [])]
            reader = csv.reader(stream, delimiter=mark)
            for cells in reader:
                line = reader.line_num + 1
                if len(cells) > len(columns):
                    place = f"{path.name}, line {line}"
                    error = NotReadable(
                        f"{place}: {len(cells)} cells, expected {len(columns)}; correct the row"
                    )
                    yield TurnedAway.of(place, error, content=mark.join(cells).encode())
                elif any(cell.strip() for cell in cells):
                    yield TableRow(line, dict(zip(columns, cells, strict=False)))
    except (OSError, EOFError, csv.Error, UnicodeDecodeError) as fault:
        error = NotReadable(f"{path.name}: cannot be read to its end ({fault}); export it again")
        yield TurnedAway.of(path.name, error)


def mapped_portions(path: Path, mapping: TableMapping, asked: Asked) -> Iterator[Came]:
    """Yield each patient's rows of a table as one document.

    Raises
    ------
    Misuse
        The table lacks a column that the mapping names.
    NotFound
        There is no such file.
    """
    if not path.is_file():
        raise NotFound(f"{path}: there is no such file; check the path")
    _require_columns(path, mapping)
    with Spool() as spool:
        sorting = _Sorting(path.name, spool)
        for row in rows_of(path, mapping.delimiter):
            if isinstance(row, TurnedAway):
                yield row
                continue
            place = f"{path.name}, line {row.line}"
            try:
                key = number_of(row, mapping).value
                values_of(row, mapping, asked.bounds, now=asked.now)
            except InputRefused as error:
                yield _refused(place, error, row)
                continue
            sorting.add(key, row)
        for rows in sorting.people():
            yield _person(rows, mapping, asked, origin=path.name)


def _person(rows: Sequence[TableRow], mapping: TableMapping, asked: Asked, *, origin: str) -> Came:
    """Return one patient's rows as a document."""
    content = _as_csv(rows)
    place = f"{origin}, line {rows[0].line}" + (f" and {len(rows) - 1} more" if rows[1:] else "")
    try:
        patient = patient_of(rows, mapping)
        values = [values_of(row, mapping, asked.bounds, now=asked.now) for row in rows]
    except InputRefused as error:
        refused = NotReadable(f"{place}: {error}")
        return TurnedAway.of(place, refused, count=len(rows), content=content)
    record = record_of(patient, values, origin=place)
    return Portion(place, content, "csv", record, len(rows))


def omop_portions(folder: Path, asked: Asked) -> Iterator[Came]:
    """Yield each person of an OMOP database with all that its tables say of them.

    Raises
    ------
    Misuse
        The source is not named: person ids are unique within one database only.
    NotFound
        There is no table person.
    """
    tables = _omop_tables(folder)
    if not asked.is_named:
        raise Misuse(
            "the ids of an OMOP database are unique within it only; expected its name (--source)"
        )
    concepts = omop.Concepts(asked.source, _concepts(tables.get("concept")))
    with Spool() as spool:
        sorting = _Sorting(folder.name, spool)
        for name in omop.TABLES:
            if name in tables:
                yield from _omop_rows(tables[name], name, sorting)
        for rows in sorting.people():
            yield from _omop_person(rows, concepts, asked, origin=folder.name)


def is_omop(path: Path) -> bool:
    """Tell whether a folder holds the tables of an OMOP database."""
    return path.is_dir() and "person" in _omop_tables(path, required=False)


def _omop_tables(folder: Path, *, required: bool = True) -> dict[str, Path]:
    """Return the tables in a folder by name."""
    found = {
        path.name.lower().removesuffix(".gz").removesuffix(".csv"): path
        for path in sorted(folder.iterdir())
        if ".csv" in path.name.lower()
    }
    if required and "person" not in found:
        raise NotFound(f"{folder}: no table person.csv; expected the tables of an OMOP database")
    return found


def _concepts(path: Path | None) -> Mapping[str, Code]:
    """Return what concept ids stand for."""
    if path is None:
        return {}
    rows = (row for row in rows_of(path) if isinstance(row, TableRow))
    named = ((row.cells.get("concept_id", ""), omop.concept_of(_lower(row).cells)) for row in rows)
    return {number: code for number, code in named if number and code is not None}


def _omop_rows(path: Path, name: str, sorting: "_Sorting") -> Iterator[TurnedAway]:
    """Put the rows of one table aside by person."""
    for row in rows_of(path):
        if isinstance(row, TurnedAway):
            yield row
            continue
        lowered = _lower(row)
        person = lowered.cells.get("person_id", "").strip()
        if not person:
            place = f"{path.name}, line {row.line}"
            error = NotReadable(f"{place}: no person_id; whose it is is not guessed")
            yield _refused(place, error, row)
            continue
        sorting.add(person, TableRow(row.line, {**lowered.cells, "": name}))


def _omop_person(
    rows: Sequence[TableRow], concepts: omop.Concepts, asked: Asked, *, origin: str
) -> Iterator[Came]:
    """Yield one person, and each row of theirs that cannot be read."""
    person = Patient()
    values: list[RowValues] = []
    kept: list[TableRow] = []
    for row in rows:
        table = row.cells[""]
        place = f"{origin}/{table}, line {row.line}"
        try:
            if table == "person":
                person = omop.person_of(row.cells)
            else:
                values.append(
                    omop.values_of(table, row.cells, concepts, bounds=asked.bounds, now=asked.now)
                )
            kept.append(row)
        except InputRefused as error:
            yield _refused(place, NotReadable(f"{place}: {error}"), row)
    if not kept:
        return
    number = rows[0].cells["person_id"].strip()
    identified = replace(person, identifiers=(Identifier(number, f"{asked.source}/person"),))
    place = f"{origin}, person of {kept[0].cells['']}, line {kept[0].line}"
    record = record_of(identified, values, origin=place)
    content = b"\n".join(json.dumps(dict(row.cells)).encode() for row in kept)
    yield Portion(place, content, "omop", record, len(kept))


@dataclass
class _Sorting:
    """Rows by patient, in the spool."""

    origin: str
    spool: Spool
    spots: dict[str, list[Spot]] = field(default_factory=dict)

    def add(self, key: str, row: TableRow) -> None:
        """Put a row aside."""
        content = json.dumps([row.line, dict(row.cells)]).encode()
        self.spots.setdefault(key, []).append(self.spool.add("", content))

    def people(self) -> Iterator[list[TableRow]]:
        """Yield the rows of each patient."""
        for spots in self.spots.values():
            yield [TableRow(*json.loads(self.spool.read(spot))) for spot in spots]


def _require_columns(path: Path, mapping: TableMapping) -> None:
    """Refuse a mapping that names a column which the table lacks, before anything is stored."""
    first = next(
        (row for row in rows_of(path, mapping.delimiter) if isinstance(row, TableRow)), None
    )
    if first is None:
        return
    long = mapping.long
    columns = mapping.patient
    wanted = [columns.id, columns.name, columns.sex, columns.birth_date, columns.age_years]
    wanted += [mapping.time, *mapping.columns]
    wanted += [long.code, long.value, long.unit, long.system] if long is not None else []
    missing = [one for one in wanted if one and one not in first.cells]
    if missing:
        raise Misuse(
            f"{path.name}: no column {', '.join(map(repr, missing))}; the mapping names it, the "
            f"table has {', '.join(map(repr, first.cells))}"
        )


def _lower(row: TableRow) -> TableRow:
    """Return a row with its columns in lower case, as OMOP names them."""
    return TableRow(row.line, {name.lower(): cell.strip() for name, cell in row.cells.items()})


def _as_csv(rows: Sequence[TableRow]) -> bytes:
    """Return rows as the CSV that is kept."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(rows[0].cells)
    writer.writerows(row.cells.values() for row in rows)
    return text.getvalue().encode()


def _refused(place: str, error: OslerError, row: TableRow) -> TurnedAway:
    """Return a row that was turned away."""
    sentence = str(error)
    if not sentence.startswith(place):
        _, _, rest = sentence.partition(f"line {row.line}: ")
        error = NotReadable(f"{place}: {rest or sentence}")
    return TurnedAway.of(place, error, content=_as_csv([row]))
