"""Trains the nano network for a number of minutes: stills with simulated clicks, clips with memory, or a mix of both.

    python train.py --run NAME --minutes 40 [--stage stills|clips|finish] [--start CHECKPOINT] [--device cpu|cuda]

A stage is a row of STAGES. The learning rate follows the clock, so a run always ends decayed, however busy the machine
is. Started again with the same --run it goes on where the last checkpoint was written.
"""

from __future__ import annotations

import argparse
import copy
import json
import math
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset

import scenes
import stills
from clicks import training_click
from compose import compose
from muon import Muon
from network import Nano

RUNS = Path(__file__).resolve().parent / "runs"
PIXEL_MEAN, PIXEL_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
CHECKPOINT_SECONDS = 120
LOGIT_LIMIT = 32.0  # of fed-back masks, as the predictor clamps them
CLICKERS = ThreadPoolExecutor(max(1, (os.cpu_count() or 1) - 1))  # the distance transform leaves Python's lock


@dataclass(frozen=True)
class Stage:
    side: int
    clip_share: float  # of the steps; the rest are stills
    stills_batch: int
    clips_batch: int
    frames: int
    rate: float
    decay_from: float  # share of the time after which the learning rate falls linearly to 1 %
    scene_share: float  # of the sources
    pasted: float  # probability of pasted objects on a still (clips: 0.75)
    ema: float = 0.998


STAGES = {
    "stills": Stage(192, 0.0, 8, 4, 1, 2e-3, 0.75, 0.45, 0.3),
    "clips": Stage(192, 0.5, 8, 5, 4, 1.8e-3, 0.95, 0.4, 0.3),  # hardly decays: the last stage follows
    "finish": Stage(288, 0.5, 6, 3, 4, 1.2e-3, 0.1, 0.3, 0.3),
}
STILL_TARGETS, CLIP_TARGETS = 3, 2
ROUNDS = (0.35, 0.3, 0.2, 0.15)  # probability of one, two … rounds of clicks on a still


def scaled(stage: Stage, times: int, side: int | None) -> Stage:
    """The stage for a machine that takes larger batches or pictures."""
    batches = {"stills_batch": stage.stills_batch * times, "clips_batch": stage.clips_batch * times}
    return replace(stage, **batches, rate=stage.rate * min(1.5, times**0.5), side=side or stage.side)


# --- Data ------------------------------------------------------------------------------------------------------------


class Batches(IterableDataset):
    """Endless batches; number i depends on the seed and i alone, so a run can be resumed anywhere."""

    def __init__(self, stage: Stage, seed: int, start: int, workers: int):
        self.stage, self.seed, self.start, self.workers = stage, seed, start, max(1, workers)

    def __iter__(self):
        info = torch.utils.data.get_worker_info()
        photos, shards = stills.load(), scenes.shards()
        pool, weights = mixed_pool(photos, scenes.load(shards), self.stage.scene_share)
        number = self.start + (info.id if info else 0)
        while True:
            if number % 100 < self.workers and scenes.shards() != shards:  # newly rendered scenes join in
                shards = scenes.shards()
                pool, weights = mixed_pool(photos, scenes.load(shards), self.stage.scene_share)
            yield self.batch(pool, weights, np.random.default_rng([self.seed, number]))
            number += self.workers

    def batch(self, pool, weights, rng) -> dict[str, Tensor]:
        s = self.stage
        clip = rng.random() < s.clip_share
        count, frames, targets = (s.clips_batch, s.frames, CLIP_TARGETS) if clip else (s.stills_batch, 1, STILL_TARGETS)
        samples = [compose(pool, weights, s.side, frames, targets, 0.75 if clip else s.pasted, rng) for _ in range(count)]
        pictures = torch.from_numpy(np.stack([x.pictures for x in samples]))
        return {"pictures": pictures, "masks": torch.from_numpy(np.stack([x.masks for x in samples]))}


