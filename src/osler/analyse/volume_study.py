"""Judge the series of a study that packages of volumes are made for."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from osler.analyse.card import StructureCard
from osler.analyse.gates import ClosedGate, header_gate
from osler.analyse.package import Package
from osler.analyse.pictures import contours_of, relative_error
from osler.analyse.volumes import StructureOutline, VolumeOutlines, contract_of, outline_volume
from osler.clinical import (
    OSLER,
    Code,
    Instance,
    Measurement,
    NotAssessed,
    Outline,
    Quantity,
    SeriesUid,
    Volume,
    VolumeAnalysis,
)
from osler.errors import InputRefused

LEAST_SHARE = 0.25  # of the smallest and
MOST_SHARE = 4.0  # of the largest volume learnt from: beyond, it is another thing


def series_for_volumes(
    instances: Sequence[Instance], packages: Sequence[Package]
) -> dict[SeriesUid, list[Instance]]:
    """Return the series that the headers let at least one package look at."""
    series: dict[SeriesUid, list[Instance]] = defaultdict(list)
    for instance in instances:
        if instance.has_pixels and any(header_gate(instance, p.card) is None for p in packages):
            series[instance.series_uid].append(instance)
    return dict(series)


def analyse_volumes(
    instances: Sequence[Instance],
    volumes: Mapping[SeriesUid, Volume],
    packages: Sequence[Package],
    *,
    age_years: float | None,
) -> tuple[tuple[VolumeAnalysis, ...], tuple[NotAssessed, ...]]:
    """Outline every volume by every package that may look at it.

    Returns
    -------
    What was outlined, and each refusal with its reason: every package is named at least once for
    every series that could be read.
    """
    found: list[VolumeAnalysis] = []
    closed: list[NotAssessed] = []
    for series_uid, volume in volumes.items():
        first = next(one for one in instances if one.series_uid == series_uid)
        for package in packages:
            gate = header_gate(first, package.card) or volume_gate(volume, package, age_years)
            if gate is None:
                judged = _outlined(package, volume, first)
                if isinstance(judged, VolumeAnalysis):
                    found.append(judged)
                    continue
                gate = judged
            closed.append(gate.not_assessed(package.card.name, first))
    return tuple(found), tuple(closed)


def volume_gate(volume: Volume, package: Package, age_years: float | None) -> ClosedGate | None:
    """Refuse by the patient's age, and volumes of another size than the package is made for."""
    people, contract = package.card.intended_use.population, package.card.input
    if age_years is not None and not people.min_age_years <= age_years < people.max_age_years + 1:
        wanted = f"{people.min_age_years:g} to {people.max_age_years:g} years"
        return ClosedGate(
            "population", f"the patient is {age_years:.0f} years old; the model is for {wanted}"
        )
    if float(volume.voxels.min()) == float(volume.voxels.max()):
        return ClosedGate("quality", "every voxel is the same; nothing can be seen in the volume")
    if contract.extent_mm is None:
        return None
    sides = np.linalg.norm(volume.affine[:3, :3], axis=0) * volume.voxels.shape
    low, high = contract.extent_mm
    if sides.min() >= low and sides.max() <= high:
        return None
    measured = " x ".join(f"{side:.0f}" for side in sides)
    return ClosedGate(
        "geometry",
        f"the volume measures {measured} mm; need a {contract.subject}, {low:.0f} to {high:.0f} mm "
        "a side",
    )


def _outlined(package: Package, volume: Volume, first: Instance) -> VolumeAnalysis | ClosedGate:
    """Outline one volume, or say why what was outlined is no such structure."""
    structures = package.card.structures
    try:
        outlined = outline_volume(
            package.graph,
            volume,
            contract=contract_of(package.card.input),
            structures=[one.name for one in structures],
        )
    except InputRefused as error:
        return ClosedGate("geometry", str(error))
    strange = _unlike(package, outlined)
    if strange is not None:
        return strange
    shown = int((outlined.labels > 0).sum(axis=(1, 2)).argmax())
    return VolumeAnalysis(
        model=package.identity,
        series_uid=volume.series_uid,
        instance_uid=first.uid,
        origin=first.origin,
        names=tuple(one.display for one in structures),
        labels=outlined.labels,
        shown=shown,
        outlines=tuple(
            _outline(package, card, outlined, number=number, shown=shown, first=first)
            for number, card in enumerate(structures, start=1)
        ),
        measurements=tuple(
            one
            for card, size in zip(structures, outlined.structures, strict=True)
            for one in _measured(package, card, size, first=first)
        ),
    )


def _unlike(package: Package, outlined: VolumeOutlines) -> ClosedGate | None:
    """Refuse where a structure is absent, or far smaller or larger than any learnt from."""
    lows = np.asarray(package.fingerprint.get("volume_low", ()), dtype=float)
    highs = np.asarray(package.fingerprint.get("volume_high", ()), dtype=float)
    for size, low, high in zip(outlined.structures, lows, highs, strict=False):
        if not LEAST_SHARE * low <= size.volume_mm3 <= MOST_SHARE * high:
            return ClosedGate(
                "distribution",
                f"{size.name} would measure {size.volume_mm3:.0f} mm3; in the volumes that the "
                f"model learnt from it has {low:.0f} to {high:.0f} mm3: this is probably no "
                f"{package.card.input.subject}",
            )
    return None


def _outline(
    package: Package,
    card: StructureCard,
    outlined: VolumeOutlines,
    *,
    number: int,
    shown: int,
    first: Instance,
) -> Outline:
    """Return the lines of one structure on the slice that is shown."""
    mask = (outlined.labels[shown] == number).astype(np.float32)
    contours, _ = contours_of(mask, 0.5) if mask.any() else ((), 0)
    return Outline(
        model=package.identity,
        structure=card.name,
        code=card.code_value(),
        display=card.display,
        instance_uid=first.uid,
        contours=contours,
        count=1,
    )


def _measured(
    package: Package, card: StructureCard, size: StructureOutline, *, first: Instance
) -> tuple[Measurement, ...]:
    """Return volume and longest extent of one structure, with the errors that the card measured."""
    out = []
    for kind, value, unit in (
        ("volume", size.volume_mm3, "mm3"),
        ("longest extent", size.longest_mm, "mm"),
    ):
        error = relative_error(package, f"{kind} error p95, {card.name}")
        reach = float("inf") if error is None else error * value
        title = f"{card.display}, {kind}"
        out.append(
            Measurement(
                model=package.identity,
                code=Code(OSLER, f"{card.name}-{kind.replace(' ', '-')}", title),
                display=title,
                instance_uid=first.uid,
                quantity=Quantity(value, unit),
                low=max(0.0, value - reach),
                high=value + reach,
                comment="of the whole series, from its own voxels",
                source=f"error of 95 % of the test volumes of {package.card.name}"
                if error is not None
                else "its error was not measured",
            )
        )
    return tuple(out)
