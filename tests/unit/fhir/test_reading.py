"""FHIR in: everything of one patient, nothing of another, and no fault that passes in silence."""

# ruff: noqa: ANN401

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from make.record import (
    a_bundle,
    as_bytes,
    code_of,
    fhir_condition,
    fhir_observation,
    fhir_patient,
    value_of,
)
from osler.clinical import Identifier, Record, Sex
from osler.errors import IdentityConflict, NotReadable, OslerError
from osler.standards.record import read_record

PANEL = {
    "resourceType": "Observation",
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "85354-9"}]},
    "subject": {"reference": "Patient/p1"},
    "effectiveDateTime": "2026-11-20T08:00:00Z",
    "component": [
        {
            "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
            "valueQuantity": {"value": value, "unit": "mmHg", "code": "mm[Hg]"},
        }
        for code, value in (("8480-6", 128), ("8462-4", 74))
    ],
}


def read(*resources: Any, **changes: Any) -> Record:
    """Read a bundle of resources."""
    return read_record(as_bytes(a_bundle(*resources, **changes)), origin="bundle.json")


def quantity(value: float, unit: str, **more: Any) -> dict[str, Any]:
    """Return a Quantity."""
    return {"value": value, "unit": unit, "code": unit, **more}


def test_the_patient_is_read_as_stated() -> None:
    """Identity decides whose report it becomes."""
    patient = read(fhir_patient(), fhir_observation()).patient
    assert patient.identifiers == (Identifier("123", "urn:oid:1.2.3"),)
    assert (patient.sex, patient.name) == (Sex.MALE, "Demo Man")
    assert str(patient.birth_date) == "1961-05-04"


def test_a_patient_alone_is_a_record() -> None:
    """An integration may send the person before the values."""
    record = read_record(as_bytes(fhir_patient()), origin="patient.json")
    assert record.patient.identifiers[0].value == "123"
    assert record.observations == ()


def test_a_patient_without_identifier_is_not_given_one() -> None:
    """A server's logical id is no record number; joining on it would guess identity."""
    record = read(fhir_patient(identifier=[]))
    assert record.patient.identifiers == ()
    assert any("no identifier is stated" in warning for warning in record.warnings)


def test_two_patients_in_one_bundle_are_refused() -> None:
    """Mother and newborn in one bundle must never share vital signs."""
    with pytest.raises(IdentityConflict, match=r"2 Patient resources \(ids p1, p2\), expected one"):
        read(fhir_patient(), fhir_patient("p2"))


def test_the_message_on_two_patients_names_no_person() -> None:
    """Messages end in logs."""
    with pytest.raises(IdentityConflict) as refusal:
        read(fhir_patient(), fhir_patient("p2"))
    assert "Demo" not in str(refusal.value)


def test_the_same_patient_twice_is_one_patient() -> None:
    """A history or a search with includes repeats the resource."""
    record = read(fhir_patient(), fhir_patient(), kind="history")
    assert "1 repeated versions of a resource were left out" in record.warnings


def test_a_value_of_another_patient_is_left_out() -> None:
    """A stray observation of the neighbour would be weighed as this patient's."""
    stray = fhir_observation(subject={"reference": "Patient/neighbour"})
    record = read(fhir_patient(), stray, fhir_observation())
    assert len(record.observations) == 1
    assert any(
        "Observation at Bundle.entry[1] was left out: its subject is not the patient" in warning
        for warning in record.warnings
    )


def test_references_by_urn_lead_to_the_patient() -> None:
    """Transactions name their patient by fullUrl only."""
    urn = "urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a"
    bundle = a_bundle(fhir_patient(), fhir_observation(subject={"reference": urn}))
    bundle["entry"][0]["fullUrl"] = urn
    assert len(read_record(as_bytes(bundle), origin="t.json").observations) == 1


def test_absolute_references_with_a_version_lead_to_the_patient() -> None:
    """Servers write https://…/Patient/p1/_history/3."""
    reference = "https://fhir.example/r4/Patient/p1/_history/3"
    record = read(fhir_patient(), fhir_observation(subject={"reference": reference}))
    assert len(record.observations) == 1


