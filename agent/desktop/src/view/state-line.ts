import { type Language, t } from '../words/words.js';
import { type AgentFacts, isUnderWay, type TrayState } from './tray-state.js';

/** The state in a sentence that fits into a menu. Pure. */
export function stateLine(state: TrayState, { report, setup, startProblem }: AgentFacts, language: Language): string {
  const say = (...[text, values]: [Parameters<typeof t>[1], Parameters<typeof t>[2]?]) => t(language, text, values);
  const { inFlight = 0, pause, waiting, phase, problem, ollama } = report;
  if (state === 'serving') return inFlight === 1 ? say('Serving one request') : say('Serving {count} requests', { count: inFlight });
  if (state === 'paused') return language === 'en' && pause !== undefined ? capital(pause.text) : say('Paused');
  if (state === 'idle') return setup?.phase === 'pulling' ? say('Bringing a first model') : say('Ready');
  if (waiting) return say('Waits for an administrator to approve it');
  if (phase === 'registered' && ollama?.up === false) return isUnderWay(setup) ? say('Bringing Ollama') : say('Ollama does not answer');
  if (phase === 'superseded') return say('Another start of this agent took over');
  if (state === 'error') return say('Something needs you');
  return (startProblem ?? problem) === undefined ? say('Looking for the coordinator') : say('The coordinator does not answer');
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
