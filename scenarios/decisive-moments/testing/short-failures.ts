/**
 * Seeds in which a defect is seen early, in the scenario where it is hunted: a test that starts there has little to run. A change of the model may
 * move any of them; then the next seeds are tried, and the test takes longer until another one stands here.
 */
export const shortFailures: Readonly<Record<string, number>> = {
  'commit-older-term': 32,
  'vote-before-sync': 123,
  'ack-before-sync': 1008001,
  'stale-append-truncates': 1000001,
  'snapshot-drops-suffix': 1000311,
  'skip-previous-term-check': 10,
  'read-without-quorum': 1008004,
  'read-before-own-commit': 1000268,
  'term-not-restored': 1000021,
  'leader-overwrites-own-log': 1008001,
  'commit-not-monotonic': 1008001,
  'commit-past-match': 6,
  'read-joins-old-round': 1004148,
  'lease-without-margin': 1004025,
  'compacted-term-forgotten': 46,
  'overlapping-changes': 1008125,
  'old-leader-not-answered': 1008090,
  'lease-outlives-transfer': 59,
  'term-as-log-progress': 1000003,
  'snapshot-term-ignored': 46,
  'catch-up-acked-before-sync': 1008001,
  'release-before-snapshot': 3,
  'hard-state-before-snapshot': 1008001,
  'snapshot-never-taken': 1008001,
  'leads-with-failing-disk': 41,
};
