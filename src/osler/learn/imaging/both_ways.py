"""A network that looks at a picture and at its mirror image, and means both (needs torch)."""

from typing import Any

from torch import Tensor, nn

WIDTH = -1


class BothWays(nn.Module):
    """Answers of a picture and of its mirror image, averaged; maps are mirrored back first.

    Only for labels without a side: the plan refuses it where training mirrors nothing. It takes
    twice the time of the network itself, and goes into the exported graph with it.
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor) -> Any:  # noqa: ANN401 - whatever named tuple the network gives
        """Score pictures: ``image`` (N,C,S,S), 0 to 1."""
        plain, mirrored = self.network(image), self.network(image.flip(WIDTH))
        return type(plain)(
            *(
                (one + (other.flip(WIDTH) if one.ndim == image.ndim else other)) / 2.0
                for one, other in zip(plain, mirrored, strict=True)
            )
        )
