/**
 * A region's artifact registry: images by digest, with what is known of them, outside of consensus. Its promise: what it
 * acknowledged under a digest is that content, for ever, once and for all of its region; the other regions get it after the fact,
 * and whoever asks one that has it not yet is served from another region, or told that nobody knows now; that none has it is said
 * when all have said so. Which image of a repository is the latest is known by the clocks of registries, and the same everywhere
 * in the end. So desired state holds a digest and nothing else.
 */
import {
  Channel,
  kind,
  ms,
  RpcServer,
  Signal,
  type Boot,
  type Co,
  type Connection,
  type ConnectionHandler,
  type Os,
  type Program,
  type Refusal,
  type Reply,
} from '../../../sim/index.ts';
import { keptOutsideBoundary } from '../kept-outside.ts';
import type { DefectSet } from '../../defect.ts';
import { digestOf } from './content.ts';
import {
  describeMethod,
  fetchMethod,
  pullMethod,
  pushMethod,
  replicateImageMethod,
  type ImageMetadata,
  type PullRequest,
  type PullResponse,
  type PushRequest,
} from './methods.ts';
import { Shelf, type ShelfInspection } from './shelf.ts';

export interface ArtifactRegistryOptions {
  /** The registries of the other regions. */
  readonly peers: readonly string[];
  readonly defects: DefectSet;
}

export const ARTIFACTS = 'artifacts';

/** Refusal codes: `digest-mismatch`, `not-found`, `unavailable`. */
export function artifactRegistry(options: ArtifactRegistryOptions): Boot {
  return (os) => new ArtifactRegistry(os, options);
}

interface ImageRecord {
  readonly image: PullResponse;
  /** It came from a client of this registry, and the others may not have it yet. */
  readonly own: boolean;
}

const FILE = 'images';
/** What it writes of an image whose content it has: who pushed it again, and when. */
const MANIFEST_BYTES = 512;
const PEER_TIMEOUT_US = ms(1_000);
const RETRY_US = ms(300);

const readAgainKind = kind<null>('artifacts/read-again', { serviceUs: 1, describe: () => 'tries again to read what it has' });

class ArtifactRegistry implements Program {
  private readonly os: Os;
  private readonly acknowledgesEarly: boolean;
  private readonly takesSilenceForNo: boolean;
  private readonly shelf: Shelf;
  private readonly peers: readonly Channel[];
  private readonly rpc = new RpcServer();
  /** Pushes of its own clients, in the order in which they came: each peer has a prefix of them. */
  private readonly own: PullResponse[] = [];
  private readonly pushed = new Signal();
  private recovered = false;

  constructor(os: Os, { peers, defects }: ArtifactRegistryOptions) {
    this.os = os;
    this.acknowledgesEarly = defects.has('artifact-acks-before-durable');
    this.takesSilenceForNo = defects.has('artifact-silence-is-absence');
    this.shelf = new Shelf(defects.has('artifact-kept-by-name'));
    this.peers = peers.map((peer) => new Channel(os, [peer]));
    this.rpc.handle(pushMethod, (request, reply, client) => this.push(request, client, reply));
    this.rpc.handle(replicateImageMethod, ({ image }, reply) =>
      this.keep(
        { image, own: false },
        () => reply.ok(null),
        (why) => reply.refuse('unavailable', why),
      ),
    );
    this.rpc.handle(fetchMethod, (request, reply) => told(reply, this.shelf.find(request) ?? notFound(request)));
    this.rpc.handle(pullMethod, (request, reply) => void os.spawn('pull', this.pull(request), (found) => told(reply, found)));
    this.rpc.handle(
      describeMethod,
      (request, reply) =>
        void os.spawn('describe', this.pull(request), (found) => told(reply, 'code' in found ? found : found.metadata)),
    );
  }

