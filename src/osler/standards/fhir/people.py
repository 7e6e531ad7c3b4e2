"""Patient and Device resources of a draft: only what is known."""

from osler.clinical import OSLER, Draft, Identifier, ModelFacts, ModelIdentity, Patient, Sex
from osler.standards.fhir.parts import Naming, Resource, filled, notes


def patient_resource(patient: Patient, naming: Naming) -> Resource:
    """Return the Patient; one of whom nothing is known has an id and nothing else."""
    return naming.resource(
        "Patient",
        "patient",
        identifier=[_identifier(identifier) for identifier in patient.identifiers],
        name=[{"text": patient.name}] if patient.name else [],
        gender=patient.sex.value if patient.sex is not Sex.UNKNOWN else None,
        birthDate=patient.birth_date.isoformat() if patient.birth_date else None,
    )


def models_of(draft: Draft) -> tuple[ModelIdentity, ...]:
    """Return every package that spoke or is described in a draft, each once."""
    found = [facts.model for facts in draft.models]
    found += [finding.model for finding in draft.findings]
    found += [measurement.model for measurement in draft.measurements]
    found += [estimate.model for estimate in draft.estimates]
    return tuple(dict.fromkeys(found))


def device_key(model: ModelIdentity) -> str:
    """Return what tells one package from another."""
    return f"{model.name}/{model.version}/{model.sha256}"


def device_resource(model: ModelIdentity, draft: Draft, naming: Naming) -> Resource:
    """Return the Device of a package: name, version, and the hash of its graph."""
    facts = next((facts for facts in draft.models if facts.model == model), None)
    return naming.resource(
        "Device",
        device_key(model),
        identifier=[{"system": f"{OSLER}/model-sha256", "value": model.sha256}],
        status="active",
        deviceName=[{"name": model.name, "type": "model-name"}],
        type={"text": "software: model package"},
        version=[{"value": model.version}],
        note=notes(*_facts(facts)) if facts else [],
    )


def _facts(facts: ModelFacts) -> tuple[str, ...]:
    research = "Research only." if facts.research_only else ""
    return (facts.title, facts.intended_use, research)


def _identifier(identifier: Identifier) -> Resource:
    """Return an identifier; an issuer that is no URI is named as the assigner."""
    issuer = identifier.issuer or ""
    is_uri = ":" in issuer and not any(letter.isspace() for letter in issuer)
    return filled(
        system=issuer if is_uri else None,
        value=identifier.value,
        assigner={"display": issuer} if issuer and not is_uri else None,
    )