def mixed_pool(photos, rendered, scene_share):
    """Both kinds of sources in one list with the probability of each."""
    share = scene_share if rendered else 0.0
    weights = stills.draw_weights(photos) * (1 - share)
    return photos + rendered, np.concatenate([weights, np.full(len(rendered), share / max(1, len(rendered)))])


def normalise(pictures: Tensor) -> Tensor:
    """uint8 [n,S,S,3] → float [n,3,S,S], channels last in memory."""
    mean, std = (torch.tensor(v, device=pictures.device) * 255 for v in (PIXEL_MEAN, PIXEL_STD))
    return ((pictures.float() - mean) / std).permute(0, 3, 1, 2)


# --- Losses ----------------------------------------------------------------------------------------------------------


@dataclass
class Target:
    """Truth of B objects: soft mask and weight at stride 4 [B,1,h,w], hard mask at full size as numpy [B,S,S]."""

    soft: Tensor
    weight: Tensor
    hard: np.ndarray

    @staticmethod
    def of(masks: Tensor) -> Target:
        """masks uint8 [B,S,S] with 0, 1, 255."""
        soft = F.avg_pool2d((masks == 1).float()[:, None], 4)
        weight = 1 - F.avg_pool2d((masks == stills.IGNORE).float()[:, None], 4)
        return Target(soft, weight, (masks == 1).cpu().numpy())

    @property
    def visible(self) -> Tensor:
        return (self.soft.flatten(1).sum(1) > 1).float()


def mask_loss(logits: Tensor, target: Target) -> Tensor:
    """BCE + dice of every mask [B,4]; where nothing is to be seen only BCE counts."""
    truth, weight = target.soft, target.weight
    bce = (F.binary_cross_entropy_with_logits(logits, truth.expand_as(logits), reduction="none") * weight).mean((2, 3))
    p = torch.sigmoid(logits) * weight
    t = truth * weight
    dice = 1 - (2 * (p * t).sum((2, 3)) + 1) / (p.sum((2, 3)) + t.sum((2, 3)) + 1)
    return bce + dice * target.visible[:, None]


def true_iou(logits: Tensor, target: Target) -> Tensor:
    """IoU of the masks cut at 0 [B,4], at stride 4."""
    p, t = ((logits > 0) & (target.weight > 0.5)).float(), (target.soft > 0.5).float()
    both = (p * t).sum((2, 3))
    return both / (p.sum((2, 3)) + t.sum((2, 3)) - both).clamp(min=1)


def head_loss(logits: Tensor, quality: Tensor, score: Tensor, target: Target) -> Tensor:
    """Predicted IoU (where the object is visible) and object score."""
    wrong = F.smooth_l1_loss(quality.float(), true_iou(logits, target), reduction="none", beta=0.2).mean(1)
    seen = F.binary_cross_entropy_with_logits(score.float()[:, 0], target.visible, reduction="none")
    return (wrong * target.visible).mean() * 2 + seen.mean() * 0.25


# --- One step --------------------------------------------------------------------------------------------------------


@dataclass
class Prompt:
    """Prompts of B objects so far: points [B,P,2], labels [B,P], previous logits [B,1,h,w], given [B]."""

    points: Tensor
    labels: Tensor
    mask: Tensor
    given: Tensor

    def with_click(self, logits: Tensor, target: Target, rng: np.random.Generator) -> Prompt:
        """One corrective click on each mask; the mask itself is fed back detached."""
        previous = logits.detach().clamp(-LOGIT_LIMIT, LOGIT_LIMIT)
        side = target.hard.shape[-1]
        cut = F.interpolate(previous, size=(side, side), mode="bilinear")[:, 0].cpu().numpy() > 0
        jobs = zip(cut, target.hard, rng.spawn(len(cut)))
        clicks = np.array(list(CLICKERS.map(lambda job: training_click(*job, 0.7), jobs)), np.float32)
        new = torch.from_numpy(clicks).to(self.points.device)
        points = torch.cat([self.points, new[:, None, :2]], 1)
        return Prompt(points, torch.cat([self.labels, new[:, 2:]], 1), previous, torch.ones_like(self.given))


