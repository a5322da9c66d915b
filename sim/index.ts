/** Time and chance: everything a simulated system needs, and nothing about what it is. */
export { boundary, type Boundary, type Observer } from './judging/observer.ts';
export { createRun, type ProcessView, type Run, type RunSpec, type Verdict, type World } from './run.ts';
export { Digest, hashString, mix3 } from './digest.ts';
export { describeFault, faultCatalogue, losesData, type Fault, type FaultName } from './faults/fault.ts';
export type { Named, Strikable, Target } from './faults/target.ts';
export { Atlas, checkPlan, DRIFT_PPM_MAX, type AtlasMode, type AtlasOptions, type FaultGroup } from './faults/atlas.ts';
export {
  describeOptions,
  drawFaults,
  drawPlan,
  drawShape,
  faultFamilies,
  type FaultFamily,
  type PlanOptions,
  type PlanShape,
} from './faults/plan.ts';
export { EventType, type Outcome, type SimEvent } from './event.ts';
export { kind, type Kind, type KindOptions } from './kind.ts';
export { Channel, type CallOutcome, type ChannelOptions } from './network/channel.ts';
export { Channels } from './network/channels.ts';
export { ClientStream, type StreamEnd, type StreamNext } from './network/client-stream.ts';
export { refusalKind, method, STREAM_WINDOW, type Method, type Refusal } from './network/rpc.ts';
export { RpcServer, type Reply, type ServerStream, type StreamCallbacks } from './network/rpc-server.ts';
export { guarded, GuardError } from './guard.ts';
export { InputError } from './input-error.ts';
export { Panic } from './process/panic.ts';
export type { Boot, Os, Process, ProcessOptions, Program, Timer } from './process/process.ts';
export { Signal, Task, wait, type Co, type Wait } from './process/coroutine.ts';
export { SECTOR_BYTES, type Disk, type DiskError, type ReadRecord } from './process/disk.ts';
export { Stream, Streams } from './random.ts';
export { grouped } from './grouped.ts';
export { byCodeUnit } from './order.ts';
export { formatTime, ms, seconds, us, type Micros } from './time.ts';
export { threeRegions, type Latency, type Omission, type Topology } from './network/network.ts';
export type { CloseReason, Connection, ConnectionHandler } from './network/connection.ts';
export type { Failure } from './kernel.ts';
export type { Waiting } from './judging/goals.ts';
export type { History, HistoryListener, Operation, OperationStatus } from './judging/history.ts';
export type { Monitor, Property, PropertyKind, Report, Scene, Violation } from './judging/property.ts';
