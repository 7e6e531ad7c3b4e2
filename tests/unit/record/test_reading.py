"""The one door: the right reader for the bytes, or a sentence that says what was expected."""

import contextlib
import gzip
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from make.record import (
    a_bundle,
    as_bytes,
    code_of,
    fhir_observation,
    fhir_patient,
    value_of,
)
from osler.clinical import SNOMED, Code, Identifier, Record, Sex
from osler.errors import IdentityConflict, NotReadable, NotSupported, OslerError, TooLarge
from osler.standards.record import read_record, read_records
from osler.standards.record.opening import open_text

SIMPLE: dict[str, Any] = {
    "patient": {"id": "0042", "issuer": "urn:oid:1.2.3", "sex": "f", "birth_date": "1961-05-04"},
    "conditions": [{"code": "38341003", "display": "Hypertension", "onset": "2010"}, "Asthma"],
    "observations": [
        {"code": "8867-4", "value": 92, "unit": "/min", "time": "2026-11-20T08:00:00Z"},
        {"code": "temperature", "value": 98.6, "unit": "F", "time": "2026-11-20T08:00:00Z"},
    ],
    "medications": [{"text": "Salbutamol"}],
    "allergies": [{"code": "91936005", "display": "Allergy to penicillin"}],
}
CSV = """patient_id,sex,birth_date,code,value,unit,time
0042,female,1961-05-04,heart_rate,92,/min,2026-11-20T08:00:00Z
0042,female,1961-05-04,8310-5,37.2,Cel,2026-11-20T08:00:00Z
0042,female,1961-05-04,consciousness,A,,2026-11-20T08:00:00Z
"""


def simple(**changes: Any) -> Record:  # noqa: ANN401
    """Read the simple JSON with changes."""
    return read_record(as_bytes({**SIMPLE, **changes}), origin="simple.json")


def table(text: str) -> Record:
    """Read a CSV."""
    return read_record(text.encode(), origin="vitals.csv")


def test_simple_json_is_read_whole() -> None:
    """A clinic without FHIR writes this by hand."""
    record = simple()
    assert record.patient.identifiers == (Identifier("0042", "urn:oid:1.2.3"),)
    assert record.patient.sex is Sex.FEMALE
    rate, temperature = record.observations
    assert (rate.code.code, value_of(rate)) == ("8867-4", 92.0)
    assert value_of(temperature) == pytest.approx(37.0)
    assert temperature.repairs == ("converted from F to Cel",)
    assert [one.code.display for one in record.conditions] == ["Hypertension", "Asthma"]
    assert record.conditions[0].code.system == SNOMED
    assert record.medications == (Code("", "", "Salbutamol"),)
    assert record.allergies[0].code == "91936005"
    assert record.warnings == ()


def test_pregnancy_and_age_are_read_from_the_patient() -> None:
    """Both decide whether a score holds at all."""
    record = simple(patient={"id": "1", "age_years": 34, "pregnant": True, "spo2_scale": 2})
    assert record.patient.stated_age_years == 34.0
    assert [code_of(one) for one in record.observations[:2]] == ["77386006", "2"]


def test_a_number_as_identifier_keeps_its_digits() -> None:
    """4711 and '4711' are one record number."""
    assert simple(patient={"id": 4711}).patient.identifiers == (Identifier("4711"),)


def test_an_unknown_key_is_named() -> None:
    """'observation' for 'observations' would lose every vital sign in silence."""
    record = simple(observation=[], patient={"id": "1", "dob": "1961-05-04"})
    assert "the key 'observation' is not known and was not used" in record.warnings
    assert "the key 'patient.dob' is not known and was not used" in record.warnings


def test_a_malformed_entry_costs_only_itself() -> None:
    """One row of nonsense must not take the others along."""
    broken = [{"code": "8867-4", "value": [1]}, {"value": 3}, 7, SIMPLE["observations"][0]]
    record = simple(observations=broken)
    assert len(record.observations) == 1
    assert [w.split(" was left out")[0] for w in record.warnings] == [
        "observations[0]",
        "observations[2]",
        "observations[1]",
    ]


def test_two_patients_in_simple_json_are_refused() -> None:
    """One document, one patient."""
    with pytest.raises(IdentityConflict, match="2 patients, expected one"):
        simple(patient=[{"id": "1"}, {"id": "2"}])