def first_prompt(target: Target, rng: np.random.Generator, boxes: float) -> tuple[Prompt, Tensor]:
    """A click (half of them the deepest point) or a jittered box for each object; also which are single clicks [B]."""
    count, side = len(target.hard), target.hard.shape[-1]
    points, labels = np.zeros((count, 2, 2), np.float32), np.full((count, 2), -1, np.float32)
    for b, truth in enumerate(target.hard):
        if rng.random() < boxes and truth.any():
            rows, columns = np.nonzero(truth)
            corners = np.array([[columns.min(), rows.min()], [columns.max(), rows.max()]], np.float32)
            jitter = rng.normal(0, 0.05, (2, 2)) * (corners[1] - corners[0])
            points[b], labels[b] = np.clip(corners + jitter, 0, side - 1), (2, 3)
        else:
            x, y, label = training_click(None, truth, rng, 0.5)
            points[b, 0], labels[b, 0] = (x, y), label
    device = target.soft.device
    p = Prompt(torch.from_numpy(points), torch.from_numpy(labels), torch.zeros_like(target.soft), torch.zeros(count, device=device))
    p.points, p.labels = p.points.to(device), p.labels.to(device)
    return p, (p.labels[:, 0] != 2).float()


def prompted_frame(net: Nano, levels, target: Target, rounds: int, rng) -> tuple[Tensor, Tensor, dict]:
    """Click (or box) and corrections on one frame: loss, logits of the last round [B,1,h,w], figures."""
    prompt, single = first_prompt(target, rng, 0.12)
    loss, figures = torch.zeros((), device=target.soft.device), {}
    for r in range(rounds):
        logits, quality, score, _ = net.decode(*levels, prompt.points, prompt.labels, prompt.mask, prompt.given)
        each = mask_loss(logits, target)
        if r == 0:
            ambiguous = each[:, 1:].amin(1) + 0.5 * each[:, 0] + 0.05 * each[:, 1:].sum(1)
            loss = loss + (ambiguous * single + (each[:, 0] + 0.3 * each[:, 1:].mean(1)) * (1 - single)).mean()
            best = 1 + quality[:, 1:].argmax(1)
            chosen = logits.gather(1, best[:, None, None, None].expand(-1, 1, *logits.shape[2:]))
            iou = true_iou(logits, target)
            figures["best"] = iou[:, 1:].amax(1).mean().item()
            figures["chosen"] = iou.gather(1, best[:, None]).mean().item()
        else:
            loss = loss + each[:, 0].mean()
        figures[f"round{r + 1}"] = true_iou(logits[:, :1], target).mean().item()
        loss = loss + head_loss(logits, quality, score, target)
        last = chosen if r == 0 and rng.random() < 0.5 else logits[:, :1]
        if r + 1 < rounds:
            prompt = prompt.with_click(last, target, rng)
    return loss, last, figures


def still_step(net: Nano, pictures: Tensor, masks: Tensor, rng) -> tuple[Tensor, dict]:
    """pictures [n,1,S,S,3], masks [n,1,K,S,S]: one encoding for K objects and some rounds of clicks."""
    levels = [v.repeat_interleave(masks.shape[2], 0) for v in net.encode(normalise(pictures[:, 0]))]
    rounds = 1 + int(rng.choice(len(ROUNDS), p=ROUNDS))
    loss, _, figures = prompted_frame(net, levels, Target.of(masks[:, 0].flatten(0, 1)), rounds, rng)
    return loss, figures


