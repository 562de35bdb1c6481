import type { Agent } from '@ollama-coordinator/common';
import { Fragment } from 'preact';
import { bytes, percent } from '../format.js';
import { useMay } from '../shared/may.js';
import { t } from '../words/words.js';
import { ModelActions } from './model-actions.js';
import type { Cell, ModelRow } from './model-grid.js';

interface ModelTableProps {
  readonly rows: readonly ModelRow[];
  readonly agents: readonly Agent[];
  /** Agents that have no column. */
  readonly hidden: number;
  /** The model whose actions are shown. */
  readonly chosen: string | undefined;
  readonly onChoose: (name: string | undefined) => void;
  readonly run: (job: object) => Promise<boolean>;
}

export function ModelTable({ rows, agents, hidden, chosen, onChoose, run }: ModelTableProps) {
  const may = useMay();
  return (
    <>
      {/* A wide grid is scrolled by keyboard too. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: see above */}
      <section class="scroll panel grid-panel" tabIndex={0} aria-label={t('Models by agent')}>
        <table class="model-grid">
          <thead>
            <tr>
              <th scope="col">{t('Model')}</th>
              {agents.map(({ id, name, status }) => (
                <th key={id} scope="col" class={status === 'offline' ? 'grid-agent offline' : 'grid-agent'}>
                  <span>{name}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <Fragment key={row.name}>
                <tr data-model={row.name}>
                  <th scope="row">
                    {may.operate ? (
                      <button
                        type="button"
                        class="link"
                        aria-expanded={chosen === row.name}
                        onClick={() => onChoose(chosen === row.name ? undefined : row.name)}
                      >
                        {row.name}
                      </button>
                    ) : (
                      row.name
                    )}
                    <span class="detail">
                      {row.sizeBytes > 0 ? `${bytes(row.sizeBytes)} · ` : ''}
                      {t('on {holders}, loaded on {loaded}', { holders: row.holders, loaded: row.loaded })}
                      {row.digests > 1 && <span class="bad"> · {t('not the same on all')}</span>}
                    </span>
                  </th>
                  {agents.map(({ id }) => (
                    <td key={id} data-agent={id}>
                      <CellMark cell={row.cells.get(id) ?? { state: 'none' }} />
                    </td>
                  ))}
                </tr>
                {chosen === row.name && may.operate && (
                  <tr>
                    <td colSpan={agents.length + 1}>
                      <ModelActions row={row} agents={agents} run={run} />
                    </td>
                  </tr>
                )}
              </Fragment>
            ))}
          </tbody>
        </table>
      </section>
      <p class="muted legend">
        <CellMark cell={{ state: 'loaded' }} /> {t('loaded')} <CellMark cell={{ state: 'disk' }} /> {t('on disk')}{' '}
        {hidden > 0 && t('{count} more agents: filter to see them', { count: hidden })}
      </p>
    </>
  );
}

function CellMark({ cell: { state, share = 0 } }: { cell: Cell }) {
  if (state === 'none') return <span class="cell cell-none">·</span>;
  const words = {
    loaded: t('loaded'),
    loading: t('loading'),
    disk: t('on disk'),
    pulling: t('pulling {share}', { share: percent(share) }),
  }[state];
  return (
    <span class={`cell cell-${state}`} role="img" aria-label={words} title={words}>
      {state === 'pulling' ? percent(share) : ''}
    </span>
  );
}