@pytest.mark.parametrize(
    ("patient", "sentence"),
    [
        ({"sex": "x"}, "sex is 'x', expected female, male, other or unknown"),
        ({"age_years": 300}, "age_years is 300, expected 0 to 130"),
        ({"birth_date": "4.5.1961"}, "expected a date and time such as"),
        ({"id": ["1"]}, "id is a list, expected text"),
        ("me", "patient is text, expected an object"),
    ],
)
def test_a_patient_who_cannot_be_read_is_refused(
    patient: dict[str, Any] | str, sentence: str
) -> None:
    """Half an identity is worse than a refusal."""
    with pytest.raises(NotReadable, match=sentence):
        simple(patient=patient)


def test_csv_is_read_a_row_an_observation() -> None:
    """A spreadsheet is what many wards have."""
    record = table(CSV)
    assert record.patient.identifiers == (Identifier("0042"),)
    assert [one.code.code for one in record.observations] == ["8867-4", "8310-5", "67775-7"]
    assert record.observations[0].effective == datetime(2026, 11, 20, 8, tzinfo=UTC)
    assert code_of(record.observations[2]) == "248234008"
    assert record.warnings == ()


def test_a_german_spreadsheet_is_read() -> None:
    """Semicolons, decimal commas, a byte order mark and Windows line ends."""
    text = "\ufeffpatient_id;code;value;unit\r\n0042;temperature;37,2;°C\r\n"
    seen = table(text).observations[0]
    assert value_of(seen) == 37.2
    assert "number read from the text '37,2'" in seen.repairs


def test_two_patients_in_a_csv_are_refused_without_names() -> None:
    """A ward list pasted into one file."""
    other = CSV.replace("0042,female,1961-05-04,8310-5", "0043,female,1961-05-04,8310-5")
    with pytest.raises(IdentityConflict, match=r"vitals\.csv: 2 patients, expected one") as refusal:
        table(other)
    assert "0043" not in str(refusal.value)


def test_rows_that_contradict_each_other_on_the_person_are_refused() -> None:
    """One number with two birth dates is two people."""
    other = CSV.replace("1961-05-04,8310-5", "1971-05-04,8310-5")
    with pytest.raises(IdentityConflict, match="2 different values of birth_date"):
        table(other)


def test_a_row_without_an_identifier_among_others_is_refused() -> None:
    """Whose value it is would be a guess."""
    with pytest.raises(IdentityConflict, match=r"1 rows \(first: line 3\) have no patient_id"):
        table(CSV.replace("0042,female,1961-05-04,8310-5", ",female,1961-05-04,8310-5"))


def test_a_malformed_row_costs_only_itself() -> None:
    """Its line is named, so that it can be put right."""
    record = table(CSV.replace("37.2,Cel,2026-11-20T08:00:00Z", "37.2,Cel,noon"))
    assert len(record.observations) == 2
    assert record.warnings[0].startswith("line 3 was left out: the time is 'noon'")


def test_a_row_with_too_many_cells_is_named() -> None:
    """A comma inside a value shifts everything behind it."""
    record = table(CSV + "0042,female,1961-05-04,heart_rate,9,2,/min,x\n")
    assert record.warnings == ("line 5 was left out: it has 8 cells, expected 7",)


def test_an_age_in_a_csv_is_read_or_refused() -> None:
    """Without a birth date the age alone decides whether a score holds."""
    assert table("age_years,code,value\n3.5,spo2,97\n").patient.stated_age_years == 3.5
    with pytest.raises(NotReadable, match="age_years is 'three', expected a number of years"):
        table("age_years,code,value\nthree,spo2,97\n")


def test_a_csv_names_columns_it_does_not_know() -> None:
    """A misspelt 'unit' would leave every value without one."""
    assert (
        "the column 'units' is not known and was not used"
        in table("code,value,units\nspo2,97,%\n").warnings
    )


