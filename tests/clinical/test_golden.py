"""The same film gives the same answer: today, tomorrow, and by whichever route it came."""

import json
from typing import Any

import numpy as np
import pytest

from clinical.packages import DATA, GOLDEN, JUDGES, anatomy, data_set, shipped
from clinical.record import rows_of, what_is_said
from osler.analyse.film import look
from osler.analyse.registry import ANATOMY
from osler.analyse.study import score_film
from osler.standards.pictures import decode_first, read_content

AGAIN = "run tests/clinical/record.py, and tell the change in CHANGELOG.md as clinical"
FULL_SIZE = DATA / "cxr-pneumonia" / "fullsize_examples"


@pytest.mark.parametrize("name", [ANATOMY, *JUDGES])
def test_recorded_films_give_the_recorded_numbers(name: str) -> None:
    """A changed answer for the same patient is a clinical change, and never an accident.

    One in five hundred is left to processors that round differently.
    """
    package = shipped(name)
    data_set({ANATOMY: "cxr-anatomy", **JUDGES}[name])
    file = GOLDEN / f"{name}.json"
    if not file.is_file():
        pytest.skip(f"nothing recorded for {name} yet: {AGAIN}")
    recorded: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    graphs = (package.identity.sha256, anatomy().identity.sha256)
    assert graphs == (recorded["sha256"], recorded["anatomy_sha256"]), f"other graphs: {AGAIN}"
    for row in rows_of(name):
        said = what_is_said(package, anatomy(), row)
        assert said == pytest.approx(recorded["films"][row.path.name], abs=2e-3), row.path.name


@pytest.mark.parametrize("name", JUDGES)
def test_a_film_scored_twice_gets_the_same_bits(name: str) -> None:
    """Asking again must not change the diagnosis, even where the session is a new one."""
    data_set(JUDGES[name])
    first, again = (what_is_said(shipped(name), anatomy(), row) for row in (rows_of(name)[0],) * 2)
    assert first == again


@pytest.mark.xfail(
    strict=True,
    reason="cxr-pneumonia 1.0.0 moves by up to 0.14 (viral), 0.022 (pneumonia): it is short of the "
    "aim of 0.02; training with compression among its changes should bring it there",
)
def test_full_size_films_and_their_small_copies_get_one_answer() -> None:
    """Twins: hospitals send films of 1,500 pixels, the networks learnt from copies of 224.

    A probability that moves by more than 0.02 between the two was measured on one road and is
    served on another.
    """
    package, outlines = shipped("cxr-pneumonia"), anatomy()
    files = sorted(FULL_SIZE.glob("*.jpeg"))
    if not files:
        pytest.skip("the full-size films are not in ../shared/data")
    moved = {}
    for file in files:
        small = DATA / "cxr-pneumonia" / "images" / f"{file.stem}.jpg"
        pair = []
        for path in (file, small):
            instance = read_content(path.read_bytes(), origin=path.name)
            facts = look(decode_first(instance), outlines.graph)
            scored = score_film(package, facts, instance.uid)
            pair.append([one.probability.value for one in scored])
        moved[file.stem] = float(np.abs(np.array(pair[0]) - np.array(pair[1])).max())
    assert len(moved) == 12
    assert {name: by for name, by in moved.items() if by > 0.02} == {}
