"""Predictions with known faults, made from the truth of a data set in DAVIS' layout.

    python3 davis_predictions.py DATASET OUT   writes OUT/KIND/SEQUENCE/00000.png for five kinds
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.ndimage import binary_erosion

from davis_measures import resolution


def shifted(mask: np.ndarray) -> np.ndarray:
    moved = np.zeros_like(mask)
    moved[5:, 9:] = mask[:-5, :-9]
    return moved


def eroded(mask: np.ndarray) -> np.ndarray:
    out = np.zeros_like(mask)
    for number in np.unique(mask[mask > 0]):
        out[binary_erosion(mask == number, iterations=4)] = number
    return out


def swapped(mask: np.ndarray) -> np.ndarray:
    """Object n becomes n + 1, the last one the first; a single object becomes a second one that nobody asked for."""
    out = mask.copy()
    top = max(int(mask.max()), 2)
    out[mask > 0] = mask[mask > 0] % top + 1
    return out


KINDS = {
    "perfect": lambda mask: mask,
    "shifted": shifted,
    "eroded": eroded,
    "empty": np.zeros_like,
    "swapped": swapped,
}

if __name__ == "__main__":
    dataset, out = Path(sys.argv[1]), Path(sys.argv[2])
    for file in sorted(resolution(dataset).glob("*/*.png")):
        picture = Image.open(file)
        mask = np.array(picture)
        for kind, change in KINDS.items():
            target = out / kind / file.parent.name / file.name
            target.parent.mkdir(parents=True, exist_ok=True)
            changed = Image.fromarray(change(mask))
            if picture.mode == "P":
                changed.putpalette(picture.getpalette())
            changed.save(target)
