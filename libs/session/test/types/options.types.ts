import { expectTypeOf } from 'expect-type';
import {
  BearerTransport,
  createSessionManager,
  JwksVerifierModule,
  SessionModule,
  SessionTransport,
  type JwtSessionOptions,
  type OptionsWithoutStrategy,
  type SessionOptions,
  type SessionOptionsFactory,
  type SessionStrategy,
} from 'nestjs-session-manager';

const apiTokenDir = '/var/lib/app';
const secretKey = 'a passphrase';

export const promises = {
  'forRoot takes the options of its strategy'() {
    SessionModule.forRoot('token');
    SessionModule.forRoot({ strategy: 'token', sessionTimeout: 60, maxConcurrentSessions: 2, secretKey });
    SessionModule.forRoot({ strategy: 'single', sessionTimeout: 60, refreshGrace: 5, secretKey });
    SessionModule.forRoot({ strategy: 'jwt', leeway: 2, refreshTimeout: 60, apiTokenDir, secretKey });
    SessionModule.forRoot({ strategy: 'no-auth', allowInProduction: true });
    SessionModule.forRoot({ strategy: 'token', sliding: true, maxSessionsPerUser: 2, idleTimeout: 60 });
    SessionModule.forRoot({ strategy: 'single', sliding: true, idleTimeout: 60 });
    SessionModule.forRoot({ strategy: 'jwt', maxSessionsPerUser: () => 2, idleTimeout: 60 });
    SessionModule.forRoot({ strategy: 'jwt', effectivePermissions: () => ['read'] });
    SessionModule.forRoot({ strategy: 'jwt', effectivePermissions: async () => [], wrapApiTokens: true });
  },

  'a transport of the application’s is an option everywhere, and says what its requests are'() {
    class OwnHeader extends SessionTransport {
      read({ headers }: { headers: Record<string, string | undefined> }, which?: 'access' | 'refresh') {
        return headers[which === 'refresh' ? 'x-refresh' : 'x-access'];
      }
      override write(_request: unknown, response: { header(name: string, value: string): unknown }) {
        response.header('x-written', 'yes');
      }
    }
    const transport = new OwnHeader();
    const options: SessionOptions = { strategy: 'jwt', transport };
    SessionModule.forRoot(options);
    SessionModule.forRoot({ strategy: 'no-auth', transport });
    SessionModule.forRootAsync({
      strategy: 'token',
      useFactory: () => ({ transport: new BearerTransport() }),
    });
    JwksVerifierModule.forRoot({ issuer: 'i', audience: 'a', transport });
    void createSessionManager({ strategy: 'single', transport });
    // @ts-expect-error it is the class, and not one of its objects
    SessionModule.forRoot({ strategy: 'token', transport: OwnHeader });
    // @ts-expect-error it reads nothing
    SessionModule.forRoot({ strategy: 'token', transport: { check: () => undefined } });
  },

  'forRoot refuses the options of another strategy'() {
    // @ts-expect-error leeway is an option of jwt
    SessionModule.forRoot({ strategy: 'token', leeway: 2 });
    // @ts-expect-error apiTokenDir is an option of jwt
    SessionModule.forRoot({ strategy: 'single', apiTokenDir });
    // @ts-expect-error only jwt has API tokens
    SessionModule.forRoot({ strategy: 'token', effectivePermissions: () => [] });
    // @ts-expect-error no such permission
    SessionModule.forRoot({ strategy: 'jwt', effectivePermissions: () => ['Read'] });
    // @ts-expect-error one session at a time is no option
    SessionModule.forRoot({ strategy: 'single', maxConcurrentSessions: 2 });
    // @ts-expect-error no access renews a JWT
    SessionModule.forRoot({ strategy: 'jwt', sliding: true });
    // @ts-expect-error nothing is signed
    SessionModule.forRoot({ strategy: 'no-auth', secretKey });
    // @ts-expect-error it has one session, and no limit
    SessionModule.forRoot({ strategy: 'no-auth', maxSessionsPerUser: 2 });
    // @ts-expect-error allowInProduction is an option of no-auth
    SessionModule.forRoot({ strategy: 'jwt', allowInProduction: true });
  },

  'options put together before are held to the same'() {
    const options = { strategy: 'token', sessionTimeout: 60, leeway: 2 } as const;
    // @ts-expect-error leeway is an option of jwt
    SessionModule.forRoot(options);
    // @ts-expect-error leeway is an option of jwt
    void createSessionManager(options);
  },

  'forRoot refuses an unknown strategy, an unknown option and no strategy at all'() {
    // @ts-expect-error no such strategy
    SessionModule.forRoot('basic');
    // @ts-expect-error no such strategy
    SessionModule.forRoot({ strategy: 'basic' });
    // @ts-expect-error it is misspelt
    SessionModule.forRoot({ strategy: 'token', sesionTimeout: 60 });
    // @ts-expect-error which strategy?
    SessionModule.forRoot({ sessionTimeout: 60 });
    // @ts-expect-error which strategy?
    SessionModule.forRoot();
  },

  'forRootAsync takes what a factory of its strategy makes, at once or later'() {
    SessionModule.forRootAsync({ strategy: 'token', useFactory: () => ({ sessionTimeout: 60 }) });
    SessionModule.forRootAsync({ strategy: 'jwt', useFactory: async () => ({ leeway: 2, apiTokenDir }) });
    SessionModule.forRootAsync({
      strategy: 'jwt',
      inject: ['KEY'],
      useFactory: (key: string) => ({ secretKey: key }),
      isGlobal: false,
    });
  },

  'forRootAsync refuses a factory that makes options of another strategy'() {
    // @ts-expect-error leeway is an option of jwt
    SessionModule.forRootAsync({ strategy: 'token', useFactory: () => ({ sessionTimeout: 60, leeway: 2 }) });
    // @ts-expect-error apiTokenDir is an option of jwt
    SessionModule.forRootAsync({ strategy: 'single', useFactory: async () => ({ secretKey, apiTokenDir }) });
    // @ts-expect-error nothing is signed
    SessionModule.forRootAsync({ strategy: 'no-auth', useFactory: () => ({ secretKey }) });
    // @ts-expect-error the strategy is given beside the factory
    SessionModule.forRootAsync({ useFactory: () => ({ strategy: 'token' as const }) });
    // @ts-expect-error no such strategy
    SessionModule.forRootAsync({ strategy: 'basic', useFactory: () => ({}) });
  },

  'a class that makes options names the strategy it makes them for'() {
    class JwtOptions implements SessionOptionsFactory<'jwt'> {
      createSessionOptions() {
        return { leeway: 2 };
      }
    }
    SessionModule.forRootAsync({ strategy: 'jwt', useClass: JwtOptions });
    SessionModule.forRootAsync({ strategy: 'jwt', useExisting: JwtOptions });
    // @ts-expect-error it makes options of jwt
    SessionModule.forRootAsync({ strategy: 'token', useClass: JwtOptions });
    class WrongOptions implements SessionOptionsFactory<'token'> {
      // @ts-expect-error leeway is an option of jwt
      createSessionOptions() {
        return { leeway: 2 };
      }
    }
    return WrongOptions;
  },

  'createSessionManager takes the same options, and refuses the same'() {
    void createSessionManager('single');
    void createSessionManager({ strategy: 'jwt', leeway: 2, apiTokenDir, secretKey });
    // @ts-expect-error leeway is an option of jwt
    void createSessionManager({ strategy: 'token', leeway: 2 });
    // @ts-expect-error apiTokenDir is an option of jwt
    void createSessionManager({ strategy: 'single', apiTokenDir });
    // @ts-expect-error nothing is signed
    void createSessionManager({ strategy: 'no-auth', secretKey });
    // @ts-expect-error no such strategy
    void createSessionManager('basic');
    // @ts-expect-error no such strategy
    void createSessionManager({ strategy: 'basic' });
  },

  'a strategy known only at run time is taken by all three'(
    strategy: SessionStrategy,
    options: SessionOptions,
  ) {
    SessionModule.forRoot(strategy);
    SessionModule.forRoot(options);
    void createSessionManager(strategy);
    void createSessionManager(options);
    SessionModule.forRootAsync({ strategy, useFactory: () => ({ sessionTimeout: 60 }) });
  },

  'options narrow by strategy'(options: SessionOptions) {
    if (options.strategy === 'jwt') expectTypeOf(options.leeway).toEqualTypeOf<number | undefined>();
    else expectTypeOf(options.leeway).toEqualTypeOf<undefined>();
    expectTypeOf<SessionOptions['strategy']>().toEqualTypeOf<SessionStrategy>();
    expectTypeOf<JwtSessionOptions['strategy']>().toEqualTypeOf<'jwt'>();
    expectTypeOf<OptionsWithoutStrategy<'jwt'>>().not.toHaveProperty('strategy');
  },
};
