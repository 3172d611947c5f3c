"""The nano network: encode a picture once, prompt it many times, carry masks through time by matching.

Shapes: S input side, B objects, N = (S/8)^2 cells of the middle level, M memories, T = N tokens a memory.
The four public methods are the four graphs of the engine (`packages/engine/src/network.ts`).
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn


@dataclass(frozen=True)
class Architecture:
    """Sizes of the network. Strides: fine 4, middle 8, coarse 16, deep 32."""

    stage_channels: tuple[int, int, int, int] = (48, 96, 192, 256)
    stage_blocks: tuple[int, int, int, int] = (2, 3, 8, 2)
    stage_expansion: tuple[int, int, int, int] = (2, 3, 4, 2)
    fine_channels: int = 32
    middle_channels: int = 64
    coarse_channels: int = 128
    decoder_expansion: int = 3
    similarity_heads: int = 8
    similarity_channels_middle: int = 8
    similarity_channels_coarse: int = 16
    key_channels: int = 32
    pointer_channels: int = 64
    memory_rows: int = 3  # 0: previous frame, 1: the one before, last: conditioning frames

    @property
    def conditioning_row(self) -> int:
        return self.memory_rows - 1

    def as_dict(self) -> dict:
        return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}


# --- Building blocks -------------------------------------------------------------------------------------------------


class ConvNorm(nn.Module):
    """Convolution with batch norm; `fold` turns the pair into one convolution with bias."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1, scale: float = 1.0):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(outputs, momentum=0.02)
        nn.init.constant_(self.norm.weight, scale)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(self.conv(x))

    def folded(self) -> tuple[Tensor, Tensor]:
        gain = self.norm.weight / torch.sqrt(self.norm.running_var + self.norm.eps)
        return self.conv.weight * gain[:, None, None, None], self.norm.bias - self.norm.running_mean * gain


class EncoderBlock(nn.Module):
    """x + project(relu(expand(depthwise(x)))). Batch norm is safe here: the encoder sees nothing but pictures."""

    def __init__(self, channels: int, expansion: int):
        super().__init__()
        self.depthwise = ConvNorm(channels, channels, 3, groups=channels)
        self.expand = ConvNorm(channels, channels * expansion, 1)
        self.project = ConvNorm(channels * expansion, channels, 1, scale=0.2)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.project(F.relu(self.expand(self.depthwise(x))))


class ChannelNorm(nn.Module):
    """Layer norm over the channels of each cell: no statistics, so prompted and tracked frames cannot disturb each other."""

    def __init__(self, channels: int):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        y = F.layer_norm(x.permute(0, 2, 3, 1), (x.shape[1],), self.weight, self.bias, 1e-6)
        return y.permute(0, 3, 1, 2)


class DecoderBlock(nn.Module):
    """x + project(relu(expand(depthwise(norm(x)))))."""

    def __init__(self, channels: int, expansion: int):
        super().__init__()
        self.norm = ChannelNorm(channels)
        self.depthwise = nn.Conv2d(channels, channels, 3, padding=1, groups=channels)
        self.expand = nn.Conv2d(channels, channels * expansion, 1)
        self.project = nn.Conv2d(channels * expansion, channels, 1)
        with torch.no_grad():
            self.project.weight.mul_(0.3)
            self.project.bias.zero_()

    def forward(self, x: Tensor) -> Tensor:
        return x + self.project(F.relu(self.expand(self.depthwise(self.norm(x)))))


def upsample(x: Tensor) -> Tensor:
    """Twice the side, bilinear, half-pixel centres."""
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


def cell_centres(side: int, device: torch.device) -> Tensor:
    """Centres of `side` cells, in units of the picture's side (0…1)."""
    return (torch.arange(side, device=device, dtype=torch.float32) + 0.5) / side


# --- Encoder ---------------------------------------------------------------------------------------------------------


