/**
 * What each value of the Helm chart is: its sentence, and its JSON Schema where the default in values.yaml does not say
 * enough. README.md's table and values.schema.json are made from this, from values.yaml and from the settings' own schema.
 */
const text = { type: 'string' };
const map = { type: 'object' };
const list = { type: 'array' };
const quantity = { type: 'string', pattern: '^[0-9.]+([EPTGMk]i?|m)?$' };
const count = (minimum, maximum) => ({ type: 'integer', minimum, maximum });
const pullPolicy = { enum: ['Always', 'IfNotPresent', 'Never'] };

/** Path → [sentence, schema beyond the default's type]. A path of values.yaml that is missing here fails the generator. */
export const VALUES = {
  'image.repository': ['Image of the coordinator.', text],
  'image.tag': ["Tag of it. Empty: the chart's appVersion.", text],
  'image.pullPolicy': ['When it is pulled.', pullPolicy],
  imagePullSecrets: ['Secrets for a private registry, as `[{name: …}]`.', list],
  replicas: ['Coordinators that run at the same time, unless autoscaling decides.', count(1, 100)],
  drainSeconds: ['How long a coordinator that leaves may finish its streams. The pod’s grace period follows from it.', count(0, 3600)],
  config: ['Any setting of docs/configuration.md, under its name in the file.', map],
  'secrets.existingSecret': [
    'Secret with the keys `cluster-secret`, `admin-key`, `join-token` (and `redis-password` with the bundled Redis). Empty: one is made and kept.',
    text,
  ],
  extraEnv: ['Further environment variables of the coordinator.', list],
  extraPlugins: [
    'Balancers that are not in the image: `[{image: …}]`, each with its npm packages under `/plugins` (or `path`).',
    {
      type: 'array',
      items: { type: 'object', required: ['image'], additionalProperties: false, properties: { image: text, path: text } },
    },
  ],
  resources: ['Requests and limits of the coordinator.', map],
  podAnnotations: ['Annotations of its pods.', map],
  podLabels: ['Labels of its pods.', map],
  nodeSelector: ['Nodes that it may run on.', map],
  tolerations: ['Taints that it tolerates.', list],
  affinity: ['Affinity of its pods. They spread over nodes in any case.', map],
  priorityClassName: ['Priority of its pods.', text],
  'service.type': ['Kind of the Service.', { enum: ['ClusterIP', 'NodePort', 'LoadBalancer'] }],
  'service.port': ['Port of the Service.', count(1, 65535)],
  'service.annotations': ['Annotations of the Service.', map],
  'ingress.enabled': ['Whether the coordinators are reached from outside.', undefined],
  'ingress.className': ['Ingress class. Empty: the cluster’s default.', text],
  'ingress.host': ['Host name under which clients call.', text],
  'ingress.tlsSecret': ['Secret with the certificate of that name. Empty: no TLS.', text],
  'ingress.annotations': ['Further annotations. Those that ingress-nginx needs for streaming are there already.', map],
  'autoscaling.enabled': ['Whether the number of coordinators follows the load.', undefined],
  'autoscaling.minReplicas': ['Fewest of them.', count(1, 100)],
  'autoscaling.maxReplicas': ['Most of them.', count(1, 100)],
  'autoscaling.cpuPercent': ['CPU, of what is requested, that is aimed at. Needs `resources.requests.cpu`.', count(1, 100)],
  'autoscaling.waitingRequests': [
    'Waiting requests per coordinator that are aimed at; needs a metrics adapter for Prometheus. 0: not looked at.',
    count(0, 100_000),
  ],
  'podDisruptionBudget.enabled': ['Whether a drained node takes one coordinator at a time.', undefined],
  'redis.mode': ['`bundled`: a small Valkey with a volume comes along. `external`: there is one.', { enum: ['bundled', 'external'] }],
  'redis.url': ['Address of the external Redis (also `redis+sentinel://`, `redis+cluster://`, `rediss://`), without a password.', text],
  'redis.existingSecret': ['Secret that holds the whole URL instead.', text],
  'redis.existingSecretKey': ['Its key.', text],
  'redis.caSecret': ['Secret with `ca.crt`, where the external Redis has a certificate of an own authority.', text],
  'redis.bundled.image.repository': ['Image of the bundled Valkey.', text],
  'redis.bundled.image.tag': ['Its tag.', text],
  'redis.bundled.image.pullPolicy': ['When it is pulled.', pullPolicy],
  'redis.bundled.storageClass': ['Class of its volume. Empty: the cluster’s default.', text],
  'redis.bundled.storageSize': ['Size of its volume.', quantity],
  'redis.bundled.resources': ['Requests and limits of it.', map],
  'agents.enabled': ['Whether this chart runs Ollamas with their agents in the cluster.', undefined],
  'agents.kind': [
    '`DaemonSet`: one a node, models in a folder of the node. `StatefulSet`: a volume each.',
    { enum: ['DaemonSet', 'StatefulSet'] },
  ],
  'agents.replicas': ['Ollamas of the StatefulSet.', count(0, 1000)],
  'agents.image.repository': ['Image of the agent.', text],
  'agents.image.tag': ["Tag of it. Empty: the chart's appVersion.", text],
  'agents.image.pullPolicy': ['When it is pulled.', pullPolicy],
  'agents.config': ["Any of the agent's settings of docs/configuration.md, under its name in the file.", map],
  'agents.labels': ['Labels that the agents tell the coordinator, for balancers and pins.', { type: 'object', additionalProperties: text }],
  'agents.resources': ['Requests and limits of the agent.', map],
  'agents.ollama.image.repository': ['Image of Ollama.', text],
  'agents.ollama.image.tag': ['Its tag.', text],
  'agents.ollama.image.pullPolicy': ['When it is pulled.', pullPolicy],
  'agents.ollama.env': ['Environment of Ollama, as `OLLAMA_NUM_PARALLEL`.', list],
  'agents.ollama.resources': ['Requests and limits of Ollama; GPUs are asked for here.', map],
  'agents.models.hostPath': ['Folder of the node that holds the models (DaemonSet).', { type: 'string', pattern: '^/' }],
  'agents.models.storageClass': ['Class of the volumes for models (StatefulSet).', text],
  'agents.models.storageSize': ['Size of each of them.', quantity],
  'agents.runtimeClassName': ['Runtime class, as `nvidia`.', text],
  'agents.nodeSelector': ['Nodes with an Ollama.', map],
  'agents.tolerations': ['Taints that they tolerate.', list],
  'agents.affinity': ['Affinity of them.', map],
  'networkPolicy.enabled': ['Whether pods of this chart are reached by those only who must.', undefined],
  'networkPolicy.allowFrom': ['Who may call the coordinators, as `from` of a NetworkPolicy. Empty: everybody.', list],
  'monitoring.serviceMonitor': ['Whether Prometheus (its operator) collects the metrics.', undefined],
  'monitoring.prometheusRule': ['Whether the alerts come along.', undefined],
  'monitoring.grafanaDashboard': ['Whether Grafana (its sidecar) gets the dashboard.', undefined],
  'monitoring.interval': ['How often metrics are collected.', { type: 'string', pattern: '^[0-9]+(ms|s|m)$' }],
};
