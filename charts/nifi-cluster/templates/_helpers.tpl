{{- define "nifi-cluster.name" -}}
{{- .Values.cluster.name | default .Release.Name -}}
{{- end -}}

{{- define "nifi-cluster.labels" -}}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Those of every object and an object's own, which win: takes `root` and `own`. */}}
{{- define "nifi-cluster.labelsWith" -}}
{{- merge (dict) (.own | default dict) (include "nifi-cluster.labels" .root | fromYaml) | toYaml -}}
{{- end -}}

{{/* Objects of one kind, each of them by its name. */}}
{{- define "nifi-cluster.objects" -}}
{{- $root := .root -}}
{{- $kind := .kind -}}
{{- range $name, $object := .objects }}
---
apiVersion: datadynamics.io/v1
kind: {{ $kind }}
metadata:
  name: {{ $name | quote }}
  namespace: {{ $root.Release.Namespace | quote }}
  labels:
    {{- include "nifi-cluster.labelsWith" (dict "root" $root "own" $object.labels) | nindent 4 }}
  {{- with $object.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  {{- if not (hasKey $object.spec "clusterRef") }}
  clusterRef:
    name: {{ include "nifi-cluster.name" $root | quote }}
  {{- end }}
  {{- toYaml $object.spec | nindent 2 }}
{{- end }}
{{- end -}}
