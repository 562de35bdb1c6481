import { describeMoment, describePause } from '../owner/describe-pause.js';
import { writeOwnerChoice } from '../owner/owner-choice.js';
import type { Command } from './command.js';
import { readUntil } from './read-until.js';
import { say } from './tell.js';

const FLAGS = ['until', 'for'];

export const pauseCommand: Command = {
  usage: 'pause [--until 18:00 | --for 2h]',
  summary: 'take no requests until then, or until resume; what runs is finished',
  flags: FLAGS,
  async run(config, { flags }) {
    const nowMs = Date.now();
    const untilMs = readUntil(flags, nowMs);
    await writeOwnerChoice(config, { choice: 'pause', untilMs });
    say(
      `${describePause({ by: 'owner', untilMs }, nowMs).text}; what runs is finished first${untilMs === undefined ? '. "ollama-agent resume" ends it' : ''}`,
    );
    return 0;
  },
};

export const resumeCommand: Command = {
  usage: 'resume [--until 18:00 | --for 2h]',
  summary: 'take requests again, for that time also against schedule, battery and graphics card',
  flags: FLAGS,
  async run(config, { flags }) {
    const nowMs = Date.now();
    const untilMs = readUntil(flags, nowMs);
    await writeOwnerChoice(config, { choice: 'serve', untilMs });
    const until = untilMs === undefined ? '' : `, until ${describeMoment(untilMs, nowMs)} whatever schedule, battery and graphics card say`;
    say(`takes requests again${until}`);
    return 0;
  },
};
