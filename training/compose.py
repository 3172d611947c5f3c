"""Training material from stills and rendered scenes: warped pictures, pasted objects, and short clips with motion.

A clip is one source under a smooth camera path, with objects cut from other sources flying over it, an elastic field,
brightness drift and blur; a still is a clip of one frame. Identities and occlusion are exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator

from stills import IGNORE, Still

MIN_PIXELS = 30  # an object smaller than this in the first frame is no target
TARGET_AREA_POWER = 0.4  # targets are drawn in proportion to area^0.4: what people click in a video is mostly a whole thing


@dataclass(frozen=True)
class Sample:
    """pictures uint8 [F,S,S,3] RGB; masks uint8 [F,K,S,S] (0, 1, 255 ignore), each target visible in frame 0."""

    pictures: np.ndarray
    masks: np.ndarray


@dataclass(frozen=True)
class Sprite:
    """An object cut out of a source: RGB and soft alpha, both [h,w,·]."""

    colour: np.ndarray
    alpha: np.ndarray


def compose(pool: list[Still], weights: np.ndarray, side: int, frames: int, targets: int, pasted: float, rng: Generator) -> Sample:
    """One sample; `pasted` is the probability that objects of other sources are pasted on."""
    while True:
        source = pool[rng.choice(len(pool), p=weights)]
        pictures, ids = camera_path(source, side, frames, rng)
        if rng.random() < pasted:
            sprites = [cut_sprite(pool[rng.choice(len(pool), p=weights)], rng) for _ in range(rng.integers(1, 4))]
            sprites = [s for s in sprites if s is not None]
            if sprites and rng.random() < 0.25:
                sprites.append(sprites[rng.integers(len(sprites))])  # a twin: same looks, another identity
            for sprite in sprites:
                fly_over(pictures, ids, sprite, rng)
        if frames > 1:
            deform(pictures, ids, rng)
            if rng.random() < 0.08:
                cut_away(pictures, ids, pool[rng.choice(len(pool), p=weights)], rng)
            if rng.random() < 0.3:
                pictures, ids = pictures[::-1], ids[::-1]
        chosen = choose_targets(ids[0], source.unions, targets, rng)
        if chosen:
            masks = np.stack([np.stack([target_mask(frame, members) for members in chosen]) for frame in ids])
            return Sample(change_colours(np.stack(pictures), rng), masks)


# --- Geometry --------------------------------------------------------------------------------------------------------


def crop_parameters(source: Still, rng: Generator) -> np.ndarray:
    """(centre x, centre y, width, height, angle, flip) of a crop of the source, in its full-size pixels."""
    height, width = source.levels[0][1].shape
    flip = 1.0 if rng.random() < 0.5 else -1.0
    if rng.random() < 0.4:
        return np.array([width / 2, height / 2, width, height, 0.0, flip])
    scale, aspect = rng.uniform(0.3, 1.0), np.exp(rng.normal(0, 0.18))
    crop_width, crop_height = min(width, width * scale * aspect), min(height, height * scale / aspect)
    ids = source.levels[1][1]
    present = np.unique(ids)
    present = present[(present > 0) & (present != IGNORE)]
    x, y = rng.uniform(0, width), rng.uniform(0, height)
    if len(present):
        rows, columns = np.nonzero(ids == rng.choice(present))
        pick = rng.integers(len(rows))
        x, y = columns[pick] * 2 + rng.normal(0, crop_width * 0.2), rows[pick] * 2 + rng.normal(0, crop_height * 0.2)
    x = np.clip(x, crop_width / 2, width - crop_width / 2)
    y = np.clip(y, crop_height / 2, height - crop_height / 2)
    angle = rng.normal(0, 8) if rng.random() < 0.35 else 0.0
    return np.array([x, y, crop_width, crop_height, angle, flip])


def view(source: Still, crop: np.ndarray, side: int) -> tuple[np.ndarray, np.ndarray]:
    """The crop as a square picture with ids; from the half-size level where it is shrunk a lot; outside is ignored."""
    x, y, width, height, angle, flip = crop
    level = 1 if side / max(width, height) < 0.6 else 0
    picture, ids = source.levels[level]
    shrink = 2.0**level
    cosine, sine = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    linear = np.array([[flip * side / width, 0], [0, side / height]]) @ np.array([[cosine, -sine], [sine, cosine]]) * shrink
    offset = np.array([side / 2, side / 2]) - linear @ np.array([x, y]) / shrink
    matrix = np.column_stack([linear, offset + (linear.sum(1) - 1) / 2])  # pixel centres, not corners
    size = (side, side)
    warped = cv2.warpAffine(picture, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    labels = cv2.warpAffine(ids, matrix, size, flags=cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT, borderValue=IGNORE)
    return warped, labels


def camera_path(source: Still, side: int, frames: int, rng: Generator) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """The source under a smooth path of crops: drift, zoom and roll of random strength with a little jitter."""
    start = crop_parameters(source, rng)
    strength = rng.choice([0.0, 0.3, 1.0])
    drift = np.array([*rng.normal(0, 0.06, 2) * start[2:4], *[rng.normal(0, 0.05)] * 2, rng.normal(0, 4), 0]) * strength
    pictures, ids = [], []
    for t in range(frames):
        crop = start + t * drift * np.array([1, 1, 0, 0, 1, 1])
        crop[2:4] *= np.exp(t * drift[2])
        if t:
            crop[:2] += rng.normal(0, 0.006, 2) * start[2:4] * strength
        picture, labels = view(source, crop, side)
        pictures.append(picture)
        ids.append(labels)
    return pictures, ids


def deform(pictures: list[np.ndarray], ids: list[np.ndarray], rng: Generator) -> None:
    """A smooth random displacement that grows from frame to frame, in 60 % of the clips."""
    if rng.random() > 0.6:
        return
    side, cells = ids[0].shape[0], int(rng.integers(3, 7))
    field = [cv2.resize(rng.normal(0, rng.uniform(0.005, 0.02), (cells, cells)), (side, side), interpolation=cv2.INTER_CUBIC) for _ in range(2)]
    rows, columns = np.mgrid[0:side, 0:side].astype(np.float32)
    for t in range(1, len(pictures)):
        x = (columns + field[0] * side * t).astype(np.float32)
        y = (rows + field[1] * side * t).astype(np.float32)
        pictures[t] = cv2.remap(pictures[t], x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
        ids[t] = cv2.remap(ids[t], x, y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REFLECT_101)


def cut_away(pictures: list[np.ndarray], ids: list[np.ndarray], other: Still, rng: Generator) -> None:
    """A hard cut: from some frame on another scene is seen and the targets are absent."""
    for t in range(int(rng.integers(1, len(pictures))), len(pictures)):
        pictures[t], labels = view(other, crop_parameters(other, rng), pictures[0].shape[0])
        ids[t] = np.zeros_like(labels)


# --- Pasted objects --------------------------------------------------------------------------------------------------


def cut_sprite(source: Still, rng: Generator) -> Sprite | None:
    """A random object of the source, at full size, with a soft edge; None where it has none that is large enough."""
    picture, ids = source.levels[0]
    values, counts = np.unique(ids, return_counts=True)
    values = values[(values > 0) & (values != IGNORE) & (counts > 300)]
    if not len(values):
        return None
    mask = (ids == rng.choice(values)).astype(np.uint8)
    x, y, w, h = cv2.boundingRect(mask)
    pad = lambda a: cv2.copyMakeBorder(a[y : y + h, x : x + w], 2, 2, 2, 2, cv2.BORDER_REPLICATE)  # noqa: E731
    alpha = cv2.copyMakeBorder(mask[y : y + h, x : x + w] * 255, 2, 2, 2, 2, cv2.BORDER_CONSTANT)
    return Sprite(pad(picture), cv2.GaussianBlur(alpha, (3, 3), 0))


def fly_over(pictures: list[np.ndarray], ids: list[np.ndarray], sprite: Sprite, rng: Generator) -> None:
    """Paste the sprite on every frame along its own path, under a new identity, with its light drawn to the ground's."""
    side, identity = ids[0].shape[0], next_identity(ids)
    if identity is None:
        return
    h, w = sprite.alpha.shape
    size = side * np.exp(rng.uniform(np.log(0.08), np.log(0.6))) / max(h, w)
    start, speed = rng.uniform(0.05, 0.95, 2), rng.normal(0, rng.choice([0.02, 0.1]), 2)
    bend, spin, growth = rng.normal(0, 0.02, 2), rng.normal(0, 6), rng.normal(0, 0.06)
    angle, flip = rng.normal(0, 15), rng.choice([-1.0, 1.0])
    gain = 1 + 0.6 * (pictures[0].mean() / max(sprite.colour[sprite.alpha > 127].mean(), 10) - 1)
    colour = np.clip(sprite.colour * np.clip(gain, 0.6, 1.6), 0, 255).astype(np.uint8)
    elastic = rng.normal(0, 0.03, (2, 4, 4)) * (rng.random() < 0.6)
    for t in range(len(pictures)):
        place = (start + speed * t + bend * t * t) * side
        turn, scale = np.radians(angle + spin * t), size * np.exp(growth * t)
        linear = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ np.diag([flip, 1.0])
        matrix = np.column_stack([linear, place - linear @ np.array([w / 2, h / 2])])
        rgb, alpha = (warp_sprite(layer, matrix, elastic * t, side, scale) for layer in (colour, sprite.alpha))
        soft = alpha[..., None].astype(np.float32) / 255
        pictures[t] = (pictures[t] * (1 - soft) + rgb * soft).astype(np.uint8)
        ids[t] = np.where(alpha > 127, np.uint8(identity), ids[t])