class Encoder(nn.Module):
    """Picture → features at strides 4, 8 and 16; a stride-32 level and a top-down path widen the view."""

    def __init__(self, a: Architecture):
        super().__init__()
        c4, c8, c16, c32 = a.stage_channels
        self.stem = ConvNorm(3, c4 // 2, 3, 2)
        entries, stages, before = [], [], c4 // 2
        for channels, blocks, expansion in zip(a.stage_channels, a.stage_blocks, a.stage_expansion):
            entries.append(ConvNorm(before, channels, 3, 2))
            stages.append(nn.Sequential(*(EncoderBlock(channels, expansion) for _ in range(blocks))))
            before = channels
        self.entries, self.stages = nn.ModuleList(entries), nn.ModuleList(stages)
        self.neck_fine = nn.Conv2d(c4, a.fine_channels, 1)
        self.neck_middle = nn.Conv2d(c8, a.middle_channels, 1)
        self.neck_coarse = nn.Conv2d(c16, a.coarse_channels, 1)
        self.neck_deep = nn.Conv2d(c32, a.coarse_channels, 1)
        self.top_down = nn.Conv2d(a.coarse_channels, a.middle_channels, 1)

    def forward(self, picture: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        x, levels = F.relu(self.stem(picture)), []
        for entry, stage in zip(self.entries, self.stages):
            x = stage(F.relu(entry(x)))
            levels.append(x)
        coarse = self.neck_coarse(levels[2]) + upsample(self.neck_deep(levels[3]))
        middle = self.neck_middle(levels[1]) + upsample(self.top_down(coarse))
        return self.neck_fine(levels[0]), middle, coarse


# --- Prompts ---------------------------------------------------------------------------------------------------------

DISK_SIGMA = 0.012  # of the picture's side
PROMPT_CHANNELS = 5


def prompt_maps(points: Tensor, labels: Tensor, mask: Tensor, mask_given: Tensor, side: int) -> Tensor:
    """Clicks, box and previous mask as pictures [B,5,side/4,side/4]: include, exclude, box, mask, mask is given.

    points [B,P,2] in model pixels (pixel index, so the centre of pixel 0 is at 0), P ≥ 1; labels [B,P].
    """
    grid = cell_centres(side // 4, points.device)
    place = (points + 0.5) / side
    dx, dy = grid - place[..., :1], grid - place[..., 1:]  # [B,P,w], [B,P,h]
    bump_x, bump_y = torch.exp(-(dx**2) / (2 * DISK_SIGMA**2)), torch.exp(-(dy**2) / (2 * DISK_SIGMA**2))
    disks = bump_y[..., :, None] * bump_x[..., None, :]  # [B,P,h,w]
    include = (disks * (labels == 1).float()[..., None, None]).amax(1)
    exclude = (disks * (labels == 0).float()[..., None, None]).amax(1)
    top_left, bottom_right = (labels == 2).float(), (labels == 3).float()  # [B,P]
    steep = side / 4.0
    after = lambda d: torch.clamp(d * steep + 0.5, 0, 1)  # noqa: E731 (a ramp one cell wide)
    inside_x = (after(dx) * top_left[..., None]).sum(1) * (after(-dx) * bottom_right[..., None]).sum(1)
    inside_y = (after(dy) * top_left[..., None]).sum(1) * (after(-dy) * bottom_right[..., None]).sum(1)
    box = inside_y[:, :, None] * inside_x[:, None, :]
    given = mask_given[:, None, None].expand_as(box)
    return torch.stack([include, exclude, box, torch.sigmoid(mask[:, 0]) * given, given], 1)


class ClickSimilarity(nn.Module):
    """How much each cell looks like the clicked ones: cosine in several small subspaces, best over the clicks."""

    def __init__(self, inputs: int, heads: int, channels: int):
        super().__init__()
        self.heads = heads
        self.embed = nn.Conv2d(inputs, heads * channels, 1)
        self.out = nn.Conv2d(2 * heads, inputs, 1)

    def forward(self, feature: Tensor, points: Tensor, labels: Tensor, picture_side: int) -> Tensor:
        batch, side = points.shape[0], feature.shape[-1]
        e = self.embed(feature).float().flatten(2)
        e = e.view(e.shape[0], self.heads, -1, side * side)  # [1 or B,h,c,N]
        e = e / torch.sqrt((e**2).sum(2, keepdim=True) + 1e-6)
        cells = torch.arange(side, device=points.device, dtype=torch.float32)
        place = torch.clamp((points + 0.5) * (side / picture_side) - 0.5, 0, side - 1)  # in cells
        tent_x = torch.relu(1 - (cells - place[..., :1]).abs())
        tent_y = torch.relu(1 - (cells - place[..., 1:]).abs())
        weights = (tent_y[..., :, None] * tent_x[..., None, :]).flatten(2)  # [B,P,N] bilinear sampling as a product
        clicked = torch.matmul(weights[:, None], e.transpose(2, 3))  # [B,h,P,c]
        similarity = torch.matmul(clicked, e)  # [B,h,P,N]
        include = (labels == 1).float()[:, None, :, None]
        exclude = (labels == 0).float()[:, None, :, None]
        best = torch.cat([((similarity + 1) * include).amax(2), ((similarity + 1) * exclude).amax(2)], 1) - 1
        return self.out(best.view(batch, 2 * self.heads, side, side))


# --- Decoder ---------------------------------------------------------------------------------------------------------


class Decoder(nn.Module):
    """Features + prompts → four masks at stride 4 with predicted IoU, object score and pointers."""

    def __init__(self, a: Architecture):
        super().__init__()
        fine, middle, coarse = a.fine_channels, a.middle_channels, a.coarse_channels
        self.prompt_fine_in = nn.Conv2d(PROMPT_CHANNELS, 16, 3, padding=1)
        self.prompt_fine = nn.Conv2d(16, fine, 3, padding=1)
        self.prompt_middle = nn.Conv2d(fine, middle, 3, 2, 1)
        self.prompt_coarse = nn.Conv2d(middle, coarse, 3, 2, 1)
        self.similarity_middle = ClickSimilarity(middle, a.similarity_heads, a.similarity_channels_middle)
        self.similarity_coarse = ClickSimilarity(coarse, a.similarity_heads, a.similarity_channels_coarse)
        self.blocks_coarse = nn.Sequential(*(DecoderBlock(coarse, a.decoder_expansion) for _ in range(2)))
        self.coarse_to_middle = nn.Conv2d(coarse, middle, 1)
        self.blocks_middle = nn.Sequential(*(DecoderBlock(middle, a.decoder_expansion) for _ in range(2)))
        self.middle_to_fine = nn.Conv2d(middle, fine, 1)
        self.blocks_fine = nn.Sequential(DecoderBlock(fine, a.decoder_expansion))
        self.masks = nn.Conv2d(fine, 4, 3, padding=1)
        nn.init.constant_(self.masks.bias, -1.0)
        self.quality_in = nn.Linear(3 * middle + 5 + 4, 96)
        self.quality_out = nn.Linear(96, 1)
        self.score_in = nn.Linear(2 * middle + coarse + 5, 96)
        self.score_out = nn.Linear(96, 1)
        self.pointer = nn.Linear(middle, a.pointer_channels)

    def forward(self, fine, middle, coarse, points, labels, mask, mask_given):
        side = fine.shape[-1] * 4
        points = F.pad(points, (0, 0, 0, 1))  # one padding point, so that there is always one
        labels = F.pad(labels, (0, 1), value=-1.0)
        prompt4 = self.prompt_fine(F.relu(self.prompt_fine_in(prompt_maps(points, labels, mask, mask_given, side))))
        prompt8 = self.prompt_middle(F.relu(prompt4))
        prompt16 = self.prompt_coarse(F.relu(prompt8))
        x16 = self.blocks_coarse(coarse + prompt16 + self.similarity_coarse(coarse, points, labels, side))
        x8 = middle + prompt8 + self.similarity_middle(middle, points, labels, side)
        x8 = self.blocks_middle(x8 + upsample(self.coarse_to_middle(x16)))
        x4 = self.blocks_fine(fine + prompt4 + upsample(self.middle_to_fine(x8)))
        logits = self.masks(F.relu(x4)).float()
        return (logits, *self.heads(logits.detach(), x8.float(), x16.float()))

    def heads(self, logits: Tensor, x8: Tensor, x16: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Predicted IoU [B,4], object score [B,1], pointers [B,4,Cp] from features pooled inside and around each mask."""
        probability = torch.sigmoid(logits)
        p8 = F.avg_pool2d(probability, 2)
        ring = F.max_pool2d(p8, 5, 1, 2) - p8
        cells = x8.flatten(2).transpose(1, 2)  # [B,N,c]
        pool = lambda w: torch.matmul(w.flatten(2), cells) / (w.flatten(2).sum(2, keepdim=True) + 1.0)  # noqa: E731
        inside, around = pool(p8), pool(ring)  # [B,4,c]
        whole = cells.mean(1)  # [B,c]
        area = probability.flatten(2).mean(2)
        unsure = (probability * (1 - probability)).flatten(2).mean(2) / (area + 1e-3)
        stable = torch.sigmoid((logits - 1) * 4).flatten(2).sum(2) / (torch.sigmoid((logits + 1) * 4).flatten(2).sum(2) + 1)
        peak = torch.tanh(logits.flatten(2).amax(2) / 8)
        shape = torch.stack([area, torch.sqrt(area + 1e-6), unsure, stable, peak], 2)  # [B,4,5]
        index = torch.eye(4, device=logits.device)[None].expand(len(logits), 4, 4)
        wide = whole[:, None].expand_as(inside)
        quality = self.quality_out(F.relu(self.quality_in(torch.cat([inside, around, wide, shape, index], 2))))
        evidence = torch.cat([inside[:, 0], whole, x16.flatten(2).mean(2), shape[:, 0]], 1)
        score = self.score_out(F.relu(self.score_in(evidence)))
        return torch.sigmoid(quality[..., 0]), score, self.pointer(inside)


# --- Memory ----------------------------------------------------------------------------------------------------------


class Memory(nn.Module):
    """Label propagation: each cell looks up its likes in remembered frames and reads whether they were object.

    A token is [key (unit vector) | object probability of the cell's four quarters | present]. The weight of a token is
    exp(sharpness·(cos − 1) − nearness·distance²), both learned for each temporal row; everything but `exp` is a matrix
    product, and sums over conditioning and over recent memories are exact joint softmaxes of the two groups.
    """

    def __init__(self, a: Architecture):
        super().__init__()
        self.key = nn.Conv2d(a.middle_channels, a.key_channels, 1)
        self.log_sharpness = nn.Parameter(torch.full((a.memory_rows,), math.log(38.0)))
        nearness = torch.full((a.memory_rows,), 80.0)  # sigma 0.08 of the side
        nearness[-1] = 0.2
        self.log_nearness = nn.Parameter(nearness.log())
        self.middle_in = nn.Conv2d(10, a.middle_channels, 3, padding=1)
        self.middle_out = nn.Conv2d(a.middle_channels, a.middle_channels, 1)
        self.coarse_in = nn.Conv2d(10, a.middle_channels, 3, padding=1)
        self.coarse_out = nn.Conv2d(a.middle_channels, a.coarse_channels, 1)

    def keys(self, middle: Tensor) -> Tensor:
        k = self.key(middle).float().flatten(2).transpose(1, 2)  # [B,N,ck]
        return k / torch.sqrt((k**2).sum(2, keepdim=True) + 1e-6)

    def write(self, middle: Tensor, logits: Tensor, binarise: Tensor, object_present: Tensor) -> Tensor:
        cut = binarise[:, None, None, None]
        probability = torch.sigmoid(logits) * (1 - cut) + (logits > 0).float() * cut
        quarters = F.pixel_unshuffle(probability, 2).flatten(2).transpose(1, 2)  # [B,N,4]
        present = object_present[:, None, None].expand(-1, quarters.shape[1], 1)
        keys = self.keys(middle).expand(len(logits), -1, -1)
        return torch.cat([keys, quarters * present, present], 2)

    def read(self, middle: Tensor, memory: Tensor, memory_row: Tensor) -> Tensor:
        """middle [1 or B,·,h,h], memory [B,M,T,ck+5], memory_row [B,M] → maps [B,10,h,h]."""
        side = middle.shape[-1]
        batch, tokens, ck = memory.shape[0], memory.shape[2], memory.shape[3] - 5
        row = memory_row.long()
        sharp = torch.exp(self.log_sharpness)[row][..., None, None]  # [B,M,1,1]
        near = torch.exp(self.log_nearness)[row][..., None, None]
        line = cell_centres(side, middle.device)
        y, x = torch.meshgrid(line, line, indexing="ij")
        place = torch.stack([x.flatten(), y.flatten()], 1)  # [N,2]
        length = (place**2).sum(1, keepdim=True)  # [N,1]
        one = torch.ones_like(length)
        query = torch.cat([self.keys(middle), torch.cat([place, length, one], 1)[None].expand(middle.shape[0], -1, -1)], 2)
        key = torch.cat([memory[..., :ck] * sharp, 2 * near * place, -near * one, -near * length - sharp], 3)
        weight = torch.exp(torch.matmul(query[:, None], key.transpose(2, 3)))  # [B,M,N,T]
        total = torch.matmul(weight, memory[..., ck:]) / tokens  # [B,M,N,5]
        conditioning = (memory_row > len(self.log_nearness) - 1.5).float()[..., None, None]
        groups = []
        for share in (conditioning, 1 - conditioning):
            g = (total * share).sum(1)  # [B,N,5]
            groups += [g[..., :4] / (g[..., 4:] + 1e-8), torch.log(g[..., 4:] + 1e-8) / 8 + 1]
        return torch.cat(groups, 2).transpose(1, 2).reshape(batch, 10, side, side)

    def condition(self, middle: Tensor, coarse: Tensor, maps: Tensor) -> tuple[Tensor, Tensor]:
        middle = middle + self.middle_out(F.relu(self.middle_in(maps)))
        coarse = coarse + self.coarse_out(F.relu(self.coarse_in(F.avg_pool2d(maps, 2))))
        return middle, coarse


# --- The network -----------------------------------------------------------------------------------------------------


class Nano(nn.Module):
    def __init__(self, architecture: Architecture = Architecture()):
        super().__init__()
        self.architecture = architecture
        self.encoder = Encoder(architecture)
        self.decoder = Decoder(architecture)
        self.memory = Memory(architecture)

    def encode(self, picture: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Normalised RGB [B,3,S,S], S a multiple of 32 → fine [B,32,S/4,S/4], middle [B,64,S/8,S/8], coarse [B,128,S/16,S/16]."""
        return self.encoder(picture)

    def decode(self, fine, middle, coarse, points, labels, mask, mask_given):
        """→ masks [B,4,S/4,S/4] (logits), quality [B,4], object_score [B,1], pointers [B,4,Cp]."""
        return self.decoder(fine, middle, coarse, points, labels, mask, mask_given)

    def remember(self, middle: Tensor, logits: Tensor, binarise: Tensor, object_present: Tensor) -> Tensor:
        """→ memory [B,(S/8)^2,key_channels + 5]."""
        return self.memory.write(middle, logits, binarise, object_present)

    def attend(self, middle: Tensor, coarse: Tensor, memory: Tensor, memory_row: Tensor) -> tuple[Tensor, Tensor]:
        """→ conditioned middle and coarse."""
        with torch.autocast(middle.device.type, enabled=False):
            maps = self.memory.read(middle.float(), memory.float(), memory_row)
        return self.memory.condition(middle, coarse, maps)
