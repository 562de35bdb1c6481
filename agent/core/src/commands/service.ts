import { type AgentConfig, AppError } from '@ollama-coordinator/common';
import { findFacts, serviceKind } from '../service/find-facts.js';
import { installService, type ServiceDeps, serviceState, uninstallService } from '../service/install-service.js';
import { createRunProgram } from '../service/run-program.js';
import type { Command, Given } from './command.js';
import { fail, say } from './tell.js';

const ACTIONS: Readonly<Record<string, (deps: ServiceDeps, config: AgentConfig, given: Given) => Promise<number>>> = {
  install,
  uninstall,
  status,
};

export const serviceCommand: Command = {
  usage: 'service install [LINK] | uninstall | status',
  summary: 'run it from the start of the machine on (--scope system), or while you are logged in (--scope user)',
  flags: ['scope'],
  takesWords: true,
  async run(config, given) {
    const [name = '', ...words] = given.words;
    const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
    if (action === undefined || words.length > (action === install ? 1 : 0))
      throw new AppError('BAD_REQUEST', {
        details: { reason: `"service ${given.words.join(' ')}" is not a command; there are service install, uninstall and status` },
      });
    const deps = {
      kind: serviceKind(process.platform),
      facts: await findFacts(config, given.flags.scope),
      run: createRunProgram(process.env),
    };
    return action(deps, config, given);
  },
};

async function install(deps: ServiceDeps, config: AgentConfig, { words, origins }: Given): Promise<number> {
  const plan = await installService(deps, { config, origins, env: process.env, link: words[1] });
  say(`installed and started: ${plan.title} (${plan.definition.path})`);
  say(`its settings are in ${plan.envPath}, its identity in ${plan.dataDir}`);
  for (const line of plan.advice) say(line);
  return 0;
}

async function uninstall(deps: ServiceDeps): Promise<number> {
  const plan = await uninstallService(deps);
  say(`stopped and removed: ${plan.title}`);
  say(`its data folder ${plan.dataDir} is left; delete it where this machine is not to come back`);
  return 0;
}

async function status(deps: ServiceDeps): Promise<number> {
  const state = await serviceState(deps);
  if (state === undefined) return fail(new AppError('SERVICE_ABSENT').message);
  const { title, isRunning, text, advice } = state;
  if (!isRunning) return fail(`${title} ${text}; ${advice}`);
  say(`${title} ${text}`);
  return 0;
}
