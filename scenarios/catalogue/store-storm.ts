/**
 * Consensus and the store by themselves, in foul weather. Every seed draws a world of its own: members, pace, limits, network,
 * what clients are fond of, and one kind of weather after the other. One configuration for every defect of these two layers:
 * nothing in it knows which one is looked for.
 */
import { defineStorm } from '../store-storm/define-storm.ts';
import { drawTheme } from '../store-storm/themes.ts';

export const storeStorm = defineStorm({ name: 'store-storm', title: 'a store by itself in foul weather; every seed draws another one', themeOf: drawTheme });
