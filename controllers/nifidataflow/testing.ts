// For tests: a flow that needs nothing and runs, as it stands in a registry or in a definition.

/** `make` → `take`; the size tells versions apart. */
export function flowContents(size: string): object {
  const processor = (identifier: string, name: string, type: string, more: object): object => ({
    identifier,
    name,
    type: `org.apache.nifi.processors.${type}`,
    properties: {},
    ...more,
  });
  return {
    identifier: 'b1c1a1c4-0000-3222-8333-444455556666',
    name: 'of the registry',
    comments: 'of the flow',
    processors: [
      processor('make-id', 'make', 'standard.GenerateFlowFile', { properties: { 'File Size': size } }),
      processor('take-id', 'take', 'attributes.UpdateAttribute', { autoTerminatedRelationships: ['success'] }),
    ],
    connections: [
      {
        identifier: 'between-id',
        name: 'between',
        source: { id: 'make-id' },
        destination: { id: 'take-id' },
        selectedRelationships: ['success'],
      },
    ],
  };
}
