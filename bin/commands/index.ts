/** The commands: what each is called and does, and how its module is loaded when it is asked for. */
import type { Command } from 'commander';

/** What a command's module exports. */
export interface CommandModule {
  /** Adds arguments, options and the action. The action sets `process.exitCode`, or throws a `UsageError`. */
  define(command: Command): void;
}

interface CommandEntry {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  readonly load: () => Promise<CommandModule>;
}

/** In the order of the help text. */
export const commands: readonly CommandEntry[] = [
  { name: 'run', summary: 'one run of a scenario: verdict, and a recording on failure', load: () => import('./run.ts') },
  { name: 'step', summary: 'shows a run event by event, forwards and backwards', load: () => import('./step.ts') },
  {
    name: 'review',
    summary: 'reviews a design: boundary, invariants under faults, recovery, checklist',
    load: () => import('./review.ts'),
  },
  { name: 'replay', summary: 'repeats a recording; --verify compares every step with it', load: () => import('./replay.ts') },
  {
    name: 'shrink',
    summary: 'leaves out faults, operations and processes while a failure stays the same',
    load: () => import('./shrink.ts'),
  },
  {
    name: 'explain',
    summary: 'tells how a failure came about: what it depended on, in order, in words',
    load: () => import('./explain.ts'),
  },
  {
    name: 'export',
    summary: 'writes a page that executes a recording in any browser, or its trace, or its history',
    load: () => import('./export.ts'),
  },
  { name: 'pin', summary: 'writes a regression test of a recorded failure, for your own suite', load: () => import('./pin.ts') },
  {
    name: 'swarm',
    summary: 'many seeds: each draws a scenario, a platform and faults of its own',
    load: () => import('./swarm.ts'),
  },
  { name: 'merge', summary: 'adds up the journals of shards', load: () => import('./merge.ts') },
  {
    name: 'hunt',
    summary: 'measures how soon each defect is found, and whether the healthy platform passes',
    load: () => import('./hunt.ts'),
  },
  { name: 'check', summary: 'checks Jepsen histories for linearizability', load: () => import('./check.ts') },
  { name: 'seeds', summary: 'lists the failing seeds in a seed store', load: () => import('./seeds.ts') },
  {
    name: 'store',
    summary: "applies etcd's JSON requests to a fresh store, and prints the answers",
    load: () => import('./store.ts'),
  },
  { name: 'list', summary: 'the catalogues: scenarios, properties, faults, defects', load: () => import('./list.ts') },
  { name: 'bench', summary: 'events per second by layer, growth, memory', load: () => import('./bench.ts') },
];
