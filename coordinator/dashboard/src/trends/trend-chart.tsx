import type { Trend, TrendPeriod } from '@ollama-coordinator/common';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { t } from '../words/words.js';
import type { Chart } from './charts.js';

interface TrendChartProps {
  readonly chart: Chart;
  readonly trends: readonly Trend[];
  readonly by: TrendPeriod;
  readonly agentCount: number;
}

const HEIGHT = 180;
const MINUTES: Readonly<Record<TrendPeriod, number>> = { hour: 60, day: 24 * 60 };

/** One chart; drawn anew when its figures, its width or the colours change. The table below says the same in text. */
export function TrendChart({ chart, trends, by, agentCount }: TrendChartProps) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const about = { periodMinutes: MINUTES[by], agentCount };
    const data: uPlot.AlignedData = [
      trends.map(({ at }) => Date.parse(at) / 1000),
      ...chart.lines.map((line) => trends.map((trend) => line.value(trend, about) ?? null)),
    ];
    const width = () => Math.max(200, element.clientWidth);
    const plot = new uPlot(optionsOf(chart, width()), data, element);
    const observer = new ResizeObserver(() => plot.setSize({ width: width(), height: HEIGHT }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.destroy();
    };
  }, [chart, trends, by, agentCount]);
  return (
    <figure class="panel chart">
      <figcaption>
        {t(chart.title)} {chart.unit !== '' && <span class="muted">{t(chart.unit)}</span>}
      </figcaption>
      <div ref={place} aria-hidden="true" />
    </figure>
  );
}

function optionsOf({ lines }: Chart, width: number): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const axis = { stroke: colour('--muted'), grid: { stroke: colour('--line'), width: 1 }, ticks: { stroke: colour('--line') } };
  return {
    width,
    height: HEIGHT,
    axes: [axis, { ...axis, size: 56 }],
    scales: { y: { range: (_plot, _min, max) => [0, Math.max(max * 1.1, 1)] } },
    series: [
      {},
      ...lines.map((line) => ({
        label: t(line.label),
        stroke: colour(line.colour),
        width: 2,
        spanGaps: false,
        points: { show: true, size: 4 },
        value: (_plot: uPlot, value: number | null) => (value === null ? '–' : value.toFixed(value < 10 ? 1 : 0)),
      })),
    ],
  };
}
