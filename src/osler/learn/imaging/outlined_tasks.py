"""The tasks whose networks outline or count: which run makes which (needs torch)."""

from osler.errors import Misuse
from osler.learn.imaging.bench import ImageBench
from osler.learn.imaging.box_run import make_boxes
from osler.learn.imaging.fine_run import make_fine
from osler.learn.imaging.packaging import Made
from osler.learn.imaging.squares import contract_of_squares
from osler.learn.imaging.trained import Trained
from osler.learn.imaging.volume_run import make_volumes
from osler.prepare.picture import PictureContract

RUNS = {"volume": make_volumes, "detection": make_boxes, "segmentation": make_fine}


def make_outlined(bench: ImageBench) -> tuple[Trained, Made]:
    """Train, export and measure by a recipe of such a task; what `build_package` takes.

    Raises
    ------
    Misuse
        The recipe is of another task.
    """
    recipe = bench.recipe
    if recipe.task not in RUNS:
        raise Misuse(f"recipe {recipe.name}: task {recipe.task!r} is trained by train_pictures")
    made = RUNS[recipe.task](bench)
    # A volume is no picture: its card takes the contract of volumes that was made with it.
    contract = (
        PictureContract(size=made.contract.size)
        if made.contract is not None
        else contract_of_squares(recipe)
    )
    return Trained(recipe, bench.recipe_folder, bench.data, bench.runs, contract), made
