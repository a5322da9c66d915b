import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { spawn } from 'node:child_process';
import { afterAll, expect, test } from 'vitest';
import { Workplace } from '../testing/spawn-quorate.ts';

const place = new Workplace();
afterAll(() => place.remove());

const put = '{"method": "kv/put", "body": {"key": "YQ==", "value": "MQ=="}}';

function script(...lines: readonly string[]): string {
  return place.write('script.jsonl', `${lines.join('\n')}\n`);
}

test('the example of the documentation is answered as it says', async () => {
  const page = readFileSync(fileURLToPath(new URL('../../docs/store.md', import.meta.url)), 'utf8');
  const [example, answers] = [...page.matchAll(/```jsonl\n([^`]*)```/g)].map(([, block]) => block as string);
  const { stdout, stderr, status } = await place.quorate('store', script(example as string));
  expect(stderr).toBe('');
  expect(stdout).toBe(answers);
  expect(status).toBe(0);
});

test('a line that means nothing ends the script with its place and a remedy; what was answered stays', async () => {
  const { stdout, stderr, status } = await place.quorate(
    'store',
    script(put, '', '{"method": "kv/range", "body": {"key": "a"}}', put),
  );
  expect(status).toBe(64);
  expect(stdout.split('\n')).toHaveLength(2);
  expect(stderr).toBe('quorate: script.jsonl:3: body.key: should be base64, as "YQ==" is of "a"\n');
});

test.each([
  ['{"method": "kv/rang", "body": {}}', 'no method is called "kv/rang"; did you mean "kv/range"?'],
  ['{"method": "kv/put"', 'not JSON'],
  ['[]', 'should be {"method": …, "body": …}'],
  ['{"body": {}}', 'method: is missing'],
  ['{"method": "kv/put", "bod": {}}', 'there is no field "bod" here'],
  ['{"method": "kv/put", "body": []}', 'body: should be an object'],
  ['{"method": "kv/put", "body": {"lease": "x"}}', 'body.lease: should be an integer'],
  ['{"method": "kv/txn", "body": {"success": [{}]}}', 'body.success.0: should have one of request_range, request_put'],
  ['{"method": "watch", "body": {}}', 'body: should have one of create_request, cancel_request, progress_request'],
  ['{"method": "advance", "body": {"ms": -1}}', 'body.ms: should be milliseconds'],
])('%s is one clear line', async (line, message) => {
  const { stdout, stderr, status } = await place.quorate('store', script(line));
  expect(status).toBe(64);
  expect(stdout).toBe('');
  expect(stderr.startsWith(`quorate: script.jsonl:1: ${message}`)).toBe(true);
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
});

test('a script that is not there, and a version that is not', async () => {
  const missing = await place.quorate('store', 'nothing.jsonl');
  expect(missing).toMatchObject({ status: 64, stdout: '', stderr: 'quorate: nothing.jsonl: there is no such file\n' });
  const version = await place.quorate('store', '--compat', '2.3', 'nothing.jsonl');
  expect(version.status).toBe(64);
  expect(version.stderr).toContain('Allowed choices are 3.4, 3.6');
});

test.skipIf(!existsSync('/proc/self/mem'))('a script that the system does not let be read', async () => {
  expect(await place.quorate('store', '/proc/self/mem')).toMatchObject({
    status: 64,
    stdout: '',
    stderr: 'quorate: /proc/self/mem: cannot be read (EIO)\n',
  });
});

test('a field that etcd would ignore is ignored, and mentioned', async () => {
  const { stdout, stderr, status } = await place.quorate(
    'store',
    script('{"method": "lease/grant", "body": {"ID": "5", "ttl": 9}}'),
  );
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ ID: '5', TTL: '2' });
  expect(stderr).toBe('quorate: script.jsonl:1: there is no field "ttl" here, and etcd ignores it; did you mean "TTL"?\n');
});

test('--json is one document, whole even when a line is bad', async () => {
  const name = script(put, '{"method": "watch", "body": {"create_request": {"key": "YQ==", "start_revision": "1"}}}');
  const { json, status } = await place.json('store', name);
  expect(status).toBe(0);
  expect(json).toMatchObject({
    compat: '3.4',
    results: [
      { line: 1, method: 'kv/put', answer: { header: { revision: '2' } }, watch: [] },
      {
        line: 2,
        method: 'watch',
        answer: null,
        watch: [{ watch_id: '0', response: { result: { created: true } } }, { watch_id: '0' }],
      },
    ],
  });
  const cut = await place.json('store', script(put, 'x'));
  expect(cut.status).toBe(64);
  expect(cut.json['results']).toHaveLength(1);
});

test('versions differ where the profile says so: a delete at the compacted revision is seen by a watch from there in 3.6 alone', async () => {
  const name = script(
    put,
    '{"method": "kv/deleterange", "body": {"key": "YQ=="}}',
    '{"method": "kv/compaction", "body": {"revision": "3"}}',
    '{"method": "watch", "body": {"create_request": {"key": "YQ==", "start_revision": "3"}}}',
  );
  const older = await place.quorate('store', name);
  const newer = await place.quorate('store', '--compat', '3.6', name);
  expect(older.stdout).not.toContain('DELETE');
  expect(newer.stdout).toContain('DELETE');
});

test('standard input is answered line by line', async () => {
  const bin = fileURLToPath(new URL('../../dist/bin/quorate.js', import.meta.url));
  const child = spawn(process.execPath, [bin, 'store', '-'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers: string[] = [];
  const answered = new Promise<void>((resolve) => {
    child.stdout.on('data', (text: Buffer) => {
      answers.push(text.toString());
      if (answers.length === 1) child.stdin.end(`${put}\n`);
      else resolve();
    });
  });
  child.stdin.write(`${put}\n`);
  await answered;
  expect(answers.map((text) => (JSON.parse(text) as { header: { revision: string } }).header.revision)).toEqual(['2', '3']);
});
