import { createApp } from './app.js';
import { readEnvironment } from './config/read-environment.js';
import { openDataFolder } from './data-folder/data-folder.js';
import { firstLoginsNotice } from './first-logins-notice.js';
import { openStores } from './stores/session-stores.js';

try {
  const config = readEnvironment(process.env);
  const data = await openDataFolder(config);
  const app = await createApp(config, data, await openStores(config.stores));
  await app.listen(config.port, config.host);
  const url = await app.getUrl();
  console.log(`Listening on ${url} (strategy ${config.strategy}); API at ${url}/docs`);
  if (data.firstLogins) console.log(firstLoginsNotice(data.firstLogins, url));
} catch (error) {
  console.error(`Cannot start: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
