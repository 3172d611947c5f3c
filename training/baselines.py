"""Baselines under the same protocol, never shipped: repeat the first mask, dense optical flow, GrabCut from the click.

    python baselines.py FOLDER --prompt mask|click [--method repeat|flow]      (FOLDER: shared/data/davis)
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import cv2
import numpy as np

import stills
from clicks import next_click
from metrics import boundary_f, iou

SURE_RADIUS, PROBABLE_RADIUS = 0.012, 0.12  # of the diagonal, around the click


def grabcut(picture: np.ndarray, x: int, y: int) -> np.ndarray:
    """The click's own component of a GrabCut that is sure of a small disk and suspects a larger one."""
    diagonal = np.hypot(*picture.shape[:2])
    labels = np.full(picture.shape[:2], cv2.GC_BGD, np.uint8)
    cv2.circle(labels, (x, y), int(PROBABLE_RADIUS * diagonal), cv2.GC_PR_FGD, -1)
    cv2.circle(labels, (x, y), max(2, int(SURE_RADIUS * diagonal)), cv2.GC_FGD, -1)
    cv2.grabCut(picture, labels, None, np.zeros((1, 65)), np.zeros((1, 65)), 5, cv2.GC_INIT_WITH_MASK)
    mask = ((labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)).astype(np.uint8)
    return cv2.connectedComponents(mask)[1] == cv2.connectedComponents(mask)[1][y, x]


class Flow:
    """Carries a soft mask from frame to frame along backward optical flow (DIS, medium)."""

    def __init__(self, mask: np.ndarray):
        self.soft, self.dis = mask.astype(np.float32), cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)

    def step(self, before: np.ndarray, now: np.ndarray) -> np.ndarray:
        grey = [cv2.cvtColor(v, cv2.COLOR_RGB2GRAY) for v in (now, before)]
        flow = self.dis.calc(grey[0], grey[1], None)
        rows, columns = np.mgrid[0 : now.shape[0], 0 : now.shape[1]].astype(np.float32)
        self.soft = cv2.remap(self.soft, columns + flow[..., 0], rows + flow[..., 1], cv2.INTER_LINEAR)
        return self.soft > 0.5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--prompt", choices=["mask", "click"], default="mask")
    parser.add_argument("--method", choices=["repeat", "flow"], default="repeat")
    a = parser.parse_args()
    cv2.setNumThreads(1)
    objects = []
    for frames in sorted((a.folder / "JPEGImages" / "480p").iterdir()):
        images = [cv2.cvtColor(cv2.imread(str(p)), cv2.COLOR_BGR2RGB) for p in sorted(frames.glob("*.jpg"))]
        ids = [stills.decode_ids(p.read_bytes()) for p in sorted((a.folder / "Annotations" / "480p" / frames.name).glob("*.png"))]
        for identity in np.unique(ids[0][(ids[0] > 0) & (ids[0] < stills.IGNORE)]):
            truth = ids[0] == identity
            mask = truth if a.prompt == "mask" else grabcut(images[0], *next_click(None, truth)[:2])
            flow, scores = Flow(mask), []
            for t in range(1, len(images) - 1):
                if a.method == "flow":
                    mask = flow.step(images[t - 1], images[t])
                scores.append((iou(mask, ids[t] == identity), boundary_f(mask, ids[t] == identity)))
            objects.append(np.mean(scores, 0))
    j, f = 100 * np.mean(objects, 0)
    print(json.dumps({"prompt": a.prompt, "method": a.method, "J": round(j, 1), "F": round(f, 1), "JF": round((j + f) / 2, 1)}))


if __name__ == "__main__":
    main()
