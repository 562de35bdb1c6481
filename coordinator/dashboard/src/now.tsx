import { type ComponentChildren, createContext } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';

const NowContext = createContext(0);

/** Gives everything below it the coordinator's time, moving once a second. */
export function NowProvider({ offsetMs, children }: { offsetMs: number; children: ComponentChildren }) {
  const [nowMs, setNowMs] = useState(Date.now());
  useEffect(() => {
    const ticking = setInterval(() => setNowMs(Date.now()), 1000);
    return () => clearInterval(ticking);
  }, []);
  return <NowContext.Provider value={nowMs + offsetMs}>{children}</NowContext.Provider>;
}

/** The coordinator's time in milliseconds. Whoever reads it is drawn again each second. */
export function useNow(): number {
  return useContext(NowContext);
}
