/** Holds a run that is watched by everything against the same run watched by nothing. */
import type { Observer } from '../judging/observer.ts';
import { createRun, type Run, type RunSpec } from '../run.ts';

/** Digests are compared this often, so that a difference is named close to where it began. */
const COMPARE_EVERY_STEPS = 256;

/**
 * Runs the spec with its properties and with an observer of everything, then without any. Returns the watched run.
 *
 * Throws an Error that names the stretch of steps in which the digests part.
 */
export function sameDigestWithoutObservers(spec: RunSpec): Run {
  const watched = createRun(spec);
  watched.observe(observerOfEverything());
  const unwatched = createRun({ ...spec, properties: [] });
  do {
    const fromStep = watched.step;
    watched.advance(fromStep + COMPARE_EVERY_STEPS);
    if (watched.step === fromStep) break;
    unwatched.advance(watched.step);
    if (watched.step !== unwatched.step || watched.digest !== unwatched.digest) {
      throw new Error(
        `between step ${fromStep} and ${watched.step} observers changed the run: digest ${watched.digest} with them at step ${watched.step}, ` +
          `${unwatched.digest} without at step ${unwatched.step}`,
      );
    }
  } while (watched.verdict === null);
  return watched;
}

function observerOfEverything(): Required<Observer> {
  let seen = 0;
  const see = (): void => void seen++;
  const every = (): boolean => true;
  return {
    attends: every,
    stepped: see,
    hears: every,
    sent: see,
    durable: see,
    emptied: see,
    crashed: see,
    panicked: see,
    started: see,
    sees: every,
    crossed: see,
    struck: see,
    passed: see,
    healed: see,
  };
}
