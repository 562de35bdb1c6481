import { createServer, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { listenOnLoopback } from '../listen-on-loopback.js';

/** An HTTP proxy of a company: forwards requests, opens tunnels by CONNECT, and may want a login. */
export interface WebProxy {
  readonly port: number;
  /** What went through: `GET http://…` and `CONNECT host:port`. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

export async function startWebProxy({ login }: { login?: string } = {}): Promise<WebProxy> {
  const requests: string[] = [];
  const expected = login === undefined ? undefined : `Basic ${Buffer.from(login).toString('base64')}`;

  const server = createServer((req, res) => {
    if (expected !== undefined && req.headers['proxy-authorization'] !== expected)
      return void res.writeHead(407, { 'proxy-authenticate': 'Basic realm="office"' }).end();
    requests.push(`${req.method} ${req.url}`);
    const { 'proxy-authorization': _login, 'proxy-connection': _connection, ...headers } = req.headers;
    const onward = httpRequest(req.url ?? '', { method: req.method, headers }, (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(res);
    });
    onward.on('error', () => res.destroy());
    req.pipe(onward);
  });
  server.on('connect', (req, socket) => {
    if (expected !== undefined && req.headers['proxy-authorization'] !== expected)
      return void socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="office"\r\n\r\n');
    requests.push(`CONNECT ${req.url}`);
    const [host = '', port = ''] = (req.url ?? '').split(':');
    const onward = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    onward.on('error', () => socket.destroy());
    socket.on('error', () => onward.destroy());
  });
  const listening = await listenOnLoopback(server);
  return {
    port: listening.port,
    requests,
    close: listening.close,
  };
}
