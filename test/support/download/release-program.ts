/** A program that says that version, and does that when it is run. */
export function programText(version: string, run: string): Buffer {
  return Buffer.from(`#!/bin/sh
if [ "$1" = version ]; then echo ${version}; exit; fi
${run}
`);
}

/** One that says that it serves, and goes on until it is told to end. */
export function servingProgram(version: string): Buffer {
  return programText(version, `echo ${version} > "$AGENT_UPDATE_READY_FILE"; trap 'exit 0' TERM; while :; do sleep 0.1; done`);
}
