/** The models by name. */
import type { Model } from './model.ts';
import { multiRegister } from './multi-register.ts';
import { fencedMutex, mutex, ownerMutex } from './mutex.ts';
import { fifoQueue, unorderedQueue } from './queues.ts';
import { casRegister, register } from './register.ts';
import { set } from './set.ts';

/** In the order of the help text. What its states and operations are is a model's own business. */
export const models: readonly Model<unknown, unknown>[] = [
  register,
  casRegister,
  multiRegister,
  mutex,
  ownerMutex,
  fencedMutex,
  set,
  unorderedQueue,
  fifoQueue,
];
