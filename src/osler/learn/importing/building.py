"""Somebody else's model as a package: graph, fingerprint, card. Needs onnx and scikit-learn."""

import importlib.metadata
import platform
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from osler.analyse.card import (
    UNFITTED,
    Card,
    DataCard,
    Estimate,
    EvaluationCard,
    GateCard,
    OutputCard,
    TrainingCard,
)
from osler.analyse.graph import Graph
from osler.analyse.package import Package, sha256
from osler.errors import InputRefused
from osler.evaluate.bootstrap import interval, patient_weights
from osler.learn.datasets.table import read_dataset
from osler.learn.evaluation import Judged, evaluation_card, judge
from osler.learn.importing.bringing import Brought, bring
from osler.learn.importing.checking import adopt_checked, occlusion, parity, random_pictures
from osler.learn.importing.likeness import (
    Kin,
    Seen,
    calibrated,
    fit_gates,
    labels_of,
    look_through,
)
from osler.learn.importing.surgery import Adopted
from osler.learn.importing.written import WrittenCard, read_written_card
from osler.learn.package_files import IMPORTED

FLOOR = 0.70
OCCLUDED = 4
MADE_SURE_ON = 8
Arrays = dict[str, npt.NDArray[np.generic]]
EVIDENCE = {
    "map": "Evidence: the model's last linear layer put on every place of its last feature map; "
    "the mean of a map and a bias are the logit.",
    "class map": "Evidence: the last linear layer put on every place, each class against the mean "
    "of the others; the map says where, its mean is not the logit.",
    "gradient map": "Evidence: Grad-CAM on the last feature map, without the cut at zero; a hidden "
    "layer lies between it and the answer, so the mean of a map is not the logit.",
    "none": "No evidence: the graph does not end in averaged places and a linear layer, so no map "
    "can be read off it; reports show no region.",
}


def import_model(
    file: Path, card: Path, models: Path, *, anatomy: Package | None, kin: Kin, seed: int = 0
) -> Path:
    """Write models/<name>/<version> for somebody's model; the shipped list stays as it is.

    Parameters
    ----------
    file
        The model: see `osler.learn.importing.bringing.KINDS`.
    card
        What a person wrote of it.
    anatomy
        ``chest-anatomy``, whose features the gates use; needed where ``kin`` has pictures.
    kin
        Without pictures of its kind no gate is fitted, and the package does not load.

    Raises
    ------
    InputRefused
        The model is not as its card says, or the package would answer otherwise.
    """
    made = _read(file, card, anatomy=anatomy, kin=kin, seed=seed)
    place = models / made.card.name / made.card.version
    work = place.with_name(place.name + ".part")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    (work / "model.onnx").write_bytes(made.adopted.content)
    graph = Graph(made.adopted.content)
    outputs, arrays = calibrated(graph, made.seen, made.card, seed=seed)
    gates = GateCard(tuned_with=(), refused={}, note=UNFITTED)
    if made.seen is not None and anatomy is not None:
        fitted, gates = fit_gates(made.seen, anatomy.graph, card=made.card, kin=kin, seed=seed)
        arrays |= fitted
        if made.adopted.evidence == "none":
            _write_occlusion(work, graph, made.seen)
    np.savez_compressed(work / "fingerprint.npz", **arrays)  # type: ignore[arg-type]
    document = _document(made, work, outputs=outputs, gates=gates, kin=kin)
    if kin.like is not None and anatomy is not None:
        document = _evaluated(document, work, anatomy, kin=kin, seed=seed)
    (work / "card.json").write_text(document.model_dump_json(indent=1), encoding="utf-8")
    shutil.rmtree(place, ignore_errors=True)
    work.rename(place)
    return place


@dataclass(frozen=True)
class _Made:
    """A model that was read, its graph, and how far that is from the model.

    ``source`` is the SHA-256 of the file, or of nothing where it is a folder.
    """

    card: WrittenCard
    brought: Brought
    adopted: Adopted
    seen: Seen | None
    parity: float
    checked: str
    source: str


def _read(file: Path, card: Path, *, anatomy: Package | None, kin: Kin, seed: int) -> _Made:
    """Read the model and make sure that the package's graph answers as it does."""
    written = read_written_card(card)
    brought = bring(file, written)
    written = _as_the_file_says(written, brought)
    rng = np.random.default_rng(seed)
    adopted = adopt_checked(brought, written, rng=rng)
    noise = random_pictures(written, rng=rng)
    difference = parity(brought, adopted, written, pictures=noise)
    checked = f"{difference:.1e} on {len(noise)} random pictures"
    seen = None
    if kin.like is not None and anatomy is not None:
        seen = look_through(kin.like, written, anatomy.graph, seed=seed)
        real = parity(brought, adopted, written, pictures=seen.pictures[:MADE_SURE_ON])
        checked += f", {real:.1e} on {len(seen.pictures[:MADE_SURE_ON])} real ones"
        difference = max(difference, real)
    source = sha256(file) if file.is_file() else ""
    return _Made(written, brought, adopted, seen, difference, checked, source)


