"""Measures a checkpoint: stills with 1, 3, 5 clicks and NoC85, DAVIS from a mask, one click or three.

    python evaluate.py runs/NAME/checkpoint.pt stills FOLDER [--side 384]     (FOLDER: stills/heldout)
    python evaluate.py runs/NAME/checkpoint.pt choosing                       (own split of the training pictures)
    python evaluate.py runs/NAME/checkpoint.pt davis FOLDER --prompt mask|click|clicks3
    python evaluate.py runs/NAME/checkpoint.pt calibration                    (same split: what scores mean, and the lines for config.json)
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import cv2
import numpy as np
import torch

import predictor
import stills
from clicks import next_click
from compose import MIN_PIXELS, compose
from metrics import boundary_f, iou

CLICKS = 5
MIN_SHARE, MIN_AREA = 0.001, 40  # smaller objects are not scored
MAX_OBJECTS = 6  # of a picture, drawn at random
CLIP_FRAMES = 5  # of a clip composed for calibration
EMPTY_SHARE = 0.1  # of a video's frames, on which the object is not in view: an assumption; the composed clips have more
BINS = 5  # of a reliability table


def folder_stills(folder: Path) -> list[stills.Still]:
    found = []
    for path in sorted(folder.glob("*/*.jpg")):
        picture = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
        ids = stills.decode_ids(path.with_suffix(".png").read_bytes())
        found.append(stills.Still(path.stem, path.parent.name, ((picture, ids),)))
    return found


def evaluate_stills(net, pictures: list[stills.Still], side: int, every: int = 1) -> dict:
    """IoU in percent after each click, mean over sets: best of three, chosen, 3 clicks, 5 clicks; and each object's row."""
    rng, rows = np.random.default_rng(0), []
    for still in pictures[::every]:
        image, ids = still.levels[0]
        values, counts = np.unique(ids, return_counts=True)
        keep = [v for v, c in zip(values, counts) if 0 < v < stills.IGNORE and c >= max(MIN_AREA, MIN_SHARE * ids.size)]
        if not keep:
            continue
        picture, valid = predictor.Picture(net, image, side), ids != stills.IGNORE
        for identity in rng.permutation(keep)[:MAX_OBJECTS]:
            rows.append({"set": still.set_name} | click_curve(picture, ids == identity, valid))
    sets = sorted({r["set"] for r in rows})
    mean = lambda key: 100 * float(np.mean([np.mean([r[key] for r in rows if r["set"] == s]) for s in sets]))  # noqa: E731
    summary = {key: round(mean(key), 1) for key in ("best", "stable", "1", "3", "5")}
    summary["noc85"] = round(float(np.mean([r["noc85"] for r in rows])), 2)
    by_set = {s: [round(100 * float(np.mean([r[k] for r in rows if r["set"] == s])), 1) for k in ("best", "1", "3", "5")] for s in sets}
    return {"mean over sets": summary, "sets": by_set, "objects": len(rows), "rows": rows}


def click_curve(picture: predictor.Picture, truth: np.ndarray, valid: np.ndarray) -> dict:
    clicks, logits, mask, row = [], None, None, {"area": float(truth.mean()), "noc85": 20}
    for number in range(1, CLICKS + 1):
        clicks.append(next_click(mask, truth) if mask is None else next_click(mask & valid, truth))
        if number == 1:
            masks, quality, _ = picture.decode(clicks)
            all_iou = [iou(picture.full(m), truth, valid) for m in masks]
            stable = ((masks > 1).flatten(1).sum(1) / (masks > -1).flatten(1).sum(1).clamp(min=1)).float()
            best = 1 + int(quality[1:].argmax())
            row |= {"best": max(all_iou[1:]), "stable": all_iou[int((quality * stable).argmax())]}
            logits, estimate = masks[None, best : best + 1], float(quality[best])
        else:
            logits, estimate = picture.click(clicks, logits)
        mask = picture.full(logits[0, 0])
        row[f"predicted{number}"] = estimate
        row[str(number)] = iou(mask, truth, valid)
        if row[str(number)] >= 0.85:
            row["noc85"] = min(row["noc85"], number)
    return row


# --- Calibration -----------------------------------------------------------------------------------------------------


