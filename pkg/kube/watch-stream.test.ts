// Bytes to events, at every split and with every kind of garbage.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { FakeClock, settle } from './clock.ts';
import { LineSplitter, parseEvent, WatchStream } from './watch-stream.ts';

const added = (name: string) => JSON.stringify({ type: 'ADDED', object: { metadata: { name } } });

describe('a line splitter', () => {
  test('gives the same lines however the bytes are split, also within a character', () => {
    const line = fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\n', ''));
    fc.assert(
      fc.property(fc.array(line), fc.array(fc.nat({ max: 40 })), (lines, cuts) => {
        const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(''));
        const splitter = new LineSplitter();
        const got: string[] = [];
        let start = 0;
        for (const size of [...cuts, bytes.length]) {
          got.push(...splitter.push(bytes.subarray(start, start + size)).map((part) => part.toString()));
          start += size;
        }
        assert.deepEqual(got, lines);
        assert.equal(splitter.rest.length, 0);
      }),
    );
  });

  test('gives up on a line of more than 64 MiB', () => {
    const splitter = new LineSplitter();
    const chunk = Buffer.alloc(32 * 1024 * 1024, 'x');
    splitter.push(chunk);
    splitter.push(chunk);
    assert.throws(() => splitter.push(Buffer.from('x')), RangeError);
  });
});

describe('an event', () => {
  test('is refused when it is not UTF-8, not JSON, not an event or has no name', () => {
    const bad = [
      Buffer.from('{"type":"ADDED","object":{"metadata":{"name":"\xff"}}}', 'latin1'),
      '',
      '{"type":"ADDED"',
      'null',
      '[]',
      '{"type":"ADDED"}',
      '{"type":"SURPRISE","object":{"metadata":{"name":"a"}}}',
      '{"type":"ADDED","object":{"metadata":{}}}',
      '{"type":"BOOKMARK","object":{"metadata":{}}}',
    ];
    for (const line of bad) {
      assert.throws(() => parseEvent(Buffer.from(line)), { name: 'KubeTransportError', code: 'GARBAGE' }, String(line));
    }
  });
});

function aStream() {
  const clock = new FakeClock();
  const stream = new WatchStream(clock, 1000);
  const control = { aborted: 0, paused: 0, resumed: 0 };
  stream.attach({
    abort: () => {
      control.aborted += 1;
    },
    pause: () => {
      control.paused += 1;
    },
    resume: () => {
      control.resumed += 1;
    },
  });
  stream.started(200);
  return { clock, stream, control };
}

describe('a watch stream', () => {
  test('delivers what came whole before garbage, and then fails', async () => {
    const { stream, control } = aStream();
    stream.chunk(Buffer.from(`${added('a')}\n!!\n${added('b')}\n`));
    assert.equal((await stream.next()).done, false);
    await assert.rejects(stream.next(), { code: 'GARBAGE' });
    assert.equal(control.aborted, 1);
    await assert.rejects(stream.next(), { code: 'GARBAGE' }, 'nothing after garbage is delivered');
  });

  test('fails when it ends within a line', async () => {
    const { stream } = aStream();
    stream.chunk(Buffer.from('{"type":'));
    stream.ended();
    await assert.rejects(stream.next(), { code: 'CUT' });
  });

  test('is cut after silence, and by a drip of bytes that never ends a line', async () => {
    const { clock, stream, control } = aStream();
    for (let ms = 0; ms < 1000; ms += 100) {
      stream.chunk(Buffer.from('x'));
      await clock.advance(100);
    }
    await assert.rejects(stream.next(), { code: 'IDLE' });
    assert.equal(control.aborted, 1);
    assert.equal(clock.pendingTimers, 0);
  });

  test('lives on as long as lines come', async () => {
    const { clock, stream, control } = aStream();
    for (let round = 0; round < 10; round += 1) {
      await clock.advance(900);
      stream.chunk(Buffer.from(`${added('a')}\n`));
      await stream.next();
    }
    assert.equal(control.aborted, 0);
    await stream.return();
  });

  test('pauses the socket when the reader is slow and resumes it when he has caught up', async () => {
    const { stream, control } = aStream();
    stream.chunk(Buffer.from(`${added('a')}\n`.repeat(1500)));
    assert.equal(control.paused, 1);
    for (let index = 0; index < 1500; index += 1) await stream.next();
    assert.equal(control.resumed, 1);
    await stream.return();
  });

  test('turns a refusal into the error that its Status names', async () => {
    const stream = new WatchStream(new FakeClock(), 1000);
    stream.started(410);
    stream.chunk(Buffer.from('{"kind":"Status","code":410,"reason":"Expired","message":"too old"}\n'));
    stream.ended();
    await assert.rejects(stream.next(), { name: 'KubeApiError', status: 410, reason: 'Expired', message: 'too old' });
  });

  test('wakes a waiting reader when it ends', async () => {
    const { stream } = aStream();
    const next = stream.next();
    await settle();
    stream.ended();
    assert.equal((await next).done, true);
  });
});
