import type { ConnectionStatus } from '../fleet-connection.js';

const WORDS: Readonly<Record<ConnectionStatus, string>> = {
  connecting: 'connecting…',
  live: 'live',
  reconnecting: 'reconnecting…',
  'key-needed': 'key needed',
  refused: 'refused',
};

export function PageHeader({ status }: { status: ConnectionStatus }) {
  return (
    <header class="page-header">
      <h1>
        <Mark />
        Ollama Coordinator
      </h1>
      <p role="status" class={`connection connection-${status}`}>
        <span class="connection-dot" aria-hidden="true" />
        {WORDS[status]}
      </p>
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
