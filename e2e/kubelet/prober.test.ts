import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { startProber } from './prober.ts';
import { Wheel } from './wheel.ts';

describe('the probes of a container', () => {
  let wheel: Wheel;
  let stop: () => void;
  let log: string[];
  beforeEach(() => {
    wheel = new Wheel();
    log = [];
  });
  afterEach(() => {
    stop();
    wheel.stop();
  });

  /** Starts all three probes, a period being 10 ms; `answers` are the results of each in turn, the last one for ever. */
  function probe(answers: Readonly<Record<string, readonly boolean[]>>, failureThreshold = 3): void {
    const asked = new Map<string, number>();
    const each = { periodSeconds: 1, failureThreshold };
    stop = startProber({
      probes: { startupProbe: each, readinessProbe: each, livenessProbe: each },
      wheel,
      seconds: (count) => count * 10,
      check: async (_probe, kind) => {
        const turn = asked.get(kind) ?? 0;
        asked.set(kind, turn + 1);
        if (turn === 0) log.push(`asked ${kind}`);
        return answers[kind]?.[turn] ?? answers[kind]?.at(-1) ?? true;
      },
      onStarted: () => log.push('started'),
      onReady: (ready) => log.push(ready ? 'ready' : 'unready'),
      onUnhealthy: (kind) => log.push(`unhealthy by ${kind}`),
    });
  }

  const pass = (ms: number): Promise<void> => wheel.sleep(ms);

  test('ask for nothing else until the startup probe has succeeded', async () => {
    probe({ startupProbe: [false, false, true], readinessProbe: [true] });
    await pass(10);
    assert.deepEqual(log, ['asked startupProbe']);
    await pass(120);
    assert.deepEqual(log, ['asked startupProbe', 'started', 'asked readinessProbe', 'asked livenessProbe', 'ready']);
  });

  test('take as many failures in a row as the threshold says, and one success', async () => {
    probe({ readinessProbe: [true, false, false, true, false, false, false, true] });
    await pass(250);
    assert.deepEqual(log.slice(4), ['ready', 'unready', 'ready']);
  });

  test('have the container restarted when it never starts, or when it dies inside', async () => {
    probe({ startupProbe: [false] }, 2);
    await pass(100);
    assert.deepEqual(log, ['asked startupProbe', 'unhealthy by startupProbe']);
    stop();
    log = [];
    probe({ livenessProbe: [true, false] }, 2);
    await pass(150);
    assert.deepEqual(log.slice(4), ['ready', 'unhealthy by livenessProbe']);
  });

  test('end when they are stopped', async () => {
    probe({ readinessProbe: [true, true, true, false] }, 1);
    await pass(15);
    stop();
    await pass(100);
    assert.ok(!log.includes('unready'));
  });
});
