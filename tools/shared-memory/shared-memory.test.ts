import { execFileSync } from 'node:child_process';
import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

interface Report {
  readonly verdict: string;
  readonly failure: string | null;
  readonly processes: number;
  readonly looked: number;
  readonly shared: readonly { readonly what: string; readonly paths: readonly [string, string] }[];
}

/** In a process of its own, whose modules are real ones: the debugger tells their variables from captured ones. */
function look(...args: readonly string[]): Report {
  const output = execFileSync(execPath, ['--disable-warning=ExperimentalWarning', 'tools/shared-memory/main.ts', ...args], {
    cwd: root,
    encoding: 'utf8',
  });
  return JSON.parse(output) as Report;
}

test('no process reaches what another one could change: only messages cross, and what programs are booted with is never written', () => {
  const { verdict, failure, processes, looked, shared } = look();
  expect({ verdict, failure, shared }).toEqual({ verdict: 'ok', failure: null, shared: [] });
  expect(processes).toBeGreaterThan(20);
  expect(looked).toBeGreaterThan(20_000);
});

test('what two programs share by a captured variable is found, and by the local variable of a loop that sleeps, too', () => {
  const pairs = look('planted').shared.map(({ paths }) => paths.map((path) => path.split('.', 1)[0]).join(' and '));
  expect([...new Set(pairs)].toSorted()).toEqual(['closure-1 and closure-2', 'generator-1 and generator-2']);
});
