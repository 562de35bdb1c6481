import type { AgentConfig, SettingOrigins } from '@ollama-coordinator/common';

/** What a command line gives to its command, beside the settings. */
export interface Given {
  /** Words after the command. */
  readonly words: readonly string[];
  /** The command's own flags, without dashes. */
  readonly flags: Readonly<Record<string, string | undefined>>;
  /** Where each setting that somebody gave comes from. */
  readonly origins: SettingOrigins;
}

/** One command of `ollama-agent`. */
export interface Command {
  /** As `pause [--until 18:00 | --for 2h]`. */
  readonly usage: string;
  readonly summary: string;
  /** Its own flags, without dashes. */
  readonly flags?: readonly string[];
  readonly takesWords?: boolean;
  /** Resolves with the exit code. Throws sentences. */
  run(config: AgentConfig, given: Given): Promise<number>;
}
