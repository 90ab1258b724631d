// One NiFi process in a container: what it believes of itself, and which disk its flow files are on.
// It learns later than its coordinator what it has become; that gap is where naive operators lose data.

export type Belief = 'starting' | 'CONNECTING' | 'CONNECTED' | 'DISCONNECTED' | 'OFFLOADING' | 'OFFLOADED' | 'gone';

export interface NiFiProcess {
  /** Id in the NiFiCluster. */
  readonly id: number;
  readonly host: string;
  readonly podUid: string;
  readonly containerId: string;
  /** NiFi's own id, kept on the disk `data`. */
  readonly nodeId: string;
  /** The claim that its flow files are on. */
  readonly disk: string;
  readonly version: string;
  belief: Belief;
  /** Its components run: it produces and consumes. */
  working: boolean;
  /** Takes connections and never answers. */
  hung: boolean;
  /** Answers for the cluster from how things were this long ago. */
  staleMs: number;
  /** Back-pressure: nobody takes what it would send away. */
  blocked: boolean;
}

export function isUp(process: NiFiProcess): boolean {
  return process.belief !== 'gone' && process.belief !== 'starting';
}
