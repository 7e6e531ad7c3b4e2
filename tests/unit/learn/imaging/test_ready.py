"""What would end the packaging is found before the training."""

from pathlib import Path
from typing import Any

import pytest

from house.tree import REPOSITORY
from make.outlined import outlined_pictures, smallest
from osler.errors import NotFound
from osler.learn.imaging.packaging import check_ready
from osler.learn.imaging.trained import Trained
from osler.prepare.picture import PictureContract

CARD = (REPOSITORY / "recipes" / "cards" / "hippocampus-mr.toml").read_text(encoding="utf-8")


def a_training(folder: Path, **more: Any) -> Trained:  # noqa: ANN401
    """Return the training of a small data set, before it begins."""
    recipe = smallest("segmentation", "fundus", "spots", **more)
    return Trained(recipe, folder, folder, folder / "runs", PictureContract(size=64))


def test_a_package_that_could_not_be_built_is_refused_by_what_is_missing(tmp_path: Path) -> None:
    """A night of training that ends for want of a text file is not repeated with pleasure."""
    models = REPOSITORY / "models"
    alone = {"gates": {"chest": False}}
    with pytest.raises(NotFound, match="no card text at"):
        check_ready(a_training(tmp_path, **alone), models)
    (tmp_path / "spots-small.toml").write_text(CARD, encoding="utf-8")
    with pytest.raises(NotFound, match="name msd-hippocampus, which is not in"):
        check_ready(a_training(tmp_path, **alone), models)
    text = CARD.replace("msd-hippocampus", "spots")
    (tmp_path / "spots-small.toml").write_text(text, encoding="utf-8")
    outlined_pictures(tmp_path / "spots")
    with pytest.raises(NotFound, match="from those of cxr-adult, which is not in"):
        check_ready(a_training(tmp_path), models)
    with pytest.raises(NotFound, match="no package chest-anatomy in"):
        check_ready(a_training(tmp_path, **alone), tmp_path)
    check_ready(a_training(tmp_path, **alone), models)
