import type { ExecutionContext } from '@nestjs/common';
import { expect, it } from '@jest/globals';
import { Permission } from '../../src/core/permission.js';
import { RequireDataset } from '../../src/nest/guards/require-dataset.decorator.js';
import { Public, RequireFresh } from '../../src/nest/rules/route-access.decorators.js';
import { routeRules } from '../../src/nest/rules/route-rules.js';

class Inherited {
  list() {}
}

@Public()
class Open extends Inherited {}

class Closed extends Inherited {}

const contextOf = (controller: { prototype: Inherited }) =>
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

it('a fresh answer is asked for wherever anybody asks for it, whatever else is said', () => {
  class Parent {
    list() {}
  }
  @RequireFresh()
  class Child extends Parent {}
  class Grandchild extends Child {}
  expect(routeRules(contextOf(Parent)).validation).toEqual({ accept: ['access'] });
  expect(routeRules(contextOf(Grandchild)).validation).toEqual({ accept: ['access'], fresh: true });
});

it('X1 a requirement of a child is added to those of its parents, and none of it to theirs', () => {
  const parameters = (controller: { prototype: Inherited }) =>
    routeRules(contextOf(controller)).datasets.map(({ parameter }) => parameter);

  @RequireDataset(Permission.Read, 'grandparent')
  class Grandparent {
    @RequireDataset(Permission.Read, 'handler')
    list() {}
  }
  class Parent extends Grandparent {}
  @RequireDataset(Permission.Read, 'child')
  @RequireDataset(Permission.Read, 'child too')
  class Child extends Parent {}
  class Sibling extends Parent {}

  expect(parameters(Child)).toEqual(['handler', 'child too', 'child', 'grandparent']);
  expect(parameters(Sibling)).toEqual(['handler', 'grandparent']);
  expect(parameters(Grandparent)).toEqual(['handler', 'grandparent']);
});

it('X1 a method that overrides a handler is a handler of its own: what stands on the other is not its', () => {
  class Parent {
    @Public()
    @RequireDataset(Permission.Read, 'overridden')
    list() {}
  }
  class Child extends Parent {
    @RequireDataset(Permission.Read, 'own')
    override list() {}
  }
  expect(routeRules(contextOf(Child))).toMatchObject({
    mode: 'required',
    datasets: [{ parameter: 'own' }],
  });
});

it('X1 a decorator that wraps a handler and copies its metadata does not share it', () => {
  const wrapped: MethodDecorator = (_target, _name, descriptor: PropertyDescriptor) => {
    const handler = descriptor.value as object;
    const wrapper = () => undefined;
    for (const key of Reflect.getMetadataKeys(handler) as string[]) {
      Reflect.defineMetadata(key, Reflect.getMetadata(key, handler), wrapper);
    }
    Route.inner = handler;
    descriptor.value = wrapper;
  };
  class Route {
    static inner: object;
    @RequireDataset(Permission.Write, 'dst')
    @wrapped
    @RequireDataset(Permission.Read, 'src')
    list() {}
  }
  const rulesOf = (handler: object) =>
    routeRules({ getHandler: () => handler, getClass: () => Route } as unknown as ExecutionContext);

  expect(rulesOf(Route.prototype.list).datasets).toHaveLength(2);
  expect(rulesOf(Route.inner).datasets).toHaveLength(1);
});