def calibrate(net, pictures: list[stills.Still], side: int, every: int, clips: int) -> dict:
    """Reliability of predicted IoU and object score, and the lines that bring both to what they mean.

    `calibration` belongs into the model's config.json: predicted IoU by least squares over the answers to 1, 3 and 5
    clicks, the object score by logistic regression over frames of composed clips and as many of other pictures.
    """
    rows = evaluate_stills(net, pictures, side, every)["rows"]
    predicted = np.array([row[f"predicted{n}"] for row in rows for n in (1, 3, 5)])
    real = np.array([row[str(n)] for row in rows for n in (1, 3, 5)])
    scale, shift = np.polyfit(predicted, real, 1)
    scores, present = tracked_scores(net, pictures, side, clips)
    weight = frame_weights(present, EMPTY_SHARE)
    chance = lambda logits: 1 / (1 + np.exp(-logits))  # noqa: E731
    seen = lambda line: reliability(chance(line[0] * scores + line[1]), present, weight)  # noqa: E731
    # Scores are sure of nearly everything, so a fitted line can be worse than none: then the network keeps its own.
    steep, lift = min(((1.0, 0.0), logistic_line(scores, present, EMPTY_SHARE)), key=lambda line: seen(line)["error"])
    return {
        "predicted IoU": {"network": reliability(predicted, real), "calibrated": reliability(np.clip(scale * predicted + shift, 0, 1), real)},
        "object in view": {"network": seen((1.0, 0.0)), "calibrated": seen((steep, lift))},
        "wrong at 0": wrong_at_zero(scores, present),
        "wrong at 0, calibrated": wrong_at_zero(steep * scores + lift, present),
        "calibration": {"object_score": [round(steep, 3), round(lift, 3)], "predicted_iou": [round(float(scale), 3), round(float(shift), 3)]},
    }  # fmt: skip


def tracked_scores(net, pictures: list[stills.Still], side: int, clips: int) -> tuple[np.ndarray, np.ndarray]:
    """Object scores on composed clips from a mask on the first frame, the last frame from another picture; 1 where the object is in view."""
    rng, weights = np.random.default_rng(0), np.full(len(pictures), 1 / len(pictures))
    scores, present = [], []
    for _ in range(clips):
        sample = compose(pictures, weights, side, CLIP_FRAMES, 1, 0.75, rng)
        other = compose(pictures, weights, side, 1, 1, 0.3, rng)
        frames, masks = [*sample.pictures, other.pictures[0]], [*(sample.masks[:, 0] == 1), np.zeros((side, side), bool)]
        track = predictor.Track(net)
        soft = cv2.resize(masks[0].astype(np.float32), (side // 4, side // 4), interpolation=cv2.INTER_AREA)
        track.prompt(predictor.Picture(net, frames[0], side), torch.from_numpy(soft)[None, None] * 20 - 10)
        for frame, mask in zip(frames[1:], masks[1:]):
            _, _, score = track.step(predictor.Picture(net, frame, side))
            if not 0 < mask.sum() < MIN_PIXELS:  # a few pixels are neither
                scores.append(score)
                present.append(float(mask.any()))
    return np.array(scores), np.array(present)


def logistic_line(scores: np.ndarray, present: np.ndarray, empty_share: float) -> tuple[float, float]:
    """Scale and shift of the logit that explain best what was present where `empty_share` of the frames are empty; targets a
    little inside 0 and 1, so that few samples do not make it sure of everything. Source: Platt 1999, by Newton's method."""
    here, gone = present.sum(), (1 - present).sum()
    weight = frame_weights(present, empty_share)
    target = np.where(present == 1, (here + 1) / (here + 2), 1 / (gone + 2))
    design, line = np.column_stack([scores, np.ones_like(scores)]), np.array([1.0, 0.0])
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(design @ line, -30, 30)))
        slope = design.T @ (weight * (target - p)) - 1e-3 * line
        bend = (design * (weight * p * (1 - p))[:, None]).T @ design + 1e-3 * np.eye(2)
        line = line + np.clip(np.linalg.solve(bend, slope), -1, 1)
    return float(max(line[0], 0.05)), float(line[1])


def wrong_at_zero(scores: np.ndarray, present: np.ndarray) -> dict:
    """Percent of the frames with the object on which it is taken for gone, and of those without it on which it is seen."""
    percent = lambda wrong: round(100 * float(wrong.mean()), 1)  # noqa: E731
    return {"missed": percent(scores[present == 1] <= 0), "false": percent(scores[present == 0] > 0)}


def frame_weights(present: np.ndarray, empty_share: float) -> np.ndarray:
    """Weights, 1 on average, under which `empty_share` of the frames are empty."""
    return np.where(present == 1, (1 - empty_share) / present.sum(), empty_share / (1 - present).sum()) * len(present)


