"""Records reference flows of a random network: another set for `masklet models verify`.

Needs PyTorch, Pillow, NumPy, tqdm and a checkout of facebookresearch/sam2 on PYTHONPATH:

    PYTHONPATH=path/to/sam2 python record_flows.py OUT [--seed 3]

The form is that of the flows files the engine reads: one checkpoint, its configuration, clips, tensors.
"""

import argparse
import importlib
import json
import struct
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw


# What of a network may differ. `flags` go into the model, the rest into its parts.
USUAL = {"size": 192, "width": 48, "memory": 24, "heads": 1, "head": 16, "stages": [1, 2, 4, 1], "global": [4, 6],
         "windows": [8, 4, 10, 5], "background": [5, 5], "layers": 3, "forward": 80, "theta": 10000.0, "top_down": [2, 3],
         "fuser": 2, "kernel": 7, "flags": {}}
NETWORKS = {
    3: {"size": 192, "width": 48, "memory": 24, "heads": 2, "windows": [8, 4, 10, 5], "flags": {"num_maskmem": 5}},
    4: {"size": 128, "width": 32, "memory": 8, "heads": 1, "windows": [8, 4, 6, 3]},
    5: {"size": 320, "width": 64, "memory": 16, "heads": 2, "windows": [8, 4, 14, 7]},
    # Odd windows that are pooled, on a grid where the reference can do that; the background is not square.
    6: {"size": 96, "width": 48, "memory": 12, "head": 20, "stages": [2, 1, 3, 2], "global": [4], "windows": [8, 5, 7, 3],
        "background": [3, 6], "layers": 2, "forward": 33, "top_down": [3, 2], "fuser": 3, "kernel": 5},
    # SAM 2.0's flags, three heads, few slots and pointers, the whole grid in the last stage, no top-down path but one.
    7: {"size": 160, "width": 80, "memory": 40, "heads": 3, "head": 8, "stages": [2, 1, 2, 2], "global": [], "windows": [10, 4, 6, 0],
        "layers": 1, "top_down": [2], "theta": 100.0,
        "flags": {"num_maskmem": 3, "max_obj_ptrs_in_encoder": 4, "no_obj_embed_spatial": False, "add_tpos_enc_to_obj_ptrs": False,
                  "proj_tpos_enc_in_obj_ptrs": False, "use_signed_tpos_enc_to_obj_ptrs": False,
                  "only_obj_ptrs_in_the_past_for_eval": False, "multimask_output_for_tracking": False}},
    # Memories as wide as features, one slot for the past, soft pointers, masks scaled otherwise, sine ages without projection.
    8: {"size": 224, "width": 32, "memory": 32, "heads": 2, "head": 6, "stages": [1, 1, 5, 1], "global": [3, 5], "windows": [14, 6, 9, 4],
        "layers": 4, "fuser": 1, "kernel": 3, "top_down": [0, 1, 2, 3],
        "flags": {"num_maskmem": 2, "max_obj_ptrs_in_encoder": 3, "soft_no_obj_ptr": True, "fixed_no_obj_ptr": False,
                  "sigmoid_scale_for_mem_enc": 7.0, "sigmoid_bias_for_mem_enc": -2.5, "multimask_min_pt_num": 1,
                  "multimask_max_pt_num": 2, "use_multimask_token_for_obj_ptr": False, "proj_tpos_enc_in_obj_ptrs": False}},
}


