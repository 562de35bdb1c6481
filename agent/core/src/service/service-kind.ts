import type { RunProgram } from './run-program.js';
import type { ServiceScope } from './service-scope.js';

/** What a service is made from. */
export interface ServiceFacts {
  readonly scope: ServiceScope;
  /** The agent's program and what comes before its command, as ['/usr/bin/node', '/opt/agent/bin/ollama-agent.js']. */
  readonly program: readonly string[];
  /** Data folder of the person who installs it. */
  readonly dataDir: string;
  readonly home: string;
  /** User id; undefined on Windows. */
  readonly uid: number | undefined;
  /** `%ProgramData%`, where Windows keeps what belongs to no user. */
  readonly programData: string;
  /** Of `video` and `render`, what this machine has: whoever is in it may use the graphics card. */
  readonly graphicsGroups: readonly string[];
}

/** A file that belongs to a service. */
export interface ServiceFile {
  readonly path: string;
  readonly text: string;
  readonly mode: number;
  /** Windows reads task definitions in UTF-16 only. */
  readonly encoding?: 'utf16le';
}

/** One call of a program of the system. */
export interface ServiceStep {
  readonly command: readonly [program: string, ...args: string[]];
  /** A failure is none: what it undoes may not be there. */
  readonly mayFail?: true;
}

/** Where a service of one kind is, and what makes and removes it. Pure: nothing is run or written. */
export interface ServicePlan {
  /** As people look for it: `systemd unit ollama-agent.service`. */
  readonly title: string;
  /** The file that is there exactly while the service is installed. */
  readonly definition: ServiceFile;
  /** Settings of the agent, `NAME='value'` a line; its text is made by env-file.ts. */
  readonly envPath: string;
  /** Where the service keeps its identity and what it downloads. */
  readonly dataDir: string;
  /** Calls that must succeed before anything is written: is this kind there at all? */
  readonly probe: ServiceStep;
  readonly install: readonly ServiceStep[];
  readonly uninstall: readonly ServiceStep[];
  /** Says in one sentence more what there is to know, after it was installed. */
  readonly advice: readonly string[];
}

export interface ServiceState {
  readonly isRunning: boolean;
  /** As the system tells it: `running since …`, `failed (exit code 1)`. */
  readonly text: string;
  /** What to do where it does not run. */
  readonly advice: string;
}

/** systemd, launchd or the Task Scheduler. */
export interface ServiceKind {
  plan(facts: ServiceFacts): ServicePlan;
  readState(facts: ServiceFacts, run: RunProgram): Promise<ServiceState>;
}
