import {
  AppError,
  agentsChoiceSchema,
  type Clock,
  goTypeError,
  type Job,
  type JobRequest,
  modelSourceSchema,
  normalizeModelName,
} from '@ollama-coordinator/common';
import { z } from 'zod';
import type { RegistryRules } from '../../credentials/registry-rules.js';
import { untilShown } from '../../fleet/until-shown.js';
import type { Jobs } from '../../jobs/create-jobs.js';
import { createPullStream } from '../../jobs/pull-stream.js';
import { isFinal } from '../../jobs/stored-job.js';
import type { FleetSnapshot, FleetView } from '../../registry/fleet-snapshot.js';
import { demandPlainFields } from '../../routing/demand-plain-fields.js';
import { parseJsonBody } from '../../routing/parse-json-body.js';
import type { VerbHandlers } from '../handle-verb.js';
import { parseInput } from '../parse-input.js';
import { readBody } from '../read-body.js';
import type { RequestContext } from '../request-context.js';
import { errorRecord } from '../send-error.js';
import { sendJson } from '../send-json.js';

const LIMIT_BYTES = 1_048_576;
const AGENTS_HEADER = 'x-coordinator-agents';

/** What a pull may say beside Ollama's own fields. */
const extensionSchema = z.object({
  agents: agentsChoiceSchema.optional(),
  source: modelSourceSchema.default('auto'),
  /** Whether the job ends with this request, where no other one has ever followed it. */
  cancel_on_leave: z.boolean().default(false),
});

interface PullBody {
  readonly request: Extract<JobRequest, { kind: 'pull' }>;
  readonly stream: boolean;
  readonly cancelOnLeave: boolean;
}

export interface PullHandlerDeps {
  readonly jobs: Jobs;
  readonly registries: RegistryRules;
  readonly fleet: Pick<FleetView, 'snapshot' | 'onChange'>;
  readonly clock: Pick<Clock, 'setTimeout'>;
}

/** `POST /api/pull`: a job, shown as one pull, which ends when the fleet's lists have the model. */
export function createPullHandler(deps: PullHandlerDeps): Pick<VerbHandlers, 'pull'> {
  const { jobs, registries } = deps;
  return {
    pull: async (context) => {
      const { req, res, id, caller } = context;
      const { request, stream, cancelOnLeave } = parsePull(await readBody(req, LIMIT_BYTES));
      registries.demand(caller, request.model, request.insecure);
      const header = req.headers[AGENTS_HEADER];
      const job = await jobs.add(request, { caller: caller.id, agentsHeader: typeof header === 'string' ? header : undefined });
      await jobs.joined(job.id, id);
      res.setHeader('x-coordinator-job', job.id);
      const hasLeft = stream ? await streamJob(context, job, deps) : await awaitJob(context, job, deps);
      if (hasLeft && cancelOnLeave && (await jobs.isAlone(job.id))) await jobs.cancel(job.id, `${caller.id}, who left`);
    },
  };
}

function parsePull(body: Buffer): PullBody {
  const fields = parseJsonBody(body, 'ollama');
  demandPlainFields(fields);
  const wrong = goTypeError(fields, 'PullRequest', { model: 'string', name: 'string', insecure: 'bool', stream: 'bool' });
  if (wrong !== undefined) throw new AppError('BAD_REQUEST', { details: { reason: wrong } });
  const model = String(fields.model || fields.name || '');
  if (model === '') throw new AppError('BAD_REQUEST', { details: { reason: 'invalid model name' } });
  const { agents, source, cancel_on_leave: cancelOnLeave } = parseInput(extensionSchema, fields);
  const insecure = fields.insecure === true;
  const request = { kind: 'pull', model, source, insecure, ...(agents === undefined ? {} : { agents }) } as const;
  return { request, stream: fields.stream !== false, cancelOnLeave };
}

/** Resolves when all is said, with whether the client left before. */
function streamJob({ res, id, shape }: RequestContext, job: Job, deps: PullHandlerDeps): Promise<boolean> {
  const recordsOf = createPullStream();
  res.writeHead(200, { 'content-type': 'application/x-ndjson', 'x-coordinator-request-id': id });
  return untilSettled(res, job, deps, (news) => {
    if (news instanceof AppError) res.end(errorRecord(news, shape, id));
    else {
      for (const record of recordsOf(news)) res.write(`${JSON.stringify(record)}\n`);
      if (isFinal(news.state)) res.end();
    }
  });
}

function awaitJob(context: RequestContext, job: Job, deps: PullHandlerDeps): Promise<boolean> {
  return untilSettled(context.res, job, deps, (news) => {
    if (news instanceof AppError) sendJson(context, news.status, { error: news.message });
    else if (news.state === 'completed') sendJson(context, 200, { status: 'success' });
    else if (isFinal(news.state)) sendJson(context, 500, { error: news.error ?? 'the job failed' });
  });
}

function untilSettled(
  res: RequestContext['res'],
  job: Job,
  { jobs, fleet, clock }: PullHandlerDeps,
  onNews: (news: Job | AppError) => void,
): Promise<boolean> {
  return new Promise((resolve) => {
    if (res.destroyed) return resolve(true);
    const stop = jobs.follow(job.id, (news) => {
      if (news instanceof AppError || news.state !== 'completed') onNews(news);
      else void untilShown(fleet, (snapshot) => isShown(news, snapshot), clock).then(() => onNews(news));
    });
    res.once('close', () => {
      stop();
      resolve(!res.writableFinished);
    });
  });
}

/** Whether every agent of the job is known to have the model. */
function isShown({ model, parts }: Job, { agents }: FleetSnapshot): boolean {
  const name = normalizeModelName(model);
  return parts.every(({ agent_id: id }) => agents.get(id)?.models.has(name) ?? true);
}
