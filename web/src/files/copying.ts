// Pictures for the clipboard, which takes only one kind.

/** Only where the page is served safely the browser has a clipboard. */
export const mayCopy = typeof ClipboardItem !== "undefined" && navigator.clipboard !== undefined;

/** The picture at an address as PNG; of what moves its first moment. */
export async function asPng(address: string): Promise<Blob> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`answered ${response.status}`);
  const picture = await createImageBitmap(await response.blob());
  const canvas = new OffscreenCanvas(picture.width, picture.height);
  canvas.getContext("2d")!.drawImage(picture, 0, 0);
  picture.close();
  return canvas.convertToBlob({ type: "image/png" });
}
