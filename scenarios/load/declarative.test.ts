import { describe, expect, test } from 'vitest';
import { plan } from '../run-spec.ts';
import { readScenario } from './declarative.ts';
import { readDesign } from './design-schema.ts';
import { FileError } from './written-file.ts';

const yaml = `name: my-pause
title: the leader is paused
healAt: 6s
end: 30s
design:
  leaseDuration: 2500ms
faults:
  - at: 3s
    do: pause
    target: role:deployer-leader
    for: 1500ms
  - { at: 4s, do: delay, from: 'store-*', to: '*', by: 20ms, for: 1s }
workload:
  - { at: 2s, client: operator-1, operation: declare, arguments: { name: web, replicas: 2, image: app } }
`;

describe('a declarative scenario', () => {
  test('becomes an explicit plan, times in microseconds', () => {
    const chosen = plan({ scenario: readScenario(yaml, 'my.yaml'), seed: 1 });
    expect(chosen).toMatchObject({ healAtUs: 6_000_000, endUs: 30_000_000 });
    expect(chosen.design.leaseDurationUs).toBe(2_500_000);
    expect(chosen.faults).toEqual([
      { at: 3_000_000, do: 'pause', target: 'role:deployer-leader', for: 1_500_000 },
      { at: 4_000_000, do: 'delay', from: 'store-*', to: '*', byUs: 20_000, for: 1_000_000 },
    ]);
    expect(chosen.workload).toEqual([
      { at: 2_000_000, client: 'operator-1', operation: 'declare', arguments: { name: 'web', replicas: 2, image: 'app' } },
    ]);
  });

  test.each([
    [
      'a wrong fault name',
      yaml.replace('do: pause', 'do: puase'),
      'wrong.yaml:9:9: faults[0].do: no fault is called "puase"; did you mean "pause"?',
    ],
    [
      'a wrong field of a fault',
      yaml.replace('    target:', '    traget:'),
      'wrong.yaml:10:5: faults[0]: the fault "pause" has no field "traget"; did you mean "target"?',
    ],
    [
      'a wrong field',
      yaml.replace('healAt', 'haelAt'),
      'wrong.yaml:3:1: a scenario has no field "haelAt"; did you mean "healAt"?',
    ],
    [
      'a wrong field of the design',
      yaml.replace('leaseDuration', 'leaseDurtion'),
      'wrong.yaml:6:3: design: a design has no field "leaseDurtion"; did you mean "leaseDuration"?',
    ],
    [
      'a time without its unit',
      yaml.replace('healAt: 6s', 'healAt: 6'),
      'wrong.yaml:3:9: healAt: should be a time with its unit',
    ],
    [
      'a time that is none',
      yaml.replace('for: 1500ms', 'for: long'),
      'wrong.yaml:11:10: faults[0].for: should be a time with its unit',
    ],
    ['a field missing', yaml.replace('end: 30s\n', ''), 'wrong.yaml:1:1: "end" is missing'],
    ['no time of the heal', yaml.replace('healAt: 6s\n', ''), 'wrong.yaml:1:1: "healAt" is missing'],
    ['a delay of no length', yaml.replace('by: 20ms, ', ''), 'wrong.yaml:12:5: faults[1]: "by" is missing'],
    ['an end before the heal', yaml.replace('end: 30s', 'end: 2s'), 'wrong.yaml:4:6: end: should be later than healAt'],
    [
      'a time of a fault without its unit',
      yaml.replace('at: 3s', 'at: 3'),
      'wrong.yaml:8:9: faults[0].at: should be a time with its unit',
    ],
    [
      'an operation after the end',
      yaml.replace('at: 2s', 'at: 40s'),
      'wrong.yaml:14:11: workload[0].at: should be earlier than the end of the run',
    ],
    ['a fault without its kind', yaml.replace('    do: pause\n', ''), 'wrong.yaml:8:5: faults[0]: "do" is missing'],
    ['a text for a list', yaml.replace(/workload:[^]*/, 'workload: none\n'), 'wrong.yaml:13:11: workload: should be a list'],
    ['a number for a text', yaml.replace('app', '5'), 'wrong.yaml:14:99: workload[0].arguments.image: should be a text'],
    [
      'a number out of range',
      yaml.replace('replicas: 2', 'replicas: -2'),
      'wrong.yaml:14:89: workload[0].arguments.replicas: should be at least 0',
    ],
    ['a field given twice', `${yaml}name: other\n`, 'wrong.yaml:15:1: this field stands here twice'],
    ['a second document', `${yaml}---\nname: other\n`, 'wrong.yaml:15:1: a second document begins here'],
    [
      'an alias of nothing',
      yaml.replace('title: the leader is paused', 'title: *nothing'),
      'wrong.yaml:2:8: nothing above is marked with &nothing',
    ],
    ['a tab', yaml.replace('  leaseDuration', '\tleaseDuration'), 'wrong.yaml:6:1: Tabs are not allowed as indentation'],
    ['a fault after the heal', yaml.replace('at: 3s', 'at: 6s'), 'faults[0].at: all faults are over from healAt on, which is 6'],
    ['a name with spaces', yaml.replace('my-pause', 'My Pause'), 'wrong.yaml:1:7: name: should be lower-case words'],
    ['broken YAML', yaml.replace('design:', 'design: ['), 'wrong.yaml:'],
    ['a list at the top', '- 1\n', 'wrong.yaml:1:1: a scenario is a map of fields with their values'],
    ['nothing in it', '', 'wrong.yaml:1:1: the file is empty; a scenario is a map of fields with their values'],
    [
      'a target that does not exist',
      yaml.replace('role:deployer-leader', 'stroe-east-1'),
      'no process is called "stroe-east-1"; did you mean "store-east-1"?',
    ],
    [
      'a role that does not exist',
      yaml.replace('role:deployer-leader', 'role:deploer-leader'),
      'no role is called "deploer-leader"; did you mean "deployer-leader"? (raft-leader, ',
    ],
    [
      'an unknown operation',
      yaml.replace('operation: declare', 'operation: declear'),
      'wrong.yaml:14:46: workload[0].operation: no operation is called "declear"; did you mean "declare"?',
    ],
    [
      'an unknown operator',
      yaml.replace('client: operator-1', 'client: operator-7'),
      'wrong.yaml:14:23: workload[0].client: no operator is called "operator-7"; did you mean',
    ],
    [
      'no value for the design',
      yaml.replace('  leaseDuration: 2500ms\n', ''),
      'wrong.yaml:5:8: design: a design is a map of fields with their values',
    ],
    [
      'a lease shorter than its renewal',
      yaml.replace('2500ms', '1s'),
      'wrong.yaml:6:3: design: renewDeadlineUs should be shorter',
    ],
    ['an alias to itself', 'name: &a [*a]\n', 'wrong.yaml:'],
    ['a tag', yaml.replace('my-pause', '!!js/function "x"'), 'wrong.yaml:1:7: '],
  ])('with %s is refused with file, line and column', (_name, text, message) => {
    const error = thrownBy(() => readScenario(text, 'wrong.yaml'));
    expect(error).toBeInstanceOf(FileError);
    expect((error as Error).message).toMatch(/^wrong\.yaml:\d+:\d+: /);
    expect((error as Error).message).toContain(message);
    expect((error as Error).message).not.toContain('\n');
  });
});

