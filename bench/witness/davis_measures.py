"""J, F and J&F by the definitions of the DAVIS toolkit, written again with numpy.

A second witness for `masklet eval davis --predictions`: it shares no code and no method with it
(disks painted around edge pixels instead of distance transforms).

    python3 davis_measures.py DATASET PREDICTIONS   prints JSON: per sequence and object J and F in percent

Definitions: Perazzi et al., CVPR 2016; github.com/davisvideochallenge/davis2017-evaluation,
`davis2017/metrics.py` (`db_eval_iou`, `f_measure`, `_seg2bmap`).
"""

import json
import math
import sys
from pathlib import Path

import numpy as np
from PIL import Image


def jaccard(truth: np.ndarray, found: np.ndarray) -> float:
    union = np.logical_or(truth, found).sum()
    return 1.0 if union == 0 else float(np.logical_and(truth, found).sum() / union)


def boundary(mask: np.ndarray) -> np.ndarray:
    """The toolkit's seg2bmap at the mask's own size: pixels that differ from right, lower or lower right."""
    right, down, corner = mask.copy(), mask.copy(), mask.copy()
    right[:, :-1] = mask[:, 1:]
    down[:-1, :] = mask[1:, :]
    corner[:-1, :-1] = mask[1:, 1:]
    edges = (mask ^ right) | (mask ^ down) | (mask ^ corner)
    edges[-1, :] = mask[-1, :] ^ right[-1, :]
    edges[:, -1] = mask[:, -1] ^ down[:, -1]
    edges[-1, -1] = False
    return edges


def dilated(mask: np.ndarray, radius: int) -> np.ndarray:
    """All pixels within `radius` of a pixel of the mask: the disk is painted at each of them."""
    height, width = mask.shape
    span = np.arange(-radius, radius + 1)
    down, right = np.nonzero(span[:, None] ** 2 + span[None, :] ** 2 <= radius**2)
    row, column = np.nonzero(mask)
    wide = np.zeros((height + 2 * radius, width + 2 * radius), bool)
    wide[row[:, None] + down[None, :], column[:, None] + right[None, :]] = True
    return wide[radius : radius + height, radius : radius + width]


def contour(truth: np.ndarray, found: np.ndarray, share: float = 0.008) -> float:
    radius = math.ceil(share * math.hypot(*truth.shape))
    found_edge, truth_edge = boundary(found), boundary(truth)
    near_truth = dilated(truth_edge, radius)
    near_found = dilated(found_edge, radius)
    found_count, truth_count = found_edge.sum(), truth_edge.sum()
    if found_count == 0 and truth_count > 0:
        precision, recall = 1.0, 0.0
    elif found_count > 0 and truth_count == 0:
        precision, recall = 0.0, 1.0
    elif found_count == 0 and truth_count == 0:
        precision, recall = 1.0, 1.0
    else:
        precision = (found_edge & near_truth).sum() / found_count
        recall = (truth_edge & near_found).sum() / truth_count
    return 0.0 if precision + recall == 0 else float(2 * precision * recall / (precision + recall))


def resolution(root: Path) -> Path:
    base = root / "Annotations"
    return base / "480p" if (base / "480p").is_dir() else base


def labels(path: Path) -> np.ndarray:
    return np.array(Image.open(path))


def evaluate(dataset: Path, predictions: Path) -> dict:
    sequences = []
    for folder in sorted(path for path in resolution(dataset).iterdir() if path.is_dir()):
        files = sorted(folder.glob("*.png"))
        truth = np.stack([labels(file) for file in files])
        found = np.stack([labels(predictions / folder.name / file.name) for file in files])
        truth[truth == 255], found[found == 255] = 0, 0
        objects = []
        for number in [int(value) for value in np.unique(truth) if value != 0]:
            pairs = [(t == number, f == number) for t, f in zip(truth[1:-1], found[1:-1])]
            j = 100 * float(np.mean([jaccard(t, f) for t, f in pairs]))
            f = 100 * float(np.mean([contour(t, f) for t, f in pairs]))
            objects.append({"object": number, "J": j, "F": f, "JF": (j + f) / 2})
        sequences.append({"name": folder.name, "perObject": objects})
    every = [one for sequence in sequences for one in sequence["perObject"]]
    mean = {key: float(np.mean([one[key] for one in every])) for key in ("J", "F", "JF")}
    return {"sequences": sequences, "mean": mean}


if __name__ == "__main__":
    json.dump(evaluate(Path(sys.argv[1]), Path(sys.argv[2])), sys.stdout)
