"""Pictures of every kind in one folder: each goes to the packages made for it, by its look.

Files without a header are the hard case: nothing but the pixels says what they show.
"""

from collections import Counter
from functools import cache

import pytest

from clinical.packages import some_test_rows
from osler.analyse.registry import default_folder, load_panel
from osler.analyse.study import Panel, analyse_film
from osler.standards.pictures import decode_first, read_content

KINDS = {
    "cxr-adult": {"cxr-adult", "cxr-tb"},
    "cxr-pneumonia": {"cxr-pneumonia"},
    "ct-ich": {"ct-ich"},
    "brain-mri-4class": {"brain-mri-tumour"},
    "idrid": {"fundus-dr", "retinal-vessels"},
    "chase-db1": {"fundus-dr", "retinal-vessels"},
    "busi": {"breast-us"},
    "bccd": {"blood-cells"},
}
EACH = 12
EXCLUSIVE = ({"cxr-adult", "cxr-tb"}, {"cxr-pneumonia"})


@cache
def everything() -> Panel:
    """Return every package that ships, those for research only allowed by name."""
    names = frozenset(path.parent.parent.name for path in default_folder().glob("*/*/card.json"))
    return load_panel(default_folder(), allowed=names)[0]


@cache
def judged_by(kind: str) -> tuple[frozenset[str], ...]:
    """Return, for each of a dozen test pictures, the packages that judged it."""
    found = []
    for row in some_test_rows(kind, EACH).rows:
        instance = read_content(row.path.read_bytes(), origin=row.path.name)
        film, _ = analyse_film(instance, decode_first(instance), everything(), age_years=None)
        judges: set[str] = set()
        if film is not None:
            judges |= {one.model.name for one in film.predictions}
            judges |= {one.model.name for one in film.measurements}
        found.append(frozenset(judges))
    return tuple(found)


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_goes_to_no_package_of_another_kind(kind: str) -> None:
    """A haemorrhage score on an ultrasound would be nonsense with an interval."""
    strangers = Counter(name for judges in judged_by(kind) for name in judges - KINDS[kind])
    assert not strangers


@pytest.mark.parametrize("kind", KINDS)
def test_most_pictures_are_judged_by_a_package_of_their_kind(kind: str) -> None:
    """A gate that refuses everything is safe and useless."""
    there = {package.card.name for package in everything().judges} & KINDS[kind]
    assert there == KINDS[kind]
    judged = sum(bool(judges & there) for judges in judged_by(kind))
    assert judged >= 0.75 * len(judged_by(kind))


def test_no_film_is_judged_by_packages_whose_populations_exclude_each_other() -> None:
    """An adult's and a child's answer on one film cannot both be meant for the patient."""
    for kind in KINDS:
        for judges in judged_by(kind):
            assert not all(judges & population for population in EXCLUSIVE)
