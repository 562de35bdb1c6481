import type { ConnectionStatus } from '../fleet-connection.js';
import type { PageView } from '../page-view.js';
import type { Whoami } from '../session.js';

const WORDS: Readonly<Record<ConnectionStatus, string>> = {
  connecting: 'connecting…',
  live: 'live',
  reconnecting: 'reconnecting…',
  'key-needed': 'key needed',
  refused: 'refused',
};

interface PageHeaderProps {
  readonly status: ConnectionStatus;
  readonly view: PageView;
  readonly whoami: Whoami | undefined;
  readonly onSignOut: () => void;
}

export function PageHeader({ status, view, whoami, onSignOut }: PageHeaderProps) {
  const isAdmin = whoami?.scopes.includes('admin') === true;
  return (
    <header class="page-header">
      <h1>
        <Mark />
        Ollama Coordinator
      </h1>
      {isAdmin && (
        <nav aria-label="Pages">
          <a href="#fleet" aria-current={view === 'fleet' ? 'page' : undefined}>
            Fleet
          </a>
          <a href="#keys" aria-current={view === 'keys' ? 'page' : undefined}>
            Keys
          </a>
        </nav>
      )}
      <div class="page-header-end">
        {whoami?.keys_on === true && (
          <button type="button" onClick={onSignOut} title={`Signed in with the key "${whoami.name}"`}>
            Sign out
          </button>
        )}
        <p role="status" class={`connection connection-${status}`}>
          <span class="connection-dot" aria-hidden="true" />
          {WORDS[status]}
        </p>
      </div>
    </header>
  );
}

function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" />
      <path d="M16 16 8 9M16 16l8-7M16 16v9" />
      <circle cx="16" cy="16" r="4.5" />
      <circle cx="8" cy="9" r="3" />
      <circle cx="24" cy="9" r="3" />
      <circle cx="16" cy="25" r="3" />
    </svg>
  );
}
