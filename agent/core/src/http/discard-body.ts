import type { Dispatcher } from 'undici';

/** Gives an answer's body up: what nobody reads would keep its connection. */
export function discardBody({ body }: Pick<Dispatcher.ResponseData, 'body'>): void {
  body.on('error', () => undefined).destroy();
}
