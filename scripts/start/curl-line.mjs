/**
 * A curl line that works on this fleet: a question to a model that answers, or the list of models while there is none.
 * `models` are entries of /api/tags, `loaded` names of models that are in memory already.
 */
export function curlLine({ url, key, models, loaded = [], platform = process.platform }) {
  const authorization = key === undefined ? '' : ` -H ${quote(`Authorization: Bearer ${key}`, platform)}`;
  const model = chooseModel(models, loaded);
  if (model === undefined) return `curl ${url}/api/tags${authorization}`;
  const embeds = isEmbedding(model);
  const body = embeds
    ? { model: model.name, input: 'Why is the sky blue?' }
    : { model: model.name, messages: [{ role: 'user', content: 'Why is the sky blue?' }] };
  return `curl ${url}/api/${embeds ? 'embed' : 'chat'}${authorization} -d ${quote(JSON.stringify(body), platform)}`;
}

/** A loaded model before one that must be loaded, a small one before a large one; one that can talk before all. */
function chooseModel(models, loaded) {
  const rank = (model) => [isEmbedding(model) ? 1 : 0, loaded.includes(model.name) ? 0 : 1, model.size ?? 0];
  return [...models].sort((a, b) => compare(rank(a), rank(b)))[0];
}

function compare(left, right) {
  const at = left.findIndex((figure, index) => figure !== right[index]);
  return at < 0 ? 0 : left[at] - right[at];
}

function isEmbedding({ name, details }) {
  return /embed|minilm|bge-/i.test(name) || /bert/i.test(details?.family ?? '');
}

function quote(text, platform) {
  return platform === 'win32' ? `"${text.replaceAll('"', '\\"')}"` : `'${text.replaceAll("'", "'\\''")}'`;
}
