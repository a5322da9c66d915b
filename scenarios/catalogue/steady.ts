/**
 * Nothing goes wrong: operators declare, scale, roll out and delete, and the platform follows. The measure for all other
 * scenarios, and no row of the design review's table.
 */
import { defineScenario } from '../define-scenario.ts';
import { usualTimes } from './usual.ts';

export const steady = defineScenario({ name: 'steady', title: 'nothing goes wrong', ...usualTimes });