describe('a design file', () => {
  test('may give times with their unit, or as microseconds', () => {
    expect(readDesign('leaseDuration: 3s\nrenewDeadlineUs: 2000000\nfencing: false\n', 'd.yaml')).toEqual({
      leaseDurationUs: 3_000_000,
      renewDeadlineUs: 2_000_000,
      fencing: false,
    });
    expect(readDesign('{"storeMembers": 7}', 'd.json')).toEqual({ storeMembers: 7 });
    expect(readDesign('{}', 'd.json')).toEqual({});
  });

  test.each([
    ['storeMembrs: 3', 'd.yaml:1:1: a design has no field "storeMembrs"; did you mean "storeMembers"?'],
    ['fencing: true\nstoreMembers: 4', 'd.yaml:2:15: storeMembers: should be 3, 5 or 7'],
    ['leaseDuration: soon', 'd.yaml:1:16: leaseDuration: should be a time with its unit'],
    ['leaseDuration: 2h', 'd.yaml:1:16: leaseDuration: should be at most an hour'],
    ['leaseDuration: 2d', 'd.yaml:1:16: leaseDuration: should be a time with its unit, such as 2s or 300ms (us, ms, s, m, h)'],
    ['readMode: fast', 'd.yaml:1:11: readMode: should be read-index or lease'],
    ['leaseDuration: 200m', 'd.yaml:1:16: leaseDuration: should be at most an hour'],
    ['- 1', 'd.yaml:1:1: a design is a map of fields with their values'],
    ['', 'd.yaml:1:1: the file is empty; a design is a map of fields with their values'],
    ['# fencing: false', 'd.yaml:1:1: the file is empty; a design is a map of fields with their values'],
    ['placements: [outside]', 'd.yaml:1:13: placements: should be a map of fields with their values'],
  ])('%j is refused', (text, message) => {
    const error = thrownBy(() => readDesign(text, 'd.yaml'));
    expect(error).toBeInstanceOf(FileError);
    expect((error as Error).message).toContain(message);
  });
});

function thrownBy(body: () => unknown): unknown {
  try {
    body();
  } catch (error) {
    return error;
  }
  return null;
}
