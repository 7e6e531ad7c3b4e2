"""Tables at the command line: by a mapping of their columns, or as OMOP names them."""

import json
from pathlib import Path
from typing import Any

from integration.cli.terminal import Terminal
from osler.clinical import Observation, Quantity
from osler.records import PatientId, Purpose
from osler.settings import read_settings
from osler.workflow.opening import desk_of, open_kept

LONG = """
time = "taken"
time_format = "%d.%m.%Y %H:%M"
zone = "Europe/Berlin"
decimal = ","
missing = ["-", "n/a"]

[patient]
id = "mrn"
issuer = "urn:oid:1.2.3"
sex = "sex"
birth_date = "born"

[long]
code = "test"
value = "result"
unit = "unit"

[sexes]
"2" = "female"

[codes]
"K+" = "potassium"
"GLU" = "2345-7"
"""
ROWS = """mrn;sex;born;test;result;unit;taken
0042;2;1961-05-04;K+;4,1;mmol/L;20.11.2026 09:00
0042;2;1961-05-04;GLU;99;mg/dL;20.11.2026 09:00
0042;2;1961-05-04;local-7;-;;20.11.2026 09:00
;2;;K+;4,2;mmol/L;20.11.2026 09:00
0043;9;;K+;4,3;mmol/L;20.11.2026 09:00
0044;2;;K+;4,4;mmol/L;2026-11-20
0045;2;;K+;4,5;mmol/L;20.11.2026 09:00;more
"""


def collected(terminal: Terminal, *words: str | Path) -> dict[str, Any]:
    """Collect and return the object, after holding its counts together."""
    ran = terminal.osler("collect", "csv", *words, "--json")
    said: dict[str, Any] = json.loads(ran.out)
    assert said["read"] == said["stored"] + said["refused"]
    return said


def observations(terminal: Terminal, number: str, issuer: str) -> list[Observation]:
    """Return the values of the patient with a number."""
    words = ("records", "patients", "find", number, "--issuer", issuer, "--json")
    patient = json.loads(terminal.osler(*words).out)["patient_id"]
    settings = read_settings()
    with open_kept(settings) as records:
        desk = desk_of(records, settings, Purpose.TREATMENT)
        record = desk.documents.record(PatientId(patient))
    assert record is not None
    return list(record.observations)


def test_a_table_is_read_by_its_mapping_and_each_bad_row_is_named(
    terminal: Terminal, tmp_path: Path
) -> None:
    """A hospital's own export: German commas, days, codes and words; four rows of it are wrong."""
    table, mapping = tmp_path / "labs.csv", tmp_path / "labs.toml"
    table.write_bytes(b"\xef\xbb\xbf" + ROWS.replace("\n", "\r\n").encode())
    mapping.write_text(LONG)
    said = collected(terminal, table, "--mapping", mapping)
    assert (said["stored"], said["refused"], said["patients"]) == (3, 4, 1)
    told = " ".join(one["sentence"] for one in said["refusals"])
    assert "labs.csv, line 5: no patient in column 'mrn'" in told
    assert "labs.csv, line 6: sex is '9'; say what it means under [sexes]" in told
    assert "labs.csv, line 7: '2026-11-20' is no time of the form" in told
    assert "labs.csv, line 8: 8 cells, expected 7" in told
    potassium, glucose, local = observations(terminal, "0042", "urn:oid:1.2.3")
    assert potassium.value == Quantity(4.1, "mmol/L")
    assert potassium.effective is not None
    assert potassium.effective.hour == 8
    assert isinstance(glucose.value, Quantity)
    assert round(glucose.value.value, 2) == 5.5
    assert local.value is None
    assert collected(terminal, table, "--mapping", mapping)["stored"] == 3


def test_a_column_can_be_one_kind_of_value(terminal: Terminal, tmp_path: Path) -> None:
    """A study's table has a row a visit; a yes in a column is a diagnosis."""
    table, mapping = tmp_path / "visits.csv", tmp_path / "visits.toml"
    table.write_text("id,sbp,diabetes\n1,140,yes\n2,,no\n")
    mapping.write_text(
        '[patient]\nid = "id"\nissuer = "study-7"\n[columns.sbp]\ncode = "systolic"\n'
        '[columns.diabetes]\ncode = "73211009"\nkind = "condition"\ndisplay = "Diabetes mellitus"\n'
    )
    assert collected(terminal, table, "--mapping", mapping)["patients"] == 2
    (pressure,) = observations(terminal, "1", "study-7")
    assert pressure.value == Quantity(140.0, "mm[Hg]")


def test_a_mapping_with_a_mistake_is_misuse_before_anything_is_stored(
    terminal: Terminal, tmp_path: Path
) -> None:
    """A misspelt key would lose a column in silence."""
    table, mapping = tmp_path / "a.csv", tmp_path / "a.toml"
    table.write_text("id,sbp\n1,140\n")
    wrong = {
        '[patient]\nid = "id"\nisuer = "x"\n': "[patient] has 'isuer'",
        '[patient]\nid = "id"\n': "it maps no value",
        '[patient]\nid = "mrn"\n[columns.sbp]\ncode = "systolic"\n': "no column 'mrn'",
        'tme = "x"\n[patient]\nid = "id"\n[columns.sbp]\ncode = "systolic"\n': "tme: there is no",
        "[patient": "not TOML",
    }
    for text, sentence in wrong.items():
        mapping.write_text(text)
        ran = terminal.osler("collect", "csv", table, "--mapping", mapping)
        assert ran.code == 2
        assert sentence in ran.err
    assert terminal.osler("collect", "csv", table).code == 2


def test_omop_tables_become_records(terminal: Terminal, tmp_path: Path) -> None:
    """A research database knows people by ids of its own, and codes by its concepts."""
    folder = tmp_path / "omop"
    folder.mkdir()
    (folder / "person.csv").write_text(
        "person_id,gender_concept_id,year_of_birth,month_of_birth,day_of_birth\n"
        "1,8532,1961,5,4\n2,8507,1950,,\n"
    )
    (folder / "concept.csv").write_text(
        "concept_id,concept_name,vocabulary_id,concept_code\n"
        "3023103,Serum potassium,LOINC,2823-3\n8753,millimole per liter,UCUM,mmol/L\n"
        "201826,Type 2 diabetes,SNOMED,44054006\n"
    )
    (folder / "measurement.csv").write_text(
        "PERSON_ID,measurement_concept_id,measurement_date,value_as_number,unit_concept_id\n"
        "1,3023103,2026-11-20,4.1,8753\n1,0,2026-11-20,4.1,8753\n,3023103,2026-11-20,4,8753\n"
    )
    (folder / "condition_occurrence.csv").write_text(
        "person_id,condition_concept_id,condition_start_date\n2,201826,2020-01-01\n"
    )
    assert terminal.osler("collect", "csv", folder).code == 2
    said = collected(terminal, folder, "--source", "cohort")
    assert (said["stored"], said["refused"], said["patients"]) == (4, 2, 2)
    told = " ".join(one["sentence"] for one in said["refusals"])
    assert "measurement.csv, line 4: no person_id" in told
    assert "measurement, line 3: neither measurement_concept_id" in told
    (potassium,) = observations(terminal, "1", "cohort/person")
    assert (potassium.code.code, potassium.value) == ("2823-3", Quantity(4.1, "mmol/L"))
