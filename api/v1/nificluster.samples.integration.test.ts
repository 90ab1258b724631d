// Every sample is admitted by a real API server exactly as it stands in the repository, with strict field validation.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { type Admission, startAdmission } from './admission.fixture.ts';

const samples = join(import.meta.dirname, '../../config/samples');
const collections: Readonly<Record<string, string>> = {
  NiFiCluster: '/apis/datadynamics.io/v1/namespaces/default/nificlusters',
  NiFiDataflow: '/apis/datadynamics.io/v1/namespaces/default/nifidataflows',
  NiFiParameterContext: '/apis/datadynamics.io/v1/namespaces/default/nifiparametercontexts',
  NiFiRegistryClient: '/apis/datadynamics.io/v1/namespaces/default/nifiregistryclients',
  ConfigMap: '/api/v1/namespaces/default/configmaps',
  Secret: '/api/v1/namespaces/default/secrets',
};
let admission: Admission;

before(async () => {
  admission = await startAdmission();
});
after(async () => {
  await admission.stop();
});

describe('The API server admits', () => {
  for (const file of readdirSync(samples).filter((name) => name.endsWith('.yaml'))) {
    test(file, async () => {
      for (const document of parseAllDocuments(readFileSync(join(samples, file), 'utf8'))) {
        const body = document.toJS() as { kind: string; metadata: { name: string } };
        const path = collections[body.kind];
        assert.ok(path, `no collection for ${body.kind}`);
        const query = { dryRun: 'All', fieldValidation: 'Strict' };
        const created = (await admission.client.raw('POST', path, { body, query })) as typeof body;
        assert.equal(created.metadata.name, body.metadata.name);
      }
    });
  }
});
