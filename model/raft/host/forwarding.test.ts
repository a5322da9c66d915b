import { expect, test } from 'vitest';
import { ForwardedProposals } from './forwarding.ts';
import type { ForwardedProposal } from './transport.ts';

function proposal(sequence: number, term = 1, incarnation = 1, origin = 2): ForwardedProposal {
  return { term, sequence, command: { origin, incarnation, tag: '', data: null }, bytes: 10, hash: 1 };
}

test('a doubled proposal is taken once, in whatever order copies arrive', () => {
  const forwarded = new ForwardedProposals();
  const arrivals = [1, 3, 2, 3, 1, 4, 2];
  expect(arrivals.filter((sequence) => forwarded.admit(proposal(sequence), 1))).toEqual([1, 3, 2, 4]);
});

test("a proposal of another term is not taken: it may have been taken by that term's leader", () => {
  const forwarded = new ForwardedProposals();
  expect(forwarded.admit(proposal(1, 1), 2)).toBe(false);
  expect(forwarded.admit(proposal(1, 3), 2)).toBe(false);
  expect(forwarded.admit(proposal(1, 2), 2)).toBe(true);
});

test('members count for themselves, and a new incarnation anew', () => {
  const forwarded = new ForwardedProposals();
  expect(forwarded.admit(proposal(1, 1, 1, 2), 1)).toBe(true);
  expect(forwarded.admit(proposal(1, 1, 1, 3), 1)).toBe(true);
  expect(forwarded.admit(proposal(1, 1, 2, 2), 1)).toBe(true);
  expect(forwarded.admit(proposal(2, 1, 1, 2), 1)).toBe(false);
});

test('what is late by more than the window counts as lost', () => {
  const forwarded = new ForwardedProposals();
  expect(forwarded.admit(proposal(1_030), 1)).toBe(true);
  expect(forwarded.admit(proposal(6), 1)).toBe(false);
  expect(forwarded.admit(proposal(7), 1)).toBe(true);
});