def warp_sprite(layer: np.ndarray, matrix: np.ndarray, elastic: np.ndarray, side: int, scale: float) -> np.ndarray:
    if elastic.any():
        h, w = layer.shape[:2]
        rows, columns = np.mgrid[0:h, 0:w].astype(np.float32)
        dx, dy = (cv2.resize(e, (w, h), interpolation=cv2.INTER_CUBIC) * max(h, w) for e in elastic)
        layer = cv2.remap(layer, (columns + dx).astype(np.float32), (rows + dy).astype(np.float32), cv2.INTER_LINEAR)
    if scale < 0.5:  # shrink in two steps, so that the warp does not alias
        layer = cv2.resize(layer, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        matrix = matrix * np.array([[2, 2, 1]])
    return cv2.warpAffine(layer, matrix, (side, side), flags=cv2.INTER_LINEAR)


def next_identity(ids: list[np.ndarray]) -> int | None:
    free = 1 + max(int(frame[frame != IGNORE].max(initial=0)) for frame in ids)
    return free if free < IGNORE else None


# --- Targets ---------------------------------------------------------------------------------------------------------


def choose_targets(ids: np.ndarray, unions: tuple[tuple[int, ...], ...], count: int, rng: Generator) -> list[tuple[int, ...]]:
    """Identities (or unions of parts) to segment, drawn by TARGET_AREA_POWER without repeats while there are enough."""
    areas = np.bincount(ids.ravel(), minlength=256)
    candidates = [(i,) for i in range(1, IGNORE) if areas[i] >= MIN_PIXELS]
    candidates += [u for u in unions if sum(areas[i] for i in u) >= MIN_PIXELS]
    if not candidates:
        return []
    size = np.array([sum(areas[i] for i in c) for c in candidates], float) ** TARGET_AREA_POWER
    order = list(rng.choice(len(candidates), min(count, len(candidates)), replace=False, p=size / size.sum()))
    order += list(rng.choice(order, count - len(order))) if len(order) < count else []
    return [candidates[i] for i in order]


def target_mask(ids: np.ndarray, members: tuple[int, ...]) -> np.ndarray:
    mask = np.isin(ids, members) if len(members) > 1 else ids == members[0]
    return np.where(ids == IGNORE, np.uint8(IGNORE), mask.astype(np.uint8))


# --- Light -----------------------------------------------------------------------------------------------------------


def change_colours(pictures: np.ndarray, rng: Generator) -> np.ndarray:
    """Gain, bias, gamma, saturation, channel order, blur and noise: one draw for the clip, brightness drifting along it."""
    x = pictures.astype(np.float32) / 255
    if rng.random() < 0.8:
        saturation = rng.uniform(0, 1.5) if rng.random() < 0.5 else 1.0
        grey = x.mean(3, keepdims=True)
        x = grey + (x - grey) * saturation
        gain = np.exp(rng.normal(0, 0.18) + rng.normal(0, 0.07, 3))
        drift = 1 + rng.normal(0, 0.03) * np.arange(len(x))[:, None, None, None]
        x = np.clip(x * gain * drift + rng.normal(0, 0.05), 0, 1) ** np.exp(rng.normal(0, 0.18))
    if rng.random() < 0.1:
        x = x[..., rng.permutation(3)]
    if rng.random() < 0.2:
        sigma = rng.uniform(0.4, 1.5)
        x = np.stack([cv2.GaussianBlur(frame, (0, 0), sigma) for frame in x])
    if rng.random() < 0.3:
        x = x + rng.normal(0, rng.uniform(0.005, 0.04), x.shape).astype(np.float32)
    return (np.clip(x, 0, 1) * 255).astype(np.uint8)
