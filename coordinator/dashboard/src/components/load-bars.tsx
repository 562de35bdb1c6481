import type { HealthMetrics } from '@ollama-coordinator/common';
import { Sparkline } from '../fleet/sparkline.js';
import type { AgentSamples } from '../fleet/telemetry.js';
import { bytes, percent } from '../format.js';
import { t } from '../words/words.js';

/** CPU, memory and each GPU as bars. What was not measured is not drawn. */
export function LoadBars({ metrics, samples }: { metrics: HealthMetrics; samples?: AgentSamples | undefined }) {
  const { cpu, memory, memory_bytes, gpus } = metrics;
  if (cpu === undefined && memory === undefined && gpus.length === 0) return <span class="detail">{t('load not reported')}</span>;
  return (
    <div class="bars">
      <Bar name="CPU" ratio={cpu} values={samples?.cpu} />
      <Bar
        name="RAM"
        ratio={memory}
        values={samples?.memory}
        detail={memory_bytes === undefined ? undefined : `of ${bytes(memory_bytes)}`}
      />
      {gpus.map((gpu, index) => {
        const suffix = gpus.length > 1 ? ` ${index}` : '';
        return [
          <Bar
            key={`load${index}`}
            name={`GPU${suffix}`}
            ratio={gpu.load}
            values={index === 0 ? samples?.gpu : undefined}
            detail={gpu.name === '' ? undefined : gpu.name}
          />,
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

interface BarProps {
  readonly name: string;
  readonly ratio: number | undefined;
  readonly detail?: string | undefined;
  /** The last minutes. */
  readonly values?: readonly (number | undefined)[] | undefined;
}

function Bar({ name, ratio, detail, values }: BarProps) {
  if (ratio === undefined) return null;
  const tone = ratio >= 0.9 ? ' bar-fill-high' : ratio >= 0.75 ? ' bar-fill-raised' : '';
  return (
    <div class="bar" title={detail === undefined ? name : `${name} ${detail}`}>
      <span class="bar-name">{name}</span>
      <span class="bar-track" aria-hidden="true">
        <span class={`bar-fill${tone}`} style={{ width: `${ratio * 100}%` }} />
      </span>
      <span class="bar-value">{percent(ratio)}</span>
      <Sparkline values={values} />
    </div>
  );
}
