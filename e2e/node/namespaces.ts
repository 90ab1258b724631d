// What makes the inside of a run a machine of its own: mounts over the few system folders that container programs write to, a bridge, and the
// network's switches. All of it is in namespaces that end with the last process in them, so nothing of it needs to be taken back.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './command.ts';
import { BRIDGE, type Places, SERVICE_SUBNET } from './places.ts';

/** System folders that get a folder of the run in their place. */
const own: readonly string[] = ['/var/lib/containerd', '/var/lib/kubelet', '/var/lib/cni', '/var/log', '/opt/cni'];

/** Throws where the process is not in namespaces of its own. */
export async function furnish(places: Places): Promise<void> {
  await mount(['-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', '/run']);
  for (const folder of own) {
    const behind = join(places.dir, 'var', folder.slice(1).replaceAll('/', '-'));
    await mkdir(behind, { recursive: true });
    await mkdir(folder, { recursive: true });
    await mount(['--bind', behind, folder]);
  }
  await network();
  await cni(places);
}

async function mount(args: readonly string[]): Promise<void> {
  await run('mount', args);
}

/**
 * Its hardware address is given. A bridge without one takes the lowest of its ports, and when the Pod of that port goes, those that stay talk
 * to an address that is nobody's until they ask again, for most of a minute. The plugin of the network gives one only to an address of its own making.
 */
export async function makeBridge(): Promise<void> {
  await run('ip', ['link', 'add', BRIDGE.name, 'address', BRIDGE.hardware, 'type', 'bridge']);
  await run('ip', ['address', 'add', `${BRIDGE.address}/16`, 'dev', BRIDGE.name]);
  await run('ip', ['link', 'set', BRIDGE.name, 'up']);
}

async function network(): Promise<void> {
  await run('ip', ['link', 'set', 'lo', 'up']);
  await makeBridge();
  // Programs of the node reach Services too; where else a packet goes is nobody's business: there is no way out.
  await run('ip', ['route', 'add', SERVICE_SUBNET, 'dev', BRIDGE.name]);
  // An answer from a Pod on the same bridge must pass the address translation again.
  const switches = ['net/ipv4/ip_forward', 'net/bridge/bridge-nf-call-iptables', 'net/ipv4/conf/all/route_localnet'];
  for (const name of switches) await writeFile(`/proc/sys/${name}`, '1');
}

async function cni(places: Places): Promise<void> {
  const bridge = {
    type: 'bridge',
    bridge: BRIDGE.name,
    isGateway: true,
    isDefaultGateway: true,
    hairpinMode: true,
    ipMasq: false,
    ipam: { type: 'host-local', ranges: [[{ subnet: BRIDGE.subnet, gateway: BRIDGE.address }]] },
  };
  const list = {
    cniVersion: '0.4.0',
    name: 'nifi-e2e',
    plugins: [bridge, { type: 'portmap', capabilities: { portMappings: true } }],
  };
  await mkdir(places.cniConf, { recursive: true });
  await writeFile(join(places.cniConf, '10-bridge.conflist'), JSON.stringify(list));
}
