"""From a draft to the sheet that is printed."""

import dataclasses
from typing import cast

from osler.clinical import Addendum, Draft, Report
from osler.report.page_one import head, page_one
from osler.report.page_three import page_three
from osler.report.page_two import page_two
from osler.report.reviewing import draft_of
from osler.report.sheet import Added, Sheet
from osler.report.words import moment, printable


def compose(said: Draft | Report) -> Sheet:
    """Choose every word and draw every figure of the report."""
    draft = draft_of(said)
    sheet = Sheet(
        head=head(said),
        one=page_one(said),
        two=page_two(draft),
        three=page_three(draft),
        addenda=tuple(map(_added, said.addenda)) if isinstance(said, Report) else (),
    )
    return cast(Sheet, _cleaned(sheet))


def _added(one: Addendum) -> Added:
    """Put an addendum into words."""
    return Added(f"{one.by}, {moment(one.at)}", one.text)


def _cleaned(value: object) -> object:
    """Make every text of a sheet printable."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, tuple):
        return tuple(_cleaned(item) for item in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value)]
        return dataclasses.replace(value, **{n: _cleaned(getattr(value, n)) for n in names})
    return value
