"""From a draft to the sheet that is printed."""

import dataclasses
from typing import cast

from osler.clinical import Draft
from osler.report.page_one import head, page_one
from osler.report.page_three import page_three
from osler.report.page_two import page_two
from osler.report.sheet import Sheet
from osler.report.words import printable


def compose(draft: Draft) -> Sheet:
    """Choose every word and draw every figure of the report."""
    sheet = Sheet(
        head=head(draft), one=page_one(draft), two=page_two(draft), three=page_three(draft)
    )
    return cast(Sheet, _cleaned(sheet))


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
