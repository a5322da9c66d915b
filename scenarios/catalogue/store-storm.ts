/**
 * Consensus and the store by themselves, under heavy faults. Every seed draws a world of its own: members, pace, limits, network,
 * what clients mostly ask for, and one fault pattern after the other. One configuration for every defect of these two layers:
 * nothing in it knows which one is looked for.
 */
import { defineStorm } from '../store-storm/define-storm.ts';
import { drawTheme } from '../store-storm/themes.ts';

export const storeStorm = defineStorm({
  name: 'store-storm',
  title: 'a store by itself under heavy faults; every seed draws another one',
  themeOf: drawTheme,
});
