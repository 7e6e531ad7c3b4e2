"""HTML as a tree: words are put in as text, so that none of them can become markup."""

from collections.abc import Iterable
from urllib.parse import quote
from xml.etree.ElementTree import Element, SubElement

from osler.report.sheet import Chart, Fact, FindingRow, Table


def put(parent: Element, tag: str, words: str = "", **attributes: str) -> Element:
    """Add an element with its words; ``class_`` stands for the attribute class."""
    named = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
    child = SubElement(parent, tag, named)
    child.text = words
    return child


def section(parent: Element, title: str) -> Element:
    """Add a section under its heading."""
    added = put(parent, "section")
    put(added, "h2", title)
    return added


def paragraphs(parent: Element, lines: Iterable[str], class_: str = "") -> None:
    """Add one paragraph for each line that says something."""
    for line in lines:
        if line:
            put(parent, "p", line, **({"class_": class_} if class_ else {}))


def charts(parent: Element, shown: tuple[Chart, ...], *, width: str) -> None:
    """Put drawings under their titles, side by side where there is room."""
    if not shown:
        return
    row = put(parent, "div", class_="charts")
    for one in shown:
        figure = put(row, "figure")
        put(figure, "figcaption", one.title)
        drawing(figure, one.drawing, one.alt, width=width)


def drawing(parent: Element, svg: str, alt: str, *, width: str) -> None:
    """Add a drawing as a picture in the page itself: nothing in it can run."""
    uri = f"data:image/svg+xml;charset=utf-8,{quote(svg, safe='/+=,:;()')}"
    put(parent, "img", src=uri, alt=alt, style=f"width:{width}")


def facts(parent: Element, items: Iterable[Fact]) -> None:
    """Add labels with what is known under them."""
    listed = put(parent, "dl")
    for item in items:
        pair = put(listed, "div")
        put(pair, "dt", item.label)
        put(pair, "dd", item.value, dir="auto")


def table(parent: Element, data: Table, caption: str) -> None:
    """Add a table of words; numbers stand to the right."""
    added = _table(parent, caption, tuple((c.title, c.numeric) for c in data.columns))
    for cells in data.rows:
        row = put(added, "tr")
        for column, cell in zip(data.columns, cells, strict=True):
            put(row, "td", cell, **({"class_": "number"} if column.numeric else {}))


def findings(parent: Element, rows: tuple[FindingRow, ...], caption: str) -> None:
    """Add the table of findings."""
    is_reviewed = any(one.review for one in rows)
    numbers = (("", True), ("95 % interval", True), ("Post-test", True), ("95 % interval", True))
    before = (("Finding and place", False), ("Model probability", False))
    after = (("Certainty", False), ("Review" if is_reviewed else "Mark", False))
    body = _table(parent, caption, (*before, *numbers, *after))
    for one in rows:
        row = put(body, "tr", **_look(one))
        named = put(row, "th", scope="row")
        put(named, "span", one.display)
        below = (
            (one.place, "place"),
            *((caution, "caution") for caution in one.cautions),
            *((note, "note") for note in one.notes),
        )
        for words, class_ in below:
            if words:
                put(named, "small", words, class_=class_)
        bar = put(row, "td")
        if one.bar:
            drawing(bar, one.bar, one.bar_alt, width="34mm")
        number = "number" if one.is_persons else "number value"
        put(row, "td", one.probability, class_=number)
        put(row, "td", one.interval, class_="number")
        put(row, "td", one.posttest, class_=number)
        put(row, "td", one.posttest_interval, class_="number")
        put(row, "td", one.certainty, class_="value")
        _mark(put(row, "td"), one)


def _look(one: FindingRow) -> dict[str, str]:
    """Return how a row looks: bold where it is there, struck out where it was rejected."""
    look = "rejected" if one.is_rejected else "positive" if one.positive else ""
    return {"class_": look} if look else {}


def _mark(cell: Element, one: FindingRow) -> None:
    """Add who stands behind a finding: a model's mark is dashed, a person's solid."""
    put(cell, "span", one.mark, class_="mark person" if one.is_persons else "mark")
    if one.review:
        put(cell, "span", f"{one.review} by {one.reviewer}", class_="review")


def _table(parent: Element, caption: str, titles: Iterable[tuple[str, bool]]) -> Element:
    """Add a table with its headings, those of numbers to the right, and return the body."""
    added = put(put(parent, "div", class_="wide"), "table")
    put(added, "caption", caption)
    row = put(put(added, "thead"), "tr")
    for title, numeric in titles:
        look = {"class_": "number"} if numeric else {}
        put(row, "th", title, scope="col", **look) if title else put(row, "td")
    return put(added, "tbody")
