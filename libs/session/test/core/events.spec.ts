import { describe, expect, it, jest } from '@jest/globals';
import { SessionEventBus, type SessionEvent } from '../../src/core/events.js';
import { START } from '../support/records.js';

const CREATED: SessionEvent = { type: 'created', at: START, username: 'alice', sessionId: 's1' };

function capturedBus() {
  const errors: string[] = [];
  const fail = (message: string) => {
    throw new Error(`nothing else is logged: ${message}`);
  };
  const bus = new SessionEventBus({ debug: fail, log: fail, warn: fail, error: (m) => void errors.push(m) });
  return { bus, errors };
}

/** Lets what is pending settle. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('SessionEventBus', () => {
  it('L3 calls every listener with every event, synchronously and in the order of subscription', () => {
    const { bus } = capturedBus();
    const heard: string[] = [];
    bus.subscribe(({ type }) => void heard.push(`first ${type}`));
    bus.subscribe(({ type }) => void heard.push(`second ${type}`));
    bus.emit({ ...CREATED });
    bus.emit({ ...CREATED, type: 'ended', reason: 'logout' });
    expect(heard).toEqual(['first created', 'second created', 'first ended', 'second ended']);
  });

  it('hands over the event as it is, frozen', () => {
    const { bus } = capturedBus();
    const listener = jest.fn();
    bus.subscribe(listener);
    bus.emit({ ...CREATED });
    expect(listener).toHaveBeenCalledWith(CREATED);
    expect(Object.isFrozen(listener.mock.calls[0]![0])).toBe(true);
  });

  it('calls nobody who has unsubscribed, and unsubscribing twice is fine', () => {
    const { bus } = capturedBus();
    const gone = jest.fn();
    const here = jest.fn();
    const unsubscribe = bus.subscribe(gone);
    bus.subscribe(here);
    unsubscribe();
    unsubscribe();
    bus.emit({ ...CREATED });
    expect(gone).not.toHaveBeenCalled();
    expect(here).toHaveBeenCalledTimes(1);
  });

  it('counts one function subscribed twice as two subscriptions that end apart', () => {
    const { bus } = capturedBus();
    const listener = jest.fn();
    const unsubscribe = bus.subscribe(listener);
    bus.subscribe(listener);
    bus.emit({ ...CREATED });
    expect(listener).toHaveBeenCalledTimes(2);
    unsubscribe();
    bus.emit({ ...CREATED });
    expect(listener).toHaveBeenCalledTimes(3);
  });

  it('calls whoever was there when the event came, whatever listeners do meanwhile', () => {
    const { bus } = capturedBus();
    const later = jest.fn();
    const ends: (() => void)[] = [];
    bus.subscribe(() => {
      bus.subscribe(later);
      ends[0]!();
    });
    const second = jest.fn();
    ends.push(bus.subscribe(second));
    bus.emit({ ...CREATED });
    expect(second).toHaveBeenCalledTimes(1);
    expect(later).not.toHaveBeenCalled();
  });

  it('logs and ignores a listener that throws, and calls the next', () => {
    const { bus, errors } = capturedBus();
    const next = jest.fn();
    bus.subscribe(() => {
      throw new Error('boom');
    });
    bus.subscribe(next);
    bus.emit({ ...CREATED });
    expect(errors).toEqual(['A listener of session events failed: Error: boom']);
    expect(next).toHaveBeenCalledTimes(1);
  });

  it('logs and ignores a listener that rejects', async () => {
    const { bus, errors } = capturedBus();
    bus.subscribe(() => Promise.reject(new Error('late boom')));
    bus.emit({ ...CREATED });
    await settled();
    expect(errors).toEqual(['A listener of session events failed: Error: late boom']);
  });

  it('L2 logs one line whatever a listener throws', () => {
    const { bus, errors } = capturedBus();
    bus.subscribe(() => {
      throw new Error('a\r\nWARNING forged\u001b[2J\u202e');
    });
    bus.emit({ ...CREATED });
    expect(errors).toHaveLength(1);
    // eslint-disable-next-line no-control-regex -- control characters are the subject
    expect(errors[0]).not.toMatch(/[\u0000-\u001f\u202e]/);
  });

  it.each([
    ['undefined', undefined],
    ['a text', 'text'],
    ['a symbol', Symbol('s')],
    ['an object without a prototype', Object.create(null) as unknown],
    [
      'an object that cannot be shown',
      {
        toString() {
          throw new Error('no');
        },
      },
    ],
  ])('ignores a listener that throws or rejects with %s', async (_, thrown) => {
    const { bus, errors } = capturedBus();
    const next = jest.fn();
    bus.subscribe(() => {
      throw thrown;
    });
    bus.subscribe(next);
    expect(() => bus.emit({ ...CREATED })).not.toThrow();
    expect(next).toHaveBeenCalledTimes(1);
    expect(errors).toHaveLength(1);

    // Only once throwing is known to be harmless: a rejection that escapes would end this process.
    bus.subscribe(() => Promise.reject(thrown as Error));
    bus.emit({ ...CREATED });
    await settled();
    expect(errors).toHaveLength(3);
  });
});
