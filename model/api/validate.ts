/** Validation of resources: what comes over the wire is checked field by field and brought into one order of fields. */
import type { Spec, Status, ResourceKind } from './resources.ts';

export type Checked<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

type Fields = Readonly<Record<string, unknown>>;
/** Returns the field's value, or throws a Problem. */
type Check<T> = (fields: Fields, field: string) => T;

class Problem extends Error {}

const NAME = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/;
const NAME_CHARS_MAX = 253;
/** The store's values are byte strings, and one character should be one byte. */
const TEXT = /^[ -~]*$/;
const TEXT_CHARS_MAX = 512;
const REPLICAS_MAX = 10_000;

/** What is wrong with an object's name; null when nothing is. */
export function checkName(name: unknown): string | null {
  if (typeof name !== 'string' || name.length > NAME_CHARS_MAX || !NAME.test(name)) {
    return `name: should be lower-case letters, digits, "-" and ".", at most ${NAME_CHARS_MAX}`;
  }
  return null;
}

/** A spec with exactly its own fields, in the order of the contract, so that equal specs are equal as text. */
export function checkSpec<K extends ResourceKind>(kind: K, spec: unknown): Checked<Spec<K>> {
  return checked('spec', spec, specs[kind]);
}

export function checkStatus<K extends ResourceKind>(kind: K, status: unknown): Checked<Status<K>> {
  return checked('status', status, statuses[kind]);
}

/** What an object of the kind begins with. */
export function initialStatus<K extends ResourceKind>(kind: K): Status<K> {
  return initial[kind];
}

const integer =
  (low: number, high: number): Check<number> =>
  (fields, field) => {
    const value = fields[field];
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= low && value <= high) return value;
    throw new Problem(`${field}: should be an integer from ${low} to ${high}`);
  };
const count = integer(0, Number.MAX_SAFE_INTEGER);
const positive = integer(1, Number.MAX_SAFE_INTEGER);
const text =
  (charsMin: number): Check<string> =>
  (fields, field) => {
    const value = fields[field];
    if (typeof value === 'string' && value.length >= charsMin && value.length <= TEXT_CHARS_MAX && TEXT.test(value)) return value;
    throw new Problem(`${field}: should be ${charsMin} to ${TEXT_CHARS_MAX} printable ASCII characters`);
  };
const given = text(1);
const flag: Check<boolean> = (fields, field) => {
  const value = fields[field];
  if (typeof value === 'boolean') return value;
  throw new Problem(`${field}: should be true or false`);
};
const phase: Check<Status<'Workload'>['phase']> = (fields, field) => {
  const value = fields[field];
  if (value === 'Pending' || value === 'Running' || value === 'Stopped') return value;
  throw new Problem(`${field}: should be Pending, Running or Stopped`);
};
const provisioned: Check<Status<'Deployment'>['provisioned']> = (fields, field) => {
  const value = fields[field];
  if (value === null) return null;
  if (typeof value !== 'object') throw new Problem(`${field}: should be null or a completion record`);
  const record = value as Fields;
  return { generation: positive(record, 'generation'), resource: given(record, 'resource') };
};

type Builders<T> = { readonly [K in ResourceKind]: (fields: Fields) => T extends 'spec' ? Spec<K> : Status<K> };

const specs: Builders<'spec'> = {
  Deployment: (fields) => ({ replicas: integer(0, REPLICAS_MAX)(fields, 'replicas'), image: given(fields, 'image') }),
  Workload: (fields) => ({
    owner: given(fields, 'owner'),
    ownerName: given(fields, 'ownerName'),
    ownerGeneration: positive(fields, 'ownerGeneration'),
    image: given(fields, 'image'),
    node: given(fields, 'node'),
  }),
  Node: (fields) => ({ region: given(fields, 'region'), capacity: count(fields, 'capacity') }),
  Lease: (fields) => ({ holder: text(0)(fields, 'holder'), durationUs: positive(fields, 'durationUs'), renewals: count(fields, 'renewals') }),
};

const statuses: Builders<'status'> = {
  Deployment: (fields) => ({
    observedGeneration: count(fields, 'observedGeneration'),
    readyReplicas: count(fields, 'readyReplicas'),
    provisioned: provisioned(fields, 'provisioned'),
  }),
  Workload: (fields) => ({ phase: phase(fields, 'phase') }),
  Node: (fields) => ({ ready: flag(fields, 'ready') }),
  // The token is the store's revision of the grant: nobody may claim one.
  Lease: () => {
    throw new Problem('token: is given by the API server alone');
  },
};

const initial: { readonly [K in ResourceKind]: Status<K> } = {
  Deployment: { observedGeneration: 0, readyReplicas: 0, provisioned: null },
  Workload: { phase: 'Pending' },
  // A node registers itself when it can take work, and says so when it no longer can.
  Node: { ready: true },
  Lease: { token: 0 },
};

function checked<T>(part: 'spec' | 'status', value: unknown, build: (fields: Fields) => T): Checked<T> {
  if (typeof value !== 'object' || value === null) return { ok: false, problem: `${part}: is missing` };
  try {
    return { ok: true, value: build(value as Fields) };
  } catch (error) {
    if (error instanceof Problem) return { ok: false, problem: `${part}.${error.message}` };
    throw error;
  }
}
