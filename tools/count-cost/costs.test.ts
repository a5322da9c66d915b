import { expect, test } from 'vitest';
import { costsOf, namesFrom } from './costs.ts';
import { table } from './table.ts';

/**
 * As callgrind writes it: names once and then by number, addresses by what they lie from the last, calls with what
 * they cost below a line of their own.
 */
const PROFILE = `# callgrind format
positions: instr line
events: Ir Dr Dw I1mr D1mr D1mw ILmr DLmr DLmw
summary: 66 4 2 3 2 1 2 1 1

ob=(1) ???
fn=(1) 0x0000000000001000
0x1000 0 10 2 0 2 1 0 1
+16 0 20 2 0 1 1 0 1 1
cfn=(2) Builtins_LoadIC
calls=5 0x3000
* 0 500 9 9 9 9 9 9 9 9
-16 0 4

fn=(2)
0x3000 0 30 0 2 0 0 1 0 0 1

fn=(3) v8::internal::compiler::Pipeline::Run()
0x9000 0 2
`;

const MAP = `1000 20 JS:*'stale file:///quorate/model/stale.ts:1:1
1000 20 JS:*apply file:///quorate/model/store/machine/mvcc.ts:30:3
`;

test('what callgrind counted at addresses is added up by the function that lies there, and what was called counts where it ran', () => {
  expect(Object.fromEntries(costsOf(PROFILE, namesFrom(MAP)))).toEqual({
    'apply model/store/machine/mvcc.ts:30': { instructions: 34, codeMisses: 3, farCode: 2, farReads: 1, farWrites: 0 },
    Builtins_LoadIC: { instructions: 30, codeMisses: 0, farCode: 0, farReads: 0, farWrites: 1 },
    'v8::internal::compiler::Pipeline::Run()': { instructions: 2, codeMisses: 0, farCode: 0, farReads: 0, farWrites: 0 },
  });
});

test('the table is for one event, the costliest first, and leaves the compilers out', () => {
  const lines = table(costsOf(PROFILE, namesFrom(MAP)), 2, 1)
    .trimEnd()
    .split('\n');
  expect(lines.map((line) => line.trim().split(/\s{2,}/))).toEqual([
    ['for an event, of 2'],
    ['instructions', 'code (L1)', 'far: code', 'reads', 'writes'],
    ['32', '1.5', '1.00', '0.50', '0.50', "all, without the engine's compilers and full collections"],
    ['17', '1.5', '1.00', '0.50', '0.00', 'apply model/store/machine/mvcc.ts:30'],
  ]);
});
