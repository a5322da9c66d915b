/**
 * The process that is looked into: `workload LAYER WARM-UP EVENTS`. It says `warm` when the engine has compiled what is hot, goes
 * on when it is told anything, and says `done`.
 */
import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { argv, stdin, stdout } from 'node:process';
import { layers, type LayerName } from '../../bin/bench/layers.ts';

const BEFORE_COLLECTION = 0.9;

const [name = '', warmUp = '', events = ''] = argv.slice(2);
const workload = await layers[name as LayerName].begin();
// A full collection comes once in hundreds of thousands of events: during the warm-up, and not among those that are counted.
workload.advance(Math.ceil(Number(warmUp) * BEFORE_COLLECTION));
globalThis.gc?.();
workload.advance(Math.floor(Number(warmUp) * (1 - BEFORE_COLLECTION)));
writeSync(stdout.fd, 'warm\n');
await once(stdin, 'data');
stdin.destroy();
const done = workload.advance(Number(events));
writeSync(stdout.fd, `done ${done}\n`);
