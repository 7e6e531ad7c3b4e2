"""A tuberculosis score on a film with a mass must not read as a diagnosis."""

from dataclasses import replace
from datetime import UTC, datetime

from make.draft import a_finding
from osler.assess import assess
from osler.standards.guideline import shipped

AT = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_a_finding_that_needs_a_pretest_is_not_weighed_without_one() -> None:
    """Half of the training films showed tuberculosis; that is nobody's pre-test probability."""
    finding = replace(a_finding(), needs_pretest=True)
    found = assess([finding], None, pretests={}, at=AT, age_years=60.0, guidelines=shipped())
    assert found.weighings == ()
    assert any("not weighed, and no diagnosis" in note for note in found.notes)


def test_it_is_weighed_once_somebody_states_a_pretest() -> None:
    """The number becomes useful as soon as the place's share is known."""
    finding = replace(a_finding(), needs_pretest=True)
    pretests = {finding.name: (0.02, "typed in by the user")}
    found = assess([finding], None, pretests=pretests, at=AT, age_years=60.0, guidelines=shipped())
    assert [one.pretest for one in found.weighings] == [0.02]