  start(): void {
    this.os.disk.read(FILE, (records, error) => {
      if (error !== null) {
        this.os.after(RETRY_US, readAgainKind, () => this.start());
        return;
      }
      for (const record of records) {
        // What a power loss has torn was not acknowledged; its maker pushes it again.
        if (!record.ok) continue;
        const { image, own } = record.value as ImageRecord;
        this.shelf.put(image);
        if (own) this.own.push(image);
      }
      this.recovered = true;
      for (const peer of this.peers) this.os.spawn('replicate images', this.replicateTo(peer));
    });
  }

  /** Nobody is listening before it knows what it has. */
  accept(connection: Connection): ConnectionHandler | null {
    return this.recovered ? this.rpc.accept(connection) : null;
  }

  inspect(): ShelfInspection {
    return this.shelf.inspect();
  }

  private push({ name, digest, content }: PushRequest, client: string, reply: Reply<ImageMetadata>): void {
    const actual = digestOf(content);
    if (actual !== digest) {
      reply.refuse('digest-mismatch', `the content has digest ${actual}, not ${digest}`);
      return;
    }
    const metadata: ImageMetadata = { name, digest, sizeBytes: content.sizeBytes, pushedBy: client, pushedUs: this.os.wallUs() };
    this.keep(
      { image: { metadata, content }, own: true },
      () => reply.ok(metadata),
      (why) => reply.refuse('unavailable', why),
    );
    if (this.acknowledgesEarly) reply.ok(metadata);
  }

  /** Takes an image in and calls `done` once it is durable. Content that it has already is kept once. */
  private keep(record: ImageRecord, done: () => void, failed: (why: string) => void): void {
    const { image, own } = record;
    const { digest, sizeBytes } = image.metadata;
    const { disk } = this.os;
    if (!this.shelf.isNews(image.metadata)) {
      // It may still be on its way to the disk.
      disk.fsync(FILE, done);
      return;
    }
    const bytes = this.shelf.has(digest) ? MANIFEST_BYTES : sizeBytes;
    const error = disk.append(FILE, record, bytes);
    if (error !== null) {
      failed(error);
      return;
    }
    this.shelf.put(image);
    disk.fsync(FILE, () => {
      this.os.cross(keptOutsideBoundary, { stateClass: 'images-and-manifests', place: this.os.name, writes: 1, bytes });
      if (own) {
        this.own.push(image);
        this.pushed.notify();
      }
      done();
    });
  }

  /** What it has itself, or else what another region has. `not-found` only where all have said so. */
  private *pull(request: PullRequest): Co<PullResponse | Refusal> {
    const own = this.shelf.find(request);
    if (own !== undefined) return own;
    let silent = 0;
    for (const peer of this.peers) {
      const outcome = yield* peer.call(fetchMethod, request, PEER_TIMEOUT_US);
      if (outcome.status === 'ok') {
        // A cache: the origin replicates it all the same.
        this.keep(
          { image: outcome.value, own: false },
          () => undefined,
          () => undefined,
        );
        return outcome.value;
      }
      if (outcome.status !== 'refused' && !this.takesSilenceForNo) silent++;
    }
    return silent === 0
      ? notFound(request)
      : { code: 'unavailable', message: `${silent} regions that may have it do not answer` };
  }

  private *replicateTo(peer: Channel): Co<never> {
    for (let at = 0; ;) {
      const image = this.own[at];
      if (image === undefined) {
        yield* this.pushed.wait();
        continue;
      }
      const outcome = yield* peer.call(replicateImageMethod, { image }, PEER_TIMEOUT_US);
      if (outcome.status === 'ok') at++;
      else yield* this.os.sleep(RETRY_US);
    }
  }
}

function notFound({ name, digest }: PullRequest): Refusal {
  return { code: 'not-found', message: `no registry has ${name}@${digest ?? 'latest'}` };
}

function told<T extends object>(reply: Reply<T>, answer: T | Refusal): void {
  if ('code' in answer) reply.refuse(answer.code, answer.message);
  else reply.ok(answer);
}
