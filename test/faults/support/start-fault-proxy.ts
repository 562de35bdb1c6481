import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP proxy that can turn into a black hole: connections stay open and are accepted, and nothing comes through. */
export interface FaultProxy {
  readonly port: number;
  readonly url: string;
  /** Which way nothing passes; undefined: both ways are open. What was swallowed is lost, as its connections are when the hole closes. */
  swallow(way: 'requests' | 'both' | undefined): void;
  close(): Promise<void>;
}

interface Pair {
  readonly downstream: Socket;
  readonly upstream: Socket;
  isPoisoned: boolean;
}

/** `target` is asked for at each connection, so that it may be known later than the proxy. */
export async function startFaultProxy(target: () => number): Promise<FaultProxy> {
  const pairs = new Set<Pair>();
  let swallowed: 'requests' | 'both' | undefined;

  const server = createServer((downstream) => {
    const pair = { downstream, upstream: connect(target(), '127.0.0.1'), isPoisoned: false };
    pairs.add(pair);
    pass(pair, pair.downstream, pair.upstream, () => swallowed !== undefined);
    pass(pair, pair.upstream, pair.downstream, () => swallowed === 'both');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  function pass(pair: Pair, from: Socket, to: Socket, isSwallowed: () => boolean): void {
    from.on('data', (chunk: Buffer) => {
      if (isSwallowed()) pair.isPoisoned = true;
      else if (!pair.isPoisoned) to.write(chunk);
    });
    from.on('error', () => undefined);
    from.on('close', () => {
      if (isSwallowed()) pair.isPoisoned = true;
      else end(pair);
    });
  }

  function end(pair: Pair): void {
    pairs.delete(pair);
    pair.downstream.destroy();
    pair.upstream.destroy();
  }

  return {
    port,
    url: `http://127.0.0.1:${port}`,
    swallow(way) {
      swallowed = way;
      if (way === undefined) for (const pair of pairs) if (pair.isPoisoned) end(pair);
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const pair of pairs) end(pair);
      await closed;
    },
  };
}
