import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { SwarmTally, type SwarmFailure } from '../../../scenarios/swarm/swarm-result.ts';
import { failedByScenario, runsByScenario } from '../../swarm/status.ts';
import { defaultReporter } from './default.ts';
import { dotReporter } from './dot.ts';
import { githubReporter } from './github.ts';
import { reportersOf } from './index.ts';
import { jsonReporter } from './json.ts';
import { junitXml } from './junit.ts';
import type { SwarmEnd, SwarmReporter, Told, Write } from './reporter.ts';

const folder = mkdtempSync(join(tmpdir(), 'quorate-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (seed: number, verdict: Told['verdict'] = 'ok'): Told => ({
  scenario: 'steady',
  seed,
  verdict,
  property: null,
  message: null,
  events: 10,
  simulatedUs: 5,
  digest: '0',
  hits: [],
  exits: [],
});
const failure: SwarmFailure = {
  scenario: 'steady',
  seed: 2,
  verdict: 'violation',
  property: 'a/b',
  message: 'x < y & "z": 50%\nmore',
  waiting: [],
  drawn: ['regions: east'],
  recording: 'r.json',
  repro: 'npx quorate run steady --seed 2',
  small: null,
};

function ended(runs: readonly Told[], failures: readonly SwarmFailure[] = [], missing: readonly string[] = []): SwarmEnd {
  const tally = new SwarmTally();
  for (const one of runs) tally.add(one, failures.find(({ seed }) => seed === one.seed) ?? null);
  return { ...endOf(tally), missing };
}

function endOf(tally: SwarmTally): SwarmEnd {
  return {
    report: tally.report({ seeds: '1..9', complete: true, wallMs: 2_000, probes: [] }),
    missing: [],
    table: [],
    runsOf: runsByScenario(tally),
    failedOf: failedByScenario(tally),
    missingShards: [],
  };
}

const three = ended([run(1), run(2, 'violation'), run(3)], [failure], ['a/probe']);

function told(make: (write: Write) => SwarmReporter, runs: readonly Told[], end: SwarmEnd): string {
  let text = '';
  const reporter = make((more) => (text += more));
  for (const one of runs) reporter.ran(one, null);
  reporter.ended(end);
  return text;
}

