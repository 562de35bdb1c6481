import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { AppError } from '@ollama-coordinator/common';
import type { ProxyOnTheWay } from '../coordinator/proxy-towards.js';

const CONNECT_TIMEOUT_MS = 10_000;

/** Opens a connection to that host and port through an HTTP proxy. Rejects with PROXY_NEEDS_LOGIN, PROXY_REFUSED, or as sockets do. */
export function connectThroughProxy(
  { url, authorization }: ProxyOnTheWay,
  { host, port }: { host: string; port: number },
): Promise<Socket> {
  const target = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const request = url.protocol === 'https:' ? https.request : http.request;
  return new Promise((resolve, reject) => {
    const asking = request({
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port || (url.protocol === 'https:' ? 443 : 80),
      method: 'CONNECT',
      path: target,
      agent: false,
      timeout: CONNECT_TIMEOUT_MS,
      headers: { host: target, ...(authorization === undefined ? {} : { 'proxy-authorization': authorization }) },
    });
    const refuse = (status: number | undefined) => {
      const details = { proxy: url.host, target, http_status: status };
      reject(new AppError(status === 407 ? 'PROXY_NEEDS_LOGIN' : 'PROXY_REFUSED', { details }));
      asking.destroy();
    };
    asking.once('connect', (response, socket, head) => {
      if (response.statusCode !== 200) return refuse(response.statusCode);
      socket.setTimeout(0);
      if (head.length > 0) socket.unshift(head);
      resolve(socket);
    });
    // A proxy that refuses answers as to any request.
    asking.once('response', (response) => refuse(response.statusCode));
    asking.once('timeout', () => asking.destroy(Object.assign(new Error('the proxy does not answer'), { code: 'ETIMEDOUT' })));
    asking.once('error', reject);
    asking.end();
  });
}
