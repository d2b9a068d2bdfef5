import { expect, it } from '@jest/globals';
import { SessionConnections } from '../../../src/nest/connections/session-connections.js';
import { JwksVerifierModule } from '../../../src/nest/jwks/jwks-verifier.module.js';
import { manualClock } from '../../../src/testing/index.js';
import { openStream } from '../../support/event-stream.js';
import { keyPair } from '../../support/key-pairs.js';
import { jwtManager } from '../../support/managers.js';
import { MemoryLogger } from '../../support/memory-logger.js';
import { startApp } from '../../support/nest-app.js';
import { Streams, until } from './streams.js';

it('R8 over a verifier a stream ends with its token, and not before', async () => {
  const clock = manualClock();
  const parties = { issuer: 'issuer', audience: 'audience' };
  const signing = { algorithm: 'EdDSA', privateKey: keyPair('EdDSA').privateKey };
  const issuer = await jwtManager({ ...parties, signing, clock });
  const verifier = JwksVerifierModule.forRoot({
    ...parties,
    jwks: issuer.keys.publicKeys(),
    clock,
    logger: new MemoryLogger(),
  });
  const { app, url } = await startApp('Express', { imports: [verifier], controllers: [Streams] });
  const { accessToken } = (await issuer.createSession('alice'))!;
  const stream = await openStream(`${url}/events`, { authorization: `Bearer ${accessToken}` });
  await issuer.invalidateSession(accessToken);
  clock.advance('14m');
  const before = stream.text().length;
  await until(() => stream.text().length > before);
  expect(app.get(SessionConnections).size).toBe(1);
  clock.advance('1m');
  await stream.closed;
  expect(app.get(SessionConnections).size).toBe(0);
  await app.close();
});
