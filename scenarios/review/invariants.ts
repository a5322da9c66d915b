/** The invariants of the design review (docs/design-review.md), and for each a defect by which its property is seen to fail. */
export interface Invariant {
  /** Its property, which is its id. */
  readonly property: string;
  /** Two or three words, for the head of a column. */
  readonly heading: string;
  /** What breaks it, and the scenario in which that is looked for: a property that cannot fail proves nothing. */
  readonly witness: { readonly defect: string; readonly scenario: string };
}

export const invariants: readonly Invariant[] = [
  {
    property: 'platform/single-active',
    heading: 'single active',
    witness: { defect: 'no-fencing', scenario: 'pause-the-leader' },
  },
  {
    property: 'platform/no-lost-write',
    heading: 'no lost write',
    witness: { defect: 'ack-before-commit', scenario: 'drop-acknowledgements' },
  },
  {
    property: 'platform/ordered-observation',
    heading: 'ordered',
    witness: { defect: 'stale-list-on-restart', scenario: 'controller-restarts' },
  },
  {
    property: 'platform/no-stale-side-effects',
    heading: 'no stale effect',
    witness: { defect: 'no-fencing', scenario: 'old-leader-resumes' },
  },
  {
    property: 'platform/safe-replay',
    heading: 'safe replay',
    witness: { defect: 'fresh-operation-ids', scenario: 'crash-after-external-call' },
  },
  { property: 'platform/quorum-loss', heading: 'quorum loss', witness: { defect: 'serve-local-reads', scenario: 'quorum-loss' } },
];
