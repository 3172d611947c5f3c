"""The training pictures: packed into one small file, split, and held in memory as pyramids of two levels."""

from __future__ import annotations

import argparse
import json
import zlib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

HERE = Path(__file__).resolve().parent
PACKED = HERE / "packed" / "stills.npz"
CHOOSING_SHARE = 0.08  # of the training pictures, kept out of training to choose checkpoints and rules
IGNORE = 255

# Share of the draws that each set gets (relative).
SET_WEIGHT = {
    "coco-objects": 3.0, "coco-persons": 2.5, "building-facades": 2.0, "food-on-plates": 1.2, "nuclei-dsb2018": 1.0,
    "pets-128px": 1.0, "nuts-and-fruit": 0.5, "matseg-synthetic": 0.4, "openimages-sample": 0.4, "underwater-suim": 0.3,
}  # fmt: skip


@dataclass(frozen=True)
class Still:
    """`levels`: (picture [H,W,3] RGB, ids [H,W]) at full and half size; 0 background, 1…N objects, 255 ignore.

    `unions`: identities that together are one thing (its parts); such a whole is a target beside its parts.
    """

    name: str
    set_name: str
    levels: tuple[tuple[np.ndarray, np.ndarray], ...]
    unions: tuple[tuple[int, ...], ...] = ()


def pack(source: Path, packed: Path) -> int:
    """Put the encoded pictures of `source`/train into one file with their names and sets; returns how many."""
    manifest = json.loads((source / "manifest.json").read_text())
    rows = [row for row in manifest["images"] if row["split"] == "train"]
    blobs = {}
    for number, row in enumerate(rows):
        blobs[f"{number}.jpg"] = np.frombuffer((source / row["image"]).read_bytes(), np.uint8)
        blobs[f"{number}.png"] = np.frombuffer((source / row["mask"]).read_bytes(), np.uint8)
    packed.parent.mkdir(parents=True, exist_ok=True)
    index = [{"name": row["image"], "set": row["set"], "licence": row["licence"], "source": row["source"]} for row in rows]
    np.savez(packed, index=np.frombuffer(json.dumps(index).encode(), np.uint8), **blobs)
    return len(rows)


def packed_index(packed: Path = PACKED) -> list[dict]:
    """Name, set, licence and source of every packed picture."""
    with np.load(packed) as file:
        return json.loads(file["index"].tobytes())


def decode_ids(data: bytes) -> np.ndarray:
    """Palette indices of an indexed PNG (OpenCV would give colours)."""
    import io

    from PIL import Image

    return np.array(Image.open(io.BytesIO(data)))


def with_half(picture: np.ndarray, ids: np.ndarray) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
    height, width = ids.shape
    size = (max(1, width // 2), max(1, height // 2))
    half = cv2.resize(picture, size, interpolation=cv2.INTER_AREA), cv2.resize(ids, size, interpolation=cv2.INTER_NEAREST)
    return (picture, ids), half


def is_for_choosing(name: str) -> bool:
    return zlib.crc32(name.encode()) % 1000 < CHOOSING_SHARE * 1000


def load(packed: Path = PACKED, choosing: bool = False) -> list[Still]:
    """The stills for training, or those kept back for choosing."""
    with np.load(packed) as file:
        index = json.loads(file["index"].tobytes())
        stills = []
        for number, row in enumerate(index):
            if is_for_choosing(row["name"]) != choosing:
                continue
            picture = cv2.cvtColor(cv2.imdecode(file[f"{number}.jpg"], cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
            stills.append(Still(row["name"], row["set"], with_half(picture, decode_ids(file[f"{number}.png"].tobytes()))))
    return stills


def draw_weights(stills: list[Still]) -> np.ndarray:
    """Probability of each still, so that every set gets its share."""
    counts = {name: sum(s.set_name == name for s in stills) for name in SET_WEIGHT}
    weights = np.array([SET_WEIGHT[s.set_name] / counts[s.set_name] for s in stills])
    return weights / weights.sum()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stills", type=Path, default=HERE.parent.parent / "shared" / "data" / "stills")
    arguments = parser.parse_args()
    print(f"{pack(arguments.stills, PACKED)} pictures packed into {PACKED} ({PACKED.stat().st_size / 1e6:.1f} MB)")
