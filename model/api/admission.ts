/**
 * Boundary admission: what may stand in consensus, by class of state, by size and by how often, and the place of what may not.
 */
import type { Micros, Refusal } from '../../sim/index.ts';
import type { Design } from '../design.ts';
import { classOfKind, classOfObject, fieldClasses, isResourceKind, servedKinds, type ResourceKind } from './resources/index.ts';
import { classOfOutsideKind, placementOf, stateClass, type StateClass, type StateClassId } from './state-classes.ts';
import { TokenBucket } from './token-bucket.ts';

/** Longest reference to a thing that stands elsewhere; what is longer is the thing. */
const REFERENCE_CHARS_MAX = 512;
/** Clients that buckets are kept of: when there are more, the oldest is forgotten, which can only let one through. */
const CLIENTS_MAX = 1_024;

type Part = 'spec' | 'status';

/** What a request writes. */
interface Written {
  readonly kind: string;
  /** Of the object. */
  readonly name: string;
}

/** The admission of one API server. Refusal codes: `invalid`, `misplaced`, `too-large`, `too-frequent`. */
export class Admission {
  private readonly design: Design;
  /** By client and class. */
  private readonly buckets = new Map<string, Map<StateClassId, TokenBucket>>();

  constructor(design: Design) {
    this.design = design;
  }

  /**
   * Refuses a write of a part of an object by what it is; null admits it. `content` is what stands there, or in
   * the place of a spec, in whatever form.
   */
  byClass(kind: string, part: Part, content: unknown): Refusal | null {
    if (isResourceKind(kind) && servedKinds(this.design).includes(kind))
      return this.withoutDriver(part, content) ?? this.misplacedField(kind, part, content);
    const own = classOfOutsideKind(kind);
    if (own === undefined) return { code: 'invalid', message: `kind: "${kind}" is not served here` };
    return placementOf(own.id, this.design) === 'outside' ? misplaced(kind, own) : null;
  }

  /** Storage that nobody would ever provide. */
  private withoutDriver(part: Part, content: unknown): Refusal | null {
    if (this.design.volumes || part !== 'spec' || !isObject(content) || !('storage' in content)) return null;
    return { code: 'invalid', message: 'spec.storage: nobody provides volumes here (the design value "volumes" is off)' };
  }

  /**
   * A field that refers to things of a class that stands outside holds a reference and no thing. What
   * metadata may hold is short by its syntax.
   */
  private misplacedField(kind: ResourceKind, part: Part, content: unknown): Refusal | null {
    if (!isObject(content)) return null;
    const classes = fieldClasses(kind, part);
    for (const field of Object.keys(classes)) {
      const of = classes[field] as StateClassId;
      if (of === classOfKind(kind) || placementOf(of, this.design) === 'consensus') continue;
      const path = longText(`${part}.${field}`, content[field]);
      if (path !== null) return misplaced(path, stateClass(of));
    }
    return null;
  }

  /** Refuses an object by its size in the store; null admits it. */
  bySize(kind: string, sizeBytes: number): Refusal | null {
    const { maxObjectBytes } = this.design;
    if (sizeBytes <= maxObjectBytes) return null;
    // Of a resource no field may be large: what makes it so is somebody's payload.
    const { place } = classOfOutsideKind(kind) ?? stateClass('images-and-manifests');
    return {
      code: 'too-large',
      message: `${sizeBytes} bytes are more than the ${maxObjectBytes} that may stand in consensus: payloads go to ${place}`,
    };
  }

  /** Refuses what a client writes too often; null admits it, and counts it. `nowUs` is the server's monotonic clock. */
  byRate({ kind, name }: Written, client: string, nowUs: Micros): Refusal | null {
    // Nobody has looked at the name yet.
    const own = isResourceKind(kind) ? stateClass(classOfObject(kind, String(name))) : classOfOutsideKind(kind);
    if (own === undefined) return null;
    const perSecond = this.design.writesPerSecond[own.id] ?? own.writesPerSecond;
    const waitUs = this.bucket(own, client, perSecond, nowUs).take(nowUs);
    if (waitUs === 0) return null;
    const elsewhere =
      own.observations === undefined
        ? `so much of it goes to ${own.place}`
        : `what changes so often is observed and not decided, and goes to ${own.observations}`;
    return {
      code: 'too-frequent',
      retryAfterUs: waitUs,
      message: `${client} writes more than ${perSecond} times a second of ${own.id}, again in ${waitUs} µs: ${elsewhere}`,
    };
  }

  private bucket({ id, burst, writesPerSecond }: StateClass, client: string, perSecond: number, nowUs: Micros): TokenBucket {
    const buckets = this.bucketsOf(client);
    let bucket = buckets.get(id);
    if (bucket === undefined) {
      bucket = new TokenBucket(perSecond, Math.ceil((burst * perSecond) / writesPerSecond), nowUs);
      buckets.set(id, bucket);
    }
    return bucket;
  }

  private bucketsOf(client: string): Map<StateClassId, TokenBucket> {
    let buckets = this.buckets.get(client);
    if (buckets !== undefined) return buckets;
    if (this.buckets.size >= CLIENTS_MAX) {
      for (const oldest of this.buckets.keys()) {
        this.buckets.delete(oldest);
        break;
      }
    }
    buckets = new Map();
    this.buckets.set(client, buckets);
    return buckets;
  }
}

/** Where in a value, at whatever depth, a text stands that is longer than any reference; null: nowhere. */
function longText(path: string, value: unknown): string | null {
  if (typeof value === 'string') return value.length > REFERENCE_CHARS_MAX ? path : null;
  if (!isObject(value)) return null;
  for (const name of Object.keys(value)) {
    const found = longText(Array.isArray(value) ? `${path}[${name}]` : `${path}.${name}`, value[name]);
    if (found !== null) return found;
  }
  return null;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function misplaced(what: string, { reason, place }: StateClass): Refusal {
  return { code: 'misplaced', message: `${what} stands outside of consensus, because ${reason}: write it to ${place}` };
}
