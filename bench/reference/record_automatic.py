"""Masks of everything in a picture, found by the official `SAM2AutomaticMaskGenerator`.

Needs PyTorch, torchvision, Pillow, NumPy, tqdm and a checkout of facebookresearch/sam2 on PYTHONPATH:

    record_automatic.py network CHECKPOINT CONFIG.json PICTURE OUT   a network that exists
    record_automatic.py finder PICTURE OUT                           a stand-in for a network that finds coloured things
    record_automatic.py fixture OUT.json                             the stand-in on a picture drawn from a formula

A network with random weights finds the same large nothing at every click, which says little about the search around it. The
stand-in answers every click with the surroundings of like colour, as a trained network would, and goes through the whole of
the official predictor and generator. Thresholds are given as shares of the candidates; the one written down lies in a gap
between two of them, so that a network that differs in the seventh digit decides alike.
"""

import json
import sys
import warnings
from pathlib import Path

import numpy as np
import torch
from PIL import Image

# Points a side, share of candidates that fail by quality, then by stability, and the generator's other options.
FINDER_CASES = [
    ("plain", 10, 0.3, 0.3, {}),
    ("strict overlap", 10, 0.1, 0.1, {"box_nms_thresh": 0.3}),
    ("crops", 8, 0.3, 0.3, {"crop_n_layers": 1, "crop_n_points_downscale_factor": 2, "crop_nms_thresh": 0.6}),
    ("two layers of crops", 4, 0.2, 0.2, {"crop_n_layers": 2, "crop_overlap_ratio": 0.25}),
    ("small regions", 10, 0.3, 0.3, {"min_mask_region_area": 12}),
    ("another offset", 10, 0.3, 0.5, {"stability_score_offset": 2.0}),
    ("no filter", 6, None, None, {}),
]
NETWORK_CASES = [
    ("plain", 8, 0.3, 0.3, {}),
    ("all candidates", 8, 0.6, 0.3, {"box_nms_thresh": 1.0}),
    ("crops, all candidates", 4, 0.3, 0.3, {"crop_n_layers": 1, "box_nms_thresh": 1.0, "crop_nms_thresh": 1.0}),
    ("small regions, all candidates", 6, 0.3, 0.3, {"min_mask_region_area": 12, "box_nms_thresh": 1.0}),
]


