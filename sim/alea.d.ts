declare module 'seedrandom/lib/alea.js' {
  interface Alea {
    /** A number in [0, 1) with 32 bits of chance. */
    (): number;
    /** A signed 32-bit integer. */
    int32(): number;
  }
  export default function alea(seed: string): Alea;
}
