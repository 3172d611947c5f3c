// The first frame of a video, small; a film strip where there is none yet.
import type { Video } from "@masklet/protocol";
import { Icon } from "../panels/parts.tsx";

export function Thumbnail({ video }: { video: Video | null | undefined }) {
  if (!video) {
    return (
      <span className="thumb">
        <Icon name="film" />
      </span>
    );
  }
  const digest = encodeURIComponent(video.digest);
  return (
    <img
      className="thumb"
      alt=""
      loading="lazy"
      src={`/api/videos/${video.id}/frames/0?digest=${digest}&width=144`}
    />
  );
}
