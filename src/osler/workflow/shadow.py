"""Models in state shadow: they run on what the others saw, are stored, and are shown to nobody."""

from osler.analyse.study import Panel, analyse_study, can_be_judged
from osler.clinical import Case, FilmAnalysis, Prepared
from osler.errors import InputRefused
from osler.standards.pictures import decode_first


def in_shadow(case: Case, prepared: Prepared, panel: Panel) -> tuple[FilmAnalysis, ...]:
    """Return what the shadow packages say of each film that passes their gates.

    A film that only they may judge is decoded here; one that does not decode is left out.
    """
    if case.study is None:
        return ()
    pictures = {one.instance_uid: one for one in prepared.pictures}
    lost = {one.instance_uid for one in prepared.unreadable}
    readable = [one for one in case.study.instances() if one.uid not in lost]
    for instance in readable:
        if instance.uid not in pictures and can_be_judged(instance, panel):
            try:
                pictures[instance.uid] = decode_first(instance)
            except InputRefused:
                continue
    judged = {one.uid: one for one in readable if can_be_judged(one, panel)}
    seen = {uid: picture for uid, picture in pictures.items() if uid in judged}
    found = analyse_study(readable, seen, panel, age_years=case.age_years)
    return found.films
