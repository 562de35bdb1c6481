import { execFile } from 'node:child_process';

export interface ProgramResult {
  /** undefined: the program is not on this machine. */
  readonly code: number | undefined;
  readonly output: string;
}

/** Runs a program of the system. Never rejects. */
export type RunProgram = (command: readonly [program: string, ...args: string[]]) => Promise<ProgramResult>;

const LIMIT_MS = 60_000;

export function createRunProgram(env: NodeJS.ProcessEnv): RunProgram {
  return ([program, ...args]) =>
    new Promise((resolve) => {
      execFile(program, args, { env, timeout: LIMIT_MS, windowsHide: true }, (error, stdout, stderr) => {
        const output = `${stdout}${stderr}`.trim();
        if (error === null) resolve({ code: 0, output });
        else if (typeof error.code === 'number') resolve({ code: error.code, output });
        else if (error.code === 'ENOENT') resolve({ code: undefined, output: `${program} is not on this machine` });
        else resolve({ code: 1, output: output || error.message });
      });
    });
}
