/**
 * The process that is looked into: `workload LAYER WARM-UP EVENTS`. It says `warm` when the engine has compiled what is hot, goes on when it is
 * told anything, and says `done`.
 */
import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { argv, stdin, stdout } from 'node:process';
import { layers, type LayerName } from '../../bin/bench/layers.ts';

const [name = '', warmUp = '', events = ''] = argv.slice(2);
const workload = await layers[name as LayerName].begin();
workload.advance(Number(warmUp));
// A full collection comes once in hundreds of thousands of events: now, and not among those that are counted.
globalThis.gc?.();
writeSync(stdout.fd, 'warm\n');
await once(stdin, 'data');
stdin.destroy();
const done = workload.advance(Number(events));
writeSync(stdout.fd, `done ${done}\n`);
