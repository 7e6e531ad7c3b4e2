"""Nouns survive the way into an archive and back."""

import dataclasses
import json
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, NewType, get_args, get_origin, get_type_hints

import numpy as np
import pytest

import osler.clinical
from make import draft as make
from osler.clinical import (
    Act,
    Code,
    Draft,
    Instance,
    InstanceUid,
    Interval,
    Observation,
    Patient,
    Picture,
    Prediction,
    Quantity,
    Series,
    SeriesUid,
    Study,
    StudyUid,
    Volume,
)
from osler.clinical.serial import BlobId, from_json, to_json

INSTANCE = Instance(
    uid=InstanceUid("2.25.3"),
    series_uid=SeriesUid("2.25.2"),
    study_uid=StudyUid("2.25.1"),
    origin="film.dcm",
    media_type="application/dicom",
    content=b"\x00DICM",
    has_pixels=True,
    patient=make.a_patient(),
    study_date=date(2026, 11, 25),
)
SERIES = Series(SeriesUid("2.25.2"), (INSTANCE,))
PREDICTION = Prediction(
    model=make.a_model(),
    name="pneumonia",
    instance_uid=make.FILM,
    logit=0.4,
    probability=Interval(0.6, 0.5, 0.7),
    likelihood_ratio=Interval(4.0, 2.0, float("inf")),
    limited=True,
    prevalence=0.2,
    evidence=np.linspace(0, 1, 12, dtype=np.float32).reshape(3, 4),
)
PICTURE = Picture(
    instance_uid=make.FILM,
    frame=0,
    pixels=np.arange(6, dtype=np.float32).reshape(2, 3),
    window=(0.0, 5.0),
    padding=np.eye(2, 3, dtype=np.bool_),
)


def _sample(hint: Any) -> Any:  # noqa: ANN401
    """Return a value of any type that a noun's field may have, with nothing left out."""
    while isinstance(hint, NewType):
        hint = hint.__supertype__
    inner = [kind for kind in get_args(hint) if kind not in (type(None), Ellipsis)]
    if get_origin(hint) is tuple:
        return tuple(_sample(kind) for kind in inner)
    if get_origin(hint) is np.ndarray:
        return np.arange(6).reshape(2, 3).astype(get_args(inner[1])[0])
    if inner:
        return _sample(inner[0])
    if dataclasses.is_dataclass(hint):
        noun: Any = hint
        return noun(**{name: _sample(kind) for name, kind in get_type_hints(hint).items()})
    return PLAIN[hint] if hint in PLAIN else next(iter(hint))


PLAIN: dict[Any, Any] = {
    str: "Ἱπποκράτης & <b>",
    int: 7,
    bool: True,
    float: 0.5,
    bytes: b"\x00\xff",
    date: date(2026, 11, 25),
    datetime: datetime(2026, 11, 25, 7, 40, tzinfo=UTC),
    Act: Act.EDIT,  # the one act that leaves nothing out
}
EXPORTED: list[Any] = [getattr(osler.clinical, name) for name in osler.clinical.__all__]
NOUNS: dict[str, Any] = {
    getattr(kind, "__name__", ""): _sample(kind)
    for kind in EXPORTED
    if dataclasses.is_dataclass(kind)
} | {
    "Draft with films": make.a_draft(),
    "Draft of a record": make.a_record_draft(),
    "Study with bytes": Study(StudyUid("2.25.1"), make.a_patient(), (SERIES,)),
    "Prediction with an open bound": PREDICTION,
    "Picture with padding": PICTURE,
    "Volume": Volume(SeriesUid("2.25.2"), np.zeros((2, 3, 4), np.float32), np.eye(4)),
}


def test_every_noun_is_tried() -> None:
    """A noun that nobody tried could be lost between two steps of a study."""
    assert {"Draft", "Finding", "Observation", "Patient", "Study"} <= set(NOUNS)


@pytest.mark.parametrize("name", sorted(NOUNS))
def test_a_noun_comes_back_as_it_went(name: str) -> None:
    """What a clinician signs must be what the models said, bit by bit."""
    noun: Any = NOUNS[name]
    written, blobs = to_json(noun)
    text = json.dumps(written, allow_nan=False)
    read = from_json(type(noun), json.loads(text), blobs)
    assert type(read) is type(noun)
    again, blobs_again = to_json(read)
    assert (json.dumps(again), blobs_again) == (text, blobs)


def test_an_array_comes_back_with_its_type_and_values() -> None:
    """A map of evidence read in the wrong order would point at the other lung."""
    read = from_json(Prediction, *to_json(PREDICTION))
    assert read.evidence.dtype == np.float32
    np.testing.assert_array_equal(read.evidence, PREDICTION.evidence)
    assert read.likelihood_ratio.high == float("inf")


