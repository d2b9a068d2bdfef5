import { describe, expect, it, jest } from '@jest/globals';
import { SessionEventBus, type SessionEvent } from '../../src/core/events.js';
import type { SessionLogger } from '../../src/core/logger.js';

const created: SessionEvent = { type: 'created', at: 5, username: 'alice', sessionId: 'an-id' };

function busAndLog() {
  const entries: string[] = [];
  const never = () => {
    throw new Error('not this level');
  };
  const logger: SessionLogger = {
    debug: never,
    log: never,
    warn: never,
    error: (text) => entries.push(text),
  };
  return { bus: new SessionEventBus(logger), entries };
}

/** Lets every promise that is already settled call back. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('SessionEventBus', () => {
  it('L3 calls every listener, synchronously, in the order of subscription', () => {
    const { bus } = busAndLog();
    const heard: string[] = [];
    bus.subscribe((event) => heard.push(`first ${event.type}`));
    bus.subscribe((event) => heard.push(`second ${event.type}`));
    bus.emit({ ...created });
    expect(heard).toEqual(['first created', 'second created']);
  });

  it('hands on the event as it was given, frozen', () => {
    const { bus } = busAndLog();
    const heard: SessionEvent[] = [];
    bus.subscribe((event) => heard.push(event));
    bus.emit({ ...created });
    expect(heard).toEqual([created]);
    expect(Object.isFrozen(heard[0])).toBe(true);
  });

  it('does not call a listener for what happened before it subscribed or after it left', () => {
    const { bus } = busAndLog();
    const listener = jest.fn();
    bus.emit({ ...created });
    const unsubscribe = bus.subscribe(listener);
    bus.emit({ ...created, at: 6 });
    unsubscribe();
    unsubscribe();
    bus.emit({ ...created, at: 7 });
    expect(listener.mock.calls).toEqual([[{ ...created, at: 6 }]]);
  });

  it('counts two subscriptions of one function as two', () => {
    const { bus } = busAndLog();
    const listener = jest.fn();
    const unsubscribe = bus.subscribe(listener);
    bus.subscribe(listener);
    bus.emit({ ...created });
    expect(listener).toHaveBeenCalledTimes(2);
    unsubscribe();
    bus.emit({ ...created });
    expect(listener).toHaveBeenCalledTimes(3);
  });

  it('lets a listener leave, and another come, while an event is told', () => {
    const { bus } = busAndLog();
    const late = jest.fn();
    const heard: string[] = [];
    const unsubscribe = bus.subscribe(() => {
      heard.push('once');
      unsubscribe();
      bus.subscribe(late);
    });
    bus.subscribe(() => heard.push('always'));
    bus.emit({ ...created });
    expect(heard).toEqual(['once', 'always']);
    expect(late).not.toHaveBeenCalled();
    bus.emit({ ...created });
    expect(heard).toEqual(['once', 'always', 'always']);
    expect(late).toHaveBeenCalledTimes(1);
  });

  it('does not call a listener that another one ended while the event is told', () => {
    const { bus } = busAndLog();
    const ended = jest.fn();
    const unsubscribe: { second?: () => void } = {};
    bus.subscribe(() => unsubscribe.second?.());
    unsubscribe.second = bus.subscribe(ended);
    bus.emit({ ...created });
    expect(ended).not.toHaveBeenCalled();
  });

  it.each([
    [
      'throws when it is looked at',
      Object.defineProperty({}, 'then', {
        get() {
          throw new Error('hands off');
        },
      }),
    ],
    [
      'throws when it is awaited',
      {
        then() {
          throw new Error('hands off');
        },
      },
    ],
    ['rejects', { then: (_: unknown, reject: (error: Error) => void) => reject(new Error('hands off')) }],
    [
      'is a promise whose class is not to be told',
      Object.defineProperty(Promise.resolve(), 'constructor', {
        get() {
          throw new Error('hands off');
        },
      }),
    ],
  ])('L4 logs a listener whose answer %s, and calls the others all the same', async (_what, answer) => {
    const { bus, entries } = busAndLog();
    const next = jest.fn();
    bus.subscribe(() => answer);
    bus.subscribe(next);
    bus.emit({ ...created });
    expect(next).toHaveBeenCalledTimes(1);
    await settled();
    expect(entries).toEqual(['A listener of session events failed: Error: hands off']);
  });

  it('logs a listener that throws, and calls the others all the same', () => {
    const { bus, entries } = busAndLog();
    const next = jest.fn();
    bus.subscribe(() => {
      throw new Error('broken');
    });
    bus.subscribe(next);
    expect(() => bus.emit({ ...created })).not.toThrow();
    expect(next).toHaveBeenCalledTimes(1);
    expect(entries).toEqual(['A listener of session events failed: Error: broken']);
  });

  it('logs an async listener that rejects, and leaves no rejection unhandled', async () => {
    const { bus, entries } = busAndLog();
    const unhandled = jest.fn();
    process.once('unhandledRejection', unhandled);
    // An async function is assignable to a listener, whose result is void.
    bus.subscribe(() => Promise.reject(new Error('broken later')));
    bus.emit({ ...created });
    await settled();
    process.removeListener('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
    expect(entries).toEqual(['A listener of session events failed: Error: broken later']);
  });

  it('L2 logs one line whatever the listener threw', () => {
    const { bus, entries } = busAndLog();
    bus.subscribe(() => {
      throw new Error('a\r\nERROR [fake] b\u001b[31m\u202e');
    });
    bus.emit({ ...created });
    expect(entries).toEqual([
      'A listener of session events failed: Error: a\\u{d}\\u{a}ERROR [fake] b\\u{1b}[31m\\u{202e}',
    ]);
  });

  it.each([
    ['undefined', undefined],
    ['a text', 'just a text'],
    ['a symbol', Symbol('s')],
    ['an object without a prototype', Object.create(null)],
    [
      'an object that has no text',
      {
        toString() {
          throw new Error('none');
        },
      },
    ],
  ])('ignores a listener that throws %s', (_, thrown) => {
    const { bus, entries } = busAndLog();
    const next = jest.fn();
    bus.subscribe(() => {
      throw thrown;
    });
    bus.subscribe(next);
    expect(() => bus.emit({ ...created })).not.toThrow();
    expect(next).toHaveBeenCalledTimes(1);
    expect(entries).toHaveLength(1);
  });

  it.each([
    ['a text', 'just a text'],
    ['an object without a prototype', Object.create(null)],
  ])('ignores an async listener that rejects with %s', async (_, reason) => {
    const { bus, entries } = busAndLog();
    const unhandled = jest.fn();
    process.once('unhandledRejection', unhandled);
    bus.subscribe(() => Promise.reject(reason as Error));
    bus.emit({ ...created });
    await settled();
    process.removeListener('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
    expect(entries).toHaveLength(1);
  });
});
