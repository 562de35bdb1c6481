import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { AppError, describeCause } from '@ollama-coordinator/common';

export type RunCommand = (file: string, args: readonly string[], env: Readonly<Record<string, string>>) => Promise<{ stdout: string }>;

/** Who signs Ollama for Windows. */
const SIGNER = /\bO="?Ollama Inc\.?"?/i;
/** The path comes by the environment, so that nothing in it is taken for PowerShell. */
const SCRIPT = '$s = Get-AuthenticodeSignature -LiteralPath $env:SIGNED_FILE; "$($s.Status)|$($s.SignerCertificate.Subject)"';

const runCommand: RunCommand = (file, args, env) =>
  promisify(execFile)(file, [...args], { env: { ...process.env, ...env }, timeout: 60_000 });

/** Asks Windows who signed a program. Deletes it and throws BAD_SIGNATURE unless it was Ollama and nothing was changed since. */
export async function checkSignature(program: string, run: RunCommand = runCommand): Promise<void> {
  const answer = await run('powershell.exe', ['-NoProfile', '-NonInteractive', '-Command', SCRIPT], { SIGNED_FILE: program }).then(
    ({ stdout }) => stdout.trim(),
    (error: unknown) => `not checked: ${describeCause(error)}`,
  );
  const [status, subject = ''] = answer.split('|');
  if (status === 'Valid' && SIGNER.test(subject)) return;
  await rm(program, { force: true });
  const cause = status === 'Valid' ? `it is signed by ${subject || 'nobody'}` : `the signature is: ${status || 'not told'}`;
  throw new AppError('BAD_SIGNATURE', { details: { file: basename(program), cause } });
}
