import { randomHex, type ModelRandom } from "../time-and-chance.ts";

/** What a blob holds. A step log and a summary belong to a step; the other two to the job. */
export type BlobKind = "job-log" | "step-log" | "step-summary" | "job-diagnostics";

export interface BlobAddress {
  readonly jobId: string;
  readonly kind: BlobKind;
  /** Empty for the kinds that belong to the job. */
  readonly stepId: string;
}

export interface BlobLimits {
  /** Bytes of one blob; a write beyond it is refused and changes nothing. */
  readonly blobMax: number;
  /** Bytes of all blobs; above it the blobs of the job that was written to longest ago are dropped. */
  readonly totalMax: number;
  /** Blobs of one job; no address is handed out beyond it. */
  readonly jobBlobsMax: number;
  /** Jobs with blobs; beyond it the one that was written to longest ago is dropped. */
  readonly jobsMax: number;
}

export const defaultBlobLimits: BlobLimits = {
  blobMax: 64 * 1024 * 1024,
  totalMax: 256 * 1024 * 1024,
  jobBlobsMax: 2_000,
  jobsMax: 10_000,
};

interface Blob {
  readonly signature: string;
  readonly chunks: Uint8Array[];
  size: number;
}

/**
 * Uploaded logs. The address of a blob is handed out with a signature, because uploads carry no token. An upload that
 * was announced and never made is an empty blob.
 */
export class LogBlobs {
  readonly #random: ModelRandom;
  readonly #limits: BlobLimits;
  /** By job, the job written to longest ago first; then by kind and step. */
  readonly #jobs = new Map<string, Map<string, Blob>>();
  #totalSize = 0;

  constructor(options: { readonly random: ModelRandom; readonly limits?: Partial<BlobLimits> }) {
    this.#random = options.random;
    this.#limits = { ...defaultBlobLimits, ...options.limits };
  }

  /** The signature of the blob at this address, the same at every call; undefined when the job has too many blobs. */
  sign(address: BlobAddress): string | undefined {
    const blobs = this.#blobsOf(address.jobId);
    const key = keyOf(address);
    const known = blobs.get(key);
    if (known !== undefined) return known.signature;
    if (blobs.size >= this.#limits.jobBlobsMax) return undefined;
    const blob: Blob = { signature: randomHex(this.#random, 32), chunks: [], size: 0 };
    blobs.set(key, blob);
    return blob.signature;
  }

  /**
   * Writes what arrived with one `PUT`. Appending adds a block; the other form replaces the content, except that an empty
   * one changes nothing: a runner "creates" its blob again in mid-log.
   */
  write(
    address: BlobAddress,
    upload: { readonly signature: string; readonly append: boolean; readonly bytes: Uint8Array },
  ): "stored" | "unknown" | "too-large" {
    const blob = this.#jobs.get(address.jobId)?.get(keyOf(address));
    if (blob === undefined || blob.signature !== upload.signature) return "unknown";
    const bytes = withoutByteOrderMark(upload.bytes);
    if (bytes.length === 0) return "stored";
    const kept = upload.append ? blob.size : 0;
    if (kept + bytes.length > this.#limits.blobMax) return "too-large";
    if (!upload.append) blob.chunks.length = 0;
    blob.chunks.push(bytes);
    this.#totalSize += kept + bytes.length - blob.size;
    blob.size = kept + bytes.length;
    this.#touch(address.jobId);
    this.#dropOldest(address.jobId);
    return "stored";
  }

  /** The text of a blob; undefined when there is none or nothing was written to it. */
  text(address: BlobAddress): string | undefined {
    const blob = this.#jobs.get(address.jobId)?.get(keyOf(address));
    return blob === undefined || blob.size === 0 ? undefined : Buffer.concat(blob.chunks).toString("utf8");
  }

  /** The steps of a job that have a log with something in it; one runner opens an empty one under the job's own id. */
  loggedSteps(jobId: string): readonly string[] {
    return [...(this.#jobs.get(jobId) ?? [])]
      .filter(([key, blob]) => key.startsWith("step-log/") && blob.size > 0)
      .map(([key]) => key.slice("step-log/".length));
  }

  #blobsOf(jobId: string): Map<string, Blob> {
    const known = this.#jobs.get(jobId);
    if (known !== undefined) return known;
    const blobs = new Map<string, Blob>();
    this.#jobs.set(jobId, blobs);
    this.#dropOldest(jobId);
    return blobs;
  }

  #touch(jobId: string): void {
    const blobs = this.#jobs.get(jobId);
    if (blobs === undefined) return;
    this.#jobs.delete(jobId);
    this.#jobs.set(jobId, blobs);
  }

  #dropOldest(keptJobId: string): void {
    for (const [jobId, blobs] of this.#jobs) {
      const fits = this.#totalSize <= this.#limits.totalMax && this.#jobs.size <= this.#limits.jobsMax;
      if (fits || jobId === keptJobId) return;
      for (const blob of blobs.values()) this.#totalSize -= blob.size;
      this.#jobs.delete(jobId);
    }
  }
}

function keyOf(address: BlobAddress): string {
  return `${address.kind}/${address.stepId}`;
}

/** One runner starts every block with a mark, so it turns up in the middle of a log too. */
function withoutByteOrderMark(bytes: Uint8Array): Uint8Array {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}
