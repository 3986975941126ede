// Pictures for the clipboard, which takes only PNG.

/** Browsers offer the clipboard only to pages in a secure context. */
export const mayCopy = typeof ClipboardItem !== "undefined" && navigator.clipboard !== undefined;

/** The picture at an address as PNG; only the first frame of an animation. */
export async function asPng(address: string): Promise<Blob> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`answered ${response.status}`);
  const picture = await createImageBitmap(await response.blob());
  const canvas = new OffscreenCanvas(picture.width, picture.height);
  canvas.getContext("2d")!.drawImage(picture, 0, 0);
  picture.close();
  return canvas.convertToBlob({ type: "image/png" });
}
