import { useMemo, useRef, useState } from 'preact/hooks';
import type { PageState } from '../../../src/dashboard/page-state.js';
import { CommandLine } from '../components/command-line.js';
import { duration } from '../format.js';
import { linkTo } from '../page-view.js';
import { Problem } from '../shared/problem.js';
import { t } from '../words/words.js';
import { type Account, type Message, type Question, streamAnswer, toCurl } from './stream-answer.js';

/** Asks a model through the coordinator, as any client does, and says who answered and why. */
export function PlaygroundPage({ fleet, params }: { fleet: PageState; params: URLSearchParams }) {
  const [mode, setMode] = useState<Question['mode']>('chat');
  const [chosen, setModel] = useState(params.get('model') ?? '');
  const [agent, setAgent] = useState('');
  const [prompt, setPrompt] = useState('');
  const [messages, setMessages] = useState<readonly Message[]>([]);
  const [account, setAccount] = useState<Account>();
  const [problem, setProblem] = useState<string>();
  const running = useRef<AbortController>(undefined);
  const [isRunning, setRunning] = useState(false);
  const agents = useMemo(() => [...fleet.agents.values()].filter(({ status }) => status !== 'offline'), [fleet.agents]);
  const models = useMemo(() => [...new Set(agents.flatMap((one) => one.models.map(({ name }) => name)))].sort(), [agents]);
  const model = chosen === '' ? (models[0] ?? '') : chosen;
  const next: Question = { mode, model, agent, messages: [...(mode === 'chat' ? messages : []), { role: 'user', content: prompt }] };

  const send = async () => {
    const controller = new AbortController();
    running.current = controller;
    let answer = '';
    setProblem(undefined);
    setAccount(undefined);
    setRunning(true);
    setPrompt('');
    setMessages(next.messages);
    try {
      await streamAnswer(next, controller.signal, {
        onAccount: setAccount,
        onText: (piece) => {
          answer += piece;
          setMessages([...next.messages, { role: 'assistant', content: answer }]);
        },
      });
    } catch (failure) {
      if (!controller.signal.aborted) setProblem(failure instanceof Error ? failure.message : String(failure));
    } finally {
      setRunning(false);
    }
  };
  const submit = (event: Event) => {
    event.preventDefault();
    if (prompt.trim() !== '' && model !== '' && !isRunning) void send();
  };

  return (
    <div class="view playground">
      <h2>{t('Playground')}</h2>
      <form class="panel playground-form" onSubmit={submit}>
        <div class="filters">
          <label>
            {t('Kind')}
            <select value={mode} onChange={(event) => setMode(event.currentTarget.value === 'generate' ? 'generate' : 'chat')}>
              <option value="chat">{t('chat')}</option>
              <option value="generate">{t('generate')}</option>
            </select>
          </label>
          <label>
            {t('Model')}
            <input list="playground-models" value={model} onInput={(event) => setModel(event.currentTarget.value)} />
            <datalist id="playground-models">
              {models.map((name) => (
                <option key={name} value={name} />
              ))}
            </datalist>
          </label>
          <label>
            {t('Agent')}
            <select value={agent} onChange={(event) => setAgent(event.currentTarget.value)}>
              <option value="">{t('any')}</option>
              {agents.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        </div>
        <Transcript messages={messages} />
        <Problem text={problem} />
        <label>
          {t('Prompt')}
          <textarea
            rows={3}
            value={prompt}
            onInput={(event) => setPrompt(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) submit(event);
            }}
          />
        </label>
        <div class="buttons">
          <button type="submit" class="primary" disabled={isRunning || prompt.trim() === '' || model === ''}>
            {t('Send')}
          </button>
          <button type="button" disabled={!isRunning} onClick={() => running.current?.abort()}>
            {t('Stop')}
          </button>
          <button type="button" disabled={isRunning || messages.length === 0} onClick={() => setMessages([])}>
            {t('Start over')}
          </button>
        </div>
      </form>
      {account !== undefined && <AccountLine account={account} />}
      <section aria-label="curl">
        <h3>{t('The same as a command')}</h3>
        <CommandLine
          command={toCurl(prompt === '' && messages.length > 0 ? { ...next, messages: askedOf(messages) } : next, location.origin)}
        />
      </section>
    </div>
  );
}

/** What was asked last, with what came before it. */
function askedOf(messages: readonly Message[]): readonly Message[] {
  return messages.at(-1)?.role === 'assistant' ? messages.slice(0, -1) : messages;
}

function Transcript({ messages }: { messages: readonly Message[] }) {
  if (messages.length === 0) return null;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a long one is scrolled by keyboard too.
    <ol class="transcript" tabIndex={0} aria-live="polite" aria-label={t('Answer')}>
      {messages.map(({ role, content }, index) => (
        <li key={index} class={`message message-${role}`}>
          <strong>{role === 'user' ? t('you') : t('model')}</strong>
          <span class="message-text">{content}</span>
        </li>
      ))}
    </ol>
  );
}

function AccountLine({ account }: { account: Account }) {
  const { agent, why, queueMs, firstByteMs, outputTokens, tokensPerS, requestId, attempts } = account;
  const facts = [
    agent === undefined ? undefined : t('answered by {agent}', { agent }),
    why,
    queueMs === undefined ? undefined : t('waited {time}', { time: duration(queueMs) }),
    firstByteMs === undefined ? undefined : t('first byte after {time}', { time: duration(firstByteMs) }),
    outputTokens === undefined ? undefined : t('{count} tokens', { count: outputTokens }),
    tokensPerS === undefined ? undefined : t('{count} tokens/s', { count: Math.round(tokensPerS) }),
    attempts === undefined || attempts === '1' ? undefined : t('{count} attempts', { count: attempts }),
  ];
  return (
    <p class="panel account" role="status">
      {facts.filter((fact) => fact !== undefined).join(' · ')}{' '}
      {requestId !== undefined && <a href={linkTo('requests', { id: requestId })}>{t('the request')}</a>}
    </p>
  );
}
