"""The encoder shared with the chest networks, read at four resolutions (needs torch)."""

from torch import Tensor, nn

from osler.learn.network import Up, lite0_encoder, to_imagenet

TAPS = (0, 2, 4, 10)  # last blocks at 1/2, 1/4, 1/8 and 1/16
WIDTHS = (16, 24, 40, 112)


class Pyramid(nn.Module):
    """EfficientNet-Lite0 to one sixteenth of the resolution, and a light decoder up again.

    ``finest`` is the stride of the map that comes out: 4 or 2.
    """

    def __init__(self, *, channels: int, finest: int) -> None:
        super().__init__()
        whole = lite0_encoder(drop_connect=0.0, channels=channels)
        self.stem = nn.Sequential(whole._conv_stem, whole._bn0, nn.ReLU6())  # noqa: SLF001
        self.blocks = nn.ModuleList(whole._blocks[: TAPS[-1] + 1])  # noqa: SLF001
        self.up8 = Up(WIDTHS[3], WIDTHS[2], 80)
        self.up4 = Up(80, WIDTHS[1], 64)
        self.up2 = Up(64, WIDTHS[0], 32) if finest == 2 else None
        self.width = 32 if finest == 2 else 64

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Return the finest map and the coarsest features of ``image`` (N,C,S,S), 0 to 1."""
        taps: list[Tensor] = []
        x = self.stem(to_imagenet(image))
        for number, block in enumerate(self.blocks):
            x = block(x)
            if number in TAPS:
                taps.append(x)
        half, quarter, eighth, sixteenth = taps
        x = self.up4(self.up8(sixteenth, eighth), quarter)
        return (x if self.up2 is None else self.up2(x, half)), sixteenth
