"""Validation: a fault is found where it lies."""

from typing import Any

import pytest

from make.record import a_bundle, fhir_observation, fhir_patient
from osler.standards.fhir import validate


def test_a_sound_resource_has_no_faults() -> None:
    """A validator that cries wolf is switched off."""
    assert validate(fhir_patient()) == ()
    assert validate(fhir_observation()) == ()


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"status": 3}, "Observation.status"),
        ({"valueQuantity": "ninety"}, "Observation.valueQuantity"),
        ({"effectiveDateTime": "yesterday"}, "Observation.effectiveDateTime"),
        ({"colour": "red"}, "Observation"),
    ],
)
def test_a_fault_is_named_with_its_place(changes: dict[str, Any], place: str) -> None:
    """'Invalid' alone sends the integrator through the whole file."""
    faults = validate(fhir_observation(**changes))
    assert any(fault.startswith(f"{place}:") for fault in faults), faults


def test_a_missing_required_element_is_named() -> None:
    """An observation without a code says nothing."""
    observation = fhir_observation()
    del observation["code"]
    assert any('"code" is a required property' in fault for fault in validate(observation))


def test_faults_inside_a_bundle_name_the_entry() -> None:
    """One bad entry of a thousand must be found."""
    faults = validate(a_bundle(fhir_patient(), fhir_observation(status=3)))
    assert faults
    assert all(fault.startswith("Bundle.entry[1].resource: Observation.") for fault in faults)


def test_faults_in_contained_resources_are_found() -> None:
    """What is contained is sent as well."""
    contained = {"resourceType": "Medication", "id": 5}
    faults = validate(fhir_patient(contained=[contained]))
    assert any(fault.startswith("Patient.contained[0]: Medication.id") for fault in faults)


@pytest.mark.parametrize("kind", ["Nonsense", "Observation_Component", "string", None, 3])
def test_what_is_no_resource_type_is_refused(kind: object) -> None:
    """The schema's own helper definitions are no resources."""
    assert "which is no R4 resource" in validate({"resourceType": kind})[0]