def clip_step(net: Nano, pictures: Tensor, masks: Tensor, rng) -> tuple[Tensor, dict]:
    """pictures [n,F,S,S,3], masks [n,F,K,S,S]: prompt the first frame, track the others, sometimes correct the last."""
    n, frames, targets = masks.shape[:3]
    encoded = net.encode(normalise(pictures.flatten(0, 1)))
    at = lambda t: [v.unflatten(0, (n, frames))[:, t].repeat_interleave(targets, 0) for v in encoded]  # noqa: E731
    truth = [Target.of(masks[:, t].flatten(0, 1)) for t in range(frames)]
    levels = at(0)
    loss, logits, figures = prompted_frame(net, levels, truth[0], int(rng.integers(1, 3)), rng)
    exact = torch.from_numpy(rng.random((len(logits), 1, 1, 1)) < 0.6).to(logits.device)  # prompted by a mask
    logits = torch.where(exact, (truth[0].soft - 0.5) * 20, logits)
    ones = torch.ones(len(logits), device=logits.device)
    conditioning = net.architecture.conditioning_row
    memories, rows = [net.remember(levels[1], logits.detach(), ones, ones)], [conditioning]
    flowing, taught, tracked = rng.random() < 0.5, rng.random() < 0.5, []
    for t in range(1, frames):
        fine, middle, coarse = at(t)
        row = torch.tensor(rows, device=logits.device, dtype=torch.float32).expand(len(logits), -1)
        conditioned = net.attend(middle, coarse, torch.stack(memories, 1), row)
        none = Prompt(logits.new_zeros(len(logits), 0, 2), logits.new_zeros(len(logits), 0), torch.zeros_like(logits), torch.zeros_like(ones))
        out, quality, score, _ = net.decode(fine, *conditioned, none.points, none.labels, none.mask, none.given)
        loss = loss + mask_loss(out[:, :1], truth[t])[:, 0].mean() + head_loss(out, quality, score, truth[t])
        if t == frames - 1 and rng.random() < 0.3:
            again = none.with_click(out[:, :1], truth[t], rng)
            fixed, q, s, _ = net.decode(fine, *conditioned, again.points, again.labels, again.mask, again.given)
            loss = loss + mask_loss(fixed[:, :1], truth[t])[:, 0].mean() + head_loss(fixed, q, s, truth[t])
        seen = truth[t].visible > 0
        iou = true_iou(out[:, :1], truth[t])[:, 0]
        tracked.append(iou[seen].mean().item() if seen.any() else math.nan)
        present = truth[t].visible if taught else (score[:, 0] > 0).float()
        logits = out[:, :1]
        written = net.remember(middle, logits if flowing else logits.detach(), torch.zeros_like(ones), present)
        memories = [memories[0], written, *memories[1:conditioning]]
        rows = [conditioning, *range(len(memories) - 1)]
    figures = {f"clip_{k}": v for k, v in figures.items() if k in ("chosen", "round1")}
    return loss / (frames - 1) * 2, figures | {"tracked": float(np.nanmean(tracked or [math.nan])), "tracked_last": tracked[-1]}


# --- The run ---------------------------------------------------------------------------------------------------------


def optimisers_of(net: Nano) -> list[torch.optim.Optimizer]:
    """Muon for the matrices inside, AdamW for the ends, depthwise kernels, norms and biases. `times`: of the stage's rate."""
    ends = ("encoder.stem", "decoder.prompt_fine_in", "decoder.masks", "memory.")
    inside = [p for n, p in net.named_parameters() if p.ndim > 1 and min(p.shape[:2]) > 1 and not n.startswith(ends)]
    known = {id(p) for p in inside}
    rest = [p for p in net.parameters() if id(p) not in known]
    decayed, plain = [p for p in rest if p.ndim > 1], [p for p in rest if p.ndim <= 1]
    groups = [{"params": decayed, "weight_decay": 0.03, "times": 1.0}, {"params": plain, "weight_decay": 0.0, "times": 1.0}]
    return [Muon([{"params": inside, "times": 2.5}], 0.0, 0.03), torch.optim.AdamW(groups, 0.0, (0.9, 0.99))]


