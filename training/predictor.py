"""The engine's rules around the network, in a few lines: click, correct, remember, track. For evaluation here only."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from network import Nano
from train import LOGIT_LIMIT, normalise


def load(path: Path, weights: str = "average") -> Nano:
    net = Nano()
    net.load_state_dict(torch.load(path, map_location="cpu")[weights])
    return net.eval().to(memory_format=torch.channels_last)


class Picture:
    """A picture encoded once; `click` prompts it. Coordinates are pixels of the picture."""

    @torch.no_grad()
    def __init__(self, net: Nano, picture: np.ndarray, side: int):
        self.net, self.side, self.shape = net, side, picture.shape[:2]
        shrinks = side < max(self.shape)
        resized = cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
        with torch.autocast("cpu", torch.bfloat16):
            levels = net.encode(normalise(torch.from_numpy(resized)[None]))
        self.fine, self.middle, self.coarse = (v.float() for v in levels)

    @torch.no_grad()
    def decode(self, clicks: list[tuple[float, float, int]], previous: Tensor | None = None, conditioned=None):
        """Four masks of one object: logits [4,h,w], predicted IoU [4], object score."""
        middle, coarse = conditioned or (self.middle, self.coarse)
        height, width = self.shape
        points = torch.tensor([[(x + 0.5) * self.side / width - 0.5, (y + 0.5) * self.side / height - 0.5] for x, y, _ in clicks])
        labels = torch.tensor([float(label) for _, _, label in clicks])
        given = torch.tensor([float(previous is not None)])
        mask = torch.zeros(1, 1, self.side // 4, self.side // 4) if previous is None else previous.clamp(-LOGIT_LIMIT, LOGIT_LIMIT)
        with torch.autocast("cpu", torch.bfloat16):
            out = self.net.decode(self.fine, middle, coarse, points.reshape(1, -1, 2), labels.reshape(1, -1), mask, given)
        return out[0][0], out[1][0].float(), float(out[2])

    def full(self, logits: Tensor) -> np.ndarray:
        """Logits [h,w] cut at 0 at the picture's size."""
        return F.interpolate(logits[None, None].float(), size=self.shape, mode="bilinear")[0, 0].numpy() > 0

    def click(self, clicks, previous: Tensor | None = None) -> tuple[Tensor, float]:
        """Logits [1,1,h,w] and predicted IoU: best of three for one click, the single mask after that."""
        logits, quality, _ = self.decode(clicks, previous)
        best = 1 + int(quality[1:].argmax()) if len(clicks) == 1 and previous is None else 0
        return logits[None, best : best + 1], float(quality[best])


class Track:
    """One object through a video: memories of prompted frames and of the last tracked ones, as many as there are rows for."""

    def __init__(self, net: Nano):
        self.net, self.prompted, self.recent = net, [], []

    @torch.no_grad()
    def prompt(self, picture: Picture, logits: Tensor) -> None:
        self.prompted.append(self.net.remember(picture.middle, logits, torch.ones(1), torch.ones(1)))

    @torch.no_grad()
    def step(self, picture: Picture) -> tuple[np.ndarray, float, float]:
        """Mask at the picture's size, predicted IoU, object score."""
        memories = self.prompted + self.recent
        conditioning = self.net.architecture.conditioning_row
        rows = [conditioning] * len(self.prompted) + list(range(len(self.recent)))
        with torch.autocast("cpu", torch.bfloat16):
            conditioned = self.net.attend(picture.middle, picture.coarse, torch.stack(memories, 1), torch.tensor([rows]).float())
        logits, quality, score = picture.decode([], conditioned=conditioned)
        present = torch.tensor([float(score > 0)])
        self.recent = [self.net.remember(picture.middle, logits[None, :1], torch.zeros(1), present), *self.recent][:conditioning]
        mask = picture.full(logits[0]) if score > 0 else np.zeros(picture.shape, bool)
        return mask, float(quality[0]), score