def configuration(seed):
    """The released flags with other dimensions; the seed picks one of the networks."""
    spec = {**USUAL, **NETWORKS[seed]}
    size, width, memory, heads, windows = (spec[key] for key in ("size", "width", "memory", "heads", "windows"))
    trunk = spec["head"] * heads
    rope = {"_target_": "sam2.modeling.sam.transformer.RoPEAttention", "rope_theta": spec["theta"],
            "feat_sizes": [size // 16, size // 16], "embedding_dim": width, "num_heads": 1,
            "downsample_rate": 1, "dropout": 0.1}
    sine = lambda n: {"_target_": "sam2.modeling.position_encoding.PositionEmbeddingSine",
                      "num_pos_feats": n, "normalize": True, "scale": None, "temperature": 10000}
    return {"model": {
        "_target_": "sam2.modeling.sam2_base.SAM2Base",
        "image_encoder": {
            "_target_": "sam2.modeling.backbones.image_encoder.ImageEncoder", "scalp": 1,
            "trunk": {"_target_": "sam2.modeling.backbones.hieradet.Hiera", "embed_dim": trunk, "num_heads": heads,
                      "stages": spec["stages"], "global_att_blocks": spec["global"],
                      "window_pos_embed_bkg_spatial_size": spec["background"], "window_spec": windows},
            "neck": {"_target_": "sam2.modeling.backbones.image_encoder.FpnNeck", "position_encoding": sine(width),
                     "d_model": width, "backbone_channel_list": [8 * trunk, 4 * trunk, 2 * trunk, trunk],
                     "fpn_top_down_levels": spec["top_down"], "fpn_interp_model": "nearest"}},
        "memory_attention": {
            "_target_": "sam2.modeling.memory_attention.MemoryAttention", "d_model": width, "pos_enc_at_input": True,
            "layer": {"_target_": "sam2.modeling.memory_attention.MemoryAttentionLayer", "activation": "relu",
                      "dim_feedforward": spec["forward"], "dropout": 0.1, "pos_enc_at_attn": False, "self_attention": rope,
                      "d_model": width, "pos_enc_at_cross_attn_keys": True, "pos_enc_at_cross_attn_queries": False,
                      "cross_attention": {**rope, "rope_k_repeat": True, "kv_in_dim": memory}},
            "num_layers": spec["layers"]},
        "memory_encoder": {
            "_target_": "sam2.modeling.memory_encoder.MemoryEncoder", "out_dim": memory, "in_dim": width,
            "position_encoding": sine(memory),
            "mask_downsampler": {"_target_": "sam2.modeling.memory_encoder.MaskDownSampler", "embed_dim": width,
                                 "kernel_size": 3, "stride": 2, "padding": 1},
            "fuser": {"_target_": "sam2.modeling.memory_encoder.Fuser",
                      "layer": {"_target_": "sam2.modeling.memory_encoder.CXBlock", "dim": width, "kernel_size": spec["kernel"],
                                "padding": spec["kernel"] // 2, "layer_scale_init_value": 1e-6, "use_dwconv": True},
                      "num_layers": spec["fuser"]}},
        "num_maskmem": 7, "image_size": size, "sigmoid_scale_for_mem_enc": 20.0,
        "sigmoid_bias_for_mem_enc": -10.0, "use_mask_input_as_output_without_sam": True,
        "directly_add_no_mem_embed": True, "no_obj_embed_spatial": True, "use_high_res_features_in_sam": True,
        "multimask_output_in_sam": True, "iou_prediction_use_sigmoid": True, "use_obj_ptrs_in_encoder": True,
        "add_tpos_enc_to_obj_ptrs": True, "proj_tpos_enc_in_obj_ptrs": True, "use_signed_tpos_enc_to_obj_ptrs": True,
        "only_obj_ptrs_in_the_past_for_eval": True, "pred_obj_scores": True, "pred_obj_scores_mlp": True,
        "fixed_no_obj_ptr": True, "multimask_output_for_tracking": True, "use_multimask_token_for_obj_ptr": True,
        "multimask_min_pt_num": 0, "multimask_max_pt_num": 1, "use_mlp_for_obj_ptr_proj": True,
        "compile_image_encoder": False, **spec["flags"]}}


DEFAULTS = {"sam_mask_decoder_extra_args": {"dynamic_multimask_via_stability": True,
                                            "dynamic_multimask_stability_delta": 0.05,
                                            "dynamic_multimask_stability_thresh": 0.98},
            "binarize_mask_from_pts_for_mem_enc": True, "fill_hole_area": 0}


def instantiate(node):
    if isinstance(node, list):
        return [instantiate(item) for item in node]
    if not isinstance(node, dict):
        return node
    values = {key: instantiate(value) for key, value in node.items() if key != "_target_"}
    if "_target_" not in node:
        return values
    module, name = node["_target_"].rsplit(".", 1)
    return getattr(importlib.import_module(module), name)(**values)


def build(document, options):
    model = dict(document["model"], **DEFAULTS, **options)
    model["_target_"] = "sam2.sam2_video_predictor.SAM2VideoPredictor"
    extra = model.pop("sam_mask_decoder_extra_args")
    predictor = instantiate({**model, "sam_mask_decoder_extra_args": extra})
    return predictor.eval()


def render_clip(folder, seed, frames, size):
    """Two discs and a bar over a striped ground."""
    folder.mkdir(parents=True)
    width, height = size
    ground = np.zeros((height, width, 3), np.uint8)
    ground[..., 0] = 60 + 40 * np.sin(np.arange(width) / 7 + seed)[None]
    ground[..., 1] = 90 + 50 * np.cos(np.arange(height) / 5)[:, None]
    ground[..., 2] = 120
    for t in range(frames):
        picture = Image.fromarray(ground)
        draw = ImageDraw.Draw(picture)
        x, y = width * (0.25 + 0.03 * t), height * 0.5
        draw.ellipse([x - 15, y - 20, x + 15, y + 20], fill=(220, 60, 40))
        draw.ellipse([width * 0.7 - 12 - t, height * 0.35 - 12, width * 0.7 + 12 - t, height * 0.35 + 12], fill=(240, 230, 90))
        draw.rectangle([width * 0.5, height * 0.75, width * 0.9, height * 0.85], fill=(20, 30, 200))
        picture.save(folder / f"{t:05d}.png")
    return {"path": f"clips/{folder.name}/%05d.png", "frames": frames, "height": height, "width": width}


def load_clip(folder, size):
    pictures = []
    for path in sorted(folder.glob("*.png")):
        values = np.array(Image.open(path).convert("RGB").resize((size, size))) / 255.0
        pictures.append(torch.from_numpy(values).permute(2, 0, 1).float())
    mean = torch.tensor([0.485, 0.456, 0.406])[:, None, None]
    deviation = torch.tensor([0.229, 0.224, 0.225])[:, None, None]
    return (torch.stack(pictures) - mean) / deviation


class Recorder:
    """Runs flows and keeps what each call of the network gave."""

    def __init__(self):
        self.tensors = {}

    def run(self, predictor, name, clip, options, steps, folder):
        self.calls, self.prefix, self.extra = [], "", {}
        self.hook(predictor)
        images = load_clip(folder / "clips" / clip["name"], predictor.image_size)[: clip["use"]]
        load = lambda **_: (images, clip["height"], clip["width"])
        module = importlib.import_module("sam2.sam2_video_predictor")
        module.load_video_frames, kept = load, module.load_video_frames
        state = predictor.init_state("clip")
        module.load_video_frames = kept
        self.state, flow_steps = state, []
        for index, step in enumerate(steps):
            self.prefix, self.calls = f"{name}/s{index}/", []
            record = dict(step, tensor_prefix=self.prefix)
            record.update(self.step(predictor, state, step))
            record["calls"] = self.calls
            record["bank_after"] = {
                str(state["obj_idx_to_id"][i]): {"cond": list(o["cond_frame_outputs"]), "non_cond": list(o["non_cond_frame_outputs"])}
                for i, o in state["output_dict_per_obj"].items()}
            flow_steps.append(record)
        return {"name": name, "clip": clip["name"], "num_frames": clip["use"], "options": options, "noise": {}, "steps": flow_steps}

    def step(self, predictor, state, step):
        if step["op"] == "add_points_or_box":
            frame, ids, masks = predictor.add_new_points_or_box(
                state, step["frame"], step["obj"], points=step.get("points"), labels=step.get("labels"),
                box=step.get("box"), clear_old_points=step.get("clear_old_points", True))
            self.tensors[f"{self.prefix}f{frame}/video_logits"] = masks
            return {"obj_ids": list(ids)}
        if step["op"] == "add_mask":
            mask = np.array(Image.open(self.masks[step["mask"]])) > 0
            frame, ids, masks = predictor.add_new_mask(state, step["frame"], step["obj"], mask)
            self.tensors[f"{self.prefix}f{frame}/video_logits"] = masks
            return {"obj_ids": list(ids)}
        results = []
        for frame, ids, masks in predictor.propagate_in_video(
                state, step.get("start"), step.get("max_frames"), step.get("reverse", False)):
            self.tensors[f"{self.prefix}f{frame}/video_logits"] = masks
            results.append({"frame": frame, "obj_ids": list(ids),
                            "video_positive_fraction": (masks > 0).float().mean(dim=(1, 2, 3)).tolist(),
                            "video_mean": masks.mean(dim=(1, 2, 3)).tolist()})
        return {"results": results}

    def hook(self, predictor):
        """Wraps the predictor's two entries to the network, and the modules below it."""
        run, remember = predictor._run_single_frame_inference, predictor._run_memory_encoder
        object_of = lambda output: next(i for i, o in self.state["output_dict_per_obj"].items() if o is output)

        def run_frame(*args, **kwargs):
            self.extra = {}
            out, masks = run(*args, **kwargs)
            obj = self.state["obj_idx_to_id"][object_of(kwargs["output_dict"])]
            points, given = kwargs["point_inputs"], kwargs["mask_inputs"]
            many = given is None and predictor._use_multimask(kwargs["is_init_cond_frame"], points)
            key = f"{self.prefix}f{kwargs['frame_idx']}/o{obj}/"
            values = dict(self.extra, obj_ptr=out["obj_ptr"], object_score=out["object_score_logits"])
            values["low_res_filled" if predictor.fill_hole_area else "low_res"] = out["pred_masks"]
            if out["maskmem_features"] is not None:
                values["maskmem_features_bf16"] = out["maskmem_features"].float()
            self.tensors.update({key + k: v for k, v in values.items()})
            self.calls.append({"frame": kwargs["frame_idx"], "obj": obj, "multimask_output": bool(many),
                               "num_points": 0 if points is None else points["point_labels"].size(1),
                               "mask_input": given is not None or kwargs.get("prev_sam_mask_logits") is not None})
            return out, masks

        def remember_frame(*args, **kwargs):
            features, position = remember(*args, **kwargs)
            # The preflight goes object by object; the caller's output is the one still without a memory.
            for i, temp in self.state["temp_output_dict_per_obj"].items():
                for key in ("non_cond_frame_outputs", "cond_frame_outputs"):
                    out = temp[key].get(kwargs["frame_idx"])
                    if out is not None and out["maskmem_features"] is None and out["object_score_logits"] is kwargs["object_score_logits"]:
                        obj = self.state["obj_idx_to_id"][i]
                        self.tensors[f"{self.prefix}preflight/f{kwargs['frame_idx']}/o{obj}/maskmem_features_bf16"] = features.float()
                        self.calls.append({"frame": kwargs["frame_idx"], "obj": obj, "preflight_memory": True})
            return features, position

        predictor._run_single_frame_inference = run_frame
        predictor._run_memory_encoder = remember_frame
        masks = predictor.sam_mask_decoder.predict_masks

        def predict(*args, **kwargs):
            out = masks(*args, **kwargs)
            self.extra.update({"decoder.masks4": out[0], "decoder.iou4": out[1], "decoder.object_score": out[3]})
            return out

        predictor.sam_mask_decoder.predict_masks = predict

        def attend(_, args, kwargs):
            # Without a pointer all parts are bfloat16 and the reference fails outside autocast; the cast is ours.
            kwargs = dict(kwargs, memory=kwargs["memory"].float(), memory_pos=kwargs["memory_pos"].float())
            self.extra["memory_attention.memory"] = kwargs["memory"]
            return args, kwargs

        predictor.memory_attention.register_forward_pre_hook(attend, with_kwargs=True)


def calibrate(predictor, clip, folder):
    """Shifts the object score so that most frames show the object; random heads say nothing useful."""
    images = load_clip(folder / "clips" / clip, predictor.image_size)
    with torch.no_grad():
        out = predictor.forward_image(images[:1])
        features = out["backbone_fpn"]
        points = {"point_coords": torch.tensor([[[40.0, 60.0]]]), "point_labels": torch.ones(1, 1, dtype=torch.int32)}
        score = predictor._forward_sam_heads(features[-1], points, None, features[:-1], True)[-1]
        head = predictor.sam_mask_decoder.pred_obj_score_head.layers[-1]
        head.bias += 1.5 - score.item()


PICTURE_FLOWS = [
    ("click", {"point_coords": [[0.25, 0.5]], "point_labels": [1]}, None, True),
    ("click_single", {"point_coords": [[0.7, 0.35]], "point_labels": [1]}, None, False),
    ("clicks_single", {"point_coords": [[0.25, 0.5], [0.7, 0.35], [0.9, 0.9]], "point_labels": [1, 0, 0]}, None, False),
    ("box", {"box": [0.55, 0.15, 0.85, 0.55]}, None, False),
    ("box_and_click", {"box": [0.55, 0.15, 0.85, 0.55], "point_coords": [[0.7, 0.35]], "point_labels": [0]}, None, True),
    ("mask_and_click", {"point_coords": [[0.25, 0.5]], "point_labels": [1]}, ("click", 1), False),
    ("mask_only", {}, ("click", 2), False),
]


def record_picture(predictor, picture, tensors):
    """Single pictures through the official picture predictor, in the form of the flows file's `image`."""
    from sam2.sam2_image_predictor import SAM2ImagePredictor

    pixels = np.array(Image.open(picture).convert("RGB"))
    height, width = pixels.shape[:2]
    images = SAM2ImagePredictor(predictor)
    side = predictor.image_size
    images._bb_feat_sizes = [(side // part, side // part) for part in (4, 8, 16)]
    raw = {}
    masks = predictor.sam_mask_decoder.predict_masks

    def predict(*args, **kwargs):
        out = masks(*args, **kwargs)
        raw.update({"decoder.masks4": out[0], "decoder.iou4": out[1], "decoder.object_score": out[3]})
        return out

    predictor.sam_mask_decoder.predict_masks = predict
    images.set_image(pixels)
    tensors["image/encoder/high_res0"], tensors["image/encoder/high_res1"] = images._features["high_res_feats"]
    answers, flows = {}, []
    for name, shares, mask_from, several in PICTURE_FLOWS:
        args = {key: value for key, value in shares.items()}
        if "point_coords" in args:
            args["point_coords"] = [[x * width, y * height] for x, y in args["point_coords"]]
        if "box" in args:
            args["box"] = [share * side for share, side in zip(args["box"], (width, height) * 2)]
        given = {key: np.array(value) for key, value in args.items()}
        if mask_from:
            given["mask_input"] = answers[mask_from[0]][mask_from[1]][None]
        logits, quality, low = images.predict(**given, multimask_output=several, return_logits=True)
        answers[name] = low
        prefix = f"image/{name}/"
        found = dict(raw, logits=torch.from_numpy(logits), low_res=torch.from_numpy(low), iou=torch.from_numpy(quality))
        tensors.update({prefix + key: value.clone() for key, value in found.items()})
        flows.append({"name": name, "args": args, **({"mask_from": list(mask_from)} if mask_from else {}),
                      "multimask_output": several, "tensor_prefix": prefix,
                      "returns": {"masks": list(logits.shape), "iou": quality.tolist(),
                                  "positive_fraction": (logits > 0).mean(axis=(1, 2)).tolist()}})
    return {"picture": picture.relative_to(picture.parents[2]).as_posix(), "flows": flows, "noise": {}}


def write_safetensors(path, tensors):
    header, parts, at = {}, [], 0
    for name, value in sorted(tensors.items()):
        data = value.detach().float().contiguous().numpy().tobytes()
        header[name] = {"dtype": "F32", "shape": list(value.shape), "data_offsets": [at, at + len(data)]}
        parts.append(data)
        at += len(data)
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(parts))


def flows_of(size):
    w, h = size
    click = lambda frame, x, y, obj=1, label=1, **more: {"op": "add_points_or_box", "frame": frame, "obj": obj,
                                                         "points": [[w * x, h * y]], "labels": [label], **more}
    run = lambda **more: {"op": "propagate", **more}
    return [
        ("click", {}, [click(0, 0.25, 0.5), run()]),
        ("correction", {"add_all_frames_to_correct_as_cond": True},
         [click(2, 0.3, 0.5), run(), click(6, 0.7, 0.35, label=0, clear_old_points=False), run(start=4), run(start=6, reverse=True)]),
        ("objects", {"non_overlap_masks": True},
         [click(0, 0.25, 0.5, obj=3), {"op": "add_points_or_box", "frame": 1, "obj": 9, "box": [w * 0.6, h * 0.2, w * 0.8, h * 0.5]},
          {"op": "add_mask", "frame": 0, "obj": 5, "mask": "disc"}, run(max_frames=5)]),
        ("stride", {"memory_temporal_stride_for_eval": 2, "max_cond_frames_in_attn": 2},
         [click(0, 0.25, 0.5), click(4, 0.37, 0.5), click(8, 0.5, 0.5), run(), run(start=8, reverse=True)]),
    ]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=3, choices=sorted(NETWORKS))
    options = parser.parse_args()
    options.out.mkdir(parents=True)
    torch.manual_seed(options.seed)
    torch.set_num_threads(1)
    document = configuration(options.seed)
    size = (100 + 7 * (options.seed % 5), 76 + 11 * (options.seed % 4))
    clip = render_clip(options.out / "clips" / "c", options.seed, 11, size)
    disc = Image.new("L", size)
    ImageDraw.Draw(disc).ellipse([size[0] * 0.5, size[1] * 0.3, size[0] * 0.8, size[1] * 0.7], fill=255)
    (options.out / "masks").mkdir()
    disc.save(options.out / "masks" / "disc.png")
    model = build(document, {})
    with torch.no_grad():
        for name, value in model.named_parameters():
            if "gamma" in name or name.endswith("pos_embed") or "embed" in name or "tpos" in name or "no_" in name:
                value.normal_(0, 0.5)
    calibrate(model, "c", options.out)
    torch.save({"model": model.state_dict()}, options.out / "set.pt")
    recorder, video = Recorder(), []
    recorder.masks = {"disc": options.out / "masks" / "disc.png"}
    for name, extra, steps in flows_of(size):
        predictor = build(document, extra)
        predictor.load_state_dict(model.state_dict())
        with torch.no_grad():
            video.append(recorder.run(predictor, name, {"name": "c", "use": 11, **clip}, extra, steps, options.out))
    pictures = build(document, {})
    pictures.load_state_dict(model.state_dict())
    with torch.no_grad():
        image = record_picture(pictures, options.out / "clips" / "c" / "00000.png", recorder.tensors)
    write_safetensors(options.out / "set.safetensors", recorder.tensors)
    (options.out / "set.config.json").write_text(json.dumps(document, indent=1))
    (options.out / "set.flows.json").write_text(json.dumps({
        "format": 1, "checkpoint": "set.pt", "config": "set.config.json", "tensors_file": "set.safetensors",
        "clips": {"c": clip}, "masks": {"disc": "masks/disc.png"}, "predictor_defaults": DEFAULTS, "image": image, "video": video}))


if __name__ == "__main__":
    main()
