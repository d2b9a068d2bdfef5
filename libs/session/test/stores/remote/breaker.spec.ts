import { describe, expect, it } from '@jest/globals';
import { Breaker } from '../../../src/stores/remote/breaker.js';

describe('Breaker', () => {
  let now = 0;
  const breaker = () => new Breaker({ failures: 3, probeAfter: 250 }, () => now);
  const silences = (times: number, of: Breaker) => {
    for (let time = 0; time < times; time += 1) of.heardNothing();
  };

  it('opens after so many silences in a row, and not before', () => {
    const given = breaker();
    silences(2, given);
    expect(given.lets()).toBe(true);
    given.heardNothing();
    expect(given.lets()).toBe(false);
  });

  // A rolling percentage of failures, as other breakers keep, is a thousandth here, and none has opened.
  it('opens as soon after thousands of answers as after none', () => {
    const given = breaker();
    for (let call = 0; call < 3000; call += 1) given.heard();
    silences(3, given);
    expect(given.lets()).toBe(false);
  });

  it('stays closed where answers lie between the silences, however many these are', () => {
    const given = breaker();
    for (let call = 0; call < 1000; call += 1) {
      silences(2, given);
      given.heard();
    }
    expect(given.lets()).toBe(true);
  });

  it('lets one probe through at a time, the first of them after a while', () => {
    const given = breaker();
    silences(3, given);
    now += 249;
    expect(given.lets()).toBe(false);
    now += 1;
    expect([given.lets(), given.lets(), given.lets()]).toEqual([true, false, false]);
    now += 250;
    expect([given.lets(), given.lets()]).toEqual([true, false]);
  });

  it('waits for as long again after a probe that nobody answered', () => {
    const given = breaker();
    silences(3, given);
    now += 250;
    given.lets();
    now += 100;
    given.heardNothing();
    now += 249;
    expect(given.lets()).toBe(false);
    now += 1;
    expect(given.lets()).toBe(true);
  });

  it('closes at the first answer', () => {
    const given = breaker();
    silences(30, given);
    given.heard();
    expect([given.lets(), given.lets()]).toEqual([true, true]);
    silences(2, given);
    expect(given.lets()).toBe(true);
  });

  it('has defaults: five silences, a quarter of a second', () => {
    const given = new Breaker({}, () => now);
    silences(4, given);
    expect(given.lets()).toBe(true);
    given.heardNothing();
    now += 249;
    expect(given.lets()).toBe(false);
    now += 1;
    expect(given.lets()).toBe(true);
  });
});
