/** How the standing of a property is said, in the terminal and in the page. */
import type { PropertyStatus } from './property-rows.ts';

export const PROPERTY_WORDS: Readonly<Record<PropertyStatus, string>> = {
  violated: 'violated',
  missed: 'not reached',
  pending: 'pending',
  holds: 'holds',
  reached: 'reached',
  later: 'asked after the heal',
  hit: 'seen',
  unseen: 'not seen yet',
};

/** Stands after the name of the property that the scenario challenges. */
export const CHALLENGED = '*';
