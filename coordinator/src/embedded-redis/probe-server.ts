import { connect } from 'node:net';

/** up: serves. loading: reads its data in, serves soon. silent: something holds the socket and says nothing. gone: nothing listens. */
export type ServerState = 'up' | 'loading' | 'silent' | 'gone';

/** Failures to connect that mean that no server listens there. */
const NOBODY: ReadonlySet<string> = new Set(['ENOENT', 'ECONNREFUSED', 'ENOTSOCK']);

/** Asks the server at a Unix socket how it is. Never throws. */
export async function probeServer(socketPath: string): Promise<ServerState> {
  const reply = await sendCommand(socketPath, 'PING', 1000);
  if (reply === undefined) return 'gone';
  if (reply.startsWith('+PONG')) return 'up';
  return reply.startsWith('-LOADING') ? 'loading' : 'silent';
}

/** Asks the server to write everything out and end. The connection closes when it has. */
export async function requestShutdown(socketPath: string, withinMs: number): Promise<void> {
  await sendCommand(socketPath, 'SHUTDOWN', withinMs);
}

/** Process id of the server, from its own INFO; undefined where it does not answer. */
export async function readServerPid(socketPath: string): Promise<number | undefined> {
  const reply = (await sendCommand(socketPath, 'INFO server', 1000)) ?? '';
  const [, pid] = /^process_id:(\d+)/m.exec(reply) ?? [];
  return pid === undefined ? undefined : Number(pid);
}

/** The beginning of the server's reply; '' where it says nothing in time or closes; undefined where nothing listens. */
function sendCommand(socketPath: string, command: string, withinMs: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    const finish = (reply: string | undefined) => {
      resolve(reply);
      socket.destroy();
    };
    socket.setTimeout(withinMs, () => finish(''));
    socket.once('connect', () => socket.write(`${command}\r\n`));
    socket.once('data', (chunk) => finish(chunk.toString('latin1')));
    socket.once('error', (error: NodeJS.ErrnoException) => finish(NOBODY.has(error.code ?? '') ? undefined : ''));
    socket.once('close', () => finish(''));
  });
}