class Finder(torch.nn.Module):
    """Stands in for the network; the same as `packages/engine/test/finder.ts`."""

    def __init__(self, side):
        super().__init__()
        self.image_size, self.device, self.directly_add_no_mem_embed = side, torch.device("cpu"), False

    def forward_image(self, picture):
        return torch.nn.functional.avg_pool2d(picture, 4)

    def _prepare_backbone_features(self, fine):
        small = self.image_size // 4
        flat = fine.view(3, small * small, 1).permute(1, 2, 0)
        rest = [torch.zeros((small // part) ** 2, 1, 1) for part in (2, 4)]
        return None, [flat, *rest], None, None

    class Prompts:
        def __call__(self, points, boxes, masks):
            return points[0], None

        def get_dense_pe(self):
            return None

    sam_prompt_encoder = Prompts()

    def sam_mask_decoder(self, sparse_prompt_embeddings, high_res_features, **_):
        fine, small = high_res_features[0][0], self.image_size // 4
        across, down = torch.arange(small).float()[None, :], torch.arange(small).float()[:, None]
        masks, quality = [], []
        for x, y in sparse_prompt_embeddings[:, 0].tolist():
            column, row = int(x // 4), int(y // 4)
            unlike = (fine - fine[:, row, column, None, None]).abs().sum(0)
            far = (across - column) ** 2 + (down - row) ** 2
            masks.append(torch.stack([6 * (like - unlike) - 4 * far / (reach * small) ** 2
                                      for like, reach in ((0.4, 0.2), (0.8, 0.4), (1.4, 0.8))]))
            quality.append([((column * 37 + row * 101 + k * 53) * 0.6180339887498949) % 1.0 for k in range(3)])
        return torch.stack(masks), torch.tensor(quality, dtype=torch.float64).float(), None, None


def components(mask):
    """Labels and areas of 8-connected regions, [B, 1, H, W]: what the reference's CUDA extension gives."""
    batch, _, height, width = mask.shape
    own = torch.arange(1, height * width + 1, dtype=torch.float32).view(1, 1, height, width).expand(batch, 1, -1, -1)
    labels = torch.where(mask, own, 0)
    while True:
        spread = torch.where(mask, torch.nn.functional.max_pool2d(labels, 3, 1, 1), 0)
        if torch.equal(spread, labels):
            break
        labels = spread
    labels = labels.long()
    areas = torch.stack([torch.bincount(one.flatten(), minlength=height * width + 1)[one] for one in labels])
    return labels.int(), torch.where(mask, areas, 0).int()


def rle_string(counts):
    """COCO's compressed form: differences to the run before the last, five bits a letter, the lowest first."""
    out = ""
    for i, count in enumerate(counts):
        value = count - counts[i - 2] if i > 2 else count
        while True:
            bits, value = value & 31, value >> 5
            last = value == (-1 if bits & 16 else 0)
            out += chr(bits + (0 if last else 32) + 48)
            if last:
                break
    return out


def generator_of(model, **options):
    from sam2.automatic_mask_generator import SAM2AutomaticMaskGenerator

    generator = SAM2AutomaticMaskGenerator(model, output_mode="uncompressed_rle", **options)
    side = model.image_size
    # The reference's feature sizes are those of 1024 pixels.
    generator.predictor._bb_feat_sizes = [(side // part, side // part) for part in (4, 8, 16)]
    return generator


def in_gap(values, share):
    """A threshold that this share of the values misses, in the middle of the widest gap near there."""
    ordered = np.unique(np.asarray(values, np.float64))
    at = int(share * (len(ordered) - 1))
    near = range(max(0, at - 8), min(len(ordered) - 1, at + 8))
    best = max(near, key=lambda i: ordered[i + 1] - ordered[i])
    return float((ordered[best] + ordered[best + 1]) / 2)


def thresholds_of(model, picture, points, quality, stability, options):
    if quality is None:
        return {"pred_iou_thresh": 0.0, "stability_score_thresh": 1e-9}
    every = {"box_nms_thresh": 1.0, "crop_nms_thresh": 1.0, "points_per_side": points, "pred_iou_thresh": 0.0}
    found = generator_of(model, stability_score_thresh=1e-9, **{**options, **every}).generate(picture)
    least = in_gap([one["predicted_iou"] for one in found], quality)
    kept = [one["stability_score"] for one in found if one["predicted_iou"] > least]
    return {"pred_iou_thresh": least, "stability_score_thresh": in_gap(kept, stability)}


def run_case(model, picture, name, points, quality, stability, options):
    options = {"points_per_side": points, **thresholds_of(model, picture, points, quality, stability, options), **options}
    found = generator_of(model, **options).generate(picture)
    masks = [{"rle": rle_string(one["segmentation"]["counts"]), "quality": one["predicted_iou"], "stability": one["stability_score"],
              "point": one["point_coords"][0], "crop": one["crop_box"]} for one in found]
    print(f"{name}: {len(masks)} masks", file=sys.stderr)
    return {"name": name, "options": options, "masks": masks}


def run(model, picture, cases):
    misc = __import__("sam2.utils.misc", fromlist=["misc"])
    misc.get_connected_components = components
    warnings.simplefilter("ignore")
    with torch.no_grad():
        return [run_case(model, picture, *case) for case in cases]


def formula_picture(width, height):
    """Discs and bars over a slope, with dots; whole numbers only."""
    y, x = np.mgrid[0:height, 0:width]
    out = np.stack([60 + x // 4, 90 + y // 3, 120 + (x + y) // 8], -1)
    things = [((x - 40) ** 2 + (y - 40) ** 2 < 500, (220, 60, 40)), ((x - 150) ** 2 + (y - 60) ** 2 < 900, (240, 230, 90)),
              ((abs(x - 100) < 40) & (abs(y - 120) < 9), (20, 30, 200)), ((abs(x - 30) < 7) & (abs(y - 100) < 26), (30, 200, 60)),
              ((abs(x - 150) < 12) & (abs(y - 62) < 10), (60, 20, 30)), ((x * 7 + y * 13) % 61 < 2, (255, 255, 255))]
    for where, colour in things:
        out[where] = colour
    return out.astype(np.uint8)


def main():
    torch.set_num_threads(1)
    kind, *rest = sys.argv[1:]
    if kind == "fixture":
        size = (210, 150)
        cases = run(Finder(128), formula_picture(*size), FINDER_CASES)
        Path(rest[0]).write_text(json.dumps({"side": 128, "width": size[0], "height": size[1], "cases": cases}) + "\n")
        return
    pixels = Image.open(rest[-2]).convert("RGB")
    pixels.save(Path(rest[-1]) / "picture.png")  # so that both sides read the same pixels
    if kind == "finder":
        model, cases = Finder(256), FINDER_CASES
    else:
        from record_flows import build

        model, cases = build(json.loads(Path(rest[1]).read_text()), {}), NETWORK_CASES
        model.load_state_dict(torch.load(rest[0], map_location="cpu", weights_only=True)["model"])
    found = {"side": model.image_size, "cases": run(model, np.array(pixels), cases)}
    (Path(rest[-1]) / "masks.json").write_text(json.dumps(found))


if __name__ == "__main__":
    main()
