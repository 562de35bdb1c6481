import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Whoami } from '../session.js';

/** What the person may do; what they may not is not offered. The coordinator decides again. */
export interface May {
  readonly operate: boolean;
  readonly infer: boolean;
  readonly admin: boolean;
}

const MayContext = createContext<May>({ operate: false, infer: false, admin: false });
export const MayProvider = MayContext.Provider;

export function mayOf(whoami: Whoami | undefined): May {
  const has = (scope: string) => whoami?.scopes.some((held) => held === scope || held === 'admin') === true;
  return { operate: has('operate'), infer: has('infer'), admin: has('admin') };
}

export function useMay(): May {
  return useContext(MayContext);
}
