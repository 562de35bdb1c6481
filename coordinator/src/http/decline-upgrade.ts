import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';

/** What asks for another protocol, or belongs to one. */
const OF_THE_OFFER = /^(upgrade|http2-settings)$/i;

/**
 * Answers a request that offers another protocol (`Upgrade: h2c`: Java's HTTP client with its first request, `curl --http2`) as if
 * it offered none, which HTTP lets every server do, and Ollama does. Node has taken such a request out of its parser, with its body
 * unread: so its head is written anew without the offer, and the connection begins again with it.
 */
export function declineUpgrade(server: Server, req: IncomingMessage, socket: Duplex, head: Buffer): void {
  const { method, url, httpVersion, rawHeaders } = req;
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    const value = rawHeaders[index + 1] ?? '';
    if (!OF_THE_OFFER.test(name)) lines.push(`${name}: ${/^connection$/i.test(name) ? withoutOffer(value) : value}`);
  }
  // Headers are read as latin1, and so their bytes are what they were.
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]));
  server.emit('encrypted' in socket ? 'secureConnection' : 'connection', socket);
}

function withoutOffer(connection: string): string {
  const kept = connection.split(',').filter((option) => !OF_THE_OFFER.test(option.trim()));
  return kept.length === 0 ? 'keep-alive' : kept.join(',');
}
