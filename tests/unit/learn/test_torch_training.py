"""Augmentation, losses and the training loop (needs torch)."""

import math
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the training bench needs torch (pip extra 'train')")

from osler.learn.augment import augment, keep_lungs  # noqa: E402 - torch has to be there first
from osler.learn.filmsource import FilmSource, TrainingSet  # noqa: E402
from osler.learn.fit import Run, Watch, fit  # noqa: E402
from osler.learn.losses import label_loss, mask_loss  # noqa: E402
from osler.learn.recipe import Augmentation, Stage  # noqa: E402

STILL = {
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


class Answer(NamedTuple):
    """What a network gives."""

    logits: Any


class Tiny(torch.nn.Module):  # type: ignore[misc,name-defined,unused-ignore]
    """A network of one filter, one norm and one head, with dropout: all that a resume must keep."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = torch.nn.Sequential(
            torch.nn.Conv2d(1, 4, 5, stride=4), torch.nn.BatchNorm2d(4), torch.nn.ReLU()
        )
        self.dropout = torch.nn.Dropout(0.3)
        self.head = torch.nn.Linear(4, 2)

    def forward(self, image: Any) -> Answer:  # noqa: ANN401 - torch may be absent
        """Score films."""
        return Answer(self.head(self.dropout(self.encoder(image).mean(dim=(2, 3)))))


def rng(seed: int = 0) -> Any:  # noqa: ANN401 - torch may be absent
    """Return a source of chance."""
    return torch.Generator().manual_seed(seed)


def soft_films(count: int = 6, size: int = 64) -> Any:  # noqa: ANN401 - torch may be absent
    """Return smooth films (count,1,size,size), 0.05 to 0.95."""
    coarse = torch.rand((count, 1, 6, 6), generator=rng(1)) * 0.9 + 0.05
    return torch.nn.functional.interpolate(coarse, size=size, mode="bilinear")


@pytest.mark.parametrize("seed", range(4))
def test_changed_films_keep_shape_and_range(seed: int) -> None:
    """Values beyond black and white never come from a patient."""
    plan = Augmentation(flip=True, gamma=0.8, contrast=0.6, noise=0.2, blur=1.0, erase=1.0)
    image = soft_films()
    masks = (soft_films() > 0.5).float().repeat(1, 4, 1, 1)
    found, moved = augment(image, plan, rng=rng(seed), masks=masks)
    assert found.shape == image.shape
    assert moved is not None
    assert moved.shape == masks.shape
    assert found.min() >= 0.0
    assert found.max() <= 1.0
    assert not torch.equal(found, image)


def test_masks_move_with_the_film() -> None:
    """A lung outlined where it was before the film was turned is learnt in the wrong place."""
    plan = Augmentation(**{**STILL, "rotate_degrees": 20.0, "scale": 0.3, "shift": 0.2}, flip=True)
    image = soft_films()
    found, moved = augment(image, plan, rng=rng(2), masks=image.clone())
    assert moved is not None
    torch.testing.assert_close(found, moved.clamp(1e-4, 1.0), atol=1e-5, rtol=0.0)
    assert (found - image).abs().max() > 0.2


def test_no_change_is_no_change() -> None:
    """A plan of zeros must not blur or shift a film by half a pixel."""
    image = soft_films()
    found, _ = augment(image, Augmentation(**STILL), rng=rng())
    torch.testing.assert_close(found, image, atol=1e-5, rtol=0.0)


def test_the_same_seed_gives_the_same_change() -> None:
    """A training that nobody can repeat cannot be checked."""
    first, again = (augment(soft_films(), Augmentation(), rng=rng(5))[0] for _ in range(2))
    torch.testing.assert_close(first, again)


def test_a_mirrored_film_is_mirrored_left_to_right_only() -> None:
    """Upside down no patient stands."""
    plan = Augmentation(**STILL, flip=True)
    image = soft_films(32)
    found, _ = augment(image, plan, rng=rng(3))
    mirrored = [
        torch.allclose(now, before.flip(-1), atol=1e-5)
        for now, before in zip(found, image, strict=True)
    ]
    kept = [
        torch.allclose(now, before, atol=1e-5) for now, before in zip(found, image, strict=True)
    ]
    assert all(a != b for a, b in zip(mirrored, kept, strict=True))
    assert 5 < sum(mirrored) < 27


def test_what_lies_outside_the_lungs_is_blackened() -> None:
    """A network that reads side marks fails at the next hospital."""
    image = torch.full((2, 1, 100, 100), 0.8)
    lungs = torch.zeros((2, 1, 100, 100))
    lungs[:, :, 30:80, 20:80] = 1.0
    found = keep_lungs(image, lungs, share=1.0, rng=rng())
    torch.testing.assert_close(found[:, :, 30:80, 20:80], image[:, :, 30:80, 20:80])
    assert float(found[:, :, :15].max()) == 0.0
    assert torch.equal(keep_lungs(image, lungs, share=0.0, rng=rng()), image)


def test_a_film_without_found_lungs_is_kept_whole() -> None:
    """An all-black film would teach that black is what its label says."""
    image = torch.full((1, 1, 100, 100), 0.8)
    assert torch.equal(keep_lungs(image, torch.zeros_like(image), share=1.0, rng=rng()), image)


def test_labels_that_are_not_stated_teach_nothing() -> None:
    """Of two outputs one is stated: its loss at even odds is ln 2; the other pulls nowhere."""
    logits = torch.zeros((1, 2), requires_grad=True)
    value = label_loss(0.0)(Answer(logits), torch.tensor([[1.0, float("nan")]]))
    assert value.item() == pytest.approx(math.log(2))
    value.backward()
    assert logits.grad is not None
    assert logits.grad[0].tolist() == [-0.5, 0.0]


def test_smoothed_labels_by_hand() -> None:
    """A tenth of doubt: 0.95 ln(1/p) + 0.05 ln(1/(1-p)) at p = 0.9."""
    logits = torch.tensor([[math.log(9.0)]])
    value = label_loss(0.1)(Answer(logits), torch.tensor([[1.0]]))
    assert value.item() == pytest.approx(-0.95 * math.log(0.9) - 0.05 * math.log(0.1), rel=1e-5)


def test_right_outlines_cost_less_than_swapped_ones() -> None:
    """Right and left lung exchanged would put every finding on the wrong side."""
    target = torch.zeros((1, 4, 32, 32))
    target[0, 0, 8:24, 2:12] = target[0, 1, 8:24, 20:30] = target[0, 2, 16:24, 12:20] = 1.0
    target[0, 3] = target[0, :3].amax(dim=0)
    right = Answer((target[:, :3] * 2 - 1) * 8.0)
    swapped = Answer(right.logits[:, [1, 0, 2]])
    assert mask_loss(right, target).item() < 0.02
    assert mask_loss(swapped, target).item() > 1.0
    # where only the union was drawn, nobody said which lung is which
    target[0, :3] = 0.0
    assert mask_loss(swapped, target).item() == pytest.approx(mask_loss(right, target).item())
    assert mask_loss(swapped, target).item() < 0.02


def training_set(count: int = 20) -> TrainingSet:
    """Return random films with two labels, one of which is not always stated."""
    chance = np.random.default_rng(0)
    squares = chance.integers(0, 256, (count, 224, 224)).astype(np.uint8)
    labels = chance.integers(0, 2, (count, 2)).astype(np.float32)
    labels[::5, 1] = np.nan
    return TrainingSet(squares, labels)


def trained(
    folder: Path, *, epochs: float, stage_epochs: int | None = None, keep_every: float = 60.0
) -> Any:  # noqa: ANN401 - torch may be absent
    """Train the tiny network; stop it after ``epochs`` of ``stage_epochs`` by an exception."""
    stage = Stage(data="films", epochs=stage_epochs or int(epochs), size=32, batch=8)
    torch.manual_seed(1)
    network = Tiny()

    def stop(*told: Any) -> None:  # noqa: ANN401 - name, done, known, loss
        if stage_epochs is not None and told[1] > epochs * 20:
            raise KeyboardInterrupt

    return fit(
        network,
        FilmSource(training_set(), stage),
        stage,
        loss=label_loss(0.0),
        run=Run(7, folder / "tiny.ckpt", stop, keep_every=keep_every),
    )


def test_a_stopped_training_goes_on_to_the_same_weights(tmp_path: Path) -> None:
    """Weights, averages, optimiser, rate and chance go on as if nothing had happened."""
    unbroken = trained(tmp_path / "one", epochs=4).state_dict()
    with pytest.raises(KeyboardInterrupt):
        trained(tmp_path / "two", epochs=2, stage_epochs=4)
    resumed = trained(tmp_path / "two", epochs=4).state_dict()
    for name, value in unbroken.items():
        assert torch.equal(resumed[name], value), name


def test_a_training_killed_in_an_epoch_goes_on_at_the_same_step(tmp_path: Path) -> None:
    """An epoch over large volumes takes an hour; a kill must not cost it, nor change the answer."""
    unbroken = trained(tmp_path / "one", epochs=4).state_dict()
    with pytest.raises(KeyboardInterrupt):
        trained(tmp_path / "two", epochs=1.75, stage_epochs=4, keep_every=0.0)
    saved = torch.load(tmp_path / "two" / "tiny.ckpt", weights_only=True)["place"]
    assert (saved["epoch"], saved["step"]) == (1, 1)
    resumed = trained(tmp_path / "two", epochs=4).state_dict()
    for name, value in unbroken.items():
        assert torch.equal(resumed[name], value), name


def test_a_training_stops_where_it_learns_by_heart(tmp_path: Path) -> None:
    """The weights of the lowest held-out loss are kept, not those of the night's end."""
    losses = iter([0.5, 0.3, 0.4, 0.6, 0.1])
    seen: list[dict[str, Any]] = []

    def held_out(network: Any) -> float:  # noqa: ANN401 - torch may be absent
        seen.append({name: value.clone() for name, value in network.state_dict().items()})
        return next(losses)

    stage = Stage(data="films", epochs=9, size=32, batch=8)
    torch.manual_seed(1)
    run = Run(7, tmp_path / "tiny.ckpt", lambda *_: None, watch=Watch(held_out, patience=1))
    source = FilmSource(training_set(), stage)
    fitted = fit(Tiny(), source, stage, loss=label_loss(0.0), run=run).state_dict()
    assert len(seen) == 4
    for name, value in fitted.items():
        assert torch.equal(value, seen[1][name]), name


def test_rows_are_drawn_by_their_chance(tmp_path: Path) -> None:
    """A row of no chance is never shown, and an epoch is as long as was asked."""
    shown: list[int] = []

    class Source:
        """Tells which rows were asked for."""

        def __len__(self) -> int:
            return 20

        def batch(self, rows: Any, rng: Any) -> Any:  # noqa: ANN401 - torch may be absent
            """Return noise."""
            shown.extend(rows.tolist())
            return torch.rand((len(rows), 1, 32, 32), generator=rng), torch.zeros(len(rows), 2)

    draw = np.array([0.0] * 10 + [1.0] * 10)
    stage = Stage(data="films", epochs=2, size=32, batch=8)
    run = Run(7, tmp_path / "tiny.ckpt", lambda *_: None, draw=draw, shown=40)
    fit(Tiny(), Source(), stage, loss=label_loss(0.0), run=run)
    assert len(shown) == 80
    assert set(shown) == set(range(10, 20))


def test_a_full_disk_leaves_the_old_checkpoint(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A run of a night is not lost because the disk is full for a minute."""
    trained(tmp_path, epochs=1)
    before = (tmp_path / "tiny.ckpt").read_bytes()
    (tmp_path / "tiny.part").mkdir()  # as good as full: nothing can be written there
    (tmp_path / "tiny.part" / "x").touch()
    trained(tmp_path, epochs=2)
    assert (tmp_path / "tiny.ckpt").read_bytes() == before
    assert "the older one stays" in caplog.text


def test_a_finished_training_is_not_done_twice(tmp_path: Path) -> None:
    """The checkpoint of the last epoch is the result."""
    first = trained(tmp_path, epochs=2).state_dict()
    again = trained(tmp_path, epochs=2).state_dict()
    for name, value in first.items():
        assert torch.equal(again[name], value), name


def test_training_learns_what_can_be_seen(tmp_path: Path) -> None:
    """Bright films are ill: after a few passes the network says so."""
    labels = (np.arange(64) % 2).astype(np.float32)[:, None]
    squares = np.random.default_rng(0).integers(0, 100, (64, 224, 224)).astype(np.uint8)
    squares[labels[:, 0] == 1] += 120
    torch.manual_seed(0)
    network = Tiny()
    network.head = torch.nn.Linear(4, 1)
    stage = Stage(
        data="films",
        epochs=8,
        size=32,
        batch=16,
        learning_rate=0.05,
        ema=0.5,
        augment=Augmentation(**STILL),
    )
    fitted = fit(
        network,
        FilmSource(TrainingSet(squares, labels), stage),
        stage,
        loss=label_loss(0.0),
        run=Run(1, tmp_path / "tiny.ckpt", lambda *_: None),
    )
    image = torch.from_numpy(squares).float()[:, None, ::7, ::7] / 255.0
    with torch.no_grad():
        called = fitted(image).logits[:, 0] > 0
    assert (called.numpy() == (labels[:, 0] > 0.5)).mean() > 0.95
