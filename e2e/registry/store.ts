// What a played NiFi Registry holds: buckets, flows in them and versions of flows, as plain data. Versions count from 1 and none is
// ever changed; a flow's `versionCount` is its newest version.

import { randomUUID } from 'node:crypto';

export interface Bucket {
  readonly identifier: string;
  readonly name: string;
  readonly createdTimestamp: number;
}

export interface FlowVersion {
  readonly version: number;
  readonly timestamp: number;
  readonly author: string;
  readonly comments: string;
  readonly flowContents: object;
  readonly parameterContexts: object;
}

export interface Flow {
  readonly identifier: string;
  readonly name: string;
  readonly description: string | undefined;
  readonly bucketIdentifier: string;
  readonly createdTimestamp: number;
  readonly versions: FlowVersion[];
}

/** What a version is made of. */
export interface NewVersion {
  readonly flowContents: object;
  readonly parameterContexts?: object;
  readonly author?: string;
  readonly comments?: string;
  /** What the client takes the version for: -1 for whatever comes next. */
  readonly version?: number;
}

/** Says no with this status and text. */
export class RegistryError extends Error {
  override readonly name = 'RegistryError';
  readonly status: number;

  constructor(status: number, text: string) {
    super(text);
    this.status = status;
  }
}

export class RegistryStore {
  readonly buckets = new Map<string, Bucket>();
  readonly flows = new Map<string, Flow>();
  private readonly now: () => number;

  constructor(now: () => number = Date.now) {
    this.now = now;
  }

  /** Throws RegistryError 409 when there is a bucket of this name. */
  createBucket(name: string): Bucket {
    if ([...this.buckets.values()].some((bucket) => bucket.name === name)) {
      throw new RegistryError(409, 'A bucket with the same name already exists.');
    }
    const bucket = { identifier: randomUUID(), name, createdTimestamp: this.now() };
    this.buckets.set(bucket.identifier, bucket);
    return bucket;
  }

  createFlow(bucketId: string, name: string, description?: string): Flow {
    this.bucket(bucketId);
    if (this.flowsOf(bucketId).some((flow) => flow.name === name)) {
      throw new RegistryError(409, 'A versioned flow with the same name already exists for the selected bucket.');
    }
    const flow: Flow = {
      identifier: randomUUID(),
      name,
      description,
      bucketIdentifier: bucketId,
      createdTimestamp: this.now(),
      versions: [],
    };
    this.flows.set(flow.identifier, flow);
    return flow;
  }

  /** Throws RegistryError 409 for a version that is not the next one. */
  createVersion(bucketId: string, flowId: string, made: NewVersion): FlowVersion {
    const flow = this.flow(bucketId, flowId);
    const next = flow.versions.length + 1;
    const { version = -1 } = made;
    if (version !== -1 && version !== next) {
      throw new RegistryError(409, `Version must be incremented by 1. Current version is ${next - 1}.`);
    }
    const stored: FlowVersion = {
      version: next,
      timestamp: this.now(),
      author: made.author ?? 'anonymous',
      comments: made.comments ?? '',
      flowContents: structuredClone(made.flowContents),
      parameterContexts: structuredClone(made.parameterContexts ?? {}),
    };
    flow.versions.push(stored);
    return stored;
  }

  deleteFlow(bucketId: string, flowId: string): Flow {
    const flow = this.flow(bucketId, flowId);
    this.flows.delete(flow.identifier);
    return flow;
  }

  bucket(id: string): Bucket {
    const bucket = this.buckets.get(id);
    if (!bucket) throw new RegistryError(404, 'The specified bucket ID does not exist in this registry.');
    return bucket;
  }

  flowsOf(bucketId: string): readonly Flow[] {
    return [...this.flows.values()].filter((flow) => flow.bucketIdentifier === bucketId);
  }

  flow(bucketId: string, flowId: string): Flow {
    this.bucket(bucketId);
    const flow = this.flows.get(flowId);
    if (flow?.bucketIdentifier === bucketId) return flow;
    throw new RegistryError(404, 'The specified flow ID does not exist in this bucket.');
  }

  /** Recorded text of a version that there is not. */
  version(bucketId: string, flowId: string, version: number): FlowVersion {
    const found = this.flow(bucketId, flowId).versions[version - 1];
    if (found) return found;
    throw new RegistryError(404, 'The specified versioned flow snapshot does not exist for this flow.');
  }
}
