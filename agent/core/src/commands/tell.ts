/** Writes a line for the person at the terminal. */
export function say(line: string): void {
  process.stdout.write(`ollama-agent: ${line}\n`);
}

/** Writes what went wrong; returns the exit code of that. */
export function fail(sentence: string): number {
  process.stderr.write(`ollama-agent: ${sentence}\n`);
  return 1;
}