def test_a_slice_of_an_array_is_written_in_rows() -> None:
    """A transposed view in memory must not be stored transposed."""
    picture = dataclasses.replace(PICTURE, pixels=PICTURE.pixels.T, padding=None)
    read = from_json(Picture, *to_json(picture))
    np.testing.assert_array_equal(read.pixels, PICTURE.pixels.T)


def test_each_blob_is_named_by_its_content() -> None:
    """The SHA-256 of nothing is a published value."""
    _, blobs = to_json(dataclasses.replace(INSTANCE, content=b""))
    assert set(blobs) == {"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}


def test_a_time_is_written_in_utc() -> None:
    """A value measured at 01:30 in Berlin belongs to the day before in UTC."""
    berlin = datetime(2026, 11, 25, 1, 30, tzinfo=timezone(timedelta(hours=2)))
    written, _ = to_json(make.an_observation(effective=berlin))
    assert isinstance(written, dict)
    assert written["effective"] == "2026-11-24T23:30:00+00:00"


def test_a_time_without_a_zone_is_refused() -> None:
    """Hours decide whether a vital sign is still fresh."""
    naive = datetime(2026, 11, 25, 1, 30, tzinfo=UTC).replace(tzinfo=None)
    with pytest.raises(ValueError, match="has no zone"):
        to_json(make.an_observation(effective=naive))


def test_a_missing_blob_is_refused() -> None:
    """Evidence that was lost must not be read as no evidence."""
    written, _ = to_json(PREDICTION)
    with pytest.raises(ValueError, match=r"Prediction\.evidence: blob .* is missing"):
        from_json(Prediction, written, {})


def test_an_altered_blob_is_refused() -> None:
    """A bit that turned in the archive must not reach a report."""
    written, blobs = to_json(PREDICTION)
    altered = {BlobId(name): content[:-1] + b"\x7f" for name, content in blobs.items()}
    with pytest.raises(ValueError, match="was altered"):
        from_json(Prediction, written, altered)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"colour": "red"}, "Patient has no 'colour'"),
        ({"sex": "F"}, "Patient.sex: found a str, expected Sex"),
        ({"stated_age_years": 400.0}, "expected 0 to 130"),
        ({"birth_date": "14.3.1958"}, "Patient.birth_date: found a str, expected date"),
        ({"name": 7}, "Patient.name: found a int, expected str"),
        ({"identifiers": {"value": "1"}}, "Patient.identifiers: found an object"),
        ({"type": "Draft"}, "found an object of type 'Draft', expected a Patient"),
    ],
)
def test_a_document_of_another_shape_is_refused(change: dict[str, object], message: str) -> None:
    """A guess about a damaged document is a guess about a patient."""
    written, blobs = to_json(make.a_patient())
    assert isinstance(written, dict)
    with pytest.raises(ValueError, match=message.replace(".", r"\.")):
        from_json(Patient, {**written, **change}, blobs)


def test_a_refusal_does_not_repeat_the_content() -> None:
    """The message goes to a log, where no name belongs."""
    written, blobs = to_json(make.a_patient(birth_date=None))
    assert isinstance(written, dict)
    with pytest.raises(ValueError, match="birth_date") as caught:
        from_json(Patient, {**written, "birth_date": "Erika Example"}, blobs)
    assert "Erika" not in str(caught.value)


def test_a_field_that_an_older_document_lacks_takes_its_default() -> None:
    """Last year's drafts must stay readable."""
    written, blobs = to_json(make.a_draft())
    assert isinstance(written, dict)
    del written["software"]
    assert from_json(Draft, written, blobs).software == "Osler"
    del written["patient"]
    with pytest.raises(ValueError, match="Draft needs 'patient'"):
        from_json(Draft, written, blobs)


@pytest.mark.parametrize(
    "value", [Quantity(7.5, "mmol/L"), make.an_observation().code, "7,5", None]
)
def test_a_value_of_several_kinds_keeps_its_kind(value: Quantity | Code | str | None) -> None:
    """A coded 'negative' and the word 'negative' are handled apart."""
    observation = make.an_observation(value=value)
    assert from_json(Observation, *to_json(observation)).value == value


def test_what_no_noun_may_hold_is_refused() -> None:
    """An object that pickles by accident is code in an archive."""
    with pytest.raises(ValueError, match="a set cannot be written"):
        to_json({1, 2})
    with pytest.raises(ValueError, match="an array of object"):
        to_json(np.array([None]))
