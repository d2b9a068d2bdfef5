import type { ExecutionContext } from '@nestjs/common';
import { expect, it } from '@jest/globals';
import { Public } from '../../src/nest/decorators/route-access.decorators.js';
import { routeRules } from '../../src/nest/route-rules.js';

class Inherited {
  list() {}
}

@Public()
class Open extends Inherited {}

class Closed extends Inherited {}

const contextOf = (controller: typeof Inherited) =>
  ({
    getHandler: () => controller.prototype.list,
    getClass: () => controller,
  }) as unknown as ExecutionContext;

it('a handler that controllers inherit has the rules of each of them, and no rules are read twice', () => {
  for (let time = 0; time < 2; time++) {
    expect(routeRules(contextOf(Open)).mode).toBe('public');
    expect(routeRules(contextOf(Closed)).mode).toBe('required');
  }
  expect(routeRules(contextOf(Open))).toBe(routeRules(contextOf(Open)));
});
