"""Units: the same patient must not become another one by way of a unit."""

import subprocess
import sys

import pytest

from osler.errors import WrongUnit
from osler.standards.terminology import convert, measurables, same_unit, ucum_code

ATOMIC_WEIGHTS = {
    "H": 1.008,
    "C": 12.011,
    "N": 14.007,
    "O": 15.999,
    "Na": 22.990,
    "Cl": 35.45,
    "K": 39.098,
    "Ca": 40.078,
}
FORMULAS = {
    "2160-0": {"C": 4, "H": 7, "N": 3, "O": 1},
    "2345-7": {"C": 6, "H": 12, "O": 6},
    "3091-6": {"C": 1, "H": 4, "N": 2, "O": 1},
    "3094-0": {"N": 2},
    "32693-4": {"C": 3, "H": 6, "O": 3},
    "2951-2": {"Na": 1},
    "2823-3": {"K": 1},
    "2075-0": {"Cl": 1},
    "17861-6": {"Ca": 1},
    "1975-2": {"C": 33, "H": 36, "N": 4, "O": 6},
    "2093-3": {"C": 27, "H": 46, "O": 1},
}


@pytest.mark.parametrize(
    ("stated", "wanted"),
    [
        ((98.6, "[degF]"), (37.0, "Cel")),
        ((10.0, "mg/dL"), (100.0, "mg/L")),
        ((13.5, "g/dL"), (135.0, "g/L")),
        ((16.0, "kPa"), (120.0099, "mm[Hg]")),
        ((0.97, "1"), (97.0, "%")),
        ((150.0, "[lb_av]"), (68.0389, "kg")),
        ((7.2, "10*3/uL"), (7.2, "10*9/L")),
    ],
)
def test_a_value_keeps_its_meaning_in_another_unit(
    stated: tuple[float, str], wanted: tuple[float, str]
) -> None:
    """Expected values are by hand: 98.6 F is 37 C, 1 kPa is 7.50062 mmHg, 1 lb is 0.453592 kg."""
    value, unit = wanted
    assert convert(*stated, unit) == pytest.approx(value, rel=1e-5)


def test_glucose_in_mass_becomes_substance_by_its_molar_mass() -> None:
    """90 mg/dL over 180.156 g/mol is 4.9957 mmol/L; confusing the two is a factor of 18."""
    mmol = convert(90.0, "mg/dL", "mmol/L", molar_mass=180.156)
    assert mmol == pytest.approx(4.99567, rel=1e-5)
    assert convert(mmol, "mmol/L", "mg/dL", molar_mass=180.156) == pytest.approx(90.0)


def test_creatinine_of_one_mg_per_dl_is_eighty_eight_umol_per_l() -> None:
    """The factor every clinician knows: 88.4."""
    assert convert(1.0, "mg/dL", "umol/L", molar_mass=113.12) == pytest.approx(88.402, rel=1e-4)


def test_molar_masses_are_the_sum_of_their_atoms() -> None:
    """A slip in a molar mass would shift every converted laboratory value."""
    table = {known.code.code: known for entry in measurables() for known in entry.codes}
    for loinc, formula in FORMULAS.items():
        mass = sum(ATOMIC_WEIGHTS[atom] * count for atom, count in formula.items())
        assert table[loinc].molar_mass == pytest.approx(mass, abs=0.002), loinc


def test_a_unit_of_another_dimension_is_refused() -> None:
    """A temperature in millimetres of mercury is no temperature."""
    with pytest.raises(WrongUnit, match="'mm\\[Hg\\]' does not convert to 'Cel'"):
        convert(37.0, "mm[Hg]", "Cel")


def test_mass_without_a_molar_mass_does_not_become_substance() -> None:
    """Without the analyte, mg/dL says nothing about mmol/L."""
    with pytest.raises(WrongUnit, match="does not convert"):
        convert(90.0, "mg/dL", "mmol/L")


@pytest.mark.parametrize("unit", ["banana", "mg//dL", "[", "/", "1/0", "é", "mm[Hg"])
def test_a_word_that_is_no_unit_is_refused(unit: str) -> None:
    """A stranger's text must end as a sentence, never as a crash."""
    with pytest.raises(WrongUnit, match="is not a UCUM unit"):
        convert(1.0, unit, "mmol/L")


def test_bedside_spellings_are_known() -> None:
    """Devices write mmHg and bpm; refusing them would lose the vital signs."""
    assert ucum_code("mmHg") == "mm[Hg]"
    assert ucum_code(" °C ") == "Cel"
    assert same_unit("{beats}/min", "/min")


def test_a_record_in_our_own_units_does_not_pay_for_the_registry() -> None:
    """The first answer of the day must not wait a second for units that agree."""
    script = (
        "import sys\n"
        "from osler.standards.record import read_record\n"
        "text = b'code,value,unit\\nheart_rate,92,/min\\ntemperature,37.2,Cel\\n'\n"
        "assert len(read_record(text, origin='vitals.csv').observations) == 2\n"
        "sys.exit('pint' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], check=False)
    assert done.returncode == 0
