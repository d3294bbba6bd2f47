import { request as httpRequest } from "node:http";
import { gunzipSync } from "node:zlib";

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
  // Tests look into answers of many shapes; a wrong look fails the test.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly json: any;
}

export function answerOf(status: number, headers: Readonly<Record<string, string | undefined>>, body: string): Answer {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.replace(/^\uFEFF/, ""));
  } catch {
    parsed = undefined;
  }
  return { status, headers, body, json: parsed };
}

/** Plain HTTP without a library's kindnesses: no redirects, no retries, the byte order mark kept. */
export function sendOverHttp(
  method: string,
  url: string,
  headers: Record<string, string>,
  body?: string,
  signal?: AbortSignal,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      url,
      {
        method,
        headers: { ...headers, ...(body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) }) },
        agent: false,
        ...(signal === undefined ? {} : { signal }),
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const bytes = Buffer.concat(chunks);
          const text = response.headers["content-encoding"] === "gzip" ? gunzipSync(bytes) : bytes;
          resolve(answerOf(response.statusCode ?? 0, response.headers as Record<string, string>, text.toString()));
        });
      },
    );
    request.on("error", reject);
    request.end(body);
  });
}
