"""The drafts that every form of the report must be able to show."""

from dataclasses import replace

from make import draft as make
from osler.clinical import Draft, NotAssessed, Sex

INJECTION = '<script>alert(1)</script> #strong[x] *b* $x$ "q" \\ & </svg> #read("/etc/passwd")'


def _everything_missed() -> Draft:
    """Return a draft of three films, each refused for its own reason, and of no known person."""
    draft = make.a_crowded_draft()
    missed = tuple(
        NotAssessed("cxr-adult", "quality", f"film {n} is too dark", None, film.instance_uid)
        for n, film in enumerate(draft.films)
    )
    nobody = make.a_patient(identifiers=(), name=None, sex=Sex.UNKNOWN, birth_date=None)
    return replace(
        make.a_refused_draft(),
        films=draft.films,
        not_assessed=missed,
        patient=nobody,
        age_years=None,
    )


def _hostile() -> Draft:
    """Return a draft in which every free text tries to become markup."""
    finding = make.a_finding(INJECTION, certainty=INJECTION)
    region = make.a_region(INJECTION)
    finding = replace(finding, explanation=make.an_explanation(regions=(region,)))
    return make.a_draft(
        patient=make.a_patient(name=INJECTION),
        institution=INJECTION,
        study_description=INJECTION,
        findings=(finding,),
        not_assessed=(make.not_assessed(reason=INJECTION),),
        warnings=(INJECTION,),
        films=(make.a_film(INJECTION),),
    )


DRAFTS = {
    "one film": make.a_draft(),
    "a record alone": make.a_record_draft(),
    "a grade and two classes": make.a_draft(
        categories=(make.a_category(), make.an_undecided_category(subject=INJECTION))
    ),
    "a refused film": make.a_refused_draft(),
    "three films and twenty findings": make.a_crowded_draft(),
    "three refused films of nobody": _everything_missed(),
    "a long name": make.a_draft(patient=make.a_patient(name="Wolfeschlegelsteinhausen " * 12)),
    "a name without a space": make.a_draft(patient=make.a_patient(name="Donaudampfschiff" * 12)),
    "a Greek name": make.a_draft(patient=make.a_patient(name="Παπαδοπούλου, Αθηνά")),
    "a Chinese name": make.a_draft(patient=make.a_patient(name="王小明")),
    "an Arabic name": make.a_draft(patient=make.a_patient(name="محمد علي")),
    "control codes": make.a_draft(patient=make.a_patient(name="A\x00\x1b[31m\ud800\u202eB")),
    "markup in every text": _hostile(),
    "nothing at all": make.a_draft(
        findings=(), not_assessed=(), measurements=(), films=(), models=(), record=None
    ),
}
