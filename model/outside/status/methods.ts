/** What a status store serves: what nodes report of their workloads, time and again. */
import { method } from '../../../sim/index.ts';

export interface WorkloadSample {
  readonly workload: string;
  readonly phase: string;
}

/** All that a node has to say of itself and its workloads; replaces what it said before. */
export interface StatusReport {
  readonly node: string;
  /** The life of the agent, and its reports in it from 1: the order of a node's reports. */
  readonly incarnation: number;
  readonly sequence: number;
  readonly samples: readonly WorkloadSample[];
  /** What else hangs on it: conditions, images, volumes. */
  readonly blobBytes: number;
}

/** Below 0 when `a` is the older report of a node. */
export function compareReports(a: Position, b: Position): number {
  return a.incarnation === b.incarnation ? a.sequence - b.sequence : a.incarnation - b.incarnation;
}

export interface Position {
  readonly incarnation: number;
  readonly sequence: number;
}

export const reportBytes = ({ samples, blobBytes }: StatusReport): number => 64 + samples.length * 48 + blobBytes;

export const reportStatusMethod = method<StatusReport, null>('status/report', {
  serviceUs: 30,
  requestBytes: reportBytes,
  describeRequest: ({ node, incarnation, sequence, samples }) =>
    `${node} reports ${samples.length} workloads, report ${incarnation}.${sequence}`,
});
/** Of those of the nodes that it knows of, the newest report. */
export const readStatusMethod = method<{ readonly nodes: readonly string[] }, { readonly reports: readonly StatusReport[] }>(
  'status/read',
  {
    responseBytes: ({ reports }) => reports.reduce((sum, report) => sum + reportBytes(report), 16),
    describeRequest: ({ nodes }) => `status of ${nodes.length} nodes`,
    describeResponse: ({ reports }) => (reports.length === 0 ? 'no report' : reports.map(sayReport).join(', ')),
  },
);
/** Between status stores: the newest that one has, of nodes that reported to it. */
export const shareStatusMethod = method<{ readonly reports: readonly StatusReport[] }, null>('status/share', {
  requestBytes: ({ reports }) => reports.reduce((sum, report) => sum + reportBytes(report), 16),
  describeRequest: ({ reports }) => `shares ${reports.map(sayReport).join(', ')}`,
});

function sayReport({ node, incarnation, sequence }: StatusReport): string {
  return `report ${incarnation}.${sequence} of ${node}`;
}
