/** Known mistakes at the border to outside systems, each to be switched on by its id. */
import type { Defect } from '../defect.ts';

export const outsideDefects: readonly Defect[] = [
  {
    id: 'no-seal',
    title: 'a new leader acts without sealing its token first, and the external system accepts whatever comes',
    source: 'H01: Chubby, sequencers and lock-delay; client-go leaderelection.go',
    property: 'platform/single-active',
  },
];
