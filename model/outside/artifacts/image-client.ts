/** A client of the registries: pushes what was built, and pulls what is to run, by digest, checking what came. */
import { Channel, ms, type CallOutcome, type Co, type Os } from '../../../sim/index.ts';
import { nearestFirst } from '../../api/nearest.ts';
import type { OutsideContent, OutsideKind } from '../../api/resources/index.ts';
import { placementOf } from '../../api/state-classes.ts';
import type { Design } from '../../design.ts';
import type { DefectSet } from '../../defect.ts';
import { builtImage, digestOf, parseImage } from './content.ts';
import { pulledBoundary } from './pulled.ts';
import { pullMethod, pushMethod } from './methods.ts';

const TIMEOUT_US = ms(2_000);
/** As the kubelet's back-off of image pulls, 10 s doubling to 5 min, scaled. */
const BACKOFF_MIN_US = ms(200);
const BACKOFF_MAX_US = ms(3_000);
const PUSH_ATTEMPTS = 5;
const PUSH_PAUSE_US = ms(300);

/** The API, where a design places images in consensus. */
export interface ImagesInside {
  record(kind: OutsideKind, name: string, spec: OutsideContent): Co<CallOutcome<unknown>>;
  readRecord(kind: OutsideKind, name: string): Co<CallOutcome<OutsideContent>>;
}

/** The API of a design that places images in consensus; null where they stand outside. */
export function imagesInside(api: ImagesInside, design: Design): ImagesInside | null {
  return placementOf('images-and-manifests', design) === 'consensus' ? api : null;
}

const nameOf = (digest: string): string => digest.replace(':', '.');

export class ImageClient {
  private readonly os: Os;
  /** Null where there are no registries: then every image is where it is to run. */
  private readonly channel: Channel | null;
  private readonly pullsLatest: boolean;
  private readonly inside: ImagesInside | null;
  /** Images that are here, by reference. May be lost at any time: they are pulled again. */
  private readonly here = new Set<string>();

  /** Registries of the process's own region come first. */
  constructor(os: Os, registries: readonly string[], defects: DefectSet, inside: ImagesInside | null = null) {
    this.os = os;
    this.channel = registries.length === 0 ? null : new Channel(os, nearestFirst(registries, os.region), { rotateOnDeadline: true });
    this.inside = inside;
    this.pullsLatest = defects.has('image-pulled-by-tag');
  }

  /** Returns once the image is here, however long that takes. One without a digest is here always. */
  *ensure(reference: string): Co<void> {
    const image = parseImage(reference);
    const { channel } = this;
    if (channel === null || image === null || this.here.has(reference)) return;
    const { name, digest } = image;
    if (this.inside !== null) {
      while ((yield* this.inside.readRecord('ImageArtifact', nameOf(digest))).status !== 'ok') yield* this.os.sleep(BACKOFF_MAX_US);
      this.here.add(reference);
      return;
    }
    for (let pauseUs = BACKOFF_MIN_US; ; pauseUs = Math.min(2 * pauseUs, BACKOFF_MAX_US)) {
      const outcome = yield* channel.call(pullMethod, { name, digest: this.pullsLatest ? null : digest }, TIMEOUT_US);
      if (outcome.status === 'ok') {
        const { content } = outcome.value;
        const actual = digestOf(content);
        if (this.pullsLatest || actual === digest) {
          this.os.cross(pulledBoundary, { reference, digest: actual });
          this.here.add(reference);
          return;
        }
      }
      // Another region's may have it, or have it whole.
      if (outcome.status !== 'unknown') channel.rotate();
      yield* this.os.sleep(pauseUs);
    }
  }

  /** Pushes what the reference names by its build; false when no registry took it. Nothing to be built is nothing to be pushed. */
  *push(reference: string): Co<boolean> {
    const built = builtImage(reference);
    const { channel } = this;
    if (channel === null || built === null) return true;
    if (this.inside !== null) {
      const outcome = yield* this.inside.record('ImageArtifact', nameOf(built.digest), { data: 'x'.repeat(built.content.sizeBytes) });
      return outcome.status === 'ok' || outcome.status === 'unknown';
    }
    for (let attempt = 0; attempt < PUSH_ATTEMPTS; attempt++) {
      // To push the same again is harmless, so that an unknown outcome is no more than a reason to do so.
      const outcome = yield* channel.call(pushMethod, built, TIMEOUT_US);
      if (outcome.status === 'ok') return true;
      if (outcome.status !== 'unknown') channel.rotate();
      yield* this.os.sleep(PUSH_PAUSE_US);
    }
    return false;
  }
}