describe('the reporters of a swarm', () => {
  test('default: how many probes were seen, and the names of those alone that were required', () => {
    const sometimes = { hit: ['a/seen'], missed: ['a/probe', 'a/rare'] };
    const text = told(defaultReporter, [], { ...three, report: { ...three.report, sometimes } });
    expect(text).toContain('\nprobes seen: 1 of 3 (--json lists the others)\n');
    expect(text).toContain('\nREQUIRED, NEVER SEEN  a/probe\n');
    expect(text).not.toContain('a/rare');
  });

  test('default: what a seed store knew is told beside the runs, which add up by themselves', () => {
    const tally = new SwarmTally();
    tally.addKnown(failure);
    tally.addKnown({ ...failure, seed: 7 });
    tally.add(run(8), null);
    const report = tally.report({ seeds: '8..8', complete: true, wallMs: 1_000, probes: [] });
    const text = told(defaultReporter, [], { ...three, report, missing: [] });
    expect(text).toContain('1 run: 1 ok, 0 failed\n');
    expect(text).toContain('\n2 stored seeds rerun first, 2 still fail\n');
  });

  test('default and github: controllers that ended by themselves are told of, though nothing failed', () => {
    const exits = [{ process: 'keeper', times: 2, reason: 'Error: no' }];
    const end = ended([run(1), { ...run(2), exits }, { ...run(3), exits }]);
    const line = 'steady, in 2 runs (the first: seed 2): keeper ended by itself 4 times: Error: no';
    expect(told(defaultReporter, [], end)).toContain(`\n\n${line}\n`);
    const summary = join(folder, 'exits.md');
    told((write) => githubReporter(write, summary), [], end);
    expect(readFileSync(summary, 'utf8')).toContain(`\n\n${line}\n`);
  });

  test('dot: a mark for each run, eighty to a line', () => {
    const runs = [
      ...Array.from({ length: 80 }, (_, at) => run(at)),
      run(80, 'violation'),
      run(81, 'stalled'),
      run(82, 'undecided'),
      run(83, 'crashed'),
    ];
    const [first, second] = told(dotReporter, runs, three).split('\n');
    expect(first).toBe(`${'·'.repeat(80)}  80`);
    expect(second).toBe('VS?C');
  });

  test('json: one document', () => {
    expect(JSON.parse(told(jsonReporter, [], three))).toMatchObject({ runs: 3, failures: [{ seed: 2 }] });
  });

  test('junit: a suite for each scenario, a case for each failure, nothing that XML does not take', () => {
    expect(junitXml(three)).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="quorate swarm" tests="3" failures="2" time="2.000">
  <testsuite name="steady" tests="2" failures="1">
    <testcase classname="steady" name="2 seeds without a failure"/>
    <testcase classname="steady" name="seed 2">
      <failure type="a/b" message="x &lt; y &amp; &quot;z&quot;: 50%">x &lt; y &amp; &quot;z&quot;: 50%
      more
      recording: r.json
      npx quorate run steady --seed 2</failure>
    </testcase>
  </testsuite>
  <testsuite name="swarm" tests="1" failures="1">
    <testcase classname="swarm" name="probe a/probe is seen">
      <failure type="never hit" message="no run of the swarm hit it">no run of the swarm hit it</failure>
    </testcase>
  </testsuite>
</testsuites>
`);
    expect(junitXml(ended([run(2, 'violation')], [{ ...failure, message: 'a\u0007b' }]))).toContain('a?b');
  });

  test('junit: what a seed store knew is a case beside those of the runs, also where its scenario was drawn by no seed', () => {
    const tally = new SwarmTally();
    // Seed 2 is of the swarm as well, and fails again there.
    for (const known of [failure, { ...failure, seed: 70 }, { ...failure, scenario: 'churn', seed: 80 }]) tally.addKnown(known);
    for (const one of [run(1), run(2, 'violation'), run(3)]) tally.add(one, one.verdict === 'ok' ? null : failure);
    const lines = junitXml(endOf(tally))
      .split('\n')
      .map((line) => line.trim());
    expect(lines.filter((line) => line.startsWith('<test'))).toEqual([
      '<testsuites name="quorate swarm" tests="4" failures="3" time="2.000">',
      '<testsuite name="steady" tests="3" failures="2">',
      '<testcase classname="steady" name="2 seeds without a failure"/>',
      '<testcase classname="steady" name="seed 2">',
      '<testcase classname="steady" name="seed 70">',
      '<testsuite name="churn" tests="1" failures="1">',
      '<testcase classname="churn" name="seed 80">',
    ]);
  });

  test('github, junit: shards that are missing are told, and are no clean end', () => {
    const end = { ...ended([run(1)]), missingShards: ['1/3', '3/3'] };
    expect(junitXml(end)).toContain('<testcase classname="swarm" name="shard 3/3 is there">');
    const summary = join(folder, 'shards.md');
    expect(told((write) => githubReporter(write, summary), [], end)).toContain(
      '::error title=missing%3A shard 1/3::there is no journal of it',
    );
    expect(readFileSync(summary, 'utf8')).toMatch(/^### Quorate: 2 failures\n[^]*\*\*Missing:\*\* shard 1\/3, shard 3\/3$/m);
  });

  test('github: what does not repeat itself counts, and so does a required probe that is never seen', () => {
    const end = ended([run(1)], [], ['a/probe']);
    const unsteady = {
      ...end,
      report: { ...end.report, nondeterministic: [{ scenario: 'steady', seed: 1, digests: ['aa', 'bb'] as const }] },
    };
    const summary = join(folder, 'unsteady.md');
    expect(told((write) => githubReporter(write, summary), [], unsteady)).toBe(
      '::error title=nondeterminism%3A steady%2C seed 1::digest aa here, bb in another process\n::error title=never hit%3A probe a/probe::no run of the swarm hit it\n',
    );
    expect(readFileSync(summary, 'utf8')).toMatch(/^### Quorate: 2 failures\n/);
  });

  test('github: an annotation for each failure, escaped, and a summary', () => {
    const summary = join(folder, 'summary.md');
    const text = told((write) => githubReporter(write, summary), [], three);
    expect(text).toBe(
      '::error title=never hit%3A probe a/probe::no run of the swarm hit it\n::error title=a/b%3A steady%2C seed 2::x < y & "z": 50%25%0Amore%0Anpx quorate run steady --seed 2\n',
    );
    expect(readFileSync(summary, 'utf8')).toContain(
      '| a/b | steady | 2 | x < y & "z": 50% more | `npx quorate run steady --seed 2` |',
    );
    expect(readFileSync(summary, 'utf8')).toContain('**Required, never seen:** a/probe');
  });

  test('github: no more annotations than are shown', () => {
    const many = Array.from({ length: 30 }, (_, seed) => ({ ...failure, seed }));
    const text = told(
      (write) => githubReporter(write, ''),
      [],
      ended(
        many.map(({ seed }) => run(seed, 'violation')),
        many,
      ),
    );
    expect(text.trimEnd().split('\n')).toHaveLength(10);
  });
});

describe('which reporters there are', () => {
  test('several, when only one of them writes to the standard output', () => {
    expect(reportersOf([], {})).toHaveLength(1);
    expect(reportersOf(['dot', `junit=${join(folder, 'a.xml')}`], {})).toHaveLength(2);
    expect(() => reportersOf(['dot', 'json'], {})).toThrow(
      '--reporter dot json: both write to the standard output: give one a file, such as json=report.txt',
    );
    expect(() => reportersOf(['json', 'github'], {})).toThrow('both write');
  });

  test('on GitHub Actions its own comes by itself, unless it would spoil a document', () => {
    const environment = { GITHUB_ACTIONS: 'true' };
    expect(reportersOf([], environment)).toHaveLength(2);
    expect(reportersOf(['github'], environment)).toHaveLength(1);
    expect(reportersOf(['json'], environment)).toHaveLength(1);
  });

  test.each(['json', 'github'])('%s into a file: the report of an earlier swarm stays until there is another', (name) => {
    const file = join(folder, `${name}.report`);
    writeFileSync(file, 'old');
    const [reporter] = reportersOf([`${name}=${file}`], {});
    expect(readFileSync(file, 'utf8')).toBe('old');
    reporter?.ended(ended([run(1)]));
    expect(readFileSync(file, 'utf8')).toMatch(name === 'json' ? /^\{/ : /^$/);
  });

  test.each([
    ['tap', '--reporter tap: there are default, dot, json, junit, github'],
    ['junit=', '--reporter junit=: the file has no name'],
    ['junit=/nowhere/at/all.xml', '--reporter junit=/nowhere/at/all.xml: cannot be written (ENOENT)'],
  ])('%s is refused', (name, message) => {
    expect(() => reportersOf([name], {})).toThrow(message);
  });
});

test('what there is one of is told in the singular', () => {
  const small = { recording: 's.json', faults: 1, operations: 2, processes: 1, events: 9, explanation: null, page: null };
  const end = ended([run(1), run(2, 'violation')], [{ ...failure, small }]);
  expect(junitXml(end)).toContain('name="1 seed without a failure"');
  expect(told(defaultReporter, [], end)).toContain('shrunk: s.json (1 fault, 2 operations, 1 process)');
  const summary = join(folder, 'singular.md');
  told((write) => githubReporter(write, summary), [], ended([run(1)]));
  expect(readFileSync(summary, 'utf8')).toContain(': 1 run, 1 ok,');
});
