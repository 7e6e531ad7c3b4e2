"""Asking the index over words: FTS5 of SQLite, a tsvector of PostgreSQL."""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    bindparam,
    column,
    func,
    literal,
    literal_column,
    table,
    text,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.selectable import Join

from osler.records.tables import studies, study_texts

Term = tuple[str, bool]
_FTS = table("study_words", column("rowid"), column("study_words"))


class _InThisOrder(Join):
    """A join that SQLite reads in the order in which it is written."""

    inherit_cache = True  # type: ignore[mutable-override]  # as SQLAlchemy asks for it


@compiles(_InThisOrder)
def _written(join: _InThisOrder, compiler: SQLCompiler, **kwargs: Any) -> str:  # noqa: ANN401
    """Return the join as SQL."""
    linter = kwargs.get("from_linter")
    if linter is not None:  # it tells tables that nothing joins
        linter.edges.update(product(join.left._from_objects, join.right._from_objects))  # noqa: SLF001
    kwargs["asfrom"] = True
    left, right = (compiler.process(one, **kwargs) for one in (join.left, join.right))
    word = "CROSS JOIN" if compiler.dialect.name == "sqlite" else "JOIN"
    assert join.onclause is not None  # noqa: S101 - narrows the type; it is always given below
    return f"{left} {word} {right} ON {compiler.process(join.onclause)}"


def newest_first(connection: Connection) -> ColumnElement[int]:
    """Return the column by which what `with_words` finds is read newest first without sorting."""
    return _FTS.c.rowid if _is_sqlite(connection) else study_texts.c.text_id


def with_words(
    connection: Connection, chosen: Select[Any], terms: Sequence[Term], *, is_first: bool
) -> Select[Any]:
    """Narrow a query over studies to those that have all words.

    Parameters
    ----------
    terms
        Folded words, which hold no quote, and of each whether its beginning is enough; at least
        one.
    is_first
        Go through what has the words, the newest first, and look the rest up; or else go through
        the studies that the other conditions leave, and look into the words of each.
    """
    same = study_texts.c.study_id == studies.c.study_id
    if not is_first:
        return chosen.join(study_texts, same).where(*_in_text(connection, terms))
    if not _is_sqlite(connection):
        return chosen.join(study_texts, same).where(_in_postgresql(terms))
    asked = " AND ".join(f'"{word}"{"*" if begins else ""}' for word, begins in terms)
    matches = literal_column("study_words").op("MATCH")(bindparam("asked", asked))
    here = _FTS.c.rowid == study_texts.c.text_id
    found = _InThisOrder(_InThisOrder(_FTS, study_texts, here), studies, same)
    return chosen.select_from(found).where(matches)


def _in_text(connection: Connection, terms: Sequence[Term]) -> Iterator[ColumnElement[bool]]:
    """Say of rows of `study_texts` that they have all words, without asking an index."""
    place_of = func.instr if _is_sqlite(connection) else func.strpos
    words = literal(" ").concat(study_texts.c.words).concat(" ")
    for word, begins in terms:
        yield place_of(words, f" {word}" if begins else f" {word} ") > 0


def _in_postgresql(terms: Sequence[Term]) -> ColumnElement[bool]:
    """Say which rows of `study_texts` have all words."""
    asked = " & ".join(f"'{word}'{':*' if begins else ''}" for word, begins in terms)
    matches = text(
        "array_to_tsvector(string_to_array(study_texts.words, ' ')) @@ CAST(:asked AS tsquery)"
    )
    return cast("ColumnElement[bool]", matches.bindparams(asked=asked))


def _is_sqlite(connection: Connection) -> bool:
    """Tell which database it is."""
    return connection.dialect.name == "sqlite"
