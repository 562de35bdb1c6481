import { chmod, copyFile, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AppError, describeCause } from '@ollama-coordinator/common';
import { type CarriedSettings, carriedVariables, envFileText } from './env-file.js';
import type { RunProgram } from './run-program.js';
import type { ServiceFacts, ServiceFile, ServiceKind, ServicePlan, ServiceState, ServiceStep } from './service-kind.js';
import { notPossible } from './service-scope.js';

export interface ServiceDeps {
  readonly kind: ServiceKind;
  readonly facts: ServiceFacts;
  readonly run: RunProgram;
}

/**
 * Writes the settings and the definition, and has the system start the service. Where a step fails, what was written is taken away again.
 * Throws SERVICE_PRESENT, SERVICE_NOT_POSSIBLE, SERVICE_REFUSED, BAD_JOIN_LINK and BAD_CONFIG.
 */
export async function installService(deps: ServiceDeps, carried: Omit<CarriedSettings, 'dataDir'>): Promise<ServicePlan> {
  const { kind, facts, run } = deps;
  const plan = kind.plan(facts);
  const env = { path: plan.envPath, text: envFileText(carriedVariables({ ...carried, dataDir: plan.dataDir })), mode: 0o600 };
  if (await isThere(plan.definition.path)) throw new AppError('SERVICE_PRESENT', { details: { title: plan.title } });
  const probed = await run(plan.probe.command);
  if (probed.code !== 0) throw notPossible(`${plan.probe.command[0]} does not answer here: ${lastLine(probed.output)}`);
  try {
    await carryIdentity(facts.dataDir, plan.dataDir);
    await write(env);
    await write(plan.definition);
  } catch (cause) {
    throw new AppError('SERVICE_REFUSED', { details: { program: 'the file system', cause: describeCause(cause) }, cause });
  }
  try {
    for (const step of plan.install) await take(step, run);
  } catch (error) {
    for (const step of plan.uninstall) await run(step.command);
    await remove(plan);
    throw error;
  }
  return plan;
}

/** Stops it and takes away what was installed; its data folder stays. Throws SERVICE_ABSENT and SERVICE_REFUSED. */
export async function uninstallService({ kind, facts, run }: ServiceDeps): Promise<ServicePlan> {
  const plan = kind.plan(facts);
  if (!(await isThere(plan.definition.path))) throw new AppError('SERVICE_ABSENT');
  const [stop, ...after] = plan.uninstall;
  if (stop !== undefined) await take(stop, run);
  // systemd reads its units again only after the file is gone; the Task Scheduler has a copy of its own.
  await remove(plan);
  for (const step of after) await take(step, run);
  return plan;
}

/** Undefined where none is installed. */
export async function serviceState({ kind, facts, run }: ServiceDeps): Promise<(ServiceState & { title: string }) | undefined> {
  const { definition, title } = kind.plan(facts);
  return (await isThere(definition.path)) ? { title, ...(await kind.readState(facts, run)) } : undefined;
}

async function take({ command, mayFail }: ServiceStep, run: RunProgram): Promise<void> {
  const { code, output } = await run(command);
  if (code === 0 || mayFail) return;
  throw new AppError('SERVICE_REFUSED', { details: { program: command.slice(0, 2).join(' '), cause: lastLine(output) } });
}

async function write({ path, text, mode, encoding }: ServiceFile): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, encoding === undefined ? text : `\ufeff${text}`, { mode, encoding: encoding ?? 'utf8' });
  // The mode above counts for a new file only.
  await chmod(path, mode);
}

async function remove({ definition, envPath }: ServicePlan): Promise<void> {
  await rm(definition.path, { force: true });
  await rm(envPath, { force: true });
}

/** A machine that joined is the same agent as a service: its identity and credential are files directly in the data folder. */
async function carryIdentity(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true, mode: 0o700 });
  if (from === to) return;
  const entries = await readdir(from, { withFileTypes: true }).catch(() => []);
  for (const entry of entries)
    if (entry.isFile() && /\.(json|toml)$/.test(entry.name) && !(await isThere(join(to, entry.name))))
      await copyFile(join(from, entry.name), join(to, entry.name));
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) || 'it said nothing';
}
