import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inspectCertificate } from '../../../../pkg/pki/inspect.ts';
import { createCertificateAuthority, issueCertificate } from '../../../../pkg/pki/issue.ts';
import {
  identityMappings,
  nodeCommonName,
  nodeDnsNames,
  nodeIdentity,
  operatorCommonName,
  operatorIdentity,
} from './identities.ts';

// oxlint-disable-next-line no-restricted-globals -- a fixed moment
const now = new Date('2026-11-21T10:00:00Z');

/** As NiFi does it: the first pattern that matches the whole identity, in the order of the mappings' names. */
function mapped(mappings: Readonly<Record<string, string>>, identity: string): string {
  const prefix = 'nifi.security.identity.mapping.pattern.';
  const names = Object.keys(mappings)
    .filter((key) => key.startsWith(prefix))
    .map((key) => key.slice(prefix.length));
  for (const name of names.toSorted()) {
    const pattern = new RegExp(`^(?:${mappings[`${prefix}${name}`]})$`);
    if (pattern.test(identity)) return mappings[`nifi.security.identity.mapping.value.${name}`] ?? '';
  }
  return identity;
}

async function subjectOf(commonName: string): Promise<string> {
  const ca = await createCertificateAuthority({ commonName: 'ca', now, validForDays: 1 });
  const leaf = await issueCertificate({ ca, commonName, dnsNames: [], usages: ['client'], now, validForDays: 1 });
  return inspectCertificate(leaf.certPem).subject;
}

describe('identities', () => {
  for (const [cluster, namespace] of [
    ['prod', 'data'],
    ['c'.repeat(50), 'n'.repeat(40)],
  ] as const) {
    test(`every node's certificate of ${cluster.slice(0, 8)} is the one node identity, the operator's is the admin`, async () => {
      const mappings = identityMappings(cluster, namespace);
      for (const id of [0, 7, 2_147_483_647]) {
        assert.equal(
          mapped(mappings, await subjectOf(nodeCommonName(cluster, namespace, id))),
          nodeIdentity(cluster, namespace),
        );
      }
      const operator = await subjectOf(operatorCommonName(cluster, namespace));
      assert.equal(operator, operatorIdentity(cluster, namespace));
      assert.equal(mapped(mappings, operator), operatorIdentity(cluster, namespace));
    });
  }

  test('nobody else becomes a node', () => {
    const mappings = identityMappings('prod', 'data');
    const others = [
      'CN=0.prodXdata',
      'CN=0.prod.data.evil',
      'CN=x0.prod.data',
      'CN=0.prod.data, O=x',
      'CN=.prod.data',
      'O=CN=0.prod.data',
    ];
    for (const identity of others) assert.equal(mapped(mappings, identity), identity);
  });

  test('a mapping of the user does not rename the node or the operator, also where authorizers.xml names them', () => {
    const mappings = {
      ...identityMappings('prod', 'data'),
      'nifi.security.identity.mapping.pattern.dn': '^(CN=)?(.*)$',
      'nifi.security.identity.mapping.value.dn': 'everybody',
    };
    for (const identity of ['CN=3.prod.data', 'nodes.prod.data'])
      assert.equal(mapped(mappings, identity), 'nodes.prod.data');
    assert.equal(mapped(mappings, 'CN=operator.prod.data'), 'CN=operator.prod.data');
    assert.equal(mapped(mappings, 'CN=someone'), 'everybody');
  });
});

describe('nodeDnsNames', () => {
  test('are the host first, the Services, the port-forward, and proxies that are names', () => {
    const proxyHosts = [
      'nifi.example.com',
      'gate.example.com:9443',
      '10.1.2.3',
      '10.1.2.3:443',
      'prod',
      '*.example.com',
    ];
    const names = nodeDnsNames({
      host: 'prod-0.prod-nodes.data.svc',
      serviceNames: ['prod', 'prod.data.svc'],
      proxyHosts,
    });
    assert.deepEqual(names, [
      'prod-0.prod-nodes.data.svc',
      'prod',
      'prod.data.svc',
      'localhost',
      'nifi.example.com',
      'gate.example.com',
      '*.example.com',
    ]);
  });
});
