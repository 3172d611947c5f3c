// Asks before a video with labels is removed: the one deletion that no undo brings back.
import { AlertDialog } from "@base-ui/react/alert-dialog";
import type { Video } from "@masklet/protocol";
import { exchangeWords } from "../words/exchange.ts";
import { grouped } from "../words/plural.ts";
import { useWords } from "../words/words.ts";

export function RemoveVideoDialog(props: { video: Video; close: () => void; remove: () => void }) {
  const words = useWords();
  const own = exchangeWords(words.language);
  const { objects, framesHuman, framesModel } = props.video.progress;
  return (
    <AlertDialog.Root open onOpenChange={(open) => !open && props.close()}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="backdrop" />
        <AlertDialog.Popup className="dialog remove-dialog" data-dialog="">
          <div className="dialog-head">
            <AlertDialog.Title className="lead b grow cut">
              {own.removeTitle(props.video.name)}
            </AlertDialog.Title>
          </div>
          <div className="dialog-body">
            <AlertDialog.Description>
              {own.removeText(
                grouped(words.language, objects),
                grouped(words.language, framesHuman + framesModel),
              )}
            </AlertDialog.Description>
          </div>
          <div className="dialog-foot">
            <span className="grow" />
            <button type="button" className="btn ghost l" onClick={props.close}>
              {own.keep}
            </button>
            <button
              type="button"
              className="btn primary l"
              onClick={() => {
                props.close();
                props.remove();
              }}
            >
              {words.removeVideo}
            </button>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
