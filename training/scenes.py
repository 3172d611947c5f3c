"""Renders scenes with exact masks: solids and blobs, articulated figures, thin things, things with parts, crowds of twins.

    python scenes.py --count 3000        (adds a shard to packed/scenes; about 20 scenes a second and core)

Each object gets a texture of its own (flat, gradient, noise, stripes, checks, or a piece of a photograph), a light, a
soft edge and maybe a shadow. Training picks up new shards while it runs.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import cv2
import numpy as np
from numpy.random import Generator

import stills

FOLDER = stills.HERE / "packed" / "scenes"
SIDE = 288
MAX_LOADED = 4000
SHELF_LIFE = 40  # scenes that share a shelf of textures
SCENE_SET = "rendered"


# --- Textures --------------------------------------------------------------------------------------------------------


def colour(rng: Generator) -> np.ndarray:
    """A random colour; often muted, as in photographs."""
    grey, tint = rng.uniform(15, 240), rng.normal(0, rng.choice([8, 45]), 3)
    return np.clip(grey + tint, 0, 255)


def noise(rng: Generator, octaves: int) -> np.ndarray:
    """Smooth noise in 0…1 with `octaves` scales [SIDE,SIDE]."""
    total, weight = np.zeros((SIDE, SIDE), np.float32), 1.0
    cells = int(rng.integers(2, 6))
    for _ in range(octaves):
        layer = rng.random((cells, cells)).astype(np.float32)
        total += weight * cv2.resize(layer, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
        cells, weight = min(SIDE, cells * 2 + 1), weight * 0.55
    low, high = np.quantile(total, [0.02, 0.98])
    return np.clip((total - low) / (high - low + 1e-6), 0, 1)


def texture(photos: list[stills.Still], rng: Generator) -> np.ndarray:
    """A picture [SIDE,SIDE,3] float: one of six kinds."""
    kind, one, two = rng.random(), colour(rng), colour(rng)
    rows, columns = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32) / SIDE
    angle = rng.uniform(0, np.pi)
    along = rows * np.sin(angle) + columns * np.cos(angle)
    if kind < 0.4:  # a piece of a photograph, colours shifted
        picture = photos[rng.integers(len(photos))].levels[0][0]
        h, w = picture.shape[:2]
        size = int(rng.uniform(0.15, 0.9) * min(h, w))
        y, x = rng.integers(0, h - size + 1), rng.integers(0, w - size + 1)
        piece = cv2.resize(picture[y : y + size, x : x + size], (SIDE, SIDE), interpolation=cv2.INTER_LINEAR).astype(np.float32)
        return np.clip(piece * np.exp(rng.normal(0, 0.25)) + rng.normal(0, 15, 3), 0, 255).astype(np.float32)
    if kind < 0.55:
        mix = np.full((SIDE, SIDE), rng.random(), np.float32)
    elif kind < 0.65:
        mix = np.clip(along, 0, 1)
    elif kind < 0.82:
        mix = noise(rng, int(rng.integers(1, 6)))
    elif kind < 0.93:
        mix = (np.sin(along * rng.uniform(15, 120) + noise(rng, 2) * rng.uniform(0, 6)) > rng.uniform(-0.5, 0.5)).astype(np.float32)
    else:
        cells = rng.uniform(4, 20)
        mix = ((np.floor(rows * cells) + np.floor(columns * cells)) % 2).astype(np.float32)
    grain = rng.normal(0, rng.uniform(0, 8), (SIDE, SIDE, 1))
    return np.clip(one + (two - one) * mix[..., None] + grain, 0, 255).astype(np.float32)


# --- Shapes: lists of part masks, uint8 0/255 [SIDE,SIDE] -------------------------------------------------------------


def fill(points: np.ndarray) -> np.ndarray:
    mask = np.zeros((SIDE, SIDE), np.uint8)
    cv2.fillPoly(mask, [np.round(points * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    return mask


def blob(centre, size, rng: Generator) -> np.ndarray:
    """A closed curve of a few harmonics, stretched and turned."""
    angle = np.linspace(0, 2 * np.pi, 80, endpoint=False)
    radius = 1 + sum(rng.normal(0, 0.35 / k) * np.cos(k * angle + rng.uniform(0, 6.3)) for k in range(2, 7))
    return fill(centre + turned(np.stack([np.cos(angle), np.sin(angle) * rng.uniform(0.35, 1)], 1) * np.abs(radius)[:, None] * size, rng))


def polygon(centre, size, rng: Generator) -> np.ndarray:
    """A polygon of 3 to 9 corners, or a rectangle."""
    if rng.random() < 0.4:
        w, h = size, size * rng.uniform(0.2, 1)
        corners = np.array([[-w, -h], [w, -h], [w, h], [-w, h]])
    else:
        angle = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(3, 10)))
        corners = np.stack([np.cos(angle), np.sin(angle)], 1) * size * rng.uniform(0.5, 1.1, (len(angle), 1))
    return fill(centre + turned(corners, rng))


def turned(points: np.ndarray, rng: Generator) -> np.ndarray:
    a = rng.uniform(0, 2 * np.pi)
    return points @ np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])


def thin(centre, size, rng: Generator) -> np.ndarray:
    """A bent line."""
    steps = np.cumsum(rng.normal(0, 0.5, 12)) + rng.uniform(0, 6.3)
    line = centre + np.cumsum(np.stack([np.cos(steps), np.sin(steps)], 1) * size / 5, 0)
    mask = np.zeros((SIDE, SIDE), np.uint8)
    cv2.polylines(mask, [np.round(line * 16).astype(np.int32)], False, 255, int(rng.integers(2, 9)), cv2.LINE_AA, 4)
    return mask


def limb(start, end, width) -> np.ndarray:
    mask = np.zeros((SIDE, SIDE), np.uint8)
    cv2.line(mask, tuple(int(v) for v in start), tuple(int(v) for v in end), 255, max(2, int(width)), cv2.LINE_AA)
    return mask


def figure(centre, size, rng: Generator) -> list[np.ndarray]:
    """A person or an animal of capsules: body with head, legs, arms; dressed in up to three parts."""
    upright = rng.random() < 0.6
    axis = np.array([0, 1.0]) if upright else np.array([1.0, 0])
    axis = axis + rng.normal(0, 0.15, 2)
    side = np.array([axis[1], -axis[0]])
    top, bottom = centre - axis * size * 0.5, centre + axis * size * 0.3
    thick = size * rng.uniform(0.25, 0.5)
    torso = limb(top, bottom, thick)
    head = np.zeros((SIDE, SIDE), np.uint8)
    at = top - axis * thick * rng.uniform(0.6, 1.1)
    cv2.circle(head, tuple(int(v) for v in at), max(2, int(thick * rng.uniform(0.3, 0.6))), 255, -1, cv2.LINE_AA)
    limbs = np.zeros((SIDE, SIDE), np.uint8)
    down = axis if upright else np.array([0, 1.0])
    for k in range(4):
        root = (bottom if k < 2 else top) + side * thick * 0.25 * (-1) ** k * (1 if upright else 0.5)
        knee = root + (down + rng.normal(0, 0.45, 2)) * size * rng.uniform(0.25, 0.45)
        foot = knee + (down + rng.normal(0, 0.45, 2)) * size * rng.uniform(0.25, 0.45)
        width = thick * rng.uniform(0.25, 0.45)
        limbs = np.maximum(limbs, np.maximum(limb(root, knee, width), limb(knee, foot, width * 0.8)))
    parts = [limbs, torso, head]
    return parts if rng.random() < 0.7 else [np.maximum.reduce(parts)]


def thing(centre, size, rng: Generator) -> list[np.ndarray]:
    """A solid, maybe with smaller parts on it (a door, an eye, a wheel); later parts lie on top."""
    base = blob(centre, size, rng) if rng.random() < 0.5 else polygon(centre, size, rng)
    parts = [base]
    if rng.random() < 0.45:
        for _ in range(rng.integers(1, 4)):
            shape = blob if rng.random() < 0.5 else polygon
            parts.append(np.minimum(shape(centre + rng.normal(0, size * 0.35, 2), size * rng.uniform(0.15, 0.45), rng), base))
    return parts


# --- Scenes ----------------------------------------------------------------------------------------------------------


def paint(canvas: np.ndarray, mask: np.ndarray, surface: np.ndarray, light: np.ndarray, blur: float) -> np.ndarray:
    soft = mask.astype(np.float32) / 255
    if blur > 0.3:
        soft = cv2.GaussianBlur(soft, (0, 0), blur)
    return canvas * (1 - soft[..., None]) + surface * light[..., None] * soft[..., None]


def fresh_texture(shelf: list[np.ndarray], rng: Generator) -> np.ndarray:
    """A texture of the shelf, shifted, mirrored and turned, so that few textures make many surfaces."""
    surface = shelf[rng.integers(len(shelf))]
    surface = np.rot90(surface, rng.integers(4))[:: rng.choice([-1, 1])]
    return np.roll(surface, int(rng.integers(SIDE)), int(rng.integers(2)))


def render(shelf: list[np.ndarray], rng: Generator) -> tuple[np.ndarray, np.ndarray, list[tuple[int, ...]]]:
    """Picture uint8 [SIDE,SIDE,3], ids uint8, unions of ids that are parts of one thing; `shelf`: textures to use."""
    canvas, ids, unions, free = fresh_texture(shelf, rng), np.zeros((SIDE, SIDE), np.uint8), [], 1
    if rng.random() < 0.4:
        canvas = cv2.GaussianBlur(canvas, (0, 0), rng.uniform(0.5, 5))
    if rng.random() < 0.5:  # a horizon
        floor = fill(np.array([[-9, rng.uniform(0.3, 0.9) * SIDE], [SIDE + 9, rng.uniform(0.3, 0.9) * SIDE], [SIDE + 9, SIDE + 9], [-9, SIDE + 9]]))
        canvas = paint(canvas, floor, fresh_texture(shelf, rng), np.ones((SIDE, SIDE), np.float32), 0)
    shadows, blur = rng.random() < 0.5, rng.uniform(0, 1.2)
    crowd = rng.random() < 0.25
    shared = [fresh_texture(shelf, rng) for _ in range(3)]
    for _ in range(rng.integers(6, 14) if crowd else rng.integers(2, 9)):
        size = SIDE * np.exp(rng.uniform(np.log(0.03), np.log(0.12 if crowd else 0.35)))
        centre, kind = rng.uniform(0.02, 0.98, 2) * SIDE, rng.random()
        parts = thing(centre, size, rng) if kind < 0.6 else figure(centre, size * 1.6, rng) if kind < 0.88 else [thin(centre, size, rng)]
        whole = np.maximum.reduce(parts)
        if shadows:
            moved = cv2.warpAffine(whole, np.float32([[1, 0, size * 0.15], [0, 1, size * 0.2]]), (SIDE, SIDE))
            dark = cv2.GaussianBlur(moved, (0, 0), max(1.0, size * 0.1)).astype(np.float32) / 255
            canvas = canvas * (1 - 0.45 * dark[..., None])
        rows, columns = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)
        slope = rng.normal(0, 0.5, 2) / max(size, 8)
        light = np.clip(1 + (rows - centre[1]) * slope[0] + (columns - centre[0]) * slope[1], 0.45, 1.5)
        members = []
        for number, part in enumerate(parts):
            surface = shared[number % 3] if crowd else fresh_texture(shelf, rng)
            canvas = paint(canvas, part, surface, light, blur)
            if free >= stills.IGNORE:
                break
            ids[part > 127] = free
            members.append(free)
            free += 1
        if len(members) > 1:
            unions.append(tuple(members))
    return np.clip(canvas, 0, 255).astype(np.uint8), ids, unions


def shards(folder: Path = FOLDER) -> list[Path]:
    """The rendered shards, newest seed first."""
    return sorted(folder.glob("*.npz"), reverse=True)


def load(files: list[Path]) -> list[stills.Still]:
    """The scenes of these shards, at most MAX_LOADED."""
    found: list[stills.Still] = []
    for shard in files:
        with np.load(shard) as file:
            pictures, ids, unions = file["pictures"], file["ids"], json.loads(file["unions"].tobytes())
        for picture, labels, groups in zip(pictures, ids, unions):
            if len(found) == MAX_LOADED:
                return found
            levels = stills.with_half(picture, labels)
            found.append(stills.Still(shard.stem, SCENE_SET, levels, tuple(tuple(g) for g in groups)))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    a = parser.parse_args()
    photos, rng = stills.load(), np.random.default_rng(a.seed)
    drawn = []
    for number in range(a.count):
        if number % SHELF_LIFE == 0:
            shelf = [texture(photos, rng) for _ in range(40)]
        drawn.append(render(shelf, rng))
    FOLDER.mkdir(parents=True, exist_ok=True)
    unions = np.frombuffer(json.dumps([d[2] for d in drawn]).encode(), np.uint8)
    shard = FOLDER / f"{a.seed:04d}.npz"
    with shard.with_suffix(".part").open("wb") as file:
        np.savez(file, pictures=np.stack([d[0] for d in drawn]), ids=np.stack([d[1] for d in drawn]), unions=unions)
    shard.with_suffix(".part").replace(shard)


if __name__ == "__main__":
    main()
