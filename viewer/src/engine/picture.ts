/** Drawn pixels as a PNG. */

/** A canvas that holds RGBA rows from the top. */
export function canvasOf(pixels: Uint8Array, width: number, height: number): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const data = new ImageData(new Uint8ClampedArray(pixels), width, height);
  canvas.getContext("2d")?.putImageData(data, 0, 0);
  return canvas;
}

export function encode(canvas: HTMLCanvasElement): Promise<Blob> {
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => {
      if (blob === null) reject(new Error("The browser could not make a PNG of the picture."));
      else resolve(blob);
    }, "image/png");
  });
}
