import type { Agent } from '@ollama-coordinator/common';
import { bytes } from '../format.js';
import { t } from '../words/words.js';

/** As many as there are colours (fleet.css); further models share the last. */
const COLOURS = 5;

/** The VRAM as a bar of the models in it; nothing where the size is not known. */
export function VramBar({ agent }: { agent: Agent }) {
  const { metrics, runners, max_runner_bytes } = agent;
  const total = metrics.gpus.reduce((sum, { vram_bytes }) => sum + (vram_bytes ?? 0), 0) || (max_runner_bytes ?? 0);
  if (total === 0) return null;
  const inVram = runners.filter(({ vram_bytes }) => vram_bytes > 0);
  const ofModels = inVram.reduce((sum, { vram_bytes }) => sum + vram_bytes, 0);
  const used = metrics.gpus.reduce((sum, { vram_used_bytes }) => sum + (vram_used_bytes ?? 0), 0);
  const other = Math.max(0, used - ofModels);
  const width = (size: number) => ({ width: `${Math.min(100, (size / total) * 100)}%` });
  const parts = [
    ...inVram.map(({ model, vram_bytes }) => `${model} ${bytes(vram_bytes)}`),
    ...(other > 0 ? [`${t('other')} ${bytes(other)}`] : []),
  ];
  const words = `${t('VRAM')} ${bytes(total)}: ${parts.join(', ') || t('empty')}`;
  return (
    <div class="vram" role="img" aria-label={words} title={words}>
      {inVram.map(({ signature, vram_bytes }, index) => (
        <span key={signature} class={`vram-model vram-${Math.min(index, COLOURS - 1)}`} style={width(vram_bytes)} />
      ))}
      {other > 0 && <span class="vram-other" style={width(other)} />}
    </div>
  );
}
