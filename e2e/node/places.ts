// Where everything of one run lies: one folder, named after the process that made it, so that a later run finds what an earlier one left.
// Paths are short: a socket's path has at most 107 bytes.

import { join } from 'node:path';

export interface Places {
  /** Names the folder and the control groups. */
  readonly id: string;
  readonly dir: string;
  readonly controlPlane: string;
  /** Directories of volumes, by the UID of their claim. */
  readonly disks: string;
  readonly cniConf: string;
  readonly logs: string;
}

export const PREFIX = 'nifi-e2e-';

/** The bridge: the address of the node, of the API server as Pods see it, and of the DNS server. */
export const BRIDGE = {
  name: 'cni0',
  address: '10.244.0.1',
  subnet: '10.244.0.0/16',
  /** Locally administered. */
  hardware: '0a:58:0a:f4:00:01',
} as const;
export const SERVICE_SUBNET = '10.96.0.0/12';
export const DNS_SERVICE = '10.96.0.10';
export const API_SERVICE = '10.96.0.1';
export const NODE_NAME = 'node-1';
export const CONTAINERD_SOCKET = '/run/containerd/containerd.sock';
export const PAUSE_IMAGE = 'localhost/pause:1';

export function placesIn(dir: string, id: string): Places {
  return {
    id,
    dir,
    controlPlane: join(dir, 'cp'),
    disks: join(dir, 'disks'),
    cniConf: join(dir, 'cni'),
    logs: join(dir, 'logs'),
  };
}
