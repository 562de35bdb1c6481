import type { VerbHandlers } from '../../http/handle-verb.js';
import { createCopyModel } from './copy-model.js';
import { createCreateModel } from './create-model.js';
import { createDeleteModel } from './delete-model.js';
import { createPushModel } from './push-model.js';
import { createRecommendModels } from './recommend-models.js';
import { createShowModel } from './show-model.js';
import { createHeadBlob, createPostBlob } from './upload-blob.js';
import type { VerbDeps } from './verb-deps.js';

type ModelVerb = 'show' | 'copy' | 'delete' | 'create' | 'push' | 'recommendations' | 'headBlob' | 'postBlob';

/** Ollama's verbs about models that agents are asked for. */
export function createModelVerbs(deps: VerbDeps): Pick<VerbHandlers, ModelVerb> {
  return {
    show: createShowModel(deps),
    copy: createCopyModel(deps),
    delete: createDeleteModel(deps),
    create: createCreateModel(deps),
    push: createPushModel(deps),
    recommendations: createRecommendModels(deps),
    headBlob: createHeadBlob(deps),
    postBlob: createPostBlob(deps),
  };
}
