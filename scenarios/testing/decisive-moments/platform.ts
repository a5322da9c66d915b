/** The decisive moments of the defects of the layers above the store. */
import type { DecisiveMoment, DecisiveMoments } from './decisive-moment.ts';

/** Defects of the API servers. */
const api: DecisiveMoments = {
  // The transaction of a leader-only write, without a word on the fence that healthy ones compare.
  'no-fencing': { kind: /^store\/txn$/, says: /txn: (put|deleteRange) \/registry\/Workload\/\S+ if (mod|create) of \S+ = \d+$/ },
  'ack-before-commit': { kind: /^api\/create answer$/, says: /answered: Deployment \w+ at version 1$/ },
  'ack-unknown-outcome': { kind: /^api\/\w+ answer$/, says: /answered: \w+ \S+ at version \d+$/ },
  // The answer of one who could not know: the deletion may have taken place, and has.
  'deny-unknown-outcome': { kind: /^rpc\/refusal$/, says: /→ operator-\d+: refused: (not-found|unavailable)/ },
  'reads-fail-open': { kind: /^store\/range$/, says: /range \S+, as the member itself has it/ },
  // The request that is served although it begins before what the server knows.
  'watch-past-lost-window': { kind: /^api\/watch$/, says: /watch \w+ from [1-9]\d*/ },
  'resume-after-restart-without-gone': { kind: /^api\/watch$/, says: /watch \w+ from [1-9]\d*/ },
  'bookmark-ahead-of-events': { kind: /^api\/watch answer$/, says: /sends \S+: bookmark \d+$/ },
  'feed-begins-again': { kind: /^store\/watch answer$/, says: /watch \/registry\/Deployment\/: [2-9] events to revision \d+/ },
  'consistent-read-from-stale-cache': { kind: /^api\/list answer$/, says: /sends client-\S+: answered at version \d+/ },
  'any-read-from-a-member': { kind: /^store\/range$/, says: /range \S+ …, as the member itself has it/ },
  // From here on it has to list again.
  'relist-keeps-deleted': {
    kind: /^store\/watch answer$/,
    says: /→ (?<server>api-\S+): watch \/registry\/(?<kind>\w+)\/: compacted at revision/,
    failure: /the cache of (?<kind>\w+) at (?<server>\S+) has/,
  },
  'deletion-ignores-finalizers': { kind: /^store\/txn$/, says: /txn: deleteRange \/registry\/Deployment\// },
  'deletion-ignores-uid': { kind: /^api\/delete$/, says: /delete \w+ \w+ of uid \w+/ },
  'admit-whatever-comes': {
    kind: /^api\/lease$/,
    says: /sends api-\S+: claim Lease node\.\S+ at version \d+, which api-\S+ has not taken in$/,
  },
  'one-level-for-all': { kind: /^rpc\/refusal$/, says: /refused: too-many-requests: more system requests/ },
};

/** Defects at the border to outside systems. */
const outside: DecisiveMoments = {
  // The write of one who no longer leads.
  'no-seal': { kind: /^cloud\/accepted$/, says: /the cloud (makes|releases) /, failure: /(?<it>under token \d+ of \w+)/ },
  // It comes long after it was sent, and is taken.
  'volume-takes-writes-of-anybody': {
    kind: /^cloud\/write-volume$/,
    says: /write \d+ to vol-\d+ from node-\S+ under epoch \d+; sent \d+\.\d s before cloud took it in/,
  },
  'artifact-acks-before-durable': { kind: /^artifacts\/push answer$/, says: /have registry\/app@/, failure: /(?<it>sha256:\w+)/ },
  'artifact-kept-by-name': {
    kind: /^artifacts\/pull answer$/,
    says: /sends \S+: registry\/app@sha256:\w+ holds registry\/app:build-\d+$/,
  },
  // What it makes of a peer that it does not hear from.
  'artifact-silence-is-absence': {
    kind: /^rpc\/refusal$/,
    says: /sends \S+: refused: not-found: no registry has /,
    failure: /(?<it>sha256:\w+)/,
  },
  'image-pulled-by-tag': { kind: /^artifacts\/describe$/, says: /describe registry\/app@latest$/ },
  // What the next life of the collector does not have.
  'log-acks-before-durable': { kind: /^process\/loses power$/, says: /telemetry-\w+ loses power/ },
  'log-kept-twice': { kind: /^telemetry\/ingest$/, says: /tells of log 1 to \d+/, failure: /(?<it>node-\S+\/\d+)/ },
  'log-loss-uncounted': { kind: /^telemetry\/ingest$/, says: /tells of log \d+ to \d+(,|$)/, failure: /(?<it>api-\S+\/\d+)/ },
  'event-counted-again': {
    kind: /^telemetry\/events answer$/,
    says: /has seen container \w+ \d+ times/,
    failure: /(?<it>node-\S+\/\d+)/,
  },
  // It is sent a second time.
  'samples-sent-again': { kind: /^telemetry\/ingest$/, says: /tells of .*(metric|trace) \d+/, failure: / of (?<it>\S+\/\d+)/ },
  // What the node waits for.
  'telemetry-blocks-renewals': {
    kind: /^telemetry\/ingest$/,
    says: /→ telemetry-\w+: \S+ tells of /,
    failure: /(?<it>node-\S+)/,
  },
  'status-takes-the-last': {
    kind: /^status\/(share|report)$/,
    says: /→ statusstore-/,
    failure: /(?<it>report \d+\.\d+ of node-[\w-]+)/,
  },
  // Its agent begins another life, whose reports are counted from 1 again.
  'status-ignores-restarts': {
    kind: /^process\/starts$/,
    says: /^node-\S+ starts again, for the 2nd time/,
    failure: /of (?<it>node-[\w-]+)/,
  },
  'status-gives-up-peers': {
    kind: /^status\/share$/,
    says: /sends statusstore-\w+: shares .* has not taken in$/,
    failure: /(?<it>statusstore-\w+ has)/,
  },
  'regional-acks-before-durable': {
    kind: /^store\/\w+ answer$/,
    says: /regionalstore-\w+ sends client-\w+: .*answered at revision/,
  },
  // A stamp from a clock that is behind.
  'regional-wall-clock': { kind: /^regional\/kept$/, says: /written at \d+\.0@/, failure: /(?<it>k\d+)/ },
  // The older version comes back.
  'regional-tombstones-forgotten': { kind: /^regional\/kept$/, says: /merged at/, failure: /(?<it>merged at \S+@\w+)/ },
};

/** Defects of controllers. */
const controllers: DecisiveMoments = {
  'stale-list-on-restart': { kind: /^api\/list$/, says: /list \w+, however old/ },
  'come-back-at-once': { kind: /^api\/\w+$/, says: /^(\S+) sends (api-\S+): (list|get|create|update|watch|lease) / },
  'renew-without-deadline': { kind: /^api\/(create|delete|update|status)$/, says: /holds token \d+, and \S+ has held token/ },
  'delete-without-token': { kind: /^api\/delete$/, says: /deployer-\w+ sends api-\S+: delete Workload \S+ of uid/ },
  'steal-early': { kind: /^store\/txn$/, says: /put \/registry\/Lease\/(\S+), put \/registry\/fence\/\1 if mod of/ },
  'fresh-operation-ids': { kind: /^cloud\/provision$/, says: /operation (\w+)\/\d+\/provisioner-\S+\.2/ },
  'detach-unconfirmed': { kind: /^cloud\/detach$/, says: /detach vol-\d+ from where it is/, failure: /(?<it>vol-\d+)/ },
  'evict-when-blind': { kind: /^api\/delete$/, says: /lifecycle-\w+ → api-\S+: delete Workload/, failure: /^(?<it>\S+)/ },
  'volume-deleted-in-use': { kind: /^cloud\/detach$/, says: /detach vol-\d+ from where it is/, failure: /(?<it>vol-\d+)/ },
  'volume-deleted-with-its-workload': { kind: /^cloud\/provision answer$/, says: /made vol-\d+$/, failure: /(?<it>vol-\d+)/ },
  'record-before-call': { kind: /^cloud\/release$/, says: /release \w+ below generation/, failure: /(?<it>generation \d+)/ },
  'empty-selection-removes-all': { kind: /^api\/update$/, says: /endpoints-\w+ → api-\S+: update Endpoints / },
  'endpoints-not-watched': {
    kind: /^(api\/watch answer|controller\/observed)$/,
    says: /(deleted Endpoints \w+|Endpoints \w+ gone) at/,
  },
  'promote-without-waiting': { kind: /^workload\/accepted$/, says: /under epoch 2$/ },
  'promote-whoever-is-ready': { kind: /^workload\/accepted$/, says: /under epoch 2$/, failure: /^(?<it>\w+)/ },
  'failover-by-one-vantage-point': { kind: /^api\/update$/, says: /failover-\w+ → api-\S+: update Primary / },
  'absent-means-deleted': { kind: /^api\/delete$/, says: /collector-\w+ → api-\S+: delete DnsPlan \S+ of uid/ },
  'collect-by-name': { kind: /^api\/delete$/, says: /collector-\w+ → api-\S+: delete \w+ [\w.-]+$/ },
  'initial-list-not-collected': { kind: /^fault\/partition$/, says: /from role:collector-leader to api-/ },
  'malformed-object-crashes': { kind: /^process\/ends$/, says: /deployer-\w+ ends/ },
  'finalizers-without-version': { kind: /^api\/update$/, says: /update Deployment \w+, finalizers: / },
  'no-read-your-writes': { kind: /^api\/create$/, says: /deployer-\w+ → /, failure: /^(?<it>\S+)/ },
  'rolls-on-when-paused': { kind: /^api\/create$/, says: /deployer-\w+ → /, failure: /^(?<it>\S+)/ },
  'expectations-expire': { kind: /^api\/create$/, says: /deployer-\w+ → /, failure: /^(?<it>\S+)/ },
  'no-resync-after-gap': { kind: /^rpc\/stream end$/, says: /stream ended: unavailable: the watch cache of \w+ begins anew/ },
  'missed-deletion-on-relist': {
    kind: /^rpc\/stream end$/,
    says: /stream ended: unavailable: the watch cache of Deployment begins anew/,
    failure: /^(?<it>\S+)/,
  },
  'evict-without-limit': { kind: /^api\/update$/, says: /lifecycle-\w+ → api-\S+: update Node/, failure: /^(?<it>node-\S+)/ },
  'silence-by-cache': { kind: /^api\/update$/, says: /lifecycle-\w+ → api-\S+: update Node/, failure: /^(?<it>node-\S+)/ },
  'drain-any-region': { kind: /^api\/update$/, says: /lifecycle-\w+ → api-\S+: update Node/, failure: /^(?<it>node-\S+)/ },
  'retry-without-pause': {
    kind: /^api\/delete$/,
    says: /collector-\w+ → api-\S+: delete/,
    failure: /(?<it>(?<=delete of )\w+ \S+)/,
  },
  'force-delete-unconfirmed': { kind: /^node\/container$/, says: /has started$/, failure: /^(?<it>\S+)/ },
  'owned-objects-not-watched': { kind: /^node\/container$/, says: /has started$/, failure: /^(?<it>\w+)/ },
  'attach-noted-afterwards': { kind: /^process\/(loses power|ends)$/, says: /provisioner-\w+ (loses power|ends)/ },
  'replaced-taken-for-same': { kind: /^fault\/partition$/, says: /from role:collector-leader to api-/ },
  'toleration-ignored': {
    kind: /^api\/delete$/,
    says: /lifecycle-\w+ → api-\S+: delete Workload/,
    failure: /^(?<it>\S+) is evicted/,
  },
  // What was to be acted upon.
  'unreachable-not-tainted': {
    kind: /^process\/loses power$/,
    says: /^(?<it>node-\S+) loses power/,
    failure: / on (?<it>node-[\w-]+), which/,
  },
  'failover-asks-the-holder': {
    kind: /^process\/loses power$/,
    says: /^(?<it>node-\S+) loses power/,
    failure: / and (?<it>node-\S+) lost power/,
  },
  // The binding itself.
  'binds-to-silent-nodes': {
    kind: /^api\/update$/,
    says: /scheduler-\w+ → api-\S+: update Workload/,
    failure: /^(?<it>\S+) is bound/,
  },
  'nodes-overcommitted': {
    kind: /^api\/update$/,
    says: /scheduler-\w+ → api-\S+: update Workload/,
    failure: /^(?<it>\S+) is bound/,
  },
  'packed-by-region': {
    kind: /^api\/update$/,
    says: /scheduler-\w+ → api-\S+: update Workload/,
    failure: /^(?<it>\S+) is bound/,
  },
  'volume-stays-attached': {
    kind: /^api\/delete$/,
    says: /delete Workload \S+ of uid (?<it>\w+)/,
    failure: /attached for (?<it>\w+), which/,
  },
  'unready-stays-published': {
    kind: /^process\/loses power$/,
    says: /^(?<it>node-\S+) loses power/,
    failure: / on (?<it>node-\S+) is still published/,
  },
  'endpoints-without-catching-up': { kind: /^process\/loses power$/, says: /^endpoints-\w+ loses power/ },
  'progress-in-memory': { kind: /^fault\/isolate$/, says: /^fault: isolate region:/ },
};

/** Defects of what runs in the regions. */
const regions: DecisiveMoments = {
  'heartbeat-keeps-version': {
    kind: /^rpc\/refusal$/,
    says: /refused: conflict: Lease node\.\S+ is at version \d+, not \d+/,
    failure: /(?<it>node-\S+)/,
  },
  'data-kept-by-deployment': {
    kind: /^workload\/accepted$/,
    says: /acknowledges write (?<it>\S+) as number \d+ under epoch 1$/,
    failure: /holds (?<it>\S+) as write/,
  },
  'primary-without-deadline': { kind: /^workload\/accepted$/, says: /under epoch 1$/, failure: /^(?<it>\w+)/ },
  'acknowledge-beyond-lag': { kind: /^workload\/accepted$/, says: /acknowledges write \S+ as number \d+ under epoch 1$/ },
  'dns-applied-unconditionally': { kind: /^dns\/activate$/, says: /plan \d+ for \w+$/ },
  'no-local-deadline': { kind: /^node\/container$/, says: /has started$/, failure: /^(?<it>\S+)/ },
  'flush-on-restart': { kind: /^node\/container$/, says: /has been told to stop$/, failure: /(?<it>web\S+(?=,))/ },
  'stop-only-when-told': { kind: /^controller\/observed$/, says: /node-\S+: sees Workload \S+ gone at/ },
  'crash-loops-hot': { kind: /^node\/container$/, says: /(?<it>\S+) has ended$/, failure: /^(?<it>\S+)/ },
  'eject-without-cap': { kind: /^gateway\/checked$/, says: /finds \w+ silent$/, failure: /(?<it>gateway-\w+)/ },
  'dead-backends-not-ejected': { kind: /^gateway\/checked$/, says: /finds (?<it>\w+) silent$/, failure: / to (?<it>\w+), which/ },
  'never-readmitted': {
    kind: /^gateway\/checked$/,
    says: /finds (?<it>\w+) alive$/,
    failure: / passes over (?<it>\w+) with/,
  },
  'discovery-fails-closed': {
    kind: /^rpc\/refusal$/,
    says: /refused: no-service: nothing is known of/,
    failure: /(?<it>gateway-\w+)/,
  },
  'dns-cleanup-deletes-active': { kind: /^dns\/delete-plan$/, says: /plan \d+ of \w+ away$/, failure: /(?<it>plan \d+)/ },
};

export const momentsOfPlatform: Readonly<Record<string, DecisiveMoment>> = { ...api, ...controllers, ...regions, ...outside };
