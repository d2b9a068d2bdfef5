/** Clients of ws in a process of their own: opens a connection for each token, and tells when each has closed. */
import { WebSocket } from 'ws';

process.once('disconnect', () => process.exit());
process.once('message', ({ url, tokens }) => {
  let open = 0;
  const closes = [];
  tokens.forEach((token, index) => {
    const socket = new WebSocket(url, { headers: { authorization: `Bearer ${token}` } });
    socket.on('open', () => {
      open += 1;
      if (open === tokens.length) process.send({ open });
    });
    socket.on('close', (code) => {
      // Of the monotonic clock that all processes of a machine share, in microseconds.
      closes[index] = { code, at: Number(process.hrtime.bigint() / 1000n) };
      if (Object.keys(closes).length === tokens.length) process.send({ closes });
    });
  });
});
