// Puts a stream into a <video>, as an attachment.
import type { Attachment } from "svelte/attachments";

export function showing(stream: MediaStream): Attachment<HTMLVideoElement> {
  return (video) => {
    video.srcObject = stream;
    return () => (video.srcObject = null);
  };
}
