{{- define "verbatim.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* The release's name, with the chart's behind it unless it is in it; a service's name has no dots. 35 letters at most: "-transcriber-" and a pool's name
come behind it, and 63 is the most for a label, such as KEDA makes of a name. */}}
{{- define "verbatim.fullname" -}}
{{- $chart := include "verbatim.name" . -}}
{{- $both := contains $chart .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $chart) -}}
{{- .Values.fullnameOverride | default $both | replace "." "-" | trunc 35 | trimSuffix "-" -}}
{{- end -}}

{{/* What pods of this release have in common, for selectors: these never change. */}}
{{- define "verbatim.instanceLabels" -}}
app.kubernetes.io/name: {{ include "verbatim.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{/* Of a component's pods. Takes root and component. */}}
{{- define "verbatim.selectorLabels" -}}
{{ include "verbatim.instanceLabels" .root }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{/* Labels of an object; the first to name one decides. Takes root, component and labels. */}}
{{- define "verbatim.labels" -}}
{{- $chart := printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" -}}
{{- $rest := dict "helm.sh/chart" $chart "app.kubernetes.io/version" .root.Chart.AppVersion "app.kubernetes.io/managed-by" .root.Release.Service "app.kubernetes.io/part-of" "verbatim" -}}
{{- merge (include "verbatim.selectorLabels" . | fromYaml) (.labels | default dict) .root.Values.commonLabels $rest | toYaml -}}
{{- end -}}

{{/* Labels of pods; the first to name one decides. Takes root, labels (of the selector), podLabels and version. */}}
{{- define "verbatim.podLabels" -}}
{{- $rest := dict "app.kubernetes.io/part-of" "verbatim" -}}
{{- with .version }}{{ $_ := set $rest "app.kubernetes.io/version" . }}{{ end -}}
{{- merge (fromYaml .labels) (.podLabels | default dict) .root.Values.commonLabels $rest | toYaml -}}
{{- end -}}

{{/* The metadata of an object. Takes root and component, name if it is not FULLNAME-COMPONENT, and labels and annotations. */}}
{{- define "verbatim.metadata" -}}
name: {{ .name | default (printf "%s-%s" (include "verbatim.fullname" .root) .component) | quote }}
namespace: {{ .root.Release.Namespace | quote }}
labels:
  {{- include "verbatim.labels" . | nindent 2 }}
{{- with merge (dict) (.annotations | default dict) .root.Values.commonAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "verbatim.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "verbatim.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/* One of Verbatim's own images. Takes root and image. */}}
{{- define "verbatim.image" -}}
{{- with .root.Values.image.registry }}{{ trimSuffix "/" . }}/{{ end -}}
{{- include "verbatim.imageOf" (dict "image" .image "tag" (.root.Values.image.tag | default .root.Chart.AppVersion)) -}}
{{- end -}}

{{/* Takes image, and tag for one that names neither tag nor digest. */}}
{{- define "verbatim.imageOf" -}}
{{- .image.repository -}}
{{- if .image.digest -}}
@{{ .image.digest }}
{{- else -}}
:{{ .image.tag | default .tag }}
{{- end -}}
{{- end -}}
