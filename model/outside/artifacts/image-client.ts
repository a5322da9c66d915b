/** A client of the place where images stand: pushes what was built, and pulls what is to run, by digest, checking what came. */
import { ms, type CallOutcome, type Co, type Os } from '../../../sim/index.ts';
import type { DefectSet } from '../../defect.ts';
import type { Placement } from '../placement.ts';
import { builtImage, digestOf, parseImage, type Content } from './content.ts';
import { imagePlace, type ImagePlace } from './image-place.ts';
import type { PullRequest } from './methods.ts';
import { pulledBoundary } from './pulled.ts';

/** As the kubelet's back-off of image pulls, 10 s doubling to 5 min, scaled. */
const BACKOFF_MIN_US = ms(200);
const BACKOFF_MAX_US = ms(3_000);
const PUSH_ATTEMPTS = 5;
const PUSH_PAUSE_US = ms(300);

export class ImageClient {
  private readonly os: Os;
  /** Null: every image is where it is to run. */
  private readonly place: ImagePlace | null;
  private readonly pullsLatest: boolean;
  /** Images that are here, by reference. May be lost at any time: they are pulled again. */
  private readonly here = new Set<string>();

  constructor(os: Os, placement: Placement, defects: DefectSet) {
    this.os = os;
    this.place = imagePlace(os, placement);
    this.pullsLatest = defects.has('image-pulled-by-tag');
  }

  /** Returns once the image is here, however long that takes. One without a digest is here always. */
  *ensure(reference: string): Co<void> {
    const image = parseImage(reference);
    const { place } = this;
    if (place === null || image === null || this.here.has(reference)) return;
    const { name, digest } = image;
    for (let pauseUs = BACKOFF_MIN_US; ; pauseUs = Math.min(2 * pauseUs, BACKOFF_MAX_US)) {
      const outcome = yield* fetched(place, { name, digest: this.pullsLatest ? null : digest });
      if (outcome.status === 'ok') {
        const actual = digestOf(outcome.value.content);
        if (this.pullsLatest || actual === digest) {
          this.os.cross(pulledBoundary, { reference, digest: actual });
          this.here.add(reference);
          return;
        }
      }
      // Another region's may have it, or have it whole. One that is not to be reached has been left already.
      if (isAnswer(outcome)) place.elsewhere();
      yield* this.os.sleep(pauseUs);
    }
  }

  /** Pushes what the reference names by its build; false when nobody took it. Nothing to be built is nothing to be pushed. */
  *push(reference: string): Co<boolean> {
    const built = builtImage(reference);
    const { place } = this;
    if (place === null || built === null) return true;
    for (let attempt = 0; attempt < PUSH_ATTEMPTS; attempt++) {
      // To push the same again is harmless, so that an unknown outcome is no more than a reason to do so.
      const outcome = yield* place.push(built);
      if (outcome.status === 'ok') return true;
      if (isAnswer(outcome)) place.elsewhere();
      yield* this.os.sleep(PUSH_PAUSE_US);
    }
    return false;
  }
}

const isAnswer = ({ status }: CallOutcome<unknown>): boolean => status === 'ok' || status === 'refused';

/**
 * What is known of it comes first: what a reference stands for, which is then pulled by its
 * digest (containerd's resolve and fetch).
 */
function* fetched(place: ImagePlace, wanted: PullRequest): Co<CallOutcome<{ readonly content: Content }>> {
  const known = yield* place.describe(wanted);
  return known.status === 'ok' ? yield* place.pull({ name: wanted.name, digest: known.value.digest }) : known;
}
