import { expectTypeOf } from 'expect-type';
import {
  ApiTokenStore,
  createSessionManager,
  MemorySessionStore,
  SessionStore,
  type AmendResult,
  type ApiTokenRecord,
  type CreateResult,
  type FileApiTokenStore,
  type MemoryApiTokenStore,
  type RotateResult,
  type SessionRecord,
  type SweepResult,
} from 'nestjs-session-manager';

const SWEPT: SweepResult = { removed: 0, more: false };
declare const record: SessionRecord;
declare const apiToken: ApiTokenRecord;

export const promises = {
  'SessionStore can be implemented by synchronous methods'() {
    class Synchronous extends SessionStore {
      readonly shared = false;
      create = (): CreateResult => ({ outcome: 'created', evicted: [] });
      access = () => record;
      rotate = (): RotateResult => ({ outcome: 'gone' });
      find = () => undefined;
      revoke = () => record;
      revokeByUser = () => [];
      amend = (): AmendResult => ({ outcome: 'gone' });
      revokeAll = () => 0;
      browse = () => ({ records: [record] });
      listByUser = () => [record];
      count = () => 0;
      sweepExpired = () => SWEPT;
      ping = () => {};
      close = () => {};
    }
    void createSessionManager({ strategy: 'token', store: new Synchronous() });
  },

  'and by asynchronous ones'() {
    class Asynchronous extends SessionStore {
      readonly shared = true;
      override readonly clock = () => 0;
      async create(given: SessionRecord): Promise<CreateResult> {
        return { outcome: 'existing', record: given };
      }
      async access(id: string, generation: number) {
        return id === '' || generation === 0 ? undefined : record;
      }
      async rotate(): Promise<RotateResult> {
        return { outcome: 'stale', record };
      }
      async find() {
        return record;
      }
      async revoke() {
        return undefined;
      }
      async revokeByUser() {
        return ['id'];
      }
      async amend(): Promise<AmendResult> {
        return { outcome: 'amended', record };
      }
      async revokeAll() {
        return 0;
      }
      async browse() {
        return undefined;
      }
      async listByUser() {
        return [];
      }
      async count() {
        return 0;
      }
      async sweepExpired() {
        return SWEPT;
      }
      async ping() {}
      async close() {}
    }
    void createSessionManager({ strategy: 'jwt', store: new Asynchronous() });
  },

  'ApiTokenStore can be implemented either way, method by method'() {
    class Mixed extends ApiTokenStore {
      readonly shared = true;
      async put() {
        return true;
      }
      access = () => apiToken;
      async revoke() {
        return undefined;
      }
      revokeByUser = () => ['jti'];
      revokeAll = () => 0;
      browse = async () => ({ records: [apiToken] });
      async listByUser() {
        return [apiToken];
      }
      sweepExpired = () => SWEPT;
      async ping() {}
      close = () => {};
    }
    void createSessionManager({ strategy: 'jwt', apiTokenStore: new Mixed() });
  },

  'a store that lacks a verb, or answers something else, is none'() {
    // @ts-expect-error every verb is missing
    class Lacking extends SessionStore {
      readonly shared = false;
    }
    class Wrong extends MemorySessionStore {
      // @ts-expect-error a count is a number
      override count = async () => 'many';
    }
    // @ts-expect-error a store of sessions keeps no API tokens
    void createSessionManager({ strategy: 'jwt', apiTokenStore: new MemorySessionStore() });
    return [Lacking, Wrong];
  },

  'the stores that come along implement the ports'() {
    expectTypeOf<MemorySessionStore>().toExtend<SessionStore>();
    expectTypeOf<MemoryApiTokenStore>().toExtend<ApiTokenStore>();
    expectTypeOf<FileApiTokenStore>().toExtend<ApiTokenStore>();
  },

  'what a create and a rotation answer narrows by outcome'(created: CreateResult, rotated: RotateResult) {
    if (created.outcome === 'existing') expectTypeOf(created.record).toEqualTypeOf<SessionRecord>();
    // @ts-expect-error only an existing session has a record
    else expectTypeOf(created.record);
    if (rotated.outcome === 'limit-reached') expectTypeOf(rotated.active).toEqualTypeOf<number>();
  },
};
