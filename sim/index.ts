/** Time and chance: everything a simulated system needs, and nothing about what it is. */
export { boundary, type Boundary, type Observer } from './observer.ts';
export { createRun, type ProcessView, type Run, type RunSpec, type Verdict, type World } from './run.ts';
export { Digest, hashString, mix3 } from './digest.ts';
export { describeFault, faultCatalogue, type Fault, type FaultName, type Target } from './fault.ts';
export { EventType, type Outcome, type SimEvent } from './event.ts';
export { kind, type Kind, type KindOptions } from './kind.ts';
export { Channel, ClientStream, method, RpcServer, STREAM_WINDOW } from './rpc.ts';
export type { CallOutcome, ChannelOptions, Method, Refusal, Reply, ServerStream, StreamCallbacks, StreamNext } from './rpc.ts';
export { Panic, type Boot, type Os, type Process, type ProcessOptions, type Program, type Timer } from './process.ts';
export { Signal, Task, wait, type Co, type Wait } from './coroutine.ts';
export { SECTOR_BYTES, type Disk, type DiskError, type ReadRecord } from './disk.ts';
export { Stream, Streams } from './random.ts';
export { formatTime, ms, seconds, us, type Micros } from './time.ts';
export { threeRegions, type Latency, type Topology } from './network.ts';
export type { CloseReason, Connection, ConnectionHandler } from './connection.ts';
export type { Failure } from './kernel.ts';
export type { History, HistoryListener, Operation, OperationStatus } from './history.ts';
export type { Monitor, Property, PropertyKind, Report, Scene, Violation } from './property.ts';
