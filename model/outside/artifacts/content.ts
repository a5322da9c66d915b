/** Content and its address: what bears a digest is that content and no other. */
import { hashString } from '../../../sim/digest.ts';

/** What stands for the layers of an image: its text is what they hold, its size what they weigh. */
export interface Content {
  readonly text: string;
  readonly sizeBytes: number;
}

/** An image by name and digest, as it stands in desired state: `registry/app@sha256:…`. */
export interface ImageReference {
  /** Without the digest. */
  readonly name: string;
  readonly digest: string;
}

/** A reference that names a build as well, as `registry/app:build-3@sha256:…` does, for whoever makes images. */
const REFERENCE = /^(?<name>[^:@]+)(?::(?<build>[^@]+))?@(?<digest>.+)$/;

/** The address of content: 64 bits stand in for SHA-256. */
export function digestOf({ text, sizeBytes }: Content): string {
  const word = (salt: string): string => (hashString(`${salt}${sizeBytes} ${text}`) >>> 0).toString(16).padStart(8, '0');
  return `sha256:${word('a')}${word('b')}`;
}

/** Null: it names no digest, and whoever is to run it has it already. */
export function parseImage(reference: string): ImageReference | null {
  const { name, digest } = REFERENCE.exec(reference)?.groups ?? {};
  return name === undefined || digest === undefined ? null : { name, digest };
}

const SMALLEST_BYTES = 64 * 1024;
const SPREAD_BYTES = 512 * 1024;
export const LARGEST_IMAGE_BYTES = SMALLEST_BYTES + SPREAD_BYTES;

/** What a build makes; the same build makes the same image. */
export function buildImage(name: string, build: string): Content {
  const text = `${name}:${build}`;
  return { text, sizeBytes: SMALLEST_BYTES + ((hashString(text) >>> 0) % SPREAD_BYTES) };
}

/** A reference to what a build makes. */
export function referenceTo(name: string, build: string): string {
  return `${name}:${build}@${digestOf(buildImage(name, build))}`;
}

/** The image that a reference names by its build, to be pushed before anybody asks for it; null when it names none. */
export function builtImage(reference: string): (ImageReference & { readonly content: Content }) | null {
  const { name, build, digest } = REFERENCE.exec(reference)?.groups ?? {};
  return name === undefined || build === undefined || digest === undefined
    ? null
    : { name, digest, content: buildImage(name, build) };
}
