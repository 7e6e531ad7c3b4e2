"""Random changes of a batch of films on the way into a network (needs torch)."""

import math

import torch
from torch import Tensor
from torch.nn import functional as nnf

from osler.learn.recipe import Augmentation


def augment(
    image: Tensor, plan: Augmentation, *, rng: torch.Generator, masks: Tensor | None = None
) -> tuple[Tensor, Tensor | None]:
    """Change geometry, grey values and detail at random.

    Parameters
    ----------
    image
        (N,1,H,W), 0 to 1.
    plan
        How far to go.
    rng
        The only source of chance.
    masks
        (N,M,H,W), moved with the image.

    Returns
    -------
    Image and masks of the same shapes; what comes from outside the film is black.
    """
    grid = nnf.affine_grid(_affine(len(image), plan, rng), list(image.shape), align_corners=False)
    image = nnf.grid_sample(image, grid, align_corners=False)
    if masks is not None:
        masks = nnf.grid_sample(masks, grid, align_corners=False)
    image = _blur(image, plan, rng)
    image = _greys(image, plan, rng)
    return _erase(image, plan, rng), masks


def _uniform(shape: tuple[int, ...], reach: float, rng: torch.Generator) -> Tensor:
    """Return uniform numbers from -reach to reach."""
    return (torch.rand(shape, generator=rng) * 2.0 - 1.0) * reach


def _affine(n: int, plan: Augmentation, rng: torch.Generator) -> Tensor:
    """Return (n,2,3) matrices: turn, zoom, stretch one axis, shift, perhaps mirror."""
    angle = _uniform((n,), plan.rotate_degrees * math.pi / 180.0, rng)
    zoom = torch.exp(_uniform((n,), plan.scale, rng))
    aspect = torch.exp(_uniform((n,), plan.stretch, rng))
    sx, sy = zoom * aspect, zoom / aspect
    if plan.flip:
        sx = sx * torch.where(torch.rand(n, generator=rng) < 0.5, -1.0, 1.0)
    shift = _uniform((n, 2), 2.0 * plan.shift, rng)
    cos, sin = torch.cos(angle), torch.sin(angle)
    rows = [
        torch.stack([cos * sx, -sin * sy, shift[:, 0]], dim=1),
        torch.stack([sin * sx, cos * sy, shift[:, 1]], dim=1),
    ]
    return torch.stack(rows, dim=1)


def _greys(image: Tensor, plan: Augmentation, rng: torch.Generator) -> Tensor:
    """Change gamma, contrast and brightness, and add noise."""
    n = len(image)
    gamma = torch.exp(_uniform((n, 1, 1, 1), plan.gamma, rng))
    image = image.clamp(1e-4, 1.0) ** gamma
    contrast = torch.exp(_uniform((n, 1, 1, 1), plan.contrast, rng))
    centre = image.mean(dim=(1, 2, 3), keepdim=True)
    image = (image - centre) * contrast + centre + _uniform((n, 1, 1, 1), plan.brightness, rng)
    strength = torch.rand((n, 1, 1, 1), generator=rng) * plan.noise
    image = image + torch.randn(image.shape, generator=rng) * strength
    return image.clamp(0.0, 1.0)


def _blur(image: Tensor, plan: Augmentation, rng: torch.Generator) -> Tensor:
    """Lose detail in some films, as a smaller copy or a stronger compression would."""
    chosen = torch.rand(len(image), generator=rng) < plan.blur
    if not chosen.any():
        return image
    size = image.shape[-1]
    small = int(size * (0.45 + 0.5 * torch.rand(1, generator=rng).item()))
    part = nnf.interpolate(
        image[chosen], size=(small, small), mode="bilinear", antialias=True, align_corners=False
    )
    part = nnf.interpolate(part, size=(size, size), mode="bilinear", align_corners=False)
    image = image.clone()
    image[chosen] = part
    return image


def _erase(image: Tensor, plan: Augmentation, rng: torch.Generator) -> Tensor:
    """Cover a rectangle of some films with one grey, as a marker or a device might."""
    size = image.shape[-1]
    for i in (torch.rand(len(image), generator=rng) < plan.erase).nonzero().flatten().tolist():
        height, width = (
            int(size * (0.05 + 0.25 * torch.rand(1, generator=rng).item())) for _ in range(2)
        )
        top = int(torch.randint(0, size - height, (1,), generator=rng).item())
        left = int(torch.randint(0, size - width, (1,), generator=rng).item())
        image[i, :, top : top + height, left : left + width] = torch.rand(1, generator=rng)
    return image


def keep_lungs(image: Tensor, lungs: Tensor, *, share: float, rng: torch.Generator) -> Tensor:
    """Blacken what lies well outside the lungs in a share of the films.

    A network that sometimes sees nothing but lungs learns to look there, and not at side marks,
    arms or collimator edges. ``lungs`` is (N,1,H,W), the probability of lung or heart.
    """
    chosen = torch.rand(len(image), generator=rng) < share
    if not chosen.any():
        return image
    wide = nnf.max_pool2d(lungs[chosen], kernel_size=17, stride=1, padding=8)
    soft = nnf.avg_pool2d(wide, kernel_size=9, stride=1, padding=4, count_include_pad=False)
    found = (wide.flatten(1).mean(dim=1) > 0.15).float()[:, None, None, None]
    image = image.clone()
    image[chosen] = image[chosen] * (soft * found + (1.0 - found))
    return image