def test_a_logical_reference_is_compared_with_the_identifiers() -> None:
    """HL7 gateways refer by record number instead of by resource."""
    mine = {"identifier": {"system": "urn:oid:1.2.3", "value": "123"}}
    other = {"identifier": {"system": "urn:oid:1.2.3", "value": "999"}}
    record = read(fhir_patient(), fhir_observation(subject=mine), fhir_observation(subject=other))
    assert len(record.observations) == 1
    assert any("identifier is not one of the patient" in warning for warning in record.warnings)


def test_a_value_without_a_subject_is_taken_and_counted() -> None:
    """In a document of one patient it can be nobody else's, but the reader must know."""
    record = read(fhir_patient(), fhir_observation(subject=None))
    assert len(record.observations) == 1
    assert any("1 resources state no subject" in warning for warning in record.warnings)


def test_without_a_patient_all_values_must_be_of_one_subject() -> None:
    """Two subjects and no name is two patients."""
    other = fhir_observation(subject={"reference": "Patient/p2"})
    with pytest.raises(IdentityConflict, match="refer to 2 different subjects"):
        read(fhir_observation(), other)
    assert read(fhir_observation(), fhir_observation()).patient.identifiers == ()


def test_a_blood_pressure_panel_becomes_two_observations() -> None:
    """NEWS2 needs the systolic value alone."""
    systolic, diastolic = read(fhir_patient(), PANEL).observations
    assert (systolic.code.code, value_of(systolic)) == ("8480-6", 128.0)
    assert (diastolic.code.code, value_of(diastolic)) == ("8462-4", 74.0)
    assert systolic.effective == datetime(2026, 11, 20, 8, tzinfo=UTC)


@pytest.mark.parametrize("status", ["entered-in-error", "cancelled"])
def test_what_was_withdrawn_is_left_out_and_counted(status: str) -> None:
    """A corrected typing error must not come back as a vital sign."""
    record = read(fhir_patient(), fhir_observation(status=status))
    assert record.observations == ()
    assert "1 Observations that are entered in error or cancelled were left out" in record.warnings


def test_a_malformed_resource_costs_only_itself() -> None:
    """One faulty device must not silence all others; and its fault must be found."""
    broken = fhir_observation(valueQuantity="ninety")
    record = read(fhir_patient(), broken, fhir_observation())
    assert len(record.observations) == 1
    assert any(
        warning.startswith("Observation at Bundle.entry[1] was left out: valueQuantity is text")
        for warning in record.warnings
    )


@pytest.mark.parametrize(
    "entry",
    ["text", 3, {"resource": "text"}, {"resource": {"resourceType": 3}}, {"fullUrl": 1}, None],
)
def test_an_entry_that_cannot_be_opened_costs_only_itself(entry: Any) -> None:
    """The transport's fault must not silence the patient."""
    bundle = a_bundle(fhir_patient(), fhir_observation())
    bundle["entry"].insert(1, entry)
    record = read_record(as_bytes(bundle), origin="b.json")
    assert len(record.observations) == 1
    assert bool(record.warnings) == (entry != {"fullUrl": 1})


def test_an_observation_without_a_code_is_named() -> None:
    """A 92 of nobody knows what must not vanish without a word."""
    record = read(fhir_patient(), fhir_observation(code={}))
    assert any("it has no code" in warning for warning in record.warnings)


@pytest.mark.parametrize(
    ("element", "note"),
    [
        ({"effectiveDateTime": "2026-11-20T08:00:00"}, "no time zone stated, taken as UTC"),
        ({"effectivePeriod": {"end": "2026-11-20T08:00:00Z"}}, "time is the end of a period"),
        ({"issued": "2026-11-20T08:00:00Z"}, "no effective time stated, taken from issued"),
    ],
)
def test_an_assumed_time_is_noted(element: dict[str, Any], note: str) -> None:
    """Staleness rests on the time; an assumption in it must be seen."""
    observation = {**fhir_observation(), "effectiveDateTime": None, **element}
    seen = read(fhir_patient(), observation).observations[0]
    assert seen.effective == datetime(2026, 11, 20, 8, tzinfo=UTC)
    assert any(note in repair for repair in seen.repairs)


def test_effective_instant_is_read() -> None:
    """Monitors send instants."""
    observation = {
        **fhir_observation(effectiveInstant="2026-11-20T09:00:00+01:00"),
        "effectiveDateTime": None,
    }
    seen = read(fhir_patient(), observation).observations[0]
    assert seen.effective == datetime(2026, 11, 20, 8, tzinfo=UTC)


