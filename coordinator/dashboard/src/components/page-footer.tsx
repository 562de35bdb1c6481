import type { PageState } from '../../../src/dashboard/page-state.js';

export function PageFooter({ fleet }: { fleet: PageState | undefined }) {
  if (fleet === undefined) return null;
  return (
    <footer class="page-footer">
      <span>coordinator {fleet.coordinatorVersion}</span>
      <span>replica {fleet.replica}</span>
      <span class={fleet.redis === 'up' ? '' : 'bad'}>Redis {fleet.redis === 'up' ? 'up' : 'down: serving on from memory'}</span>
    </footer>
  );
}
