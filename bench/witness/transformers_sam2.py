"""SAM 2.1 tiny at full size in Hugging Face `transformers`, on weights in the official form.

    python3 transformers_sam2.py OUT [FRAMES]

Makes random weights, saves them under the official names (OUT/sam2.1_hiera_tiny.pt), draws a clip at the network's own size
(OUT/frames), clicks, boxes and masks an object, tracks it, and writes what came out: OUT/found.json and OUT/found.safetensors.
Needs transformers, torch, numpy and pillow.
"""

import json
import re
import sys
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw
from safetensors.torch import save_file
from transformers import Sam2Config, Sam2Model, Sam2VideoConfig, Sam2VideoModel
from transformers.models.sam2_video.modeling_sam2_video import Sam2VideoInferenceSession

SIDE = 1024
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)

# Names of transformers and of the official state dictionary; the first part of each name, then its layers.
PARTS = [
    ("vision_encoder.backbone.", "image_encoder.trunk."), ("vision_encoder.neck.", "image_encoder.neck."),
    ("prompt_encoder.", "sam_prompt_encoder."), ("mask_decoder.", "sam_mask_decoder."),
    ("object_pointer_proj.", "obj_ptr_proj."), ("no_memory_embedding", "no_mem_embed"),
    ("no_memory_positional_encoding", "no_mem_pos_enc"), ("memory_temporal_positional_encoding", "maskmem_tpos_enc"),
    ("no_object_pointer", "no_obj_ptr"), ("occlusion_spatial_embedding_parameter", "no_obj_embed_spatial"),
    ("temporal_positional_encoding_projection_layer.", "obj_ptr_tpos_proj."),
]
THREE_LAYERS = r"(hypernetworks_mlps\.\d+|iou_prediction_head|pred_obj_score_head|obj_ptr_proj)\."
LAYERS = [
    (THREE_LAYERS + r"layers\.0\.", r"\1.layers.1."), (THREE_LAYERS + r"proj_in\.", r"\1.layers.0."),
    (THREE_LAYERS + r"proj_out\.", r"\1.layers.2."), (r"\.mlp\.proj_in\.", ".mlp.layers.0."), (r"\.mlp\.proj_out\.", ".mlp.layers.1."),
    (r"patch_embed\.projection\.", "patch_embed.proj."), (r"neck\.convs\.(\d)\.", r"neck.convs.\1.conv."),
    (r"shared_embedding\.positional_embedding", "pe_layer.positional_encoding_gaussian_matrix"),
    (r"mask_embed\.conv1\.", "mask_downscaling.0."), (r"mask_embed\.layer_norm1\.", "mask_downscaling.1."),
    (r"mask_embed\.conv2\.", "mask_downscaling.3."), (r"mask_embed\.layer_norm2\.", "mask_downscaling.4."),
    (r"mask_embed\.conv3\.", "mask_downscaling.6."), (r"upscale_conv1\.", "output_upscaling.0."),
    (r"upscale_layer_norm\.", "output_upscaling.1."), (r"upscale_conv2\.", "output_upscaling.3."),
    (r"mask_downsampler\.final_conv\.", "mask_downsampler.encoder.12."),
    (r"memory_encoder\.feature_projection\.", "memory_encoder.pix_feat_proj."), (r"memory_encoder\.projection\.", "memory_encoder.out_proj."),
    (r"memory_fuser\.", "fuser."), (r"depthwise_conv\.", "dwconv."), (r"pointwise_conv(\d)\.", r"pwconv\1."),
    (r"fuser\.layers\.(\d)\.scale", r"fuser.layers.\1.gamma"), (r"\.o_proj\.", ".out_proj."), (r"layer_norm", "norm"),
]


def official_name(name):
    for ours, theirs in PARTS:
        if name.startswith(ours):
            name = theirs + name[len(ours):]
    downsampler = re.search(r"mask_downsampler\.layers\.(\d)\.(conv|layer_norm)\.", name)
    if downsampler:
        at = 3 * int(downsampler[1]) + (downsampler[2] == "layer_norm")
        name = name.replace(downsampler[0], f"mask_downsampler.encoder.{at}.")
    for pattern, replacement in LAYERS:
        name = re.sub(pattern, replacement, name)
    return name


