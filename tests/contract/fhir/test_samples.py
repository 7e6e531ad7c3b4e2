"""The demo's records join the demo's film and show what they are meant to show."""

import json
from datetime import UTC, datetime
from importlib.resources import files

import pydicom
import pytest
from pydicom.data import get_testdata_file

from osler.assess import news2
from osler.clinical import Record
from osler.standards.fhir import validate
from osler.standards.guideline import shipped
from osler.standards.record import read_record

SAMPLES = files("osler.workflow") / "_samples"
STUDY_TIME = datetime(2004, 8, 26, 22, 50, 59, tzinfo=UTC)


def sample(name: str) -> Record:
    """Read one of the demo's records."""
    return read_record((SAMPLES / name).read_bytes(), origin=name)


def test_the_adult_is_the_patient_of_the_demo_film() -> None:
    """A demo that joins the wrong patient teaches the wrong thing."""
    path = get_testdata_file("RG1_UNCI.dcm", download=False)
    if path is None:
        pytest.skip("pydicom-data, which carries the film, is not installed")
    header = pydicom.dcmread(path, stop_before_pixels=True)
    patient = sample("adult_cough.fhir.json").patient
    assert [one.value for one in patient.identifiers] == [header.PatientID]
    assert f"{patient.birth_date:%Y%m%d}" == header.PatientBirthDate
    assert patient.sex.value[0].upper() == header.PatientSex
    assert f"{STUDY_TIME:%Y%m%d}" == header.StudyDate


def test_the_adult_scores_five_by_hand() -> None:
    """22/min 2, 94 % 1, air 0, 128 mmHg 0, 104/min 1, alert 0, 38.4 C 1: five."""
    record = sample("adult_cough.fhir.json")
    age = record.patient.age_on(STUDY_TIME.date())
    found = news2(record, at=STUDY_TIME, age_years=age, guidelines=shipped())
    assert found.value == 5
    assert found.band == "medium clinical risk: aggregate 5 to 6"
    assert record.warnings == ()


def test_the_child_is_not_scored() -> None:
    """An adult's score on a child of three would call for an emergency team."""
    record = sample("child_fever.json")
    at = datetime(2026, 11, 20, 8, tzinfo=UTC)
    found = news2(record, at=at, age_years=record.patient.age_on(at.date()), guidelines=shipped())
    assert (found.value, found.not_applicable) == (None, True)
    assert record.warnings == ()
    assert not any(one.implausible for one in record.observations)


def test_the_adult_s_bundle_is_valid_r4() -> None:
    """A sample that a server refuses is no sample."""
    document = json.loads((SAMPLES / "adult_cough.fhir.json").read_bytes())
    assert validate(document) == ()