def learning_rate(stage: Stage, progress: float, step: int) -> float:
    """Warm-up over 60 steps, constant, linear to 1 % of the rate between `decay_from` and the end."""
    fall = max(0.0, (progress - stage.decay_from) / (1 - stage.decay_from))
    return stage.rate * min(1.0, (step + 1) / 60) * (1 - 0.99 * min(1.0, fall))


@torch.no_grad()
def follow(average: Nano, net: Nano, decay: float) -> None:
    for a, b in zip(average.state_dict().values(), net.state_dict().values()):
        a.lerp_(b, 1 - decay) if a.dtype.is_floating_point else a.copy_(b)


def save(path: Path, **state) -> None:
    torch.save(state, path.with_suffix(".part"))
    path.with_suffix(".part").replace(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", required=True)
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--stage", choices=STAGES, default="stills")
    parser.add_argument("--start", type=Path, help="checkpoint whose averaged weights are the start")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--batch-scale", type=int, default=1, help="times the pictures a step; the learning rate grows with its root")
    parser.add_argument("--side", type=int, help="instead of the stage's")
    a = parser.parse_args()

    stage, folder = scaled(STAGES[a.stage], a.batch_scale, a.side), RUNS / a.run
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(a.threads)
    torch.set_flush_denormal(True)  # far Gaussians and weights of unlike cells underflow
    torch.manual_seed(a.seed)
    net = Nano()
    if a.start:
        net.load_state_dict(torch.load(a.start, map_location="cpu")["average"])
    net = net.to(a.device, memory_format=torch.channels_last)
    average, optimisers, step, elapsed = copy.deepcopy(net), optimisers_of(net), 0, 0.0
    path = folder / "checkpoint.pt"
    if path.exists():
        kept = torch.load(path, map_location=a.device)
        net.load_state_dict(kept["network"])
        average.load_state_dict(kept["average"])
        for optimiser, state in zip(optimisers, kept["optimisers"]):
            optimiser.load_state_dict(state)
        step, elapsed = kept["step"], kept["elapsed"]

    def checkpoint() -> None:
        states = [optimiser.state_dict() for optimiser in optimisers]
        save(path, network=net.state_dict(), average=average.state_dict(), optimisers=states, step=step, elapsed=elapsed)

    data = iter(DataLoader(Batches(stage, a.seed, step, a.workers), batch_size=None, num_workers=a.workers, prefetch_factor=4 if a.workers else None))
    log, sums, stopped = (folder / "log.jsonl").open("a"), {}, []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))  # finish the step, write a checkpoint, leave
    clock, saved = time.monotonic(), time.monotonic()
    while elapsed < a.minutes * 60 and not stopped:
        batch = {k: v.to(a.device, non_blocking=True) for k, v in next(data).items()}
        rng = np.random.default_rng([a.seed, step, 1])
        rate = learning_rate(stage, elapsed / (a.minutes * 60), step)
        for group in (group for optimiser in optimisers for group in optimiser.param_groups):
            group["lr"] = rate * group["times"]
        run_step = still_step if batch["pictures"].shape[1] == 1 else clip_step
        with torch.autocast(a.device, torch.bfloat16):
            loss, figures = run_step(net, batch["pictures"], batch["masks"], rng)
        net.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        for optimiser in optimisers:
            optimiser.step()
        step += 1
        follow(average, net, min(stage.ema, (step + 1) / (step + 20)))
        now = time.monotonic()
        elapsed, clock = elapsed + now - clock, now
        for key, value in ({"loss": loss.item()} | figures).items():
            sums.setdefault(key, []).append(value)
        if step % 50 == 0:
            row = {"step": step, "minutes": round(elapsed / 60, 2), "rate": rate} | {k: round(float(np.nanmean(v)), 4) for k, v in sums.items()}
            log.write(json.dumps(row) + "\n")
            log.flush()
            sums = {}
        if now - saved > CHECKPOINT_SECONDS:
            checkpoint()
            saved = now
    checkpoint()


if __name__ == "__main__":
    main()