def test_a_value_from_the_future_is_flagged_where_the_time_is_given() -> None:
    """A wrong clock must not make a value the newest."""
    now = datetime(2026, 11, 20, 7, tzinfo=UTC)
    bundle = as_bytes(a_bundle(fhir_patient(), fhir_observation()))
    seen = read_record(bundle, origin="b.json", now=now).observations[0]
    assert seen.implausible is not None
    assert "lies after" in seen.implausible


def test_a_value_below_the_limit_of_detection_is_kept_as_words() -> None:
    """'< 5' is not 5."""
    value = quantity(5, "mg/L", comparator="<")
    seen = read(fhir_patient(), fhir_observation("1988-5", valueQuantity=value)).observations[0]
    assert seen.value == "<5 mg/L"
    assert "not used as a number" in seen.repairs[0]


def test_an_absent_value_says_why() -> None:
    """'Patient refused' is not an empty field."""
    reason = {"coding": [{"code": "asked-declined"}]}
    observation = {**fhir_observation(dataAbsentReason=reason), "valueQuantity": None}
    seen = read(fhir_patient(), observation).observations[0]
    assert (seen.value, seen.raw) == (None, "no value: asked-declined")


def test_a_coded_answer_is_osler_s_own() -> None:
    """LA9340-6 is 'alert'."""
    concept = {"coding": [{"system": "http://loinc.org", "code": "LA9340-6"}]}
    observation = {
        **fhir_observation("67775-7", valueCodeableConcept=concept),
        "valueQuantity": None,
    }
    assert code_of(read(fhir_patient(), observation).observations[0]) == "248234008"


@pytest.mark.parametrize(
    ("element", "kept"),
    [
        ({"valueString": "hazy"}, "hazy"),
        ({"valueBoolean": True}, "true"),
        ({"valueDateTime": "2026-11-01"}, "2026-11-01"),
        ({"valueRange": {"low": {"value": 1}}}, '{"low": {"value": 1}}'),
    ],
)
def test_other_kinds_of_value_are_kept_as_words(element: dict[str, Any], kept: str) -> None:
    """What Osler cannot calculate with, the clinician can still read."""
    observation = {**fhir_observation("9999-9"), "valueQuantity": None, **element}
    assert read(fhir_patient(), observation).observations[0].value == kept


def test_a_known_code_is_chosen_among_several() -> None:
    """Local codes often come first."""
    codings = [
        {"system": "urn:local", "code": "HF"},
        {"system": "http://loinc.org", "code": "8867-4"},
    ]
    seen = read(fhir_patient(), fhir_observation(code={"coding": codings})).observations[0]
    assert seen.code.code == "8867-4"


def test_conditions_keep_time_and_state() -> None:
    """A resolved pregnancy is not a pregnancy."""
    condition = fhir_condition(
        status="resolved", onsetDateTime="2020-01-02", abatementDateTime="2020-09-30"
    )
    read_condition = read(fhir_patient(), condition).conditions[0]
    assert not read_condition.active
    assert read_condition.onset == datetime(2020, 1, 2, tzinfo=UTC)
    assert read_condition.abatement == datetime(2020, 9, 30, tzinfo=UTC)


def test_a_refuted_condition_is_left_out() -> None:
    """'COPD: refuted' must not choose the second saturation scale."""
    refuted = fhir_condition(verificationStatus={"coding": [{"code": "refuted"}]})
    record = read(fhir_patient(), refuted)
    assert record.conditions == ()
    assert "1 Conditions that are entered in error or refuted were left out" in record.warnings


def test_current_medications_are_read_in_place_and_by_reference() -> None:
    """Medication arrives both ways."""
    base = {
        "resourceType": "MedicationRequest",
        "status": "active",
        "subject": {"reference": "Patient/p1"},
    }
    stated = {**base, "medicationCodeableConcept": {"text": "Salbutamol"}}
    referred = {**base, "medicationReference": {"reference": "Medication/m1"}}
    contained = {
        **base,
        "medicationReference": {"reference": "#inside"},
        "contained": [{"resourceType": "Medication", "id": "inside", "code": {"text": "Insulin"}}],
    }
    stopped = {**stated, "status": "stopped"}
    medication = {"resourceType": "Medication", "id": "m1", "code": {"text": "Heparin"}}
    record = read(fhir_patient(), stated, referred, contained, stopped, medication)
    assert [code.display for code in record.medications] == ["Salbutamol", "Heparin", "Insulin"]
    assert "1 medications that are stopped, completed or in error were left out" in record.warnings


