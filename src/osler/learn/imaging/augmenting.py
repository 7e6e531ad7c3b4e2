"""Random changes of pictures of any modality, their masks moved along (needs torch)."""

import torch
from torch import Tensor

from osler.learn.augment import augment
from osler.learn.imaging.changes import Changes


def change(
    image: Tensor, plan: Changes, *, rng: torch.Generator, masks: Tensor | None = None
) -> tuple[Tensor, Tensor | None]:
    """Change geometry, greys, colours and detail at random, and draw marks.

    Parameters
    ----------
    image
        (N,C,S,S), 0 to 1.
    masks
        (N,M,S,S), moved with the image.

    Returns
    -------
    Image and masks of the same shapes.
    """
    image, masks = augment(image, plan, rng=rng, masks=masks)
    if plan.flip_vertical:
        chosen = torch.rand(len(image), generator=rng) < 0.5
        image = torch.where(chosen[:, None, None, None], image.flip(2), image)
        if masks is not None:
            masks = torch.where(chosen[:, None, None, None], masks.flip(2), masks)
    if plan.colour and image.shape[1] == 3:
        image = _tinted(image, plan.colour, rng)
    if plan.marks:
        image = _marked(image, plan.marks, rng)
    return image, masks


def _tinted(image: Tensor, reach: float, rng: torch.Generator) -> Tensor:
    """Weigh the colours anew, as another camera or stain would."""
    gains = torch.exp((torch.rand((len(image), 3, 1, 1), generator=rng) * 2.0 - 1.0) * reach)
    return (image * gains).clamp(0.0, 1.0)


def _marked(image: Tensor, share: float, rng: torch.Generator) -> Tensor:
    """Draw bright crosses and dotted lines, as calipers are, on some pictures of every class.

    What is on all classes alike tells none apart.
    """
    size = image.shape[-1]
    image = image.clone()
    for i in (torch.rand(len(image), generator=rng) < share).nonzero().flatten().tolist():
        ends = torch.randint(size // 8, size - size // 8, (2, 2), generator=rng).tolist()
        bright = 0.75 + 0.25 * torch.rand(1, generator=rng).item()
        arm = int(torch.randint(2, 5, (1,), generator=rng).item())
        for row, column in ends:
            image[i, :, row - arm : row + arm + 1, column] = bright
            image[i, :, row, column - arm : column + arm + 1] = bright
        steps = torch.linspace(0.0, 1.0, size // 6)
        line = torch.tensor(ends[0])[:, None] * (1 - steps) + torch.tensor(ends[1])[:, None] * steps
        rows, columns = line.round().long()
        image[i, :, rows, columns] = bright
    return image
