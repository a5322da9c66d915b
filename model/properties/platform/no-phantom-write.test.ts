import { expect, test } from 'vitest';
import type { Operation, Os } from '../../../sim/index.ts';
import { objectKey } from '../../api/resources/index.ts';
import { deploymentStatus } from '../../api/testing/objects.ts';
import { deleteRange } from '../../store/machine/requests.ts';
import { sharedJournals } from './journal.ts';
import { noPhantomWrite } from './no-phantom-write.ts';
import { applies, deployment, judged, play, writes, type Moment } from './testing/crossings.ts';

const judge = (moments: readonly Moment[]): string | null => judged(play(noPhantomWrite(sharedJournals()), moments));

/** A write that an operator asks for and is told of. */
function asked(
  name: string,
  input: object,
): { readonly invoke: Moment; readonly settle: (status: 'ok' | 'fail' | 'info') => Moment } {
  let operation: Operation | undefined;
  return {
    invoke: (os: Os) => void (operation = os.history.invoke('operator-1', name, { name: 'web', ...input })),
    settle: (status) => (os: Os) => os.history.settle(operation as Operation, status, status === 'fail' ? 'unavailable' : null),
  };
}

const made = applies(1, writes(deployment(1, 1)));
const scaled = applies(2, writes(deployment(3, 2)));
const deleted = applies(2, deleteRange(objectKey('Deployment', 'web')));

test.each([
  ['declare', { replicas: 1, image: 'a' }, [], made],
  ['scale', { replicas: 3 }, [made], scaled],
  ['roll-out', { image: 'b' }, [made], applies(2, writes(deployment(1, 2, { image: 'b' })))],
  ['delete', {}, [made], deleted],
])('a %s that was refused and has taken place is seen', (name, input, before, effect) => {
  const write = asked(name, input);
  expect(judge([...before, write.invoke, effect, write.settle('fail')])).toMatch(
    new RegExp(`operator-1 was told that its ${name} of web did not happen \\(unavailable\\)`),
  );
  expect(judge([...before, write.invoke, effect, write.settle('ok')])).toBeNull();
  expect(judge([...before, write.invoke, effect, write.settle('info')])).toBeNull();
  expect(judge([...before, write.invoke, effect])).toBeNull();
  expect(judge([...before, write.invoke, write.settle('fail')])).toBeNull();
});

test('of two who asked for the same, one may have been refused', () => {
  const [one, other] = [asked('scale', { replicas: 3 }), asked('scale', { replicas: 3 })];
  const begun = [made, one.invoke, other.invoke, scaled, one.settle('fail')];
  expect(judge([...begun, other.settle('ok')])).toBeNull();
  expect(judge([...begun, other.settle('info')])).toBeNull();
  expect(judge([...begun, other.settle('fail')])).toMatch(/did not happen/);
});

test('what was asked for and is not what has changed concerns nobody', () => {
  const write = asked('scale', { replicas: 1 });
  expect(
    judge([
      made,
      write.invoke,
      applies(2, writes({ ...deployment(1, 1), status: deploymentStatus({ observedGeneration: 1 }) })),
      write.settle('fail'),
    ]),
  ).toBeNull();
});
