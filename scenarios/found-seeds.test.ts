/** Seeds of swarms that failed on the healthy platform, each for a fault of the model's that nothing smaller shows. */
import { expect, test } from 'vitest';
import { createRun } from '../sim/index.ts';
import { catalogue } from './catalogue/index.ts';
import { runSpec } from './run-spec.ts';
import { swarmPlan } from './swarm/swarm-plan.ts';

const found = [
  // What the first attempt had made was there already when the second came, but not yet in the cache by
  // which the next workload was decided.
  ['watch-reconnects', 410, 'what is there already is waited for until the cache shows it'],
  // No API server was there for as long as it takes to give a node up, and whoever led then had been just as blind.
  ['primary-falls-silent', 633, 'a new leader of the lifecycle controllers gives every node the whole grace'],
  // A process stood still while it waited for an overloaded server, until its time was over.
  ['stampede-after-restart', 5010, 'whoever was paused past its deadline asks no more'],
  // All lists that waited for a seat were carried out in one moment, and a renewal after them.
  ['stampede-after-restart', 1578, 'a list keeps its seat until its work is done'],
  // Metrics were drawn to be kept in consensus, and came on top of all who listed at the same time.
  ['stampede-after-restart', 1000179, 'what is misplaced is no part of a stampede'],
  // A graceful deletion was taken for an update, which nobody waits to see: two more were deleted
  // by a cache that did not show it yet.
  ['fifty-replicas', 57, 'what a controller has marked for deletion is expected to be seen'],
  // A disk that was slow by 61 and by 239 was slow by 14,579: one write took longer than the time in which every member keeps up.
  ['slow-but-alive-leader', 1000196, 'a disk is as slow as the worst that ails it'],
  // It heard of no node and had no answer when it asked, so that it never came to see that it was blind: of the nodes
  // that were heard again one came late.
  ['partition-leader-from-store', 1001186, 'who has heard of nobody and could ask nobody gives every node the whole grace'],
  // Others of its like had come before it, three are served at a time, and lists were served between them again and again.
  ['stampede-after-restart', 1002528, 'a renewal waits for those of its like before it, and for the lists between them'],
  // More was written while a snapshot travelled in small chunks, one at a time, than was kept behind it: its receiver was
  // sent the next one, and never followed.
  ['controller-restarts', 1002717, 'snapshots arrive in time where telemetry is in consensus'],
  ['region-cut-from-its-peers', 1002729, 'and so they do where another scenario has members replaced'],
  ['store-storm', 1001995, 'and so they do where hundreds of chunks are each answered late'],
  // What was left of a lease was noted while a renewal was taking an older note back, and the next primary ended the lease by it.
  ['store-storm', 1007635, 'what is left of a lease is not noted while it is renewed'],
  // The store committed nothing for seven seconds, then renewals and, after them, an eviction that had been decided before.
  ['region-cut-off', 1009332, 'what was decided before the store stood still may be committed after it'],
  // Candidates with short logs came first six times: for fourteen seconds no leader, so that a node that had
  // restarted asked for its lease in vain.
  ['quorum-loss', 1010382, 'who asks for its lease and is not answered has not been kept from it'],
  // It was said to be unknown, which took a while; it was heard again meanwhile, and given up all the same.
  ['stampede-after-restart', 1011861, 'whoever gives a node up looks again after it has said that nothing is known of it'],
  // To say so of another node took three seconds, and of the ten workloads of this one another; its renewals
  // meanwhile came to a watch that was cut off.
  ['fifty-replicas', 2000692, 'and asks again, when what it was told is old'],
  // It waited for an answer while no node was heard of, and saw the first ones again when it came to look: it
  // had never been blind, for all it knew.
  ['dns-plans-overtake', 2006482, 'that no node is heard of is noticed also while an answer is waited for'],
  // The others had fallen silent as well while it waited for its first eviction, and it went on with the second.
  ['controller-restarts', 2005496, 'whoever has lost sight in the course of a pass acts upon nothing'],
  // Nobody had renewed for seven seconds, and the first renewal was committed 4 ms before an
  // eviction that had been allowed until then.
  ['region-cut-from-its-peers', 2008498, 'what is allowed until somebody is heard again may be committed after it'],
  // Nobody renewed for five and a half seconds, but the last renewal before that had come by a watch that was three seconds late:
  // somebody had been heard of all the time.
  ['telemetry-outage', 2041167, 'who hears of renewals late may not notice that there are none for a while'],
  // A collector had asked too late for the deletion of endpoints that were gone; a user deleted those that
  // came after them under the same name.
  [
    'partition-leader-from-store',
    2016102,
    'whoever asks for the deletion of an object has not asked for that of the next one of its name',
  ],
  // Nobody had been heard of for ten seconds, but the one who led for four only: it had not noticed, and went by who was silent.
  ['blind-controller', 2021535, 'whoever comes to lead while no node is heard of has been blind from then on'],
  // Its cache still showed the region being drained that had left meanwhile, and come back.
  ['watch-reconnects', 2021554, 'a region is asked about before its nodes are emptied'],
  // The cache of endpoints was behind, and that of workloads was not: each change to one was a reason to ask again.
  ['slow-disks', 2024359, 'what a controller sees is a reason to ask again, and no lack of patience'],
  // The store hung: requests that their askers had given up long ago kept their places, and renewals were sent away.
  ['stampede-after-restart', 2028254, 'what has waited for as long as a request may take leaves its place to others'],
  // Two voters were added and the leader removed before either had come: two of four were left to elect the next one.
  ['store-storm', 1016679, 'nobody is removed whom those need that have only been added'],
  // Cut off before it could renew its lease for the first time, a node was given up; its first
  // renewal came while it was being emptied.
  ['stampede-after-restart', 1009296, 'a node that renews for the first time has been silent until then'],
  // Nobody wrote anything after the faults, and what the store had was asked for only from its first write after them on.
  ['api-storm', 1016359, 'caches are asked for what the store had at the heal, even if nobody writes again'],
  // An operator had a region join before the first ones were made, and whoever was to make them took it for one of them.
  ['partition-leader-from-store', 3506903, 'no region joins a platform in which none is in service yet'],
  // Of three seconds two and a half were left, which is three in whole ones, so that nothing was noted; and leaders
  // came and went before a lease had ended.
  ['store-storm', 3506830, 'what is left of a lease is looked at again when it was all, rounded up'],
  // Renewals had come by watches five seconds late; it saw that no node was heard of, and went on with what
  // it had been told within two seconds.
  [
    'bad-configuration-everywhere',
    3509472,
    'whoever has lost sight in the course of a pass acts upon nothing, however new what it was told',
  ],
  // An eviction stood in the log of a leader that was cut off right after it, and was committed nine
  // seconds later, when that one led again.
  ['half-dead-switch', 3700983, 'what is committed late is judged by when it was asked for'],
  // A paused roll-out was scaled up while a workload was made for its size before that, which
  // counted for those that the new size found.
  ['drop-acknowledgements', 3722240, 'what was decided before a paused roll-out was scaled adds to the parts that are kept'],
  // Two of a paused roll-out stood on a node that was to be emptied, and were to be replaced before they went.
  ['restart-leaders', 3746241, 'a paused roll-out keeps its parts among those that stay'],
  // A watch told the lifecycle controller of a node 4.8 s after that had registered, so that there was one
  // left which it did not take for silent.
  ['blind-controller', 3800898, 'whoever is told of a node counts on it for the whole grace, however late that is'],
  // The answer to a deletion was lost with its region, and when it was repeated the workload was gone; a cache
  // that was behind still counted on it.
  ['fifty-replicas', 3875044, 'what the API says is gone counts for nothing, although the cache still shows it'],
  // A request was six seconds on its way: it had been repeated by then, and what the repetition had made was gone.
  [
    'old-leader-resumes',
    3942292,
    "what is made by a request that was overtaken by its repetition and by a deletion is nobody's decision",
  ],
  // A workload was bound to a node that had been removed; that there is none was asked just before it joined again.
  ['controller-restarts', 4209664, 'what was bound to a node that was not there may be evicted when the node has just joined'],
] as const;

test.each(found)('%s, seed %i: %s', (name, seed) => {
  const scenario = catalogue.find((each) => each.name === name)!;
  const run = createRun(runSpec(scenario, swarmPlan({ scenario, seed, design: {}, defects: [] })));
  run.advance();
  expect(run.violation).toBe(null);
  expect(run.verdict).toBe('ok');
});
