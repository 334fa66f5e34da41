/** A picture of the viewer in the saved notebook. */

import { effect } from "@preact/signals";
import type { Engine } from "../engine/types";
import type { Store } from "../ui/state/store";

/** Rest of the drawing after which a picture is made. */
const REST = 1500;
/** Widest picture: the notebook's file holds it. */
const MOST = 900;

/** Saves a small picture whenever the drawing has rested; the answer ends that. */
export function keepPicture(store: Store, save: (png: string) => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let last = "";
  const take = async (engine: Engine) => {
    if (store.contextLost.peek() || !store.document.peek()?.layers.length) return;
    const png = await shrink(await engine.screenshot());
    if (png !== last) save(png);
    last = png;
  };
  const stop = effect(() => {
    const engine = store.engine.value;
    return engine?.on("drawn", () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        // Without a picture the notebook keeps the one before.
        take(engine).catch((error: unknown) => console.warn("voxsieve: no picture", error));
      }, REST);
    });
  });
  return () => {
    clearTimeout(timer);
    stop();
  };
}

async function shrink(picture: Blob): Promise<string> {
  const image = await createImageBitmap(picture);
  const scale = Math.min(1, MOST / image.width);
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(image.width * scale));
  canvas.height = Math.max(1, Math.round(image.height * scale));
  const context = canvas.getContext("2d");
  context?.drawImage(image, 0, 0, canvas.width, canvas.height);
  image.close();
  return canvas.toDataURL("image/png");
}
