/**
 * Where images stand, on either side of consensus: content by digest, what is known of it beside it, and
 * which of a repository is the latest.
 */
import { Channel, ms, type CallOutcome, type Co, type Os } from '../../../sim/index.ts';
import { nearestFirst } from '../../api/nearest.ts';
import type { Placement, Records } from '../placement.ts';
import type { Content } from './content.ts';
import { describeMethod, pullMethod, pushMethod, type ImageMetadata, type PullRequest, type PushRequest } from './methods.ts';

export interface ImagePlace {
  /** To push the same again is harmless. */
  push(image: PushRequest): Co<CallOutcome<unknown>>;
  /** What is known of an image, without the image. */
  describe(wanted: PullRequest): Co<CallOutcome<ImageMetadata>>;
  pull(wanted: PullRequest): Co<CallOutcome<{ readonly content: Content }>>;
  /** Another one may have what this one has not: the next call goes there. */
  elsewhere(): void;
}

const TIMEOUT_US = ms(2_000);

/** Null where there are no registries: then every image is where it is to run. */
export function imagePlace(os: Os, placement: Placement): ImagePlace | null {
  if (placement.registries.length === 0) return null;
  const records = placement.inside('images-and-manifests');
  return records === null ? new ImagesOutside(os, placement.registries) : new ImagesInside(os, records);
}

/** The registries; those of the own region come first. */
class ImagesOutside implements ImagePlace {
  private readonly channel: Channel;

  constructor(os: Os, registries: readonly string[]) {
    this.channel = new Channel(os, nearestFirst(registries, os.region), { rotateOnDeadline: true });
  }

  push(image: PushRequest): Co<CallOutcome<unknown>> {
    return this.channel.call(pushMethod, image, TIMEOUT_US);
  }

  describe(wanted: PullRequest): Co<CallOutcome<ImageMetadata>> {
    return this.channel.call(describeMethod, wanted, TIMEOUT_US);
  }

  pull(wanted: PullRequest): Co<CallOutcome<{ readonly content: Content }>> {
    return this.channel.call(pullMethod, wanted, TIMEOUT_US);
  }

  elsewhere(): void {
    this.channel.rotate();
  }
}

/** In consensus three records stand for what a registry keeps as one. */
class ImagesInside implements ImagePlace {
  private readonly os: Os;
  private readonly records: Records;

  constructor(os: Os, records: Records) {
    this.os = os;
    this.records = records;
  }

  /** The manifest comes last, as in OCI: who finds the latest by it finds all of it. */
  *push({ name, digest, content }: PushRequest): Co<CallOutcome<unknown>> {
    const { sizeBytes } = content;
    const metadata: ImageMetadata = { name, digest, sizeBytes, pushedBy: this.os.name, pushedUs: this.os.wallUs() };
    const stored = yield* this.records.record('ImageArtifact', nameOf(digest), { data: encodeContent(content) });
    if (stored.status !== 'ok') return stored;
    const described = yield* this.records.record('ImageMetadata', nameOf(digest), { data: JSON.stringify(metadata) });
    if (described.status !== 'ok') return described;
    return yield* this.records.record('Manifest', manifestOf(name), { data: digest });
  }

  *describe({ name, digest }: PullRequest): Co<CallOutcome<ImageMetadata>> {
    if (digest !== null)
      return mapped(
        yield* this.records.readRecord('ImageMetadata', nameOf(digest)),
        ({ data }) => JSON.parse(data) as ImageMetadata,
      );
    const latest = yield* this.records.readRecord('Manifest', manifestOf(name));
    return latest.status === 'ok' ? yield* this.describe({ name, digest: latest.value.data }) : latest;
  }

  *pull(wanted: PullRequest): Co<CallOutcome<{ readonly content: Content }>> {
    const known = wanted.digest === null ? yield* this.describe(wanted) : null;
    if (known !== null && known.status !== 'ok') return known;
    const digest = known?.value.digest ?? wanted.digest ?? '';
    return mapped(yield* this.records.readRecord('ImageArtifact', nameOf(digest)), ({ data }) => ({
      content: decodeContent(data),
    }));
  }

  /** There is one story for all regions. */
  elsewhere(): void {
    return undefined;
  }
}

const nameOf = (digest: string): string => digest.replace(':', '.');
const manifestOf = (repository: string): string => `${repository.replaceAll('/', '.')}.latest`;

/** What the layers hold, and as many bytes as they weigh. */
const encodeContent = ({ text, sizeBytes }: Content): string => `${text} `.padEnd(sizeBytes, 'x');
const decodeContent = (data: string): Content => ({ text: data.slice(0, data.indexOf(' ')), sizeBytes: data.length });

function mapped<A, B>(outcome: CallOutcome<A>, map: (value: A) => B): CallOutcome<B> {
  return outcome.status === 'ok' ? { status: 'ok', value: map(outcome.value) } : outcome;
}
