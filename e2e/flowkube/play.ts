// Plays the flow of the sample from a processor that generates flow files to the one that sends a request, along its own connections,
// and returns that request. Each class does what it does in NiFi with the properties that are set, and throws for any other use of
// it: a flow that this cannot play truly is not played at all. Nothing is sent, and nothing here knows what a Pod is.

import { evaluated, withParameters } from './expression.ts';
import { type Flow, type Processor, simpleName } from './flow.ts';

export interface RenderedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** File of the certificate authorities that are trusted. */
  readonly authorities: string;
}

export interface Playing {
  readonly flow: Flow;
  readonly parameters: ReadonlyMap<string, string>;
  /** The flow file's id, which it keeps. */
  readonly uuid: string;
  /** What the command writes. */
  readonly run: (command: string, args: readonly string[]) => Promise<string>;
}

interface FlowFile {
  readonly attributes: ReadonlyMap<string, string>;
  readonly content: string;
}

type Step = (playing: Playing, processor: Processor, flowFile: FlowFile) => Promise<FlowFile>;

/** Processors from which the flow starts. */
export function startsOf({ group }: Flow): readonly Processor[] {
  const fed = new Set(group.connections.map(({ destination }) => destination.id));
  return group.processors.filter(({ identifier }) => !fed.has(identifier));
}

/** What comes of one flow file of `start`. */
export async function requestOf(playing: Playing, start: Processor): Promise<RenderedRequest> {
  let processor = start;
  let flowFile: FlowFile = { attributes: new Map([['uuid', playing.uuid]]), content: '' };
  while (simpleName(processor.type) !== 'InvokeHTTP') {
    const step = steps[simpleName(processor.type)];
    if (step === undefined) throw new Error(`${processor.name}: ${processor.type} comes before no request`);
    flowFile = await step(playing, processor, flowFile);
    processor = next(playing.flow, processor);
  }
  return request(playing, processor, flowFile);
}

/** Where a flow file goes with which all went well. */
function next({ group }: Flow, { identifier, name }: Processor): Processor {
  const leading = group.connections.filter(
    ({ source, selectedRelationships }) =>
      source.id === identifier && selectedRelationships.some((one) => ['success', 'original'].includes(one)),
  );
  const [connection] = leading;
  const found = group.processors.find((each) => each.identifier === connection?.destination.id);
  if (found === undefined || leading.length > 1) throw new Error(`${name} leads to ${leading.length} processors`);
  return found;
}

const steps: Readonly<Record<string, Step>> = {
  // Its dynamic properties become attributes.
  async GenerateFlowFile(playing, processor, { attributes }) {
    demand(processor, { 'File Size': '0B', 'Batch Size': '1', 'generate-ff-custom-text': null });
    const own = dynamic(processor).map((name) => [name, value(playing, processor, name, attributes)] as const);
    return { attributes: new Map([...attributes, ...own]), content: '' };
  },

  async ReplaceText(playing, processor, { attributes }) {
    demand(processor, { 'Replacement Strategy': 'Always Replace', 'Evaluation Mode': 'Entire text' });
    return { attributes, content: value(playing, processor, 'Replacement Value', attributes) };
  },

  async ExecuteStreamCommand(playing, processor, { attributes, content }) {
    demand(processor, { argumentsStrategy: 'Command Arguments Property', 'Ignore STDIN': 'true' });
    const given = (name: string): string => value(playing, processor, name, attributes);
    const said = await playing.run(
      given('Command Path'),
      given('Command Arguments').split(given('Argument Delimiter')),
    );
    const kept = said.slice(0, Number(given('Max Attribute Length')));
    return { attributes: new Map([...attributes, [given('Output Destination Attribute'), kept]]), content };
  },
};

/** InvokeHTTP: dynamic properties become headers. */
function request(playing: Playing, processor: Processor, { attributes, content }: FlowFile): RenderedRequest {
  demand(processor, {
    'Request Body Enabled': 'true',
    'Request Content-Encoding': 'DISABLED',
    'Request Username': null,
  });
  const given = (name: string): string => value(playing, processor, name, attributes);
  const headers = dynamic(processor).map((name) => [name.toLowerCase(), given(name)]);
  const service = playing.flow.group.controllerServices.find(
    ({ identifier }) => identifier === processor.properties['SSL Context Service'],
  );
  if (service === undefined) throw new Error(`${processor.name} trusts nobody`);
  demand(service, { 'Private Key Source': 'UNDEFINED', 'Certificate Authorities Source': 'PROPERTIES' });
  return {
    method: given('HTTP Method'),
    url: given('HTTP URL'),
    headers: {
      'content-type': given('Request Content-Type'),
      'user-agent': given('Request User-Agent'),
      ...(Object.fromEntries(headers) as Record<string, string>),
    },
    body: content,
    authorities: service.properties['Certificate Authorities'] ?? '',
  };
}

/** Throws Error unless the properties are set like this: nothing else is played. */
function demand({ name, properties }: Pick<Processor, 'name' | 'properties'>, wanted: Processor['properties']): void {
  for (const [property, text] of Object.entries(wanted)) {
    if ((properties[property] ?? null) !== text) throw new Error(`${name}: only ${property} = ${text} is played`);
  }
}

function dynamic({ propertyDescriptors }: Processor): readonly string[] {
  return Object.values(propertyDescriptors).flatMap(({ name, dynamic: own }) => (own ? [name] : []));
}

function value(
  { parameters }: Playing,
  { name, properties }: Processor,
  property: string,
  attributes: FlowFile['attributes'],
): string {
  const text = properties[property] ?? null;
  if (text === null) throw new Error(`${name}: ${property} has no value`);
  return evaluated(withParameters(text, parameters), attributes);
}
