/**
 * Operations at the external cloud: under a fencing token, with an id that is the same for every attempt at
 * one intent, and a completion record.
 */
import { Channel, type CallOutcome, type Co, type Method, type Micros } from '../../sim/index.ts';
import type { Fence } from '../api/resources/index.ts';
import { provisionMethod, releaseMethod, sealMethod, type ProvisionRequest } from '../outside/cloud-methods.ts';
import { reconciledBy, type ControllerTools, type Reconciled } from './machinery/controller.ts';
import type { ControllerOptions } from './machinery/options.ts';

/** What is to stand at the cloud: for whom, of which generation, and what sort of thing. */
export type Provision = Omit<ProvisionRequest, 'operationId' | 'fence'>;

/** Writes the completion record: the id of what stands now. */
export type Recording = (resource: string) => Co<Reconciled>;

export class CloudOperations {
  private readonly tools: ControllerTools;
  private readonly channel: Channel;
  private readonly timeoutUs: Micros;
  private readonly sealing: boolean;
  private readonly freshIds: boolean;
  private readonly recordBeforeCall: boolean;
  attempts = 0;

  constructor(tools: ControllerTools, cloud: string, { design, defects }: ControllerOptions) {
    this.tools = tools;
    this.channel = new Channel(tools.os, [cloud]);
    this.timeoutUs = design.apiRequestUs;
    this.sealing = design.fencing && !defects.has('no-seal');
    this.freshIds = defects.has('fresh-operation-ids');
    this.recordBeforeCall = defects.has('record-before-call');
  }

  /** From its acceptance on, whoever led before can do no more at the cloud. */
  *seal(fence: Fence): Co<Reconciled> {
    return this.sealing ? reconciledBy(yield* this.ask(sealMethod, { fence })) : 'done';
  }

  /**
   * Call first, record afterwards: a crash in between repeats the call, and the operation id, which is the same for every
   * attempt at this intent, makes the repetition harmless.
   */
  *provision(what: Provision, fence: Fence, record: Recording): Co<Reconciled> {
    const { os } = this.tools;
    this.attempts++;
    const attempt = this.freshIds ? `/${os.name}.${os.incarnation}.${this.attempts}` : '';
    const operationId = `${what.owner}/${what.generation}${attempt}`;
    if (this.recordBeforeCall) {
      const recorded = yield* record(operationId);
      if (recorded !== 'done') return recorded;
    }
    const made = yield* this.ask(provisionMethod, { operationId, fence, ...what });
    if (made.status !== 'ok') return reconciledBy(made);
    return this.recordBeforeCall ? 'done' : yield* record(made.value.resource);
  }

  *release(owner: string, belowGeneration: number, fence: Fence): Co<Reconciled> {
    const operationId = `${owner}/release/${belowGeneration}`;
    return reconciledBy(yield* this.ask(releaseMethod, { operationId, fence, owner, belowGeneration }));
  }

  ask<Request, Response>(what: Method<Request, Response>, request: Request): Co<CallOutcome<Response>> {
    return this.channel.call(what, request, this.timeoutUs);
  }
}
