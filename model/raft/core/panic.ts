/** What a member throws when it finds that an invariant of Raft is broken: it must not go on (etcd panics likewise). */

export class RaftPanic extends Error {
  override readonly name = 'RaftPanic';
}

export function panic(message: string): never {
  throw new RaftPanic(message);
}
