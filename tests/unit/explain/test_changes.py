"""What has changed since the newest prior that may be compared."""

from datetime import UTC, datetime

import pytest

from osler.clinical import (
    OSLER,
    Code,
    InstanceUid,
    MeasuredStudy,
    Measurement,
    ModelIdentity,
    Quantity,
    StudyUid,
)
from osler.explain.changes import changes


def _volume(mm3: float, *, version: str = "1.0.0", unit: str = "mm3") -> Measurement:
    """Return a measured volume with an error of 5 % either way."""
    return Measurement(
        model=ModelIdentity("hippocampus-mr", version, "0" * 64),
        code=Code(OSLER, "anterior-volume", "Anterior hippocampus, volume"),
        display="Anterior hippocampus, volume",
        instance_uid=InstanceUid("2.25.5"),
        quantity=Quantity(mm3, unit),
        low=0.95 * mm3,
        high=1.05 * mm3,
    )


def _study(
    number: int, year: int | None, *values: Measurement, part: str | None = "BRAIN"
) -> MeasuredStudy:
    """Return a study of the first of June of a year."""
    at = None if year is None else datetime(year, 6, 1, tzinfo=UTC)
    return MeasuredStudy(StudyUid(f"2.25.{number}"), at, part, values)


def test_the_newest_prior_is_shown_with_both_values() -> None:
    """Shrinking by a seventh in a year is what the reader has to see."""
    now = _study(1, 2026, _volume(1200.0))
    (change,) = changes(now, [_study(2, 2020, _volume(1600.0)), _study(3, 2025, _volume(1400.0))])
    assert change.before == Quantity(1400.0, "mm3")
    assert change.difference == pytest.approx(-200.0)
    assert change.percent == pytest.approx(-14.2857, abs=1e-3)
    assert change.beyond_error is True
    assert change.words() == (
        "Anterior hippocampus, volume: 1200 mm3, on 2025-06-01 1400 mm3 (-200, -14.3 %)"
    )


def test_a_change_within_the_error_of_measurement_says_so() -> None:
    """Two per cent of a structure that is measured to five is no change."""
    (change,) = changes(_study(1, 2026, _volume(1372.0)), [_study(2, 2025, _volume(1400.0))])
    assert change.beyond_error is False
    assert "within the error of measurement" in change.words()


@pytest.mark.parametrize(
    "prior",
    [
        _study(2, 2027, _volume(1400.0)),
        _study(2, None, _volume(1400.0)),
        _study(2, 2025, _volume(1400.0), part="KNEE"),
        _study(2, 2025, _volume(1400.0), part=None),
        _study(2, 2025, _volume(1400.0, version="2.0.0")),
        _study(2, 2025, _volume(1.4, unit="mL")),
        _study(1, 2025, _volume(1400.0)),
        _study(2, 2025),
    ],
    ids=["later", "undated", "other part", "no part", "other version", "other unit", "itself", ""],
)
def test_what_may_not_be_compared_is_no_prior(prior: MeasuredStudy) -> None:
    """A difference between two ways of measuring is not a change of the patient."""
    (change,) = changes(_study(1, 2026, _volume(1200.0)), [prior])
    assert change.before is None
    assert change.words().endswith("no prior")


def test_a_prior_of_zero_has_no_per_cent() -> None:
    """What was not there before has grown by no percentage."""
    (change,) = changes(_study(1, 2026, _volume(10.0)), [_study(2, 2025, _volume(0.0))])
    assert change.percent is None
    assert change.difference == pytest.approx(10.0)
