import { expect, test } from 'vitest';
import { refusalKind, type Kind, type Process } from '../../../../sim/index.ts';
import { getMethod, updateMethod, watchResourcesMethod } from '../../../api/methods.ts';
import { ApiCalls } from './calls.ts';

const client = { index: 0, name: 'client' } as Process;
const server = { index: 1, name: 'api' } as Process;

/** Hears of gets and watches, but of nothing that concerns nodes. */
function listening(): { readonly calls: ApiCalls; readonly heard: string[] } {
  const calls = new ApiCalls();
  const heard: string[] = [];
  calls.followEach([getMethod, watchResourcesMethod], {
    asked: ({ method, number }, { kind }: { readonly kind: string }) => (kind === 'Node' ? null : `${method} ${number}`),
    answered: (asked, answer: string) => void heard.push(`${asked}: ${answer}`),
    refused: (asked, { code }, call) => void heard.push(`${asked}: ${call.server.name} says ${code}`),
  });
  return { calls, heard };
}

const asks = (calls: ApiCalls, { request }: { readonly request: Kind<never> }, call: number, kind = 'Workload'): void =>
  calls.sent(client, server, request, { call, body: { kind } });
const answers = (calls: ApiCalls, { response }: { readonly response: Kind<never> }, call: number, body: string): void =>
  calls.sent(server, client, response, { call, body });
const refuses = (calls: ApiCalls, call: number): void =>
  calls.sent(server, client, refusalKind, { call, body: { code: 'gone', message: '' } });

test('an answer is told once, the items of a watch as they come', () => {
  const { calls, heard } = listening();
  asks(calls, watchResourcesMethod, 1);
  asks(calls, getMethod, 2);
  answers(calls, watchResourcesMethod, 1, 'a');
  for (let times = 0; times < 2; times++) answers(calls, getMethod, 2, 'b');
  answers(calls, watchResourcesMethod, 1, 'c');
  expect(heard).toEqual(['api/watch 1: a', 'api/get 2: b', 'api/watch 1: c']);
});

test('a refusal ends a call, and a watch', () => {
  const { calls, heard } = listening();
  for (const [number, method] of [getMethod, watchResourcesMethod].entries()) {
    asks(calls, method, number);
    refuses(calls, number);
    answers(calls, method, number, 'late');
  }
  expect(heard).toEqual(['api/get 0: api says gone', 'api/watch 1: api says gone']);
});

test('nothing is told of what nobody wants to know, or learns any more', () => {
  const { calls, heard } = listening();
  asks(calls, getMethod, 1, 'Node');
  answers(calls, getMethod, 1, 'a');
  asks(calls, getMethod, 2);
  calls.crashed(client);
  answers(calls, getMethod, 2, 'b');
  expect(heard).toEqual([]);
  expect([getMethod, updateMethod].map(({ request }) => calls.hears(request as Kind))).toEqual([true, false]);
});
