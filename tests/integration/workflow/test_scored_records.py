"""A record that was stored is scored by the workers' models of the record, and its result kept."""

import shutil
import time
from datetime import UTC, datetime

from integration.workflow.films import RECORD
from integration.workflow.ward import Ward, desk_of, now, only_job, work
from osler.analyse.registry import default_folder
from osler.collect.fhir import portions_of
from osler.collect.fhir_files import objects_of
from osler.collect.limits import Limits
from osler.collect.portions import Asked
from osler.learn.package_files import list_shipped
from osler.records import Actor, ModelState, Purpose, Role
from osler.standards.guideline import shipped
from osler.workflow.pressure import Pressure
from osler.workflow.record_intake import take_in_records
from osler.workflow.tools import Tools

CHIEF = Actor("chief", frozenset({Role.ADMINISTRATOR}))
SCORED = RECORD.with_name("adult_chest_pain.fhir.json")


def with_models_of_the_record(ward: Ward) -> None:
    """Put two of the shipped packages beside the ward's own."""
    models = ward.folder / "models"
    for name in ("record-coronary", "record-liver"):
        shutil.copytree(default_folder() / name, models / name)
    list_shipped(models)


def test_a_stored_record_is_scored_and_the_result_kept(ward: Ward) -> None:
    """The service must say what the terminal says, feature by feature."""
    with_models_of_the_record(ward)
    asked = Asked("ward", True, shipped().plausible_ranges, datetime(2026, 11, 25, tzinfo=UTC))
    pressure = Pressure(
        waiting=lambda: 0,
        free_bytes=lambda: None,
        most_waiting=9,
        least_free_bytes=0,
        monotonic=time.monotonic,
    )
    with ward.open() as records:
        desk = desk_of(records)
        came = portions_of(objects_of([SCORED], Limits()), asked)
        take_in_records(records, desk, came, source="ward", pressure=pressure, clock=now)
        work(ward, records)
        person = only_job(desk).patient_id
        assert person is not None
        (row,) = desk.results.of_person(person)
        draft = desk.results.draft(row.draft_id)
    said = {one.model.name for one in draft.estimates}
    silent = {one.model for one in draft.not_assessed}
    assert said | silent >= {"record-coronary", "record-liver"}
    assert "record-liver" in said


def test_a_site_takes_a_model_of_the_record_out_of_use(ward: Ward) -> None:
    """What a site has retired must not go on speaking to its doctors."""
    with_models_of_the_record(ward)
    with ward.open() as records:
        desk = records.acting(CHIEF, Purpose.OPERATIONS)

        def used() -> list[str]:
            tools = Tools(desk, ward.models)
            return [one.card.name for one in tools.resources(now()).scorers]

        assert used() == ["record-coronary", "record-liver"]
        desk.models.set_state("record-liver", "1.0.0", ModelState.RETIRED, now=now())
        assert used() == ["record-coronary"]