def _as_the_file_says(card: WrittenCard, brought: Brought) -> WrittenCard:
    """Take over names and cut-offs that the file holds; a card that contradicts it is refused.

    An output without a name, or without a cut-off where others have one, never learnt.
    """
    outputs = []
    for output, column in zip(card.outputs, card.columns(), strict=True):
        name = brought.names[column] if column < len(brought.names) else None
        if name is not None and name not in ("", output.name):
            raise InputRefused(
                f"the card calls output {column} {output.name!r}, the file {name!r}; "
                "put the card's outputs in the file's order"
            )
        cut = brought.thresholds[column] if column < len(brought.thresholds) else None
        trained = output.trained and name != "" and (cut is None or bool(np.isfinite(cut)))
        published = cut if cut is not None and np.isfinite(cut) else output.published_threshold
        changes = {"trained": trained, "published_threshold": published if trained else None}
        outputs.append(output.model_copy(update=changes))
    return card.model_copy(update={"outputs": tuple(outputs)})


def _write_occlusion(work: Path, graph: Graph, seen: Seen) -> None:
    """Keep, for a few pictures, by how much each logit falls when a place is hidden."""
    few = seen.pictures[:OCCLUDED]
    np.savez_compressed(
        work / "occlusion.npz",
        maps=np.stack([occlusion(graph, one) for one in few]),
        pictures=np.rint(few * 255).astype(np.uint8),
    )


def _document(
    made: _Made, work: Path, *, outputs: tuple[OutputCard, ...], gates: GateCard, kin: Kin
) -> Card:
    """Return the package's card, evaluations left out."""
    card = made.card
    words = EVIDENCE[made.adopted.evidence]
    if (work / "occlusion.npz").is_file():
        words += " Occlusion maps of a few pictures, made at import, are in occlusion.npz."
    return Card(
        name=card.name,
        version=card.version,
        title=card.title,
        task="picture",
        answers=card.answers,
        intended_use=card.intended_use,
        input=card.input,
        outputs=outputs,
        floor_auroc=FLOOR,
        training=TrainingCard(
            recipe=f"{IMPORTED}{made.brought.road}",
            recipe_sha256=made.source or "0" * 64,
            seed=0,
            start="the weights of its authors",
            machine=card.source.trained_on,
            trained_on=f"not trained here; imported on {platform.system()} {platform.machine()}",
            datasets=_datasets(kin, made),
            method=f"{card.source.method} From {card.source.origin}. Largest difference of a "
            f"probability from the model as given: {made.checked}.",
        ),
        evaluation=(),
        gates=gates,
        evidence={},
        limits=(words, *card.limits),
        change_plan=card.change_plan,
        terms=card.terms,
        weights_format="float32",
        parity=made.parity,
        runtime={"python": platform.python_version()}
        | {name: importlib.metadata.version(name) for name in ("onnx", "onnxruntime", "numpy")},
        files={file.name: sha256(file) for file in sorted(work.iterdir())},
    )


def _datasets(kin: Kin, made: _Made) -> tuple[DataCard, ...]:
    """Say what the package was calibrated and gated with."""
    if kin.like is None or made.seen is None:
        return ()
    labels = labels_of(made.seen, made.card)
    return (
        DataCard(
            name=kin.like.name,
            use="gates and calibration at import; the model itself was not trained on it here",
            source="given at import",
            licence="as of the data set",
            films=len(made.seen.rows),
            patients=len({row.patient_id for row in made.seen.rows}),
            splits=tuple(sorted({row.split or "all" for row in made.seen.rows})),
            positives={
                output.name: int(np.nansum(labels[:, k]))
                for k, output in enumerate(made.card.outputs)
            },
            fingerprint=read_dataset(kin.like).fingerprint(),
        ),
    )


def _evaluated(card: Card, work: Path, anatomy: Package, *, kin: Kin, seed: int) -> Card:
    """Score the test split by the serving road; an output under the floor is not assessed."""
    dataset = read_dataset(kin.like or work)
    test = dataset.where(splits=("test",))
    wanted = [o for o in card.outputs if o.calibration.films]
    if not test.rows or not wanted:
        return card
    judged = judge(Package(work, card), anatomy, test)
    found = evaluation_card(
        judged,
        name="test",
        dataset=dataset.name,
        split="test",
        label_source="the data set's own labels",
        seed=seed,
    )
    outputs = tuple(_with_floor(output, found) for output in card.outputs)
    gates = card.gates.model_copy(
        update={"refused": {f"own test pictures ({dataset.name})": _share(judged, seed=seed)}}
    )
    changes = {"outputs": outputs, "evaluation": (found,), "gates": gates}
    return card.model_copy(update=changes)


def _share(judged: Judged, *, seed: int) -> Estimate | None:
    """Return the share of pictures that some gate refused, with its interval by patient."""
    refused = ~judged.scores.accepted()
    patients = [row.patient_id for row in judged.rows]
    weights = patient_weights(patients, rng=np.random.default_rng(seed), repeats=500)
    return Estimate.of(interval(lambda w: float(np.average(refused, weights=w)), weights))


def _with_floor(output: OutputCard, evaluation: EvaluationCard) -> OutputCard:
    """Mark an output *not assessed* where it was not measured, or is too weak."""
    if not output.shipped:
        return output
    found = evaluation.outputs.get(output.name)
    if found is not None and found.auroc is not None and found.auroc.low >= FLOOR:
        return output
    reason = (
        "the model is too weak here: the lower 95 % bound of its AUROC on test pictures is below "
        f"{FLOOR:.2f}, or was not measured (see its card)"
    )
    return output.model_copy(update={"shipped": False, "not_assessed_reason": reason})
