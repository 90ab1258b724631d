// Parameter contexts: what is shown of them and how they change. Recorded in 05.

import type { ContractCase, Step } from './case.ts';

const first = { version: 0, clientId: 'c' };
const contexts = '/nifi-api/parameter-contexts';

function newContext(component: object, keep: string): Step {
  return {
    method: 'POST',
    path: contexts,
    json: { revision: first, component },
    status: 201,
    values: { 'revision.version': 1 },
    keep: { [keep]: 'id' },
  };
}

/** Changes the context `kept` and follows the request to its end. */
function change(kept: string, version: number, component: object): readonly Step[] {
  const path = `${contexts}/{{${kept}}}/update-requests`;
  return [
    {
      method: 'POST',
      path,
      json: {
        revision: { version, clientId: 'c' },
        id: `{{${kept}}}`,
        component: { id: `{{${kept}}}`, ...component },
      },
      status: 200,
      values: { 'request.complete': false },
      keep: { request: 'request.requestId' },
    },
    {
      path: `${path}/{{request}}`,
      status: 200,
      values: {
        'request.complete': true,
        'request.percentCompleted': 100,
        'request.state': 'Complete',
        'parameterContextRevision.version': version + 1,
      },
      eventually: true,
    },
    { method: 'DELETE', path: `${path}/{{request}}`, status: 200 },
    { path: `${path}/{{request}}`, status: 404, text: /^Could not find a Request with identifier / },
  ];
}

export const parameterCases: readonly ContractCase[] = [
  {
    name: 'a context is made once, and its sensitive values are never shown',
    steps: [
      newContext(
        {
          name: 'secretive',
          parameters: [
            { parameter: { name: 'user', value: 'u', sensitive: false } },
            { parameter: { name: 'password', value: 'p', sensitive: true } },
          ],
        },
        'context',
      ),
      {
        path: `${contexts}/{{context}}`,
        status: 200,
        values: {
          'component.parameters.0.parameter.value': 'u',
          'component.parameters.1.parameter.value': '********',
        },
      },
      {
        method: 'POST',
        path: contexts,
        json: { revision: first, component: { name: 'secretive', parameters: [] } },
        status: 409,
        text: /^Cannot create Parameter Context with name 'secretive' because/,
      },
      {
        method: 'POST',
        path: contexts,
        json: { revision: first, component: { name: 'odd', parameters: [{ parameter: { name: 'a/b', value: '' } }] } },
        status: 400,
        text: /^Request contains an illegal Parameter Name \(a\/b\)\./,
      },
      {
        path: '/nifi-api/flow/parameter-contexts',
        status: 200,
        fields: ['parameterContexts.0.component.name', 'currentTime'],
      },
      { method: 'DELETE', path: `${contexts}/{{context}}?version=1`, status: 200, values: { id: '{{context}}' } },
      { path: `${contexts}/{{context}}`, status: 404, text: /^Unable to find Parameter Context with id/ },
    ],
  },
  {
    name: 'a change is followed to its end: what is not given stays, a name alone removes, and a wrong revision is 400',
    steps: [
      newContext(
        { name: 'changing', parameters: [{ parameter: { name: 'a', value: '1', sensitive: true } }] },
        'context',
      ),
      ...change('context', 1, { parameters: [{ parameter: { name: 'a', value: null, sensitive: true } }] }),
      ...change('context', 2, { parameters: [{ parameter: { name: 'b', value: '' } }] }),
      {
        path: `${contexts}/{{context}}`,
        status: 200,
        values: {
          'component.parameters.0.parameter.value': '********',
          'component.parameters.1.parameter.value': '',
        },
      },
      ...change('context', 3, {
        parameters: [{ parameter: { name: 'b' } }, { parameter: { name: 'a', sensitive: true, valueRemoved: true } }],
      }),
      {
        path: `${contexts}/{{context}}`,
        status: 200,
        values: { 'component.parameters.0.parameter.value': undefined, 'component.parameters.1': undefined },
      },
      {
        method: 'POST',
        path: `${contexts}/{{context}}/update-requests`,
        json: { revision: first, id: '{{context}}', component: { id: '{{context}}', parameters: [] } },
        status: 200,
      },
      {
        method: 'POST',
        path: `${contexts}/{{context}}/update-requests`,
        json: {
          revision: { version: 0, clientId: 'd' },
          id: '{{context}}',
          component: { id: '{{context}}', parameters: [] },
        },
        status: 400,
        text: /^\[0, d, .+\] is not the most up-to-date revision/,
      },
      {
        method: 'POST',
        path: `${contexts}/{{context}}/update-requests`,
        json: {
          revision: { version: 4, clientId: 'c' },
          id: '{{context}}',
          component: { id: '{{context}}', parameters: [{ parameter: { name: 'a', value: 'x', sensitive: false } }] },
        },
        status: 409,
        text: /would change Parameter 'a' from sensitive to not sensitive$/,
      },
    ],
  },
  {
    name: 'what inherits shows it when asked, and what is inherited from or bound is not removed',
    steps: [
      newContext({ name: 'lower', parameters: [{ parameter: { name: 'x', value: 'low' } }] }, 'lower'),
      newContext({ name: 'upper', parameters: [], inheritedParameterContexts: [{ id: '{{lower}}' }] }, 'upper'),
      { path: `${contexts}/{{upper}}`, status: 200, values: { 'component.parameters': [] } },
      {
        path: `${contexts}/{{upper}}?includeInheritedParameters=true`,
        status: 200,
        values: { 'component.parameters.0.parameter.inherited': true, 'component.parameters.0.parameter.value': 'low' },
      },
      {
        method: 'DELETE',
        path: `${contexts}/{{lower}}?version=1`,
        status: 409,
        text: /because it is referenced by at least one Parameter Context \[upper\]$/,
      },
      {
        method: 'POST',
        path: `${contexts}/{{lower}}/update-requests`,
        json: {
          revision: { version: 1, clientId: 'c' },
          id: '{{lower}}',
          component: { id: '{{lower}}', parameters: [], inheritedParameterContexts: [{ id: '{{upper}}' }] },
        },
        status: 409,
        text: /was detected in a cycle\.$/,
      },
    ],
  },
];
