import type { CallerId } from '@ollama-coordinator/common/balancing';

/** What a caller was charged for one request; handed back to `settle`. */
export interface Charge {
  readonly caller: CallerId;
  readonly cost: number;
  /** What the charge replaced, so that it can be taken back. */
  readonly before: { readonly account: Readonly<Account>; readonly virtualTime: number };
  readonly after: { readonly finish: number; readonly virtualTime: number };
}

/**
 * Start-time fair queueing over the callers of one line, in tokens. A request's start tag is the queue's virtual time or its
 * caller's finish tag, whichever is later; it moves the finish tag on by its cost. Who has the lowest start tag is next. The
 * virtual time is the highest start tag served, so that a caller who was away begins there: it hoards nothing.
 */
export interface FairShare {
  /** The caller has nothing waiting, and wants something from here on. */
  arrive(caller: CallerId): Entry;
  /** Start tag of the request at the head of the caller's own queue. */
  startTag(caller: CallerId, entry: Entry): number;
  /** A request of the caller is served: it is charged `cost` until it settles. */
  begin(caller: CallerId, entry: Entry, cost: number): Charge;
  /** The request cost this much in truth; 0 where the caller got nothing for it. */
  settle(charge: Charge, cost: number): void;
  /** The request was not served after all: nobody was passed, and nothing is owed for it. */
  undo(charge: Charge): void;
  /** Another replica served a request of this caller. `backlogged`: the caller has several waiting here. */
  servedElsewhere(caller: CallerId, cost: number, backlogged: boolean): void;
  /** The highest start tag served so far. */
  virtualTime(): number;
  /** Tokens that the caller was served. */
  served(caller: CallerId): number;
  callers(): readonly CallerId[];
}

/** Where a caller's own queue began. */
export interface Entry {
  readonly atVirtualTime: number;
  /** The caller had several waiting at once since then: it does not send one at a time. */
  backlogged: boolean;
}

interface Account {
  finish: number;
  lastStart: number;
  lastCost: number;
  served: number;
}

/**
 * What another replica serves is heard of when it ends, and virtual time lags by as much: by what runs there, by what is on its way, and
 * by the request that began it. So a caller with nothing waiting
 * may owe for this many of its last requests; one that keeps others waiting may owe for none. It stays owed.
 */
const OWED_REQUESTS = 3;

export function createFairShare(): FairShare {
  const accounts = new Map<CallerId, Account>();
  let virtualTime = 0;

  function accountOf(caller: CallerId): Account {
    const known = accounts.get(caller);
    if (known) return known;
    const account = { finish: 0, lastStart: 0, lastCost: 0, served: 0 };
    accounts.set(caller, account);
    return account;
  }

  /** What was taken back since the caller came was not there when it came. */
  const cameAt = ({ atVirtualTime }: Entry) => Math.min(atVirtualTime, virtualTime);

  function tagOf({ finish, lastCost }: Account, entry: Entry): number {
    return Math.max(cameAt(entry), entry.backlogged ? finish : finish - OWED_REQUESTS * lastCost);
  }

  function charge(account: Account, from: number, cost: number): void {
    account.lastStart = Math.max(account.finish, from);
    account.finish = account.lastStart + cost;
    account.lastCost = cost;
    account.served += cost;
  }

  return {
    arrive: () => ({ atVirtualTime: virtualTime, backlogged: false }),
    startTag: (caller, entry) => tagOf(accountOf(caller), entry),
    begin(caller, entry, cost) {
      const account = accountOf(caller);
      const before = { account: { ...account }, virtualTime };
      const from = cameAt(entry);
      virtualTime = Math.max(virtualTime, tagOf(account, entry));
      charge(account, from, cost);
      return { caller, cost, before, after: { finish: account.finish, virtualTime } };
    },
    undo({ caller, cost, before, after }) {
      const account = accountOf(caller);
      if (virtualTime === after.virtualTime) virtualTime = before.virtualTime;
      // What the caller was served since stands where this one stood.
      else if (virtualTime === account.lastStart) virtualTime = Math.max(before.virtualTime, virtualTime - cost);
      if (account.finish === after.finish) Object.assign(account, before.account);
      else Object.assign(account, { finish: account.finish - cost, lastStart: account.lastStart - cost, served: account.served - cost });
    },
    settle({ caller, cost: charged }, cost) {
      const account = accountOf(caller);
      account.served += cost - charged;
      if (cost > 0) account.lastCost = cost;
      // Never back to where its last request began: its next one would stand level with a caller that was served nothing.
      account.finish = Math.max(account.finish + cost - charged, account.lastStart + 1);
    },
    servedElsewhere(caller, cost, backlogged) {
      const account = accountOf(caller);
      charge(account, virtualTime, cost);
      virtualTime = Math.max(virtualTime, backlogged ? account.lastStart : account.lastStart - OWED_REQUESTS * cost);
    },
    virtualTime: () => virtualTime,
    served: (caller) => accounts.get(caller)?.served ?? 0,
    callers: () => [...accounts.keys()],
  };
}
