// Real TLS handshakes over loopback: what NiFi's nodes and the operator do with these certificates.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { createCertificateAuthority, issueCertificate } from './issue.ts';
import { trustBundle } from './pem.ts';
import type { CertificateAuthority, IssuedCertificate } from './types.ts';

const host = 'prod-0.prod-nodes.data.svc';
const dayMs = 24 * 60 * 60_000;

interface Side {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

/** What the client was told by the server, or the code of what the client found wrong. */
async function handshake(server: Side, client: Side): Promise<string> {
  // Told instead of cut off: with TLS 1.3 a client that is refused learns it late, and only as a reset connection.
  const listener = createServer({ ...server, requestCert: true, rejectUnauthorized: false }, (socket: TLSSocket) => {
    socket.on('error', () => socket.destroy());
    const name = String(socket.getPeerCertificate().subject.CN);
    socket.end(socket.authorized ? `hello ${name}` : `refused ${name}: ${String(socket.authorizationError)}`);
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  assert(typeof address === 'object' && address !== null);
  try {
    return await new Promise<string>((resolve) => {
      let heard = '';
      const socket = connect({ host: '127.0.0.1', servername: host, ...client, port: address.port });
      socket.on('data', (chunk: Buffer) => (heard += chunk.toString()));
      socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
      socket.on('close', () => resolve(heard));
    });
  } finally {
    listener.close();
  }
}

function node(ca: CertificateAuthority, now: Date, dnsNames = [host]): Promise<IssuedCertificate> {
  return issueCertificate({
    ca,
    commonName: '0.prod.data',
    dnsNames,
    usages: ['server', 'client'],
    now,
    validForDays: 90,
  });
}

function operator(ca: CertificateAuthority, now: Date): Promise<IssuedCertificate> {
  return issueCertificate({
    ca,
    commonName: 'operator.prod.data',
    dnsNames: [],
    usages: ['client'],
    now,
    validForDays: 90,
  });
}

function authority(now: Date): Promise<CertificateAuthority> {
  return createCertificateAuthority({ commonName: 'prod.data', now, validForDays: 3650 });
}

function side(leaf: IssuedCertificate, trusted: string): Side {
  return { cert: leaf.certPem, key: leaf.keyPem, ca: trusted };
}

describe('TLS between the operator and a node', () => {
  test('both sides accept each other and the node sees who the operator is', async () => {
    const now = new Date();
    const ca = await authority(now);
    const [server, client] = [await node(ca, now), await operator(ca, now)];
    const result = await handshake(side(server, ca.certPem), side(client, ca.certPem));
    assert.equal(result, 'hello operator.prod.data');
  });

  test('two nodes talk to each other with the same certificate that they serve', async () => {
    const now = new Date();
    const ca = await authority(now);
    const leaf = side(await node(ca, now), ca.certPem);
    assert.equal(await handshake(leaf, leaf), 'hello 0.prod.data');
  });

  test('a node that carries another DNS name is refused by the client', async () => {
    const now = new Date();
    const ca = await authority(now);
    const server = await node(ca, now, ['prod-1.prod-nodes.data.svc']);
    const result = await handshake(side(server, ca.certPem), side(await operator(ca, now), ca.certPem));
    assert.equal(result, 'ERR_TLS_CERT_ALTNAME_INVALID');
  });

  test('an expired node certificate is refused by the client', async () => {
    const now = new Date();
    const issuedAt = new Date(now.getTime() - 91 * dayMs);
    const ca = await authority(issuedAt);
    const result = await handshake(
      side(await node(ca, issuedAt), ca.certPem),
      side(await operator(ca, now), ca.certPem),
    );
    assert.equal(result, 'CERT_HAS_EXPIRED');
  });

  test('a certificate that is not valid yet is refused, one issued by a clock four minutes ahead is not', async () => {
    const now = new Date();
    const ca = await authority(now);
    const client = side(await operator(ca, now), ca.certPem);
    const tomorrow = await node(ca, new Date(now.getTime() + dayMs));
    assert.equal(await handshake(side(tomorrow, ca.certPem), client), 'CERT_NOT_YET_VALID');
    const ahead = await node(ca, new Date(now.getTime() + 4 * 60_000));
    assert.equal(await handshake(side(ahead, ca.certPem), client), 'hello operator.prod.data');
  });

  test('a client of another authority is refused by the node', async () => {
    const now = new Date();
    const [ours, theirs] = [await authority(now), await authority(now)];
    const client = side(await operator(theirs, now), ours.certPem);
    const result = await handshake(side(await node(ours, now), ours.certPem), client);
    assert.equal(result, 'refused operator.prod.data: UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  });

  test('the operator certificate cannot be served by a node, since it is for clients only', async () => {
    const now = new Date();
    const ca = await authority(now);
    const leaf = await operator(ca, now);
    assert.equal(await handshake(side(leaf, ca.certPem), side(leaf, ca.certPem)), 'INVALID_PURPOSE');
  });

  test('with the bundle of old and new authority, nodes of either sign still talk', async () => {
    const now = new Date();
    const [old, next] = [await authority(now), await authority(now)];
    const bundle = trustBundle(next.certPem, old.certPem);
    const before = side(await node(old, now), bundle);
    const after = side(await node(next, now), bundle);
    assert.equal(await handshake(before, after), 'hello 0.prod.data');
    assert.equal(await handshake(after, before), 'hello 0.prod.data');
  });
});
