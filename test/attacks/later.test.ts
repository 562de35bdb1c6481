import { laterWith } from './support/describe-attack.js';

const SELF_INSTALLING_AGENT = 8;

laterWith(SELF_INSTALLING_AGENT, 'downloads', 'an agent that downloads Ollama');
laterWith(SELF_INSTALLING_AGENT, 'electron', 'the desktop agent');
