"""Simulated annotators: the official next click (deepest point of the larger error) and random clicks for training."""

from __future__ import annotations

import cv2
import numpy as np


def depth(region: np.ndarray) -> np.ndarray:
    """Distance of each pixel of `region` [H,W] to the nearest pixel outside it (the picture's rim counts as outside)."""
    padded = np.pad(region.astype(np.uint8), 1)
    return cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1]


def next_click(prediction: np.ndarray | None, truth: np.ndarray) -> tuple[int, int, int]:
    """x, y, label: deepest point of the deeper of missed and surplus regions. Source: `sample_one_point_from_error_center`, SAM 2."""
    truth = truth.astype(bool)
    prediction = np.zeros_like(truth) if prediction is None else prediction.astype(bool)
    missed, surplus = depth(truth & ~prediction), depth(prediction & ~truth)
    label = int(missed.max() > surplus.max())
    y, x = np.unravel_index(np.argmax(missed if label else surplus), truth.shape)
    return int(x), int(y), label


def training_click(prediction: np.ndarray | None, truth: np.ndarray, rng: np.random.Generator, centred: float) -> tuple[int, int, int]:
    """As `next_click` with probability `centred`, otherwise a random pixel of the error (label −1 where there is none)."""
    truth = truth.astype(bool)
    prediction = np.zeros_like(truth) if prediction is None else prediction.astype(bool)
    error = np.flatnonzero(truth ^ prediction)
    if not len(error):
        return 0, 0, -1
    if rng.random() < centred:
        return next_click(prediction, truth)
    y, x = np.unravel_index(error[rng.integers(len(error))], truth.shape)
    return int(x), int(y), int(truth[y, x])
