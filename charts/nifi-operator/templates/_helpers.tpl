{{- define "nifi-operator.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- else if contains "nifi-operator" .Release.Name -}}
{{- .Release.Name | replace "." "-" | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-nifi-operator" .Release.Name | replace "." "-" | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* For objects without a namespace: two releases of the same name must not share them. */}}
{{- define "nifi-operator.clusterWideName" -}}
{{- printf "%s:%s" .Release.Namespace (include "nifi-operator.fullname" .) -}}
{{- end -}}

{{/* The name is fixed: the NetworkPolicies of NiFi clusters let in the Pods that carry it. */}}
{{- define "nifi-operator.selectorLabels" -}}
app.kubernetes.io/name: nifi-operator
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{- define "nifi-operator.labels" -}}
{{ include "nifi-operator.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Those of every object and an object's own, which win: takes `root` and `own`. */}}
{{- define "nifi-operator.labelsWith" -}}
{{- merge (dict) (.own | default dict) (include "nifi-operator.labels" .root | fromYaml) | toYaml -}}
{{- end -}}

{{- define "nifi-operator.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "nifi-operator.fullname" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}

{{- define "nifi-operator.leaseName" -}}
{{- .Values.leaderElection.leaseName | default (include "nifi-operator.fullname" .) -}}
{{- end -}}

{{- define "nifi-operator.webhookService" -}}
{{- printf "%s-webhook" (include "nifi-operator.fullname" .) -}}
{{- end -}}

{{/* For a webhook configuration, whose name may have no colon. */}}
{{- define "nifi-operator.webhookConfiguration" -}}
{{- printf "%s.%s" .Release.Namespace (include "nifi-operator.fullname" .) -}}
{{- end -}}

{{- define "nifi-operator.webhookSecret" -}}
{{- .Values.smallSchema.secretName | default (printf "%s-webhook-tls" (include "nifi-operator.fullname" .)) -}}
{{- end -}}

{{- define "nifi-operator.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{- printf "%s@%s" .repository .digest -}}
{{- else -}}
{{- printf "%s:%s" .repository (.tag | default $.Chart.AppVersion) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Combinations that a schema cannot refuse in words that help. */}}
{{- define "nifi-operator.check" -}}
{{- if regexMatch "^[0-9]" (include "nifi-operator.fullname" .) -}}
{{- fail "the name of the release begins with a digit, and that of a Service may not: give fullnameOverride" -}}
{{- end -}}
{{- if and (gt (int .Values.replicas) 1) (not .Values.leaderElection.enabled) -}}
{{- fail "replicas: more than one needs leaderElection.enabled=true, otherwise two operators act at once" -}}
{{- end -}}
{{- if and .Values.metrics.serviceMonitor.enabled (not (and .Values.metrics.enabled .Values.metrics.service.enabled)) -}}
{{- fail "metrics.serviceMonitor.enabled: needs metrics.enabled=true and metrics.service.enabled=true; metrics.podMonitor needs no Service" -}}
{{- end -}}
{{- if and .Values.metrics.podMonitor.enabled (not .Values.metrics.enabled) -}}
{{- fail "metrics.podMonitor.enabled: needs metrics.enabled=true" -}}
{{- end -}}
{{- if and .Values.metrics.enabled (eq (int .Values.metrics.port) (int .Values.health.port)) -}}
{{- fail "metrics.port: is that of health.port; give each its own" -}}
{{- end -}}
{{- if and .Values.smallSchema.enabled (eq (int .Values.smallSchema.port) (int .Values.health.port)) -}}
{{- fail "smallSchema.port: is that of health.port; give each its own" -}}
{{- end -}}
{{- if and .Values.smallSchema.enabled .Values.metrics.enabled (eq (int .Values.smallSchema.port) (int .Values.metrics.port)) -}}
{{- fail "smallSchema.port: is that of metrics.port; give each its own" -}}
{{- end -}}
{{- end -}}
