/**
 * A controller that keeps something for every deployment: it puts its finalizer on each, and takes it off a
 * deleted one when it has cleaned up.
 */
import { ApiClient } from '../../model/api/client/api-client.ts';
import { Informer } from '../../model/api/client/informer.ts';
import { ms, type Boot, type Co, type Os, type Program } from '../../sim/index.ts';
import { FOREGROUND_FINALIZER, ORPHAN_FINALIZER } from '../../model/api/deletion.ts';
import type { Deployment } from '../../model/api/resources/index.ts';
import { Finalizer } from '../../model/controllers/machinery/finalizers.ts';
import { GARBAGE_COLLECTOR_ROLE } from '../../model/controllers/machinery/options.ts';
import { WorkQueue } from '../../model/controllers/machinery/work-queue.ts';
import type { DefectSet } from '../../model/defect.ts';
import type { Design } from '../../model/design.ts';

export interface KeeperOptions {
  readonly apiEndpoints: readonly string[];
  readonly design: Design;
  readonly defects: DefectSet;
}

export function keeper(options: KeeperOptions): Boot {
  return (os) => new Keeper(os, options);
}

const CLEAN_UP_MAX_US = ms(300);

class Keeper implements Program {
  private readonly os: Os;
  private readonly informer: Informer<'Deployment'>;
  private readonly queue: WorkQueue;
  private readonly own: readonly Finalizer[];
  /** Whether it adds its finalizers itself; the API adds those of the garbage collector. */
  private readonly puts: boolean;

  constructor(os: Os, { apiEndpoints, design, defects }: KeeperOptions) {
    this.os = os;
    const client = new ApiClient(os, apiEndpoints, design);
    const [role = ''] = os.name.split('-');
    this.puts = role !== GARBAGE_COLLECTOR_ROLE;
    this.own = (this.puts ? [`${role}/kept`] : [FOREGROUND_FINALIZER, ORPHAN_FINALIZER]).map(
      (name) => new Finalizer(name, client, defects),
    );
    this.queue = new WorkQueue(os);
    this.informer = new Informer(os, {
      kind: 'Deployment',
      client,
      design,
      defects,
      changed: ({ metadata }) => this.queue.add(metadata.name),
    });
  }

  start(): void {
    this.informer.start();
    this.os.spawn('keep', this.work());
  }

  inspect(): unknown {
    return this.informer.inspect();
  }

  private *work(): Co<never> {
    for (;;) {
      const name = yield* this.queue.take();
      const deployment = this.informer.cache.get(name);
      if (deployment === undefined || (yield* this.keep(deployment))) this.queue.forget(name);
      else this.queue.retry(name);
      this.queue.done(name);
    }
  }

  /** False when it has to look again. */
  private *keep(deployment: Deployment): Co<boolean> {
    for (const finalizer of this.own) {
      const isDeleted = deployment.metadata.deletionUs !== null;
      if (isDeleted === finalizer.isOn(deployment) && (isDeleted || this.puts)) {
        if (isDeleted) yield* this.os.sleep(this.os.random('clean-up').below(CLEAN_UP_MAX_US));
        const outcome = yield* isDeleted ? finalizer.takeOff(deployment, null) : finalizer.put(deployment, null);
        return outcome.status === 'ok';
      }
    }
    return true;
  }
}