def test_a_csv_without_rows_is_refused() -> None:
    """An empty export must not read as a patient without findings."""
    with pytest.raises(NotReadable, match="a CSV without a row"):
        table("code,value\n")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "the document is empty"),
        (b" \n ", "the document is empty"),
        (b"\xff\xd8\xff\xe0JFIF", "not text in UTF-8"),
        (b"hello, doctor", "neither JSON nor a CSV whose first line names the columns"),
        (b'{"patient": ', "line 1, column 13: not JSON"),
        (b"[1, 2]", "JSON but no object"),
        (b'{"a": 1}', "has no resourceType"),
        (b"\x1f\x8bnonsense", "a damaged gzip file"),
        (b"[" * 100_000, "nested too deeply|not JSON"),
    ],
)
def test_what_is_no_record_is_refused_with_a_sentence(content: bytes, sentence: str) -> None:
    """Whoever sent it must learn what to send instead."""
    with pytest.raises(NotReadable, match=sentence):
        read_record(content, origin="odd")


def test_fhir_in_xml_is_named_as_such() -> None:
    """It is sound, only not for Osler."""
    with pytest.raises(NotSupported, match="looks like XML"):
        read_record(b"<Bundle xmlns='http://hl7.org/fhir'/>", origin="b.xml")


def test_a_packed_document_is_unpacked() -> None:
    """Bulk exports are gzip."""
    assert read_record(gzip.compress(CSV.encode()), origin="v.csv.gz").observations


def test_a_packed_bomb_stops_at_the_limit() -> None:
    """A small file must not fill the memory of a hospital's server."""
    packed = gzip.compress(b" " * 100_000)
    with pytest.raises(TooLarge, match="more than 1000 bytes, the limit for one document"):
        open_text(packed, origin="bomb.gz", max_bytes=1000)


def test_ndjson_of_one_patient_is_one_record() -> None:
    """A bulk export holds a resource a line."""
    lines = [fhir_patient(), fhir_observation(), fhir_observation("9279-1", 16)]
    content = "\n".join(json.dumps(line) for line in lines).encode()
    assert len(read_record(content, origin="p.ndjson").observations) == 2


def test_ndjson_of_two_patients_is_refused_as_one_record_and_read_as_two() -> None:
    """A whole ward in one file is many records, never one."""
    other = fhir_observation(subject={"reference": "Patient/p2"})
    bundles = [a_bundle(fhir_patient(), fhir_observation()), a_bundle(fhir_patient("p2"), other)]
    content = "\n".join(json.dumps(bundle) for bundle in bundles).encode()
    with pytest.raises(IdentityConflict, match="2 Patient resources"):
        read_record(content, origin="ward.ndjson")
    first, second = read_records(content, origin="ward.ndjson")
    assert (first.origin, len(first.observations)) == ("ward.ndjson, line 1", 1)
    assert len(second.observations) == 1


def test_a_broken_line_of_ndjson_is_named() -> None:
    """The line number is where to look."""
    content = json.dumps(fhir_patient()).encode() + b"\n{broken\n"
    with pytest.raises(NotReadable, match=r"ward.ndjson, line 2: not JSON"):
        read_record(content, origin="ward.ndjson")


def test_any_single_document_gives_one_record() -> None:
    """Callers that expect many must not fail on one."""
    assert len(read_records(CSV.encode(), origin="v.csv")) == 1
    assert len(read_records(as_bytes(SIMPLE), origin="s.json")) == 1


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=80) | st.text(max_size=80).map(lambda text: text.encode()))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    """Bytes from outside end as a record or a sentence, never as a crash."""
    with contextlib.suppress(OslerError):
        read_record(content, origin="bytes")


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=6), st.text(max_size=12)), max_size=5))
def test_any_cells_are_read_or_refused(cells: list[tuple[str, str]]) -> None:
    """Hand-typed tables hold anything."""
    rows = "".join(f'"{code}","{value}"\n' for code, value in cells)
    with contextlib.suppress(OslerError):
        read_record(f"code,value\n{rows}".encode(), origin="t.csv")


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from([*SIMPLE, "extra"]),
        st.none() | st.integers() | st.text(max_size=5) | st.lists(st.integers() | st.none()),
    )
)
def test_any_simple_json_is_read_or_refused(document: dict[str, Any]) -> None:
    """Hand-written JSON holds anything."""
    with contextlib.suppress(OslerError):
        read_record(as_bytes({**SIMPLE, **document}), origin="s.json")
