{{/* Names and labels. Components are coordinator, agent and redis. */}}

{{- define "oc.fullname" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Takes (list $ "component"). */}}
{{- define "oc.selectorLabels" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: {{ $root.Chart.Name }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{- define "oc.labels" -}}
{{- $root := index . 0 -}}
{{ include "oc.selectorLabels" . }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version }}
{{- end -}}

{{/* Nothing that a version of the chart alone changes: a pod is replaced for what runs in it. */}}
{{- define "oc.podLabels" -}}
{{- include "oc.selectorLabels" . -}}
{{- end -}}

{{/* Takes (list $ "file of a ConfigMap"). */}}
{{- define "oc.configChecksum" -}}
{{- $root := index . 0 -}}
{{- (include (printf "%s/%s" $root.Template.BasePath (index . 1)) $root | fromYaml).data | toJson | sha256sum -}}
{{- end -}}

{{/* Takes (list $ image). */}}
{{- define "oc.image" -}}
{{- $image := index . 1 -}}
{{ $image.repository }}:{{ $image.tag | default (index . 0).Chart.AppVersion }}
{{- end -}}

{{/* The secret that holds cluster-secret, admin-key and join-token. */}}
{{- define "oc.secretName" -}}
{{- .Values.secrets.existingSecret | default (include "oc.fullname" .) -}}
{{- end -}}

{{- define "oc.redisName" -}}
{{- printf "%s-redis" (include "oc.fullname" .) -}}
{{- end -}}

{{/* Where agents and operators inside the cluster find the coordinators. */}}
{{- define "oc.url" -}}
{{- printf "http://%s.%s.svc:%v" (include "oc.fullname" .) .Release.Namespace .Values.service.port -}}
{{- end -}}
