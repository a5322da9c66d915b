declare module 'seedrandom/lib/alea.js' {
  interface Alea {
    /** Between 0 and 1. */
    (): number;
    /** A signed 32-bit integer. */
    int32(): number;
  }
  /** Where it stands: three multiples of 2^-32 below 1, and a whole carry. */
  interface State {
    readonly s0: number;
    readonly s1: number;
    readonly s2: number;
    readonly c: number;
  }
  export default function alea(seed: string): Alea;
  export default function alea(seed: string, options: { readonly state: true }): Alea & { state(): State };
}
