import { findFreePort } from '../find-free-port.js';
import { findOnPath } from '../find-on-path.js';
import { type RunningProgram, startProgram } from '../start-program.js';

/** A reverse proxy of someone else's, to measure ours against: streaming, kept-alive connections, fewest connections first. */
export interface Proxy {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

export interface ProxyTarget {
  /** Ports of the upstreams on 127.0.0.1. */
  readonly upstreamPorts: readonly number[];
  /** Existing folder of this run; each proxy writes its configuration and its output there. */
  readonly folder: string;
}

/** Resolves undefined where the program is not installed. */
export type StartProxy = (target: ProxyTarget) => Promise<Proxy | undefined>;

interface ProxyRecipe {
  readonly name: string;
  /** Writes what the program reads and says how it is called. */
  configure(settings: { listenPort: number; upstreamPorts: readonly number[]; folder: string }): Promise<readonly string[]>;
}

/** Makes the launcher of one proxy out of its name (that of its program, too) and its configuration. */
export function createProxyLauncher(recipe: ProxyRecipe): StartProxy {
  return async ({ upstreamPorts, folder }) => {
    const command = findOnPath(recipe.name);
    if (command === undefined) return undefined;
    const listenPort = await findFreePort();
    const url = `http://127.0.0.1:${listenPort}`;
    const program: RunningProgram = await startProgram({
      name: recipe.name,
      command,
      args: await recipe.configure({ listenPort, upstreamPorts, folder }),
      env: { HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder },
      outputFile: `${folder}/${recipe.name}.log`,
      isReady: async () => (await fetch(`${url}/api/version`)).ok,
    });
    return { name: recipe.name, url, pid: program.pid, stop: () => program.stop() };
  };
}
