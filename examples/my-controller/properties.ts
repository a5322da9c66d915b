/** What must be true of the controller: a claim that holds at every step, and one that comes true once the faults are over. */
import type { ResourceKind } from 'quorate/model';
import type { Property } from 'quorate/sim';
import { isCanary, ROLE, type CanaryKeeperView } from './canary-keeper.ts';

/** What the controller's requests have in common, as the API takes them. */
interface WriteRequest {
  readonly kind: ResourceKind;
  readonly name: string;
  readonly fence: { readonly role: string } | null;
}

const WRITES = ['api/create', 'api/update', 'api/status', 'api/delete'];

/** Judged from what leaves the controller's process, not from what it says of itself. */
export const writesCanariesUnderItsToken: Property = {
  id: 'canary/writes-under-its-token',
  kind: 'always',
  title: 'beside its Lease the controller writes nothing but canaries, each time under its own fencing token',
  monitor: (report) => ({
    sent(from, _to, kind, message) {
      if (!from.name.startsWith(ROLE) || !WRITES.includes(kind.name)) return;
      const { kind: written, name, fence } = (message as { readonly body: WriteRequest }).body;
      // Its Lease it writes to come by a token.
      if (written === 'Lease') return;
      if (!isCanary(name)) report.violated(`${from.name} writes ${name}, which is no canary`);
      if (fence?.role !== ROLE) report.violated(`${from.name} writes ${name} under no token of its own`);
    },
  }),
};

export const canariesFollow: Property = {
  id: 'canary/follows',
  kind: 'eventually',
  title: 'each deployment has its canary with the same image, and no canary is left over',
  monitor: (_report, scene) => ({
    pending() {
      for (const { name } of scene.processes()) {
        if (!name.startsWith(ROLE)) continue;
        const view = scene.inspect(name) as { readonly logic: CanaryKeeperView } | null;
        if (view === null) return `${name} is down`;
        if (view.logic.astray.length > 0) return `${name} sees no faithful canary of ${view.logic.astray.join(', ')}`;
      }
      return null;
    },
  }),
};
