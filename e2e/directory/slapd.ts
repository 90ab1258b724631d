// A real LDAP server for a test: Debian's slapd, the one of the machine, or else that of Debian's archive, unpacked into a cache without
// being installed. It holds two people and a group, over plain LDAP, LDAPS and START_TLS.
// A machine that is no Debian, or that reaches no archive, has none: then there is nothing to try.

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { authority, certificateFor } from '../../pkg/nifi/testing/played-node.ts';
import { buildOnce, isExecutable } from '../controlplane/buildcache.ts';
import { freePort } from '../controlplane/freeport.ts';
import { startProgram, startReaper } from '../controlplane/processes.ts';
import { until } from '../lab/until.ts';

const run = promisify(execFile);
const packages = ['slapd', 'libldap-2.5-0', 'libltdl7', 'libodbc2', 'libsasl2-2', 'libperl5.36', 'libwrap0'];

export interface Directory {
  readonly plain: string;
  readonly secure: string;
  /** Of its certificate, PEM. */
  readonly authority: string;
  stop(): Promise<void>;
}

interface Program {
  readonly path: string;
  /** Where an unpacked archive has everything; undefined for an installed one. */
  readonly root: string | undefined;
}

/** Undefined where the machine has no slapd and cannot get one. */
export async function findSlapd(): Promise<Program | undefined> {
  if (await isExecutable('/usr/sbin/slapd')) return { path: '/usr/sbin/slapd', root: undefined };
  const root = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'nifi-operator', 'slapd');
  const path = join(root, 'usr/sbin/slapd');
  try {
    const isDone = (): Promise<boolean> => isExecutable(path);
    await buildOnce({ folder: root, what: 'slapd', isDone, onProgress: () => undefined }, () => unpack(root));
    return { path, root };
  } catch {
    return undefined;
  }
}

async function unpack(root: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'slapd-'));
  try {
    await run('apt-get', ['download', ...packages], { cwd: folder, timeout: 120_000 });
    // The program last: with it the cache counts as filled.
    const archives = (await readdir(folder)).toSorted(
      (a, b) => Number(a.startsWith('slapd')) - Number(b.startsWith('slapd')),
    );
    for (const archive of archives) await run('dpkg', ['-x', join(folder, archive), root]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export async function startDirectory({ path, root }: Program): Promise<Directory> {
  const folder = await mkdtemp(join(tmpdir(), 'directory-'));
  const ca = await authority('directory');
  const { certPem, keyPem } = await certificateFor(ca, 'localhost', { dnsNames: ['localhost'] });
  const files = { 'ca.pem': ca.certPem, 'cert.pem': certPem, 'key.pem': keyPem, 'people.ldif': people };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  await mkdir(join(folder, 'db'));
  await writeFile(join(folder, 'slapd.conf'), configuration(folder, root ?? ''));
  const libraries =
    root === undefined ? [] : [join(root, 'usr/lib/x86_64-linux-gnu'), join(root, 'lib/x86_64-linux-gnu')];
  const surroundings = libraries.length === 0 ? [] : [`LD_LIBRARY_PATH=${libraries.join(':')}`];
  const command = { path: 'env', args: [...surroundings, path] };
  const conf = join(folder, 'slapd.conf');
  const adding = ['-T', 'add', '-f', conf, '-l', join(folder, 'people.ldif')];
  await run(command.path, [...command.args, ...adding], { cwd: dirname(path) });
  const ports = [await freePort(), await freePort()] as const;
  const [plain, secure] = [`ldap://localhost:${ports[0]}`, `ldaps://localhost:${ports[1]}`];
  const endReaper = startReaper(folder, true);
  const program = startProgram('slapd', command, ['-f', conf, '-h', `${plain} ${secure}`, '-d', '0'], folder);
  const stop = async (): Promise<void> => {
    await program.stop(10_000);
    await rm(folder, { recursive: true, force: true });
    endReaper();
  };
  const isUp = async (): Promise<boolean> =>
    program.hasExited() || (await Promise.all(ports.map(isListening))).every(Boolean);
  await until('slapd listens', isUp, { describe: () => program.tail() });
  if (program.hasExited()) {
    const said = await program.tail();
    await stop();
    throw new Error(`slapd ended with ${await program.exited}: ${said}`);
  }
  return {
    plain,
    secure,
    authority: ca.certPem,
    stop,
  };
}

async function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, 'localhost', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

function configuration(folder: string, root: string): string {
  const schema = ['core', 'cosine', 'inetorgperson'].map((name) => `include ${root}/etc/ldap/schema/${name}.schema`);
  return [
    ...schema,
    `modulepath ${root}/usr/lib/ldap`,
    'moduleload back_mdb',
    `TLSCACertificateFile ${folder}/ca.pem`,
    `TLSCertificateFile ${folder}/cert.pem`,
    `TLSCertificateKeyFile ${folder}/key.pem`,
    'database mdb',
    'suffix dc=example,dc=com',
    `directory ${folder}/db`,
    'access to attrs=userPassword by anonymous auth by * none',
    'access to * by * read',
    '',
  ].join('\n');
}

const people = `dn: dc=example,dc=com
objectClass: dcObject
objectClass: organization
dc: example
o: example

dn: ou=people,dc=example,dc=com
objectClass: organizationalUnit
ou: people

dn: ou=groups,dc=example,dc=com
objectClass: organizationalUnit
ou: groups

dn: cn=nifi,dc=example,dc=com
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: nifi
userPassword: bind & <secret>

dn: uid=ann,ou=people,dc=example,dc=com
objectClass: inetOrgPerson
uid: ann
cn: Ann
sn: A
userPassword: the password of ann

dn: uid=ben,ou=people,dc=example,dc=com
objectClass: inetOrgPerson
uid: ben
cn: Ben
sn: B
userPassword: the password of ben

dn: cn=admins,ou=groups,dc=example,dc=com
objectClass: groupOfNames
cn: admins
member: uid=ann,ou=people,dc=example,dc=com
`;
