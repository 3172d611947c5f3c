"""J (region), F (boundary) and IoU of masks, by the definitions of the DAVIS toolkit."""

from __future__ import annotations

import cv2
import numpy as np


def iou(prediction: np.ndarray, truth: np.ndarray, valid: np.ndarray | None = None) -> float:
    """Jaccard index; 1 where both are empty."""
    if valid is not None:
        prediction, truth = prediction & valid, truth & valid
    union = np.logical_or(prediction, truth).sum()
    return 1.0 if union == 0 else float(np.logical_and(prediction, truth).sum() / union)


def boundary(mask: np.ndarray) -> np.ndarray:
    """One-pixel boundary map. Source: `seg2bmap`, davis2017-evaluation."""
    m = mask.astype(bool)
    east, south, diagonal = m.copy(), m.copy(), m.copy()
    east[:, :-1], south[:-1], diagonal[:-1, :-1] = m[:, 1:], m[1:], m[1:, 1:]
    b = (m ^ east) | (m ^ south) | (m ^ diagonal)
    b[-1] = m[-1] ^ east[-1]
    b[:, -1] = m[:, -1] ^ south[:, -1]
    b[-1, -1] = False
    return b


def boundary_f(prediction: np.ndarray, truth: np.ndarray) -> float:
    """F measure of the boundaries within ceil(0.008 · diagonal) pixels. Source: `f_measure`, davis2017-evaluation."""
    radius = int(np.ceil(0.008 * np.hypot(*truth.shape)))
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    disk = (x * x + y * y <= radius * radius).astype(np.uint8)
    p, t = boundary(prediction), boundary(truth)
    if not p.any() or not t.any():
        return float(p.any() == t.any())
    near_t, near_p = cv2.dilate(t.astype(np.uint8), disk) > 0, cv2.dilate(p.astype(np.uint8), disk) > 0
    precision, recall = (p & near_t).sum() / p.sum(), (t & near_p).sum() / t.sum()
    return 0.0 if precision + recall == 0 else float(2 * precision * recall / (precision + recall))
