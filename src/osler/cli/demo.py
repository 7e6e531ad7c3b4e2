"""``osler demo``: real films that a package ships, a written record, and honest reports."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from osler.cli.talk import say, say_refusals
from osler.errors import NotFound

if TYPE_CHECKING:
    from osler.clinical import Draft

FILMS = (
    ("RG1_UNCI.dcm", "an adult's chest film (computed radiography, large masses)"),
    ("RG3_UNCI.dcm", "a tibia: no chest film"),
    ("693_UNCI.dcm", "a slice of a head CT: no film"),
    ("MR2_UNCI.dcm", "an MR image of a shoulder: no film"),
)


def demo(
    out: Annotated[Path, typer.Option(help="Folder for the reports.")] = Path("osler-demo"),
) -> None:
    """Analyse real sample films with a written record, and say where the reports are.

    The films come with the package pydicom-data (pip install pydicom-data). The patient's record
    was written for this demo. Nothing is opened and nothing is sent anywhere.
    """
    from osler import workflow
    from osler.cli.analyze import resources_for, show

    films = [(_film(name), words) for name, words in FILMS]
    record = Path(workflow.__file__).parent / "_samples" / "adult_cough.fhir.json"
    say("Osler demo: four real images and a written record.")
    for path, words in films:
        say(f"  {path.name}: {words}")
    analysis = workflow.analyze(
        [path for path, _ in films],
        record=record,
        out=out,
        resources=resources_for([]),
    )
    say_refusals(analysis.refusals)
    show(analysis, as_json=False)
    for one in analysis.studies:
        if any(film.origin == FILMS[0][0] for film in one.draft.films):
            print(f"\n{_of_the_masses(one.draft)}")
    print("\nThe reports (PDF, HTML, JSON, FHIR) of each study:")
    for one in analysis.studies:
        if one.files is not None:
            for file in one.files.by_kind().values():
                print(f"  {file}")
    print("Draft reports by research software: not signed, not a diagnosis.")


def _of_the_masses(draft: "Draft") -> str:
    """Say honestly what the models make of the large masses that anybody sees on the film."""
    start = "This film shows large masses that nobody would miss."
    for finding in draft.findings:
        if finding.name == "Mass":
            said = "above" if finding.positive else "BELOW"
            return (
                f"{start} {finding.model.name} gives a mass {finding.probability.value:.0%}, "
                f"{said} its cut-off of {finding.operating_point.threshold:.0%}."
            )
    for missed in draft.not_assessed:
        if missed.name == "Mass":
            return f"{start} Osler does not judge them: {missed.reason}."
    return f"{start} No model here looked for a mass."


def _film(name: str) -> Path:
    """Return the path of a sample film.

    pydicom finds only what is installed here; it is not allowed to download.
    """
    from pydicom.data import get_testdata_file

    found = get_testdata_file(name, download=False)
    if found is None:
        raise NotFound(
            f"the demo needs {name} from the package pydicom-data, which is not installed; "
            "pip install pydicom-data, or run make demo"
        )
    return Path(str(found))
