import { expect, test } from 'vitest';
import { orderOf, orderText } from './record-order.ts';

test('as text the orders compare as their numbers do', () => {
  const orders = [
    [1, 9],
    [1, 10],
    [2, 1],
    [10, 1],
  ].map((order) => orderText(...order));
  expect(orders.toSorted()).toEqual(orders);
  expect([9, 10, 100].map((count) => orderText(count)).toSorted()).toEqual([9, 10, 100].map((count) => orderText(count)));
});

test('the order of a record is what it begins with; of other kinds, and of what does not begin with one, there is none', () => {
  expect(orderOf('StatusBlob', `${orderText(1, 2)} xxx`)).toBe(orderText(1, 2));
  expect(orderOf('WorkloadEvent', orderText(3))).toBe(orderText(3));
  expect(orderOf('WorkloadEvent', '3')).toBeNull();
  expect(orderOf('StatusSample', orderText(3))).toBeNull();
});
