{{/* A variable taken from the chart's secret. Takes (list $ "NAME" "key"). */}}
{{- define "oc.secretEnv" -}}
- name: {{ index . 1 }}
  valueFrom:
    secretKeyRef:
      name: {{ include "oc.secretName" (index . 0) }}
      key: {{ index . 2 }}
{{- end -}}

{{/* COORDINATOR_REDIS_URL, and what it is put together from. */}}
{{- define "oc.redisEnv" -}}
{{- $redis := .Values.redis -}}
{{- if eq $redis.mode "bundled" -}}
{{ include "oc.secretEnv" (list . "REDIS_PASSWORD" "redis-password") }}
- name: COORDINATOR_REDIS_URL
  value: redis://:$(REDIS_PASSWORD)@{{ include "oc.redisName" . }}:6379
{{- else if $redis.existingSecret -}}
- name: COORDINATOR_REDIS_URL
  valueFrom:
    secretKeyRef:
      name: {{ $redis.existingSecret }}
      key: {{ $redis.existingSecretKey }}
{{- else -}}
- name: COORDINATOR_REDIS_URL
  value: {{ $redis.url | quote }}
{{- end }}
{{- if $redis.caSecret }}
- name: NODE_EXTRA_CA_CERTS
  value: /etc/redis-ca/ca.crt
{{- end }}
{{- end -}}
