// What a test breaks about flows: components that are not valid, background requests that fail, and a person who changes
// something at the worst moment. Nodes look here whenever it matters; nothing here knows of nodes.

import { advance } from './revisions.ts';
import type { ClusterState } from './state.ts';

export type Release = () => void;

export type UpdateKind = 'version' | 'replace' | 'parameters';

interface Failure {
  readonly kind: UpdateKind;
  readonly why: string;
}

interface Race {
  readonly path: RegExp;
  readonly act: (state: ClusterState) => void;
}

export class FlowFaults {
  /** Name or id of a component → what is wrong with it. */
  readonly broken = new Map<string, string>();
  private readonly failures: Failure[] = [];
  private readonly races: Race[] = [];

  /** A component of this name or id is not valid, with this validation error. */
  breakComponent(nameOrId: string, error = `'Broken' is invalid because a test says so`): Release {
    this.broken.set(nameOrId, error);
    return () => {
      this.broken.delete(nameOrId);
    };
  }

  /** The next background request of this kind fails where it would change the flow. */
  failNextUpdate(kind: UpdateKind, why = 'a test says so'): void {
    this.failures.push({ kind, why });
  }

  /** Just before the next write to a path that matches, a person changes the component of this id: its revision moves on. */
  raceOnce(path: RegExp, componentId: string, act: (state: ClusterState) => void = () => undefined): void {
    this.races.push({
      path,
      act: (state) => {
        act(state);
        advance(state.revisions, componentId, { clientId: 'somebody-at-the-canvas' });
      },
    });
  }

  // For nodes

  /** Why the update that is about to happen fails, once. */
  takeFailure(kind: UpdateKind): string | undefined {
    const index = this.failures.findIndex((failure) => failure.kind === kind);
    return index === -1 ? undefined : this.failures.splice(index, 1)[0]?.why;
  }

  beforeWrite(path: string, state: ClusterState): void {
    const index = this.races.findIndex((race) => race.path.test(path));
    if (index !== -1) this.races.splice(index, 1)[0]?.act(state);
  }
}
