/** Scenarios: a named situation, from which a seed makes one explicit, repeatable run. */
import type { Design } from '../model/design.ts';
import type { DefectSet } from '../model/defect.ts';
import type { AnyIntent, Intent } from '../model/intent.ts';
import {
  formatTime,
  InputError,
  type Fault,
  type Micros,
  type Property,
  type Stream,
  type Topology,
  type World,
} from '../sim/index.ts';

/** What a scenario draws its plan and workload from. */
export interface Draw {
  readonly seed: number;
  readonly design: Design;
  /** A stream of that name, of this seed. */
  stream(name: string): Stream;
}

/** What a scenario draws its workload from. */
export interface WorkloadDraw extends Draw {
  readonly topology: Topology;
}

/** What a scenario draws its faults from: they strike those who are there. */
export interface FaultDraw extends WorkloadDraw {
  readonly workload: readonly AnyIntent[];
}

/** What a scenario builds its world from: everything that a recording holds. */
export interface Setup<Wanted extends AnyIntent = Intent> {
  readonly seed: number;
  readonly design: Design;
  readonly defects: DefectSet;
  readonly topology: Topology;
  readonly workload: readonly Wanted[];
}

/** `Wanted`: what its clients can be told to do; the platform's operators do what an `Intent` says. */
export interface ScenarioOptions<Wanted extends AnyIntent = Intent> {
  readonly name: string;
  /** One line: what happens. */
  readonly title: string;
  /** Design values that differ from the default: fixed, or drawn. Those that a user asks for stay as they are. */
  readonly design?: Partial<Design> | ((draw: Draw) => Partial<Design>);
  readonly topology?: Topology | ((draw: Draw) => Topology);
  /** End of the safety phase: then all faults are healed. */
  readonly healAtUs: Micros;
  /** By then every `eventually` must have come true. */
  readonly endUs: Micros;
  /** The fault plan: fixed, or drawn. None begins at `healAtUs` or later: what is drawn there is left out. */
  readonly faults?: readonly Fault[] | ((draw: FaultDraw) => readonly Fault[]);
  /** What operators do: fixed, or drawn. The platform's usual workload when absent. */
  readonly workload?: readonly Wanted[] | ((draw: WorkloadDraw) => readonly Wanted[]);
  /** Adds processes. The whole platform when absent; `buildPlatform` inside makes it the platform and more. */
  readonly build?: (world: World, setup: Setup<Wanted>) => void;
  /** Judged in addition to the platform's own, or with `onlyTheseProperties` instead of them. */
  readonly properties?: readonly Property[] | ((design: Design) => readonly Property[]);
  readonly onlyTheseProperties?: boolean;
  /** The row of the design review's table that this scenario challenges, if any. */
  readonly challenges?: string;
}

/** Nobody but the scenario knows the type of what its clients can be told to do. */
export interface Scenario extends ScenarioOptions<AnyIntent> {
  readonly type: 'scenario';
}

/** Declares a scenario. Throws an InputError that names the field when the times make no sense. */
export function defineScenario<Wanted extends AnyIntent = Intent>(options: ScenarioOptions<Wanted>): Scenario {
  // No compiler checks scenarios written in JavaScript.
  if ('default' in options)
    throw new InputError(
      'this is a module, not a scenario: import its default export (`import scenario from …`, without `* as`)',
    );
  if (typeof options.name !== 'string' || !/^[a-z0-9][a-z0-9-]*$/.test(options.name)) {
    throw new InputError(`name: "${options.name}" should be lower-case words with hyphens`);
  }
  for (const field of ['healAtUs', 'endUs'] as const) {
    if (!Number.isSafeInteger(options[field]) || options[field] < 0)
      throw new InputError(`${field}: ${String(options[field])} should be a time in whole microseconds`);
  }
  if (options.endUs <= options.healAtUs)
    throw new InputError('endUs: the run must go on after healAtUs, so that goals can be reached');
  const { faults = [], healAtUs } = options;
  // A world's clients get the intents of its own plans and no others.
  const scenario = { ...options, type: 'scenario' } as Scenario & ScenarioOptions<never>;
  if (typeof faults === 'function') return scenario;
  if (!Array.isArray(faults)) throw new InputError('faults: should be a list');
  const late = faults.findIndex(({ at }) => at >= healAtUs);
  if (late >= 0) throw new InputError(`faults[${late}].at: ${lateFault(healAtUs)}`);
  return scenario;
}

/** A fault that can never take effect: a run that passes with it proves nothing. */
export function lateFault(healAtUs: Micros): string {
  return `all faults are over from healAt on, which is ${formatTime(healAtUs)}: should be before`;
}
