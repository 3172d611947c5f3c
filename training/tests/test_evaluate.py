"""Calibration figures."""

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from evaluate import logistic_line, reliability  # noqa: E402


def test_logistic_line_finds_the_line_that_made_the_data():
    rng = np.random.default_rng(0)
    scores = rng.normal(0, 4, 4000)
    present = (rng.random(4000) < 1 / (1 + np.exp(-(0.5 * scores - 1)))).astype(float)
    scale, shift = logistic_line(scores, present, 1 - present.mean())
    assert abs(scale - 0.5) < 0.05 and abs(shift + 1) < 0.15


def test_fewer_empty_frames_make_presence_likelier():
    rng = np.random.default_rng(0)
    scores = rng.normal(0, 4, 4000)
    present = (rng.random(4000) < 1 / (1 + np.exp(-0.5 * scores))).astype(float)
    _, shift = logistic_line(scores, present, 0.1)
    assert abs(shift - np.log(9)) < 0.3


def test_few_samples_that_can_be_told_apart_do_not_make_it_sure_of_everything():
    scale, _ = logistic_line(np.array([-2.0, -1.0, 1.0, 2.0]), np.array([0.0, 0.0, 1.0, 1.0]), 0.5)
    assert 0 < scale < 3


def test_reliability_counts_and_weighs_its_bins():
    found = reliability(np.array([0.1, 0.15, 0.9, 1.0]), np.array([0.0, 0.5, 1.0, 0.5]))
    assert found["bins"][0] == [2, 12.5, 25.0]
    assert found["bins"][4] == [2, 95.0, 75.0]
    assert found["bins"][2] == [0, None, None]
    assert found["error"] == 16.2