def official_form(model):
    state = {}
    for name, value in model.state_dict().items():
        if name == "shared_image_embedding.positional_embedding":
            continue  # the prompt encoder's, a second time
        if name == "prompt_encoder.point_embed.weight":
            for label in range(4):
                state[f"sam_prompt_encoder.point_embeddings.{label}.weight"] = value[label: label + 1].clone()
            continue
        state[official_name(name)] = value.clone()
    return {"model": state}


def fill_with_noise(model, seed):
    """Weights that keep activations of order one, so that every part matters."""
    generator = torch.Generator().manual_seed(seed)
    for name, value in model.state_dict().items():
        noise = torch.randn(value.shape, generator=generator)
        embedding = value.dim() > 1 and re.search(r"embed(?!\.(projection|conv))|token|encoding$|encoding_|pointer$|parameter$", name)
        if "positional_embedding" in name:
            value.copy_(noise)
        elif embedding and "_proj" not in name:
            value.copy_(0.5 * noise)
        elif value.dim() > 1:
            value.copy_(noise / np.sqrt(value[0].numel()))
        elif name.endswith(".scale"):
            value.copy_(0.3 * noise)
        elif "norm" in name and name.endswith("weight"):
            value.copy_(1 + 0.1 * noise)
        else:
            value.copy_(0.1 * noise)
    shared = model.prompt_encoder.shared_embedding.positional_embedding
    model.shared_image_embedding.positional_embedding.copy_(shared)


def calibrate(model, features):
    """Masks of both signs and an object that is in view: heads with random weights answer one thing everywhere."""
    seen = {}
    hook = model.mask_decoder.activation.register_forward_hook(lambda _, __, out: seen.update(last=out))
    click = {"input_points": torch.tensor([[[[300.0, 500.0]]]]), "input_labels": torch.ones(1, 1, 1, dtype=torch.int32)}
    model._single_frame_forward(image_embeddings=features, **click)
    hook.remove()
    mean = seen["last"].mean(dim=(0, 2, 3))
    away = torch.eye(len(mean)) - torch.outer(mean, mean) / mean.dot(mean)
    for mlp in model.mask_decoder.output_hypernetworks_mlps:
        mlp.proj_out.weight.copy_(8 * away @ mlp.proj_out.weight)
        mlp.proj_out.bias.copy_(8 * away @ mlp.proj_out.bias)
    score = model._single_frame_forward(image_embeddings=features, **click).object_score_logits
    model.mask_decoder.pred_obj_score_head.proj_out.bias.add_(1 - score.flatten())


