// Finds the endpoint for a method and path. What matters to clients: an unknown path is 404, a known one with another method 405.

import { HttpError } from '../errors.ts';
import type { Endpoint, Method } from './endpoint.ts';

interface Route {
  readonly endpoint: Endpoint;
  readonly pattern: RegExp;
}

export interface Match {
  readonly endpoint: Endpoint;
  readonly params: Readonly<Record<string, string>>;
}

export class Router {
  private readonly routes: readonly Route[];

  constructor(endpoints: readonly Endpoint[]) {
    this.routes = endpoints.map((endpoint) => ({ endpoint, pattern: patternOf(endpoint.path) }));
  }

  /** `path` is below /nifi-api. Throws 404 or 405. */
  match(method: string, path: string): Match {
    let known = false;
    for (const { endpoint, pattern } of this.routes) {
      const found = pattern.exec(path);
      if (!found) continue;
      if (endpoint.method === (method === 'HEAD' ? 'GET' : (method as Method))) {
        return { endpoint, params: found.groups ?? {} };
      }
      known = true;
    }
    if (known) throw new HttpError(405, 'HTTP 405 Method Not Allowed');
    throw new HttpError(404, 'The specified resource could not be found.');
  }
}

function patternOf(path: string): RegExp {
  const source = path.replace(
    /\{(\w+)(\*?)\}/g,
    (_, name: string, rest: string) => `(?<${name}>${rest ? '.+' : '[^/]+'})`,
  );
  return new RegExp(`^${source}$`);
}
