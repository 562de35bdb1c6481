import { type Answer, ask } from './ask.js';

const SESSION_PATH = '/api/coordinator/session';
/** A session lasts an hour and is renewed when half of it is over. */
const RENEW_MS = 10 * 60_000;

/** Who is signed in. */
export interface Whoami {
  readonly name: string;
  readonly scopes: readonly string[];
  /** False: the coordinator asks nobody for a key. */
  readonly keys_on: boolean;
}

/** Trades a key for a cookie. The key is not kept. */
export function signIn(key: string): Promise<Answer<Whoami>> {
  return ask(SESSION_PATH, 'POST', { key });
}

export function whoAmI(): Promise<Answer<Whoami>> {
  return ask(SESSION_PATH);
}

export function signOut(): Promise<Answer<undefined>> {
  return ask(SESSION_PATH, 'DELETE');
}

/** Keeps the session of an open page alive. Returns how to stop. */
export function keepSession(): () => void {
  const timer = setInterval(() => void whoAmI(), RENEW_MS);
  return () => clearInterval(timer);
}
