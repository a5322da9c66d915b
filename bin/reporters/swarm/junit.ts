/**
 * JUnit's XML, as the test views of CI systems read it: a suite for each scenario, with one case for all its runs that passed and
 * one for each that failed, because thousands of cases that say nothing hide the few that do.
 */
import type { SwarmFailure } from '../../../scenarios/swarm/swarm-result.ts';
import { xmlEscaped } from '../../xml-text.ts';
import { counted } from '../counted.ts';
import { smallLines } from './default.ts';
import type { SwarmEnd, SwarmReporter, Write } from './reporter.ts';
import { troublesOf } from './troubles.ts';

export function junitReporter(write: Write): SwarmReporter {
  return { ran: () => undefined, ended: (end) => write(junitXml(end)) };
}

interface Suite {
  readonly name: string;
  readonly cases: readonly string[];
  readonly failures: number;
}

export function junitXml(end: SwarmEnd): string {
  const { report, runsOf, failedOf } = end;
  // What is known to fail may be of a scenario that no seed has drawn.
  const scenarios = new Set([...runsOf.keys(), ...report.failures.map(({ scenario }) => scenario)]);
  const suites = [...scenarios].map((scenario) => {
    const passed = (runsOf.get(scenario) ?? 0) - (failedOf.get(scenario) ?? 0);
    return suiteOf(
      scenario,
      passed,
      report.failures.filter((failure) => failure.scenario === scenario),
    );
  });
  const troubles = troublesOf(end).map(({ sort, subject, should, message }) => failed(`${subject} ${should}`, sort, message));
  if (troubles.length > 0) suites.push({ name: 'swarm', cases: troubles, failures: troubles.length });
  const sum = (of: (suite: Suite) => number): number => suites.reduce((total, suite) => total + of(suite), 0);
  const sums = {
    name: 'quorate swarm',
    tests: sum(({ cases }) => cases.length),
    failures: sum(({ failures }) => failures),
    time: (report.wallMs / 1_000).toFixed(3),
  };
  const written = suites.map(({ name, cases, failures }) => element('testsuite', { name, tests: cases.length, failures }, cases));
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element('testsuites', sums, written)}\n`;
}

function suiteOf(scenario: string, passed: number, failures: readonly SwarmFailure[]): Suite {
  const cases = failures.map(({ seed, verdict, property, message, recording, repro, small }) => {
    const told = [message ?? '', ...(recording === null ? [] : [`recording: ${recording}`]), ...smallLines(small), repro].join(
      '\n',
    );
    return failed(`seed ${seed}`, property ?? verdict, told, scenario);
  });
  if (passed > 0)
    cases.unshift(element('testcase', { classname: scenario, name: `${counted(passed, 'seed')} without a failure` }));
  return { name: scenario, cases, failures: failures.length };
}

function failed(name: string, type: string, told: string, classname = 'swarm'): string {
  const [first = ''] = told.split('\n');
  return element('testcase', { classname, name }, [
    `<failure type="${xmlEscaped(type)}" message="${xmlEscaped(first)}">${xmlEscaped(told)}</failure>`,
  ]);
}

function element(name: string, attributes: Readonly<Record<string, string | number>>, children: readonly string[] = []): string {
  const start = `<${name}${Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${xmlEscaped(String(value))}"`)
    .join('')}`;
  if (children.length === 0) return `${start}/>`;
  return `${start}>\n${children.map((child) => child.replace(/^/gm, '  ')).join('\n')}\n</${name}>`;
}