def reliability(predicted: np.ndarray, real: np.ndarray, weight: np.ndarray | None = None) -> dict:
    """In bins of equal width: how many, mean predicted, mean real; and the expected calibration error, percent."""
    weight = np.ones(len(predicted)) if weight is None else weight
    bins = np.clip((predicted * BINS).astype(int), 0, BINS - 1)
    mean = lambda values, b: float(np.average(values[bins == b], weights=weight[bins == b]))  # noqa: E731
    inside = [b for b in range(BINS) if (bins == b).any()]
    table = [[int((bins == b).sum()), round(100 * mean(predicted, b), 1), round(100 * mean(real, b), 1)] if b in inside else [0, None, None] for b in range(BINS)]  # fmt: skip
    error = sum(100 * abs(mean(predicted, b) - mean(real, b)) * weight[bins == b].sum() for b in inside) / max(1, weight.sum())
    return {"bins": table, "error": round(error, 1)}


# --- Video -----------------------------------------------------------------------------------------------------------


def evaluate_davis(net, folder: Path, prompt: str, side: int, only: list[str] | None) -> dict:
    """J, F, J&F in percent per sequence, mean over objects; first and last frame are not counted."""
    sequences, objects = [], []
    for frames in sorted((folder / "JPEGImages" / "480p").iterdir()):
        if only and frames.name not in only:
            continue
        images = [cv2.cvtColor(cv2.imread(str(p)), cv2.COLOR_BGR2RGB) for p in sorted(frames.glob("*.jpg"))]
        ids = [stills.decode_ids(p.read_bytes()) for p in sorted((folder / "Annotations" / "480p" / frames.name).glob("*.png"))]
        scores = track_sequence(net, images, ids, prompt, side)
        objects += scores
        sequences.append({"name": frames.name} | {k: [round(100 * s[k], 1) for s in scores] for k in ("J", "F", "first")})
    mean = {k: round(100 * float(np.mean([o[k] for o in objects])), 1) for k in ("J", "F", "first")}
    return {"prompt": prompt, "side": side, "mean": mean | {"JF": round((mean["J"] + mean["F"]) / 2, 1)}, "sequences": sequences}


def track_sequence(net, images, ids, prompt: str, side: int) -> list[dict]:
    identities = [i for i in np.unique(ids[0]) if 0 < i < stills.IGNORE]
    tracks, scores = [], [{"J": [], "F": []} for _ in identities]
    first = predictor.Picture(net, images[0], side)
    for identity, score in zip(identities, scores):
        truth = ids[0] == identity
        if prompt == "mask":
            small = cv2.resize(truth.astype(np.float32), (side // 4, side // 4), interpolation=cv2.INTER_AREA)
            logits = torch.from_numpy(small)[None, None] * 20 - 10
        else:
            clicks, logits, mask = [], None, None
            for _ in range(3 if prompt == "clicks3" else 1):
                clicks.append(next_click(mask, truth))
                logits, _ = first.click(clicks, logits)
                mask = first.full(logits[0, 0])
        score["first"] = iou(first.full(logits[0, 0]), truth)
        tracks.append(predictor.Track(net))
        tracks[-1].prompt(first, logits)
    for number in range(1, len(images) - 1):
        picture = predictor.Picture(net, images[number], side)
        for identity, track, score in zip(identities, tracks, scores):
            mask, _, _ = track.step(picture)
            score["J"].append(iou(mask, ids[number] == identity))
            score["F"].append(boundary_f(mask, ids[number] == identity))
    return [{"J": np.mean(s["J"]), "F": np.mean(s["F"]), "first": s["first"]} for s in scores]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("what", choices=["stills", "choosing", "davis", "calibration"])
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--prompt", choices=["mask", "click", "clicks3"], default="mask")
    parser.add_argument("--side", type=int, default=384)
    parser.add_argument("--every", type=int, default=1, help="score only every n-th picture")
    parser.add_argument("--sequences", help="comma-separated names")
    parser.add_argument("--clips", type=int, default=60, help="composed clips for the calibration")
    parser.add_argument("--threads", type=int, default=1)
    a = parser.parse_args()
    torch.set_num_threads(a.threads)
    net = predictor.load(a.checkpoint)
    if a.what == "davis":
        result = evaluate_davis(net, a.folder, a.prompt, a.side, a.sequences.split(",") if a.sequences else None)
    elif a.what == "calibration":
        result = calibrate(net, stills.load(choosing=True), a.side, a.every, a.clips)
    else:
        pictures = stills.load(choosing=True) if a.what == "choosing" else folder_stills(a.folder)
        result = evaluate_stills(net, pictures, a.side, a.every)
        result.pop("rows")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