def draw_clip(folder, count):
    folder.mkdir(parents=True)
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    ground = np.stack([80 + x // 16, 110 + y // 12, 90 + (x + y) // 32], -1).astype(np.uint8)
    for t in range(count):
        picture = Image.fromarray(ground)
        draw = ImageDraw.Draw(picture)
        draw.ellipse([200 + 40 * t, 400, 420 + 40 * t, 640], fill=(220, 60, 40))
        draw.rectangle([650 - 25 * t, 250, 860 - 25 * t, 420], fill=(240, 230, 90))
        picture.save(folder / f"{t:05d}.png")


def pixels_of(folder):
    frames = [np.array(Image.open(path)) for path in sorted(folder.glob("*.png"))]
    values = torch.from_numpy(np.stack(frames)).permute(0, 3, 1, 2).float() / 255
    return (values - torch.tensor(MEAN)[:, None, None]) / torch.tensor(DEVIATION)[:, None, None]


def new_session(pixels):
    cpu = torch.device("cpu")
    return Sam2VideoInferenceSession(pixels, SIDE, SIDE, cpu, cpu, cpu, torch.float32, max_vision_features_cache_size=len(pixels))


FLOWS = [
    {"name": "click", "frame": 0, "points": [[300, 500]], "labels": [1], "reverse": False, "tracked": None},
    {"name": "box, backward", "frame": 3, "points": [[570, 245], [790, 425]], "labels": [2, 3], "reverse": True, "tracked": 2},
    # transformers asks the decoder for three masks here and takes the best one's token as the pointer; the official code asks
    # for one (`_use_mask_as_output` calls `_forward_sam_heads` with its default). The second flow asks for one, too.
    {"name": "mask as published", "frame": 0, "mask": [200, 400, 420, 640], "reverse": False, "tracked": 2,
     "known": "transformers takes a mask prompt's pointer from the best of three tokens, the official code from the single one's"},
    {"name": "mask, the single token", "frame": 0, "mask": [200, 400, 420, 640], "reverse": False, "tracked": 2, "several": False},
]


def run_flow(model, pixels, cache, flow, tensors):
    session = new_session(pixels)
    session.cache = cache
    index = session.obj_id_to_idx(1)
    if "mask" in flow:
        left, top, right, bottom = flow["mask"]
        mask = torch.zeros(1, 1, SIDE, SIDE)
        mask[..., top:bottom, left:right] = 1
        session.add_mask_inputs(index, flow["frame"], mask)
    else:
        session.add_point_inputs(index, flow["frame"], {
            "point_coords": torch.tensor([[flow["points"]]]).float(), "point_labels": torch.tensor([[flow["labels"]]], dtype=torch.int32)})
    session.obj_with_new_inputs = [1]
    kept, heads = {}, model._single_frame_forward

    def single(*args, **kwargs):
        if flow.get("several") is False and kwargs.get("input_masks") is not None:
            kwargs["multimask_output"] = False
        out = heads(*args, **kwargs)
        kept["iou"] = float(out.iou_scores.max())
        return out

    model._single_frame_forward = single
    frames = []

    def keep(out):
        kind = "cond_frame_outputs" if out.frame_idx in session.output_dict_per_obj[index]["cond_frame_outputs"] else "non_cond_frame_outputs"
        pointer = session.output_dict_per_obj[index][kind][out.frame_idx]["object_pointer"]
        key = f"{flow['name']}/{out.frame_idx}/"
        tensors[key + "logits"] = out.pred_masks.reshape(SIDE // 4, SIDE // 4).clone()
        tensors[key + "pointer"] = pointer.reshape(-1).clone()
        frames.append({"frame": out.frame_idx, "iou": 1.0 if "mask" in flow and not frames else kept["iou"], "score": float(out.object_score_logits.flatten())})

    keep(model(inference_session=session, frame_idx=flow["frame"]))
    for out in model.propagate_in_video_iterator(session, flow["frame"], flow["tracked"], flow["reverse"]):
        if out.frame_idx != flow["frame"]:
            keep(out)
    del model._single_frame_forward
    print(f"{flow['name']}: scores {[round(frame['score'], 3) for frame in frames]}, {time.strftime('%H:%M:%S')}", file=sys.stderr)
    return {**flow, "frames": frames}


def run_picture(model, pixels, tensors):
    """The picture model, which has weights of its own class."""
    picture = Sam2Model(Sam2Config()).eval()
    missing, _ = picture.load_state_dict({k: v for k, v in model.state_dict().items() if k in picture.state_dict()})
    assert not missing
    out = picture(pixel_values=pixels[:1], input_points=torch.tensor([[[[300.0, 500.0]]]]),
                  input_labels=torch.ones(1, 1, 1, dtype=torch.int32), multimask_output=True)
    tensors["picture/logits"] = out.pred_masks.reshape(3, SIDE // 4, SIDE // 4).clone()
    return {"point": [300, 500], "iou": out.iou_scores.flatten().tolist()}


def main():
    out, count = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 6
    model = Sam2VideoModel(Sam2VideoConfig()).eval()
    tensors = {}
    with torch.inference_mode():
        fill_with_noise(model, 7)
        draw_clip(out / "frames", count)
        pixels = pixels_of(out / "frames")
        session = new_session(pixels)
        features, _ = model._prepare_vision_features(session, 0, 1)
        sides = (SIDE // 4, SIDE // 8, SIDE // 16)
        levels = [level.permute(1, 2, 0).view(1, -1, side, side) for level, side in zip(features, sides)]
        calibrate(model, [*levels[:2], levels[2] + model.no_memory_embedding.view(1, -1, 1, 1)])
        torch.save(official_form(model), out / "sam2.1_hiera_tiny.pt")
        cache = new_session(pixels).cache
        flows = [run_flow(model, pixels, cache, flow, tensors) for flow in FLOWS]
        picture = run_picture(model, pixels, tensors)
    save_file({name: value.float().contiguous() for name, value in tensors.items()}, out / "found.safetensors")
    (out / "found.json").write_text(json.dumps({"side": SIDE, "frames": count, "flows": flows, "picture": picture}))


if __name__ == "__main__":
    main()
