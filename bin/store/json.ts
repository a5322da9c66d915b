/** JSON as values: what scripts ask and are answered, before and after it means anything. */

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [field: string]: Json;
}

/** The digits of an integer, written in a string or not; 0 when there is none. */
export function digits(value: Json | undefined): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '0';
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
