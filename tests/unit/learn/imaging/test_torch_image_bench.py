"""The network of pictures, its source of batches, and the bench from folder to scores."""

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

torch = pytest.importorskip("torch", reason="the training bench needs torch (pip extra 'train')")

from osler.errors import InputRefused, NotFound  # noqa: E402 - torch has to be there first
from osler.learn.imaging.augmenting import change  # noqa: E402
from osler.learn.imaging.bench import ImageBench, plan_of, train_pictures  # noqa: E402
from osler.learn.imaging.changes import Changes  # noqa: E402
from osler.learn.imaging.networks import PictureNetwork, outline_loss  # noqa: E402
from osler.learn.imaging.recipe import ImageRecipe  # noqa: E402
from osler.learn.imaging.sheet import write_sheet  # noqa: E402
from osler.learn.imaging.source import PictureSource, drawing_chances  # noqa: E402
from osler.learn.starting import start_from  # noqa: E402

STILL: dict[str, Any] = {
    "rotate_degrees": 0.0,
    "scale": 0.0,
    "stretch": 0.0,
    "shift": 0.0,
    "gamma": 0.0,
    "contrast": 0.0,
    "brightness": 0.0,
    "noise": 0.0,
    "blur": 0.0,
    "erase": 0.0,
}


def rng(seed: int = 0) -> Any:  # noqa: ANN401 - torch may be absent
    """Return a source of chance."""
    return torch.Generator().manual_seed(seed)


def test_the_answer_is_the_mean_of_its_map() -> None:
    """A map that adds up to something else explains another answer than the one given."""
    network = PictureNetwork(3, channels=3).eval()
    with torch.no_grad():
        answer = network(torch.rand((2, 3, 64, 64), generator=rng()))
    mean = answer.evidence.mean(dim=(2, 3)) + network.head.bias
    torch.testing.assert_close(answer.logits, mean)
    assert answer.evidence.shape == (2, 3, 2, 2)


def test_outlines_have_the_size_of_the_picture() -> None:
    """A mask of another size would be drawn in another place."""
    network = PictureNetwork(1, 2).eval()
    with torch.no_grad():
        answer = network(torch.rand((1, 1, 64, 64), generator=rng()))
    assert answer.masks.shape == (1, 2, 64, 64)


def test_frozen_blocks_keep_weights_and_statistics() -> None:
    """Statistics that drift under frozen weights make another network of them."""
    network = PictureNetwork(1, freeze=3).train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    network(torch.rand((4, 1, 64, 64), generator=rng())).logits.sum().backward()
    moved = {n for n, v in network.state_dict().items() if not torch.equal(v, before[n])}
    assert not any("_blocks.0." in name or "_bn0." in name[:13] for name in moved)
    assert any("_blocks.3." in name for name in moved)
    trained = {name for name, p in network.named_parameters() if p.grad is not None}
    assert not any(name.startswith("encoder._blocks.2.") for name in trained)
    assert any(name.startswith("encoder._blocks.3.") for name in trained)


def test_pictures_that_nobody_outlined_teach_no_outline() -> None:
    """An undrawn lesion is not a drawn absence of one."""
    logits = torch.zeros((2, 1, 8, 8), requires_grad=True)
    wanted = torch.ones((2, 1, 8, 8))
    outline_loss(logits, wanted, torch.tensor([1.0, 0.0])).backward()
    assert logits.grad is not None
    assert logits.grad[0].abs().sum() > 0
    assert logits.grad[1].abs().sum() == 0
    assert outline_loss(logits, wanted, torch.zeros(2)).item() == 0.0


def test_turned_over_pictures_take_their_masks_along() -> None:
    """A lesion outlined above where it was seen below is learnt in the wrong place."""
    image = torch.rand((16, 1, 32, 32), generator=rng(1)) * 0.9 + 0.05
    found, moved = change(
        image, Changes(**STILL, flip_vertical=True), rng=rng(2), masks=image.clone()
    )
    assert moved is not None
    torch.testing.assert_close(found, moved, atol=1e-5, rtol=0.0)
    turned = [torch.allclose(a, b.flip(1), atol=1e-5) for a, b in zip(found, image, strict=True)]
    assert 2 < sum(turned) < 14


def test_marks_are_drawn_whatever_the_label() -> None:
    """Calipers on lesions alone would be learnt instead of lesions."""
    plain = np.full((64, 1, 64, 64), 40, dtype=np.uint8)
    labels = (np.arange(64) % 2).astype(np.float32)[:, None]
    source = PictureSource(plain, labels, Changes(**STILL, marks=0.5))
    image, _ = source.batch(np.arange(64), rng(3))
    marked = (image.amax(dim=(1, 2, 3)) > 0.7).numpy()
    ill, well = marked[labels[:, 0] == 1].mean(), marked[labels[:, 0] == 0].mean()
    assert 0.25 < ill < 0.75
    assert 0.25 < well < 0.75


def test_rare_classes_and_rarely_seen_patients_are_drawn_more_often() -> None:
    """Four well slices of one patient, four of four, one ill: by hand.

    Classes of 8 and 1 share as the square roots: 2.828 to 1. Within the well, one patient's four
    weigh 1/2 each and the other four 1 each, together 6.
    """
    labels = np.array([[0.0]] * 8 + [[1.0]], dtype=np.float32)
    chances = drawing_chances(labels, ["a"] * 4 + ["b", "c", "d", "e", "f"])
    whole = np.sqrt(8.0) + 1.0
    assert chances[8] == pytest.approx(1.0 / whole)
    assert chances[0] == pytest.approx(np.sqrt(8.0) * 0.5 / 6.0 / whole)
    assert chances[5] == pytest.approx(np.sqrt(8.0) * 1.0 / 6.0 / whole)


