// Sends a form with files and reports the progress, which fetch cannot do.
import { failureFrom, unreachable } from "./failure";

export interface UploadOptions {
  token: string;
  method?: "POST" | "PUT";
  /** From 0 to 1. */
  progress?: (part: number) => void;
  signal?: AbortSignal;
}

/**
 * The server's response. Throws a Failure if the server refused or could not be reached, or if the upload was aborted.
 */
export function upload(path: string, form: FormData, options: UploadOptions): Promise<unknown> {
  const request = new XMLHttpRequest();
  request.open(options.method ?? "POST", path);
  request.setRequestHeader("Authorization", `Bearer ${options.token}`);
  request.upload.onprogress = ({ loaded, total }) => options.progress?.(total > 0 ? loaded / total : 0);
  options.signal?.addEventListener("abort", () => request.abort());
  return new Promise((resolve, reject) => {
    request.onerror = request.onabort = () => reject(unreachable());
    request.onload = () => {
      if (request.status < 300) resolve(JSON.parse(request.responseText || "null"));
      else void failureFrom(answerOf(request)).then(reject);
    };
    request.send(form);
  });
}

function answerOf(request: XMLHttpRequest): Response {
  const headers = { "Retry-After": request.getResponseHeader("Retry-After") ?? "" };
  return new Response(request.responseText, { status: request.status, headers });
}
