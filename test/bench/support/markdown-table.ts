export { textTable as markdownTable } from '@ollama-coordinator/simulator';