def folder_of_spots(folder: Path) -> Path:
    """Write 36 pictures; the ill have a bright spot, which is outlined."""
    chance, lines = np.random.default_rng(0), []
    (folder / "spots").mkdir()
    for n in range(36):
        pixels = chance.integers(0, 120, (64, 64)).astype(np.uint8)
        mask = np.zeros((64, 64), dtype=np.uint8)
        top, left = chance.integers(8, 40, 2)
        if n % 2:
            mask[top : top + 16, left : left + 16] = 255
            pixels[mask > 0] = 250
        Image.fromarray(pixels).save(folder / "spots" / f"{n}.png")
        Image.fromarray(mask).save(folder / "spots" / f"m{n}.png")
        split = "test" if n >= 30 else "train"
        lines.append([f"{n}.png", "ill" if n % 2 else "well", split, f"m{n}.png"])
    with (folder / "spots" / "labels.csv").open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([["file", "label", "split", "mask"], *lines])
    return folder


def bench(folder: Path, *, on_progress: Any = lambda *_: None) -> ImageBench:  # noqa: ANN401
    """Return a bench for the spots, with two folds and little to do."""
    recipe = ImageRecipe.model_validate(
        {
            "kind": "image",
            "name": "spot",
            "version": "1.0.0",
            "task": "binary",
            "modality": "ct",
            "data": "spots",
            "seed": 1,
            "card": "none",
            "outputs": [{"name": "ill", "display": "Ill", "code": "ill", "positive": ["ill"]}],
            "structures": [{"name": "spot", "display": "Spot", "code": "spot"}],
            "fit": {"folds": 2, "epochs": 3, "batch": 8, "freeze": 12},
        }
    )
    return ImageBench(recipe, folder, folder, folder / "runs", on_progress)


def test_from_a_folder_to_held_out_scores(tmp_path: Path) -> None:
    """Held-out pictures are scored by a network that never saw them, test ones by the last."""
    one = bench(folder_of_spots(tmp_path))
    network = train_pictures(one)
    with np.load(one.folder() / "oof.npz") as kept:
        assert sorted(kept["files"]) == sorted(f"{n}.png" for n in range(30))
        assert kept["logits"].shape == (30, 1)
    with np.load(one.folder() / "test.npz") as kept:
        assert sorted(kept["files"]) == sorted(f"{n}.png" for n in range(30, 36))
        assert kept["labels"][:, 0].tolist() == [0.0, 1.0] * 3
    assert plan_of(one).masks == "joint"
    assert (one.folder() / "history.jsonl").read_text(encoding="utf-8").count("\n") == 6
    again = train_pictures(one)
    for name, value in network.state_dict().items():
        assert torch.equal(again.state_dict()[name], value), name


def test_a_killed_run_ends_as_if_nothing_had_happened(tmp_path: Path) -> None:
    """A night's training that somebody restarts gives the network that was planned."""
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    whole = train_pictures(bench(folder_of_spots(tmp_path / "one"))).state_dict()

    def stop(*told: Any) -> None:  # noqa: ANN401 - name, done, known, loss
        if told[0] == "fold-1" and told[1] > 20:
            raise KeyboardInterrupt

    folder_of_spots(tmp_path / "two")
    with pytest.raises(KeyboardInterrupt):
        train_pictures(bench(tmp_path / "two", on_progress=stop))
    resumed = train_pictures(bench(tmp_path / "two")).state_dict()
    for name, value in whole.items():
        assert torch.equal(resumed[name], value), name


def test_a_sheet_shows_pictures_as_training_sees_them(tmp_path: Path) -> None:
    """A change that spoils what is looked for is seen before the night, not after it."""
    one = bench(folder_of_spots(tmp_path))
    assert write_sheet(one, tmp_path / "sheet.png") == 6
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.size == (8 * (64 + 4), 6 * (64 + 4))


def test_a_recipe_may_start_from_another_ones_encoder(tmp_path: Path) -> None:
    """Few pictures learn more where a larger set of their kind was learnt before."""
    whole = bench(folder_of_spots(tmp_path))
    train_pictures(whole)
    again = whole.recipe.model_copy(update={"name": "again", "start": "spot"})
    frozen = again.fit.model_copy(update={"epochs": 1, "freeze": 16})
    later = train_pictures(
        ImageBench(
            again.model_copy(update={"fit": frozen}),
            tmp_path,
            tmp_path,
            whole.runs,
            lambda *_: None,
        )
    ).state_dict()
    trained = torch.load(whole.folder() / "network.pt", weights_only=True)
    name = "encoder._blocks.15._project_conv.weight"
    torch.testing.assert_close(later[name], trained[name])


def test_a_start_that_is_not_there_or_of_another_shape_is_refused(tmp_path: Path) -> None:
    """A training from ImageNet that calls itself something else would never be found out."""
    network = PictureNetwork(1)
    with pytest.raises(NotFound, match="starts from spot, which is not trained in"):
        start_from(network, "spot", runs=tmp_path, recipe="again")
    (tmp_path / "spot").mkdir()
    torch.save(PictureNetwork(1, channels=3).state_dict(), tmp_path / "spot" / "network.pt")
    with pytest.raises(InputRefused, match="whose encoder is of another shape"):
        start_from(network, "spot", runs=tmp_path, recipe="again")
