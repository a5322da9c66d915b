/** Fencing tokens as they stand in the store: what guards a leader-only write, and who was granted which role. */
import { candidateKey, electionPrefix } from '../store/concurrency/election.ts';
import { compareNumber, range, type Compare, type RangeRequest } from '../store/machine/requests.ts';
import { fenceKey, type Fence } from './resources/index.ts';

const ELECTIONS = '/election/';
const FENCES = fenceKey('');

/** Name of the election in the store by which a role is given. */
export const electionOf = (role: string): string => ELECTIONS + role;

/** Holds as long as the authority is the newest: of a Lease's fence, or of the leader's key in an election. */
export function fenceGuard({ role, token, session }: Fence): Compare {
  if (session === undefined) return compareNumber(fenceKey(role), 'mod', '=', token);
  return compareNumber(candidateKey(electionOf(role), session), 'create', '=', token);
}

/** Reads what the guard compares. */
export function fenceRead({ role, session }: Fence): RangeRequest {
  return range(session === undefined ? fenceKey(role) : candidateKey(electionOf(role), session), { keysOnly: true });
}

/** The authority that a comparison guards a txn by; null for any other comparison. */
export function comparedFence({ key, target, operand }: Compare): Fence | null {
  if (typeof operand !== 'number') return null;
  if (target === 'mod' && key.startsWith(FENCES)) return { role: key.slice(FENCES.length), token: operand };
  const role = target === 'create' ? roleOfCandidate(key) : null;
  return role === null
    ? null
    : { role, token: operand, session: parseInt(key.slice(electionPrefix(electionOf(role)).length), 16) };
}

/** The role whose Lease has its fence at this key. */
export function roleOfFence(key: string): string | null {
  return key.startsWith(FENCES) ? key.slice(FENCES.length) : null;
}

/** The role for whose election a key stands. */
export function roleOfCandidate(key: string): string | null {
  return key.startsWith(ELECTIONS) ? key.slice(ELECTIONS.length, key.lastIndexOf('/')) : null;
}
