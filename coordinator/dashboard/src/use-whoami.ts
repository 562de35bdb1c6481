import { useEffect, useState } from 'preact/hooks';
import type { ConnectionStatus } from './fleet-connection.js';
import { keepSession, type Whoami, whoAmI } from './session.js';

/** Who is signed in, asked anew whenever the connection goes live; undefined while nobody is. */
export function useWhoami(status: ConnectionStatus): Whoami | undefined {
  const [whoami, setWhoami] = useState<Whoami>();
  const isLive = status === 'live';
  useEffect(() => {
    if (!isLive) return;
    void whoAmI().then((answer) => setWhoami(answer.ok ? answer.value : undefined));
    return keepSession();
  }, [isLive]);
  return status === 'key-needed' ? undefined : whoami;
}
