/** Runs as one file where no package can be found: nothing optional went into the bundle, and no native code. */
import 'reflect-metadata';
import { createSessionManager, tokensOr429 } from 'nestjs-session-manager';
import { strict as assert } from 'node:assert';
import { randomBytes } from 'node:crypto';

async function main() {
  const secretKey = randomBytes(64);
  const sessions = await createSessionManager({ strategy: 'token', secretKey });
  const tokens = tokensOr429(await sessions.createSession('alice'));
  assert.equal((await sessions.validateSession(tokens.accessToken)).username, 'alice');

  await assert.rejects(createSessionManager({ strategy: 'jwt', secretKey }), {
    code: 'SESSION_CONFIGURATION',
    message: /run "npm install @nestjs\/jwt@/,
  });
  await assert.rejects(sessions.keys!.rotateKeys('correct horse battery staple'), {
    code: 'SESSION_CONFIGURATION',
    message: /keep that package out of bundles/,
  });
}

void main();
