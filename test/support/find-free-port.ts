import { once } from 'node:events';
import { createServer } from 'node:net';

/** A TCP port of loopback that nothing listens on at this moment, for programs that cannot be told to take any. */
export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
