/** Kinds of events: what a message or timer is called, weighs, costs to handle, and how it reads in words. */
import { hashString, type Digest } from './digest.ts';
import type { Micros } from './time.ts';

/**
 * Made once per kind, at module level, and compared by identity. `B` is the type of the body: a plain value that nobody
 * changes after it was sent.
 */
export interface Kind<B = unknown> {
  readonly name: string;
  /** A hash of the name, for the digest. */
  readonly code: number;
  /** Fixed time that handling one occupies a process for. */
  readonly serviceUs: Micros;
  /** Size on the wire. */
  sizeBytes(body: B): number;
  /** Mixes what the body carries into the digest. */
  digest(body: B, digest: Digest): void;
  /** One line in words, without the name of sender or receiver. */
  describe(body: B): string;
}

export interface KindOptions<B> {
  serviceUs?: Micros;
  sizeBytes?: (body: B) => number;
  digest?: (body: B, digest: Digest) => void;
  describe?: (body: B) => string;
}

const DEFAULT_SERVICE_US = 10;
const DEFAULT_SIZE_BYTES = 128;

export function kind<B>(name: string, options: KindOptions<B> = {}): Kind<B> {
  return {
    name,
    code: hashString(name),
    serviceUs: options.serviceUs ?? DEFAULT_SERVICE_US,
    sizeBytes: options.sizeBytes ?? (() => DEFAULT_SIZE_BYTES),
    digest: options.digest ?? ((body, digest) => digest.value(body)),
    describe: options.describe ?? (() => name),
  };
}
