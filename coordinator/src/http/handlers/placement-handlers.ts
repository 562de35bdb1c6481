import { createPlacementSchema, placementIdSchema, placementRulesSchema } from '@ollama-coordinator/common';
import type { RegistryRules } from '../../credentials/registry-rules.js';
import type { Placements } from '../../placement/placements.js';
import type { ApiHandlers } from '../api-app.js';
import { parseInput } from '../parse-input.js';

type PlacementHandlerName = 'listPlacements' | 'createPlacement' | 'getPlacement' | 'putPlacement' | 'removePlacement';

/** Policies about where models are, as operators see, make and change them. */
export function createPlacementHandlers({
  placements,
  registries,
}: {
  readonly placements: Placements;
  readonly registries: RegistryRules;
}): Pick<ApiHandlers, PlacementHandlerName> {
  return {
    listPlacements: async (_req, res) => {
      res.json({ placements: await placements.list() });
    },
    createPlacement: async (req, res, { caller }) => {
      const { id, ...rules } = parseInput(createPlacementSchema, req.body);
      registries.demand(caller, rules.model, false);
      res.status(201).json(await placements.create(id, rules, caller.id));
    },
    getPlacement: async (req, res) => {
      res.json(await placements.get(String(req.params.id)));
    },
    putPlacement: async (req, res, { caller }) => {
      const id = parseInput(placementIdSchema, String(req.params.id));
      const rules = parseInput(placementRulesSchema, req.body);
      registries.demand(caller, rules.model, false);
      res.json(await placements.put(id, rules, caller.id));
    },
    removePlacement: async (req, res) => {
      await placements.remove(String(req.params.id));
      res.status(204).end();
    },
  };
}
