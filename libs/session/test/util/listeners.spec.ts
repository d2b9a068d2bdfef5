import { describe, expect, it } from '@jest/globals';
import { Listeners } from '../../src/util/listeners.js';

describe('Listeners', () => {
  it('does not tell one whom a listener before it has ended', () => {
    const listeners = new Listeners<string>();
    const heard: string[] = [];
    listeners.add((news) => {
      heard.push(`first ${news}`);
      leave();
    });
    const leave = listeners.add((news) => heard.push(`second ${news}`));
    listeners.tell('a');
    expect(heard).toEqual(['first a']);
  });

  it('does not tell one who came while others were told', () => {
    const listeners = new Listeners<string>();
    const heard: string[] = [];
    listeners.add(() => listeners.add((news) => heard.push(news)));
    listeners.tell('a');
    expect(heard).toEqual([]);
    listeners.tell('b');
    expect(heard).toEqual(['b']);
  });
});
