import { AppError, jobRequestSchema } from '@ollama-coordinator/common';
import { z } from 'zod';
import type { RegistryRules } from '../../credentials/registry-rules.js';
import type { Jobs } from '../../jobs/create-jobs.js';
import { isFinal } from '../../jobs/stored-job.js';
import type { ApiHandlers } from '../api-app.js';
import { parseInput } from '../parse-input.js';
import { errorRecord } from '../send-error.js';

const listQuerySchema = z.strictObject({ limit: z.coerce.number().int().min(1).max(1000).default(50) });
const getQuerySchema = z.strictObject({ watch: z.enum(['', '0', '1', 'true', 'false']).optional() });

/** Jobs, as operators see, make and end them. */
export function createJobHandlers({
  jobs,
  registries,
}: {
  readonly jobs: Jobs;
  readonly registries: RegistryRules;
}): Pick<ApiHandlers, 'listJobs' | 'createJob' | 'getJob' | 'cancelJob'> {
  return {
    listJobs: async (req, res) => {
      res.json({ jobs: await jobs.list(parseInput(listQuerySchema, req.query).limit) });
    },
    createJob: async (req, res, { caller }) => {
      const header = req.get('x-coordinator-agents');
      const wanted = parseInput(jobRequestSchema, req.body);
      if (wanted.kind !== 'delete') registries.demand(caller, wanted.model, wanted.kind === 'pull' && wanted.insecure);
      res.status(202).json(await jobs.add(wanted, { caller: caller.id, agentsHeader: header }));
    },
    getJob: async (req, res, { id }) => {
      const { watch = '0' } = parseInput(getQuerySchema, req.query);
      const job = await jobs.get(String(req.params.id));
      if (watch === '0' || watch === 'false') return void res.json(job);
      res.writeHead(200, { 'content-type': 'application/x-ndjson', 'x-coordinator-request-id': id });
      const stop = jobs.follow(job.id, (news) => {
        if (news instanceof AppError) return void res.end(errorRecord(news, 'ollama', id));
        res.write(`${JSON.stringify(news)}\n`);
        if (isFinal(news.state)) res.end();
      });
      res.once('close', stop);
    },
    cancelJob: async (req, res, { caller }) => {
      res.json(await jobs.cancel(String(req.params.id), caller.id));
    },
  };
}
