/**
 * JUnit's XML, as the test views of CI systems read it: a suite for each scenario, with one case for all its runs that passed and one for
 * each that failed, because thousands of cases that say nothing hide the few that do.
 */
import type { SwarmFailure } from '../../../scenarios/swarm/swarm-result.ts';
import { smallLines } from './default.ts';
import type { SwarmEnd, SwarmReporter, Write } from './reporter.ts';

export function junitReporter(write: Write): SwarmReporter {
  return { ran: () => undefined, ended: (end) => write(junitXml(end)) };
}

export function junitXml({ report, missing, runsOf }: SwarmEnd): string {
  const suites = [...runsOf].map(([scenario, runs]) => suite(scenario, runs, report.failures.filter((failure) => failure.scenario === scenario)));
  const more = [
    ...report.nondeterministic.map(({ scenario, seed, digests }) => failed(`${scenario}, seed ${seed} repeats itself`, 'nondeterminism', `digest ${digests[0]} here, ${digests[1]} in another process`)),
    ...missing.map((probe) => failed(`probe ${probe} is seen`, 'never hit', 'no run of the swarm came there')),
  ];
  if (more.length > 0) suites.push(element('testsuite', { name: 'swarm', tests: more.length, failures: more.length }, more));
  const { failures, runs, wallMs } = report;
  const sums = { name: 'quorate swarm', tests: runs + more.length, failures: failures.length + more.length, time: (wallMs / 1_000).toFixed(3) };
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element('testsuites', sums, suites)}\n`;
}

function suite(scenario: string, runs: number, failures: readonly SwarmFailure[]): string {
  const passed = runs - failures.length;
  const cases = failures.map(({ seed, verdict, property, message, recording, repro, small }) => {
    const told = [message ?? '', ...(recording === null ? [] : [`recording: ${recording}`]), ...smallLines(small), repro].join('\n');
    return failed(`seed ${seed}`, property ?? verdict, told, scenario);
  });
  if (passed > 0) cases.unshift(element('testcase', { classname: scenario, name: `${passed} seeds without a failure` }));
  return element('testsuite', { name: scenario, tests: cases.length, failures: failures.length }, cases);
}

function failed(name: string, type: string, told: string, classname = 'swarm'): string {
  const [first = ''] = told.split('\n');
  return element('testcase', { classname, name }, [`<failure type="${escaped(type)}" message="${escaped(first)}">${escaped(told)}</failure>`]);
}

function element(name: string, attributes: Readonly<Record<string, string | number>>, children: readonly string[] = []): string {
  const start = `<${name}${Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(String(value))}"`).join('')}`;
  if (children.length === 0) return `${start}/>`;
  return `${start}>\n${children.map((child) => child.replace(/^/gm, '  ')).join('\n')}\n</${name}>`;
}

/** XML takes no control characters but these, however they are written. */
function escaped(text: string): string {
  const entities: Readonly<Record<string, string>> = { '<': '&lt;', '>': '&gt;', '&': '&amp;', '"': '&quot;' };
  return text.replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '?').replace(/[<>&"]/g, (sign) => entities[sign] as string);
}
