import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** Duration of one tick of /proc/<pid>/stat. Linux's USER_HZ is 100 on every platform that Node runs on; asked for all the same. */
const tickMs = 1000 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** CPU time that a process and its living descendants have used, all their threads, user and system, in milliseconds. */
export function readCpuMs(pid: number): number {
  return familyOf(pid).reduce((sum, member) => sum + ownCpuMs(member), 0);
}

/** Resident memory of a process and its living descendants, in bytes. */
export function readRssBytes(pid: number): number {
  return familyOf(pid).reduce((sum, member) => sum + ownRssBytes(member), 0);
}

/** CPU time of that process alone (its threads included): for a program whose children are other programs, such as a private Redis. */
export function ownCpuMs(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is the program's name in parentheses and may hold spaces; the numbers follow it. utime and stime are fields 14 and 15.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * tickMs;
}

export function ownRssBytes(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1] ?? 0) * 1024;
}

function familyOf(pid: number): readonly number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );
  return [pid, ...children.flatMap(familyOf)];
}