def test_a_reference_to_nothing_is_named() -> None:
    """A drug that is missing from the list is a drug that nobody asks about."""
    dangling = {
        "resourceType": "MedicationRequest",
        "status": "active",
        "subject": {"reference": "Patient/p1"},
        "medicationReference": {"reference": "Medication/gone", "display": "Warfarin"},
    }
    record = read(fhir_patient(), dangling)
    assert [code.display for code in record.medications] == ["Warfarin"]
    assert any("leads to nothing in this document" in warning for warning in record.warnings)


def test_allergies_are_read() -> None:
    """Contrast media and penicillin matter to the next step."""
    allergy = {
        "resourceType": "AllergyIntolerance",
        "patient": {"reference": "Patient/p1"},
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "91936005"}]},
    }
    assert read(fhir_patient(), allergy).allergies[0].code == "91936005"


def test_a_gender_outside_the_four_codes_is_unknown_and_named() -> None:
    """The identifier must survive a faulty gender."""
    record = read(fhir_patient(gender="M"))
    assert record.patient.sex is Sex.UNKNOWN
    assert record.patient.identifiers
    assert any("none of FHIR's four codes" in warning for warning in record.warnings)


def test_a_birth_date_that_is_none_is_left_out_and_named() -> None:
    """The identifier must survive a faulty birth date."""
    record = read(fhir_patient(birthDate="4 May 1961"))
    assert record.patient.birth_date is None
    assert record.patient.identifiers
    assert "Patient: the birth date is no date and was left out" in record.warnings


def test_the_official_name_comes_first() -> None:
    """A nickname on a report is a mix-up waiting to happen."""
    names = [{"use": "nickname", "text": "Didi"}, {"use": "official", "text": "Demo Man"}]
    assert read(fhir_patient(name=names)).patient.name == "Demo Man"


def test_a_patient_who_cannot_be_read_is_unknown_and_the_values_stay() -> None:
    """Values without a person are shown as such, not lost."""
    record = read(fhir_patient(identifier="123"), fhir_observation())
    assert record.patient.identifiers == ()
    assert len(record.observations) == 1
    assert any("Patient at Bundle.entry[0] was not used" in w for w in record.warnings)


def test_a_birth_year_is_not_made_a_birthday() -> None:
    """Half a year decides whether NEWS2 holds at sixteen."""
    record = read(fhir_patient(birthDate="1961"))
    assert record.patient.birth_date is None
    assert any("states no day" in warning for warning in record.warnings)


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({"resourceType": "Bundle", "type": "collection"}, "FHIR with 0 resources"),
        ({"resourceType": "ValueSet"}, "FHIR with 1 resources but no Patient"),
        ({"resourceType": "Bundle", "entry": "none"}, "entry is text, expected a list"),
        ({"hello": "world"}, "has no resourceType"),
        ({"resourceType": 3}, "resourceType is a number, expected text"),
    ],
)
def test_a_document_that_holds_no_patient_is_refused(document: Any, sentence: str) -> None:
    """An empty record would read as a patient without findings."""
    with pytest.raises(NotReadable, match=sentence):
        read_record(as_bytes(document), origin="odd.json")


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
MAKERS: list[Callable[[], dict[str, Any]]] = [fhir_observation, fhir_patient, fhir_condition]
ELEMENTS = st.sampled_from(
    [*fhir_observation(), "component", "dataAbsentReason", "id", "issued", "effectivePeriod"]
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(ELEMENTS, JSON_VALUES, max_size=4), st.sampled_from(MAKERS))
def test_any_mutation_is_read_or_refused(
    changes: dict[str, Any], make: Callable[[], dict[str, Any]]
) -> None:
    """A stranger's JSON ends as a record or a sentence, never as a crash."""
    with contextlib.suppress(OslerError):
        read(fhir_patient("p1"), {**make(), **changes}, fhir_observation())
