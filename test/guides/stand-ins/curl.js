/** The little of curl that guides use, for machines without: `-s -i -X method -H header -d data url`. */
import { once } from 'node:events';
import { request } from 'node:http';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    silent: { type: 'boolean', short: 's' },
    include: { type: 'boolean', short: 'i' },
    request: { type: 'string', short: 'X' },
    header: { type: 'string', short: 'H', multiple: true, default: [] },
    data: { type: 'string', short: 'd' },
  },
});

const url = /^https?:/.test(positionals[0]) ? positionals[0] : `http://${positionals[0]}`;
const sent = request(url, { method: values.request ?? (values.data === undefined ? 'GET' : 'POST') });
sent.setHeader('Accept', '*/*');
if (values.data !== undefined) sent.setHeader('Content-Type', 'application/x-www-form-urlencoded');
for (const header of values.header) {
  const colon = header.indexOf(':');
  sent.setHeader(header.slice(0, colon), header.slice(colon + 1).trim());
}
sent.end(values.data);

const [answer] = await once(sent, 'response');
if (values.include) {
  process.stdout.write(`HTTP/${answer.httpVersion} ${answer.statusCode} ${answer.statusMessage}\r\n`);
  for (let index = 0; index < answer.rawHeaders.length; index += 2) {
    process.stdout.write(`${answer.rawHeaders[index]}: ${answer.rawHeaders[index + 1]}\r\n`);
  }
  process.stdout.write('\r\n');
}
for await (const chunk of answer) process.stdout.write(chunk);
