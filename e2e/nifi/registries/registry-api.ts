// A registry as NifiRegistryFlowRegistryClient sees it: buckets, flows and versions over REST. Two kinds of trouble are told apart,
// because NiFi answers them differently: one that cannot be reached, and one that says no or talks nonsense.

import type { NodeFlows } from '../flow/node-flows.ts';
import type { RegistryClient } from '../flow/state.ts';
import { readSnapshot } from '../versions/snapshot.ts';
import { call, RegistryUnreachable } from './http.ts';
import { nifiRegistryType } from './types.ts';

/** The registry answered, and it was no good. */
export class RegistryRefused extends Error {
  override readonly name = 'RegistryRefused';
}

export interface RegistryBucket {
  readonly identifier: string;
  readonly name: string;
  readonly createdTimestamp: number;
  readonly permissions?: { readonly canRead?: boolean; readonly canWrite?: boolean };
}

export interface RegistryFlow {
  readonly identifier: string;
  readonly name: string;
  readonly description?: string;
  readonly bucketIdentifier: string;
  readonly bucketName?: string;
  readonly versionCount: number;
}

export interface VersionMetadata {
  readonly bucketIdentifier: string;
  readonly flowIdentifier: string;
  readonly version: number;
  readonly timestamp: number;
  readonly author?: string;
  readonly comments?: string;
}

export interface RegistrySnapshot {
  readonly snapshotMetadata: VersionMetadata;
  readonly flow: RegistryFlow;
  readonly bucket?: RegistryBucket;
  readonly flowContents: object;
  readonly parameterContexts?: object;
}

export class RegistryApi {
  private readonly flows: NodeFlows;
  private readonly client: RegistryClient;

  constructor(flows: NodeFlows, client: RegistryClient) {
    this.flows = flows;
    this.client = client;
  }

  /** Without path, as storage locations begin (NifiRegistryFlowRegistryClient.getProposedUri). */
  get base(): string {
    const url = this.client.properties['url'] ?? '';
    try {
      return new URL(url).origin;
    } catch {
      throw new RegistryRefused(`The given Registry URL is not valid: ${url}`);
    }
  }

  buckets(): Promise<readonly RegistryBucket[]> {
    return this.ask('Error retrieving all buckets', '/buckets');
  }

  flowsOf(bucket: string): Promise<readonly RegistryFlow[]> {
    return this.ask('Error getting flows for bucket', `/buckets/${bucket}/flows`);
  }

  flow(bucket: string, flow: string): Promise<RegistryFlow> {
    return this.ask('Error retrieving flow', `/buckets/${bucket}/flows/${flow}`);
  }

  versions(bucket: string, flow: string): Promise<readonly VersionMetadata[]> {
    return this.ask('Error retrieving snapshot metadata', `/buckets/${bucket}/flows/${flow}/versions`);
  }

  async snapshot(bucket: string, flow: string, version: string): Promise<RegistrySnapshot> {
    const what = 'Error retrieving flow snapshot';
    const found = await this.ask<RegistrySnapshot>(what, `/buckets/${bucket}/flows/${flow}/versions/${version}`);
    if (!readSnapshot(found)) throw new RegistryRefused(what);
    return found;
  }

  createFlow(bucket: string, name: string, description: string | undefined): Promise<RegistryFlow> {
    const body = {
      name,
      bucketIdentifier: bucket,
      type: 'Flow',
      ...(description === undefined ? {} : { description }),
    };
    return this.ask('Error creating flow', `/buckets/${bucket}/flows`, body);
  }

  createVersion(metadata: Omit<VersionMetadata, 'timestamp'>, contents: object): Promise<RegistrySnapshot> {
    const path = `/buckets/${metadata.bucketIdentifier}/flows/${metadata.flowIdentifier}/versions`;
    return this.ask('Error creating snapshot', path, { snapshotMetadata: metadata, ...contents });
  }

  private async ask<T>(what: string, path: string, body?: unknown): Promise<T> {
    if (this.client.type !== nifiRegistryType) throw new RegistryUnreachable('Connection refused');
    const answer = await call(this.flows, new URL(`${this.base}/nifi-registry-api${path}`), body);
    // A text of the registry's own is passed on, an HTML page that is no JSON is not (AbstractJerseyClient.executeAction).
    if (answer.status >= 400) throw new RegistryRefused(`${what}: ${answer.text}`);
    if (!answer.contentType.startsWith('application/json')) throw new RegistryRefused(what);
    try {
      return JSON.parse(answer.text) as T;
    } catch {
      throw new RegistryRefused(what);
    }
  }
}
