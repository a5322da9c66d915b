/** The small world as a scenario file of a user's own, for tests that start the real command. */
import { defineScenario } from '../../../scenarios/define-scenario.ts';
import { pingPong } from './ping-pong.ts';

const { topology, build, faults, properties, healAtUs, endUs } = pingPong(0);

export default defineScenario({
  name: 'ping-pong',
  title: 'one process pings two peers, and a datagram arrives twice',
  topology,
  build,
  faults,
  workload: [],
  properties,
  onlyTheseProperties: true,
  healAtUs,
  endUs,
});
