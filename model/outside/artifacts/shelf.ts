/** What one registry has: content by digest, which never changes, and by repository which was pushed last. */
import type { ImageMetadata, PullRequest, PullResponse } from './methods.ts';
import { byCodeUnit } from '../../../sim/index.ts';

export class Shelf {
  private readonly keepsByName: boolean;
  private readonly images = new Map<string, PullResponse>();
  /** By repository. */
  private readonly latest = new Map<string, ImageMetadata>();
  /** By digest, its newest push. */
  private readonly known = new Map<string, ImageMetadata>();

  /** `keepsByName`: the defect of a registry whose content is under the name of the repository. */
  constructor(keepsByName: boolean) {
    this.keepsByName = keepsByName;
  }

  has(digest: string): boolean {
    return this.find({ name: '', digest }) !== undefined;
  }

  /**
   * It is not known, or was pushed again since: by a maker who did not hear the answer of another registry, or to make it the
   * latest. A registry that kept what it heard first would keep another latest than the others.
   */
  isNews({ digest, pushedUs }: ImageMetadata): boolean {
    const before = this.known.get(digest);
    return before === undefined || pushedUs > before.pushedUs;
  }

  put(image: PullResponse): void {
    const { metadata } = image;
    if (!this.isNews(metadata)) return;
    this.images.set(this.keepsByName ? metadata.name : metadata.digest, image);
    this.known.set(metadata.digest, metadata);
    const before = this.latest.get(metadata.name);
    // Of two that were pushed in the same instant the one with the higher digest: the same everywhere.
    if (before === undefined || isLater(metadata, before)) this.latest.set(metadata.name, metadata);
  }

  /** By digest, or the newest of the repository. */
  find({ name, digest }: PullRequest): PullResponse | undefined {
    const wanted = digest ?? this.latest.get(name)?.digest;
    if (wanted === undefined) return undefined;
    return this.images.get(this.keepsByName ? (this.known.get(wanted)?.name ?? '') : wanted);
  }

  inspect(): ShelfInspection {
    return {
      digests: [...this.known.keys()].sort(byCodeUnit),
      latest: Object.fromEntries([...this.latest].map(([name, { digest }]) => [name, digest])),
    };
  }
}

export interface ShelfInspection {
  readonly digests: readonly string[];
  /** Digest by repository. */
  readonly latest: Readonly<Record<string, string>>;
}

function isLater(a: ImageMetadata, b: ImageMetadata): boolean {
  return a.pushedUs === b.pushedUs ? a.digest > b.digest : a.pushedUs > b.pushedUs;
}
