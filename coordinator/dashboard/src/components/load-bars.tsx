import type { HealthMetrics } from '@ollama-coordinator/common';
import { bytes, percent } from '../format.js';

/** CPU, memory and each GPU as bars. What was not measured is not drawn. */
export function LoadBars({ metrics }: { metrics: HealthMetrics }) {
  const { cpu, memory, memory_bytes, gpus } = metrics;
  if (cpu === undefined && memory === undefined && gpus.length === 0) return <span class="detail">load not reported</span>;
  return (
    <div class="bars">
      <Bar name="CPU" ratio={cpu} />
      <Bar name="RAM" ratio={memory} detail={memory_bytes === undefined ? undefined : `of ${bytes(memory_bytes)}`} />
      {gpus.map((gpu, index) => {
        const suffix = gpus.length > 1 ? ` ${index}` : '';
        return [
          <Bar key={`load${index}`} name={`GPU${suffix}`} ratio={gpu.load} detail={gpu.name === '' ? undefined : gpu.name} />,
          <Bar
            key={`vram${index}`}
            name={`VRAM${suffix}`}
            ratio={gpu.vram_bytes && gpu.vram_used_bytes !== undefined ? Math.min(1, gpu.vram_used_bytes / gpu.vram_bytes) : undefined}
            detail={gpu.vram_bytes === undefined ? undefined : `of ${bytes(gpu.vram_bytes)}`}
          />,
        ];
      })}
    </div>
  );
}

function Bar({ name, ratio, detail }: { name: string; ratio: number | undefined; detail?: string | undefined }) {
  if (ratio === undefined) return null;
  const tone = ratio >= 0.9 ? ' bar-fill-high' : ratio >= 0.75 ? ' bar-fill-raised' : '';
  return (
    <div class="bar" title={detail === undefined ? name : `${name} ${detail}`}>
      <span class="bar-name">{name}</span>
      <span class="bar-track" aria-hidden="true">
        <span class={`bar-fill${tone}`} style={{ width: `${ratio * 100}%` }} />
      </span>
      <span class="bar-value">{percent(ratio)}</span>
    </div>
  );
}
