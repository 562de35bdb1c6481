{{/* An Ollama and its agent in one pod: the Ollama stays on the pod's loopback, only the agent is reached from outside. */}}
{{- define "oc.agentPod" -}}
{{- $agents := .Values.agents -}}
metadata:
  labels:
    {{- include "oc.podLabels" (list . "agent") | nindent 4 }}
  annotations:
    checksum/config: {{ include "oc.configChecksum" (list . "agent/configmap.yaml") }}
spec:
  serviceAccountName: {{ include "oc.fullname" . }}
  {{- include "oc.podSecurity" . | nindent 2 }}
  terminationGracePeriodSeconds: {{ add .Values.drainSeconds 10 }}
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $agents.runtimeClassName }}
  runtimeClassName: {{ . }}
  {{- end }}
  {{- with $agents.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $agents.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $agents.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if eq $agents.kind "DaemonSet" }}
  initContainers:
    # A folder of the node belongs to root when Kubernetes makes it. This is the one container that may change that.
    - name: own-models
      image: {{ include "oc.image" (list . $agents.image) }}
      imagePullPolicy: {{ $agents.image.pullPolicy }}
      command: [chown, "10001:10001", /data]
      securityContext:
        runAsUser: 0
        runAsNonRoot: false
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities:
          drop: [ALL]
          add: [CHOWN]
      volumeMounts:
        - { name: models, mountPath: /data }
  {{- end }}
  containers:
    - name: ollama
      image: {{ include "oc.image" (list . $agents.ollama.image) }}
      imagePullPolicy: {{ $agents.ollama.image.pullPolicy }}
      {{- include "oc.containerSecurity" . | nindent 6 }}
      env:
        - name: OLLAMA_HOST
          value: 127.0.0.1:11434
        - name: OLLAMA_MODELS
          value: /data/models
        - name: HOME
          value: /tmp
        {{- with $agents.ollama.env }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- with $agents.ollama.resources }}
      resources:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      volumeMounts:
        - { name: models, mountPath: /data }
        - { name: ollama-tmp, mountPath: /tmp }
    - name: agent
      image: {{ include "oc.image" (list . $agents.image) }}
      imagePullPolicy: {{ $agents.image.pullPolicy }}
      {{- include "oc.containerSecurity" . | nindent 6 }}
      env:
        - name: POD_IP
          valueFrom:
            fieldRef:
              fieldPath: status.podIP
        - name: AGENT_NAME
          valueFrom:
            fieldRef:
              fieldPath: {{ ternary "spec.nodeName" "metadata.name" (eq $agents.kind "DaemonSet") }}
        - name: AGENT_COORDINATOR_URL
          value: {{ include "oc.url" . }}
        - name: AGENT_OLLAMA_URL
          value: http://127.0.0.1:11434
        - name: AGENT_TRANSPORT
          value: direct
        - name: AGENT_HOST
          value: 0.0.0.0
        - name: AGENT_PORT
          value: "11435"
        - name: AGENT_ADVERTISE
          value: $(POD_IP):11435
        - name: AGENT_CONFIG
          value: /etc/ollama-agent/agent.toml
        - name: AGENT_DATA_DIR
          # The agent's identity lives as long as the models do.
          value: /data/agent
        - name: AGENT_OLLAMA_MODELS
          value: /data/models
        {{- include "oc.secretEnv" (list . "AGENT_JOIN_TOKEN" "join-token") | nindent 8 }}
      ports:
        - name: agent
          containerPort: 11435
      startupProbe:
        tcpSocket: { port: agent }
        periodSeconds: 1
        failureThreshold: 60
      {{- with $agents.resources }}
      resources:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      volumeMounts:
        - { name: config, mountPath: /etc/ollama-agent, readOnly: true }
        - { name: models, mountPath: /data }
        - { name: agent-tmp, mountPath: /tmp }
  volumes:
    - name: config
      configMap:
        name: {{ include "oc.fullname" . }}-agent
    - name: ollama-tmp
      emptyDir: {}
    - name: agent-tmp
      emptyDir: {}
    {{- if eq $agents.kind "DaemonSet" }}
    - name: models
      hostPath:
        path: {{ $agents.models.hostPath }}
        type: DirectoryOrCreate
    {{- end }}
{{- end -}}
