/** Whom a fault strikes when it begins, and how that is said. */
import { resolveTarget, type Target } from '../../sim/faults/target.ts';
import { describeFault, type Fault, type Process } from '../../sim/index.ts';
import { tidyTimes } from './duration.ts';

export interface Strike {
  /** Positions of the processes; none when nobody plays the role that it names. */
  readonly struck: readonly number[];
  /** Who plays the roles that it names; nobody when it names none. */
  readonly players: readonly string[];
}

/** `told`: whom it names, as a run tells its observers: those at one end, then those at the other. */
export function whomItStrikes(fault: Fault, told: readonly Process[], all: readonly Process[]): Strike {
  const ends = endsOf(fault, told, all);
  if (ends.some(({ processes }) => processes.length === 0)) return { struck: [], players: [] };
  const players = ends.flatMap(({ target, processes }) => (namesRole(target) ? processes : []));
  return {
    struck: [...new Set(told.map(({ index }) => index))],
    players: [...new Set(players.map(({ name }) => name))],
  };
}

/** `pause deployer-east for 4.4 s (role:deployer-leader)`: what a fault that has begun does, and to whom. */
export function strikeWords({ fault, struck, players }: Strike & { readonly fault: Fault }): string {
  const words = tidyTimes(describeFault(fault));
  if (struck.length === 0) return `strikes nobody: ${words}`;
  if (players.length === 0) return words;
  const roles = targetsOf(fault).filter(namesRole);
  const [role] = roles;
  // Where two ends name roles, the names alone do not say who is at which.
  if (role === undefined || roles.length > 1) return `${words} (${players.join(', ')})`;
  return `${words.replace(role, players.join(','))} (${role})`;
}

interface End {
  readonly target: Target;
  readonly processes: readonly Process[];
}

function endsOf(fault: Fault, told: readonly Process[], all: readonly Process[]): readonly End[] {
  const [from = '', to] = targetsOf(fault);
  if (to === undefined) return [{ target: from, processes: told }];
  // Who plays a role now is not asked a second time; those who are named otherwise can be counted.
  const [named, namedThere] = [from, to].map((target) => resolveTarget(target, all, () => null).length) as [number, number];
  const players = told.length - named - namedThere;
  const here = named + (namesRole(from) ? (namesRole(to) ? Math.min(1, players) : players) : 0);
  return [
    { target: from, processes: told.slice(0, here) },
    { target: to, processes: told.slice(here) },
  ];
}

function targetsOf(fault: Fault): readonly Target[] {
  if ('target' in fault) return [fault.target];
  return 'region' in fault ? [`region:${fault.region}`] : [fault.from, fault.to];
}

function namesRole(target: Target): boolean {
  return target.includes('role:');
}
