/** A gateway's routes: what the control plane said last of each service, kept through its absence and through restarts. */
import { kind, ms, type Os } from '../../sim/index.ts';
import type { Backend, Endpoints, Primary } from '../api/resources/index.ts';

export interface Route {
  /** Name and uid of the service. */
  readonly name: string;
  readonly service: string;
  readonly mode: 'balanced' | 'primary';
  /** Of the Endpoints. */
  readonly generation: number;
  readonly backends: readonly Backend[];
  /** Who takes the writes; null while nobody does. */
  readonly primary: { readonly workload: string; readonly node: string; readonly epoch: number } | null;
}

const FILE = 'routes';
const RECORD_BYTES = 256;
const READ_RETRY_US = ms(200);

const readRetryKind = kind<null>('gateway/read-retry', { serviceUs: 1, describe: () => 'tries again to read its routes' });

/** Last-good data: a service is forgotten when the control plane says that it is gone, and for no other reason. */
export class Routes {
  private readonly os: Os;
  private readonly byName = new Map<string, Route>();

  constructor(os: Os) {
    this.os = os;
  }

  find(name: string): Route | undefined {
    return this.byName.get(name);
  }

  all(): readonly Route[] {
    return [...this.byName.values()];
  }

  /** Reads what an earlier life knew, then calls `done`. */
  restore(done: () => void): void {
    this.os.disk.read(FILE, (records, error) => {
      if (error !== null) {
        this.os.after(READ_RETRY_US, readRetryKind, () => this.restore(done));
        return;
      }
      for (const record of records) if (record.ok) this.byName.set((record.value as Route).name, record.value as Route);
      done();
    });
  }

  /** Takes in what the control plane says of one service. Of a primary that is not known yet, what was known of it last stays. */
  set(endpoints: Endpoints, primary: Primary | 'unknown' | null): void {
    const { metadata, spec } = endpoints;
    const route: Route = {
      name: metadata.name,
      service: spec.service,
      mode: spec.mode,
      generation: metadata.generation,
      backends: spec.backends,
      primary: primary === 'unknown' ? this.lastPrimary(metadata.name, spec.service) : primaryOf(spec.service, primary),
    };
    if (JSON.stringify(this.byName.get(route.name)) === JSON.stringify(route)) return;
    this.byName.set(route.name, route);
    this.save();
  }

  forget(name: string): void {
    if (this.byName.delete(name)) this.save();
  }

  private lastPrimary(name: string, service: string): Route['primary'] {
    const last = this.byName.get(name);
    return last?.service === service ? last.primary : null;
  }

  /** A disk that is full or slow costs what a restart without a control plane would have needed. */
  private save(): void {
    this.os.disk.replace(
      FILE,
      this.all().map((value) => ({ value, bytes: RECORD_BYTES })),
      () => undefined,
    );
  }
}

function primaryOf(service: string, primary: Primary | null): Route['primary'] {
  if (primary === null || primary.spec.service !== service || primary.spec.workload === '') return null;
  const { workload, node, epoch } = primary.spec;
  return { workload, node, epoch };
}
