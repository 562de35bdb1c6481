import type { AddressInfo } from 'node:net';
import { answerOrders } from '../support/companion.js';
import { createBenchOllama } from './bench-ollama.js';

/** The backend of bench:forward, a process of its own. Ordered `{}`, it listens and says on which port. */
answerOrders<object, number>(
  () =>
    new Promise((resolve) => {
      const server = createBenchOllama();
      server.listen({ port: 0, host: '127.0.0.1', backlog: 2048 }, () => resolve((server.address() as AddressInfo).port));
    }),
);
