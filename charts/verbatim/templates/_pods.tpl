{{/* The beginning of a pod's spec. Takes root. */}}
{{- define "verbatim.podBasics" -}}
serviceAccountName: {{ include "verbatim.serviceAccountName" .root | quote }}
automountServiceAccountToken: false
# A service named nats would otherwise set NATS_PORT and more.
enableServiceLinks: false
securityContext:
  {{- toYaml .root.Values.podSecurityContext | nindent 2 }}
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . | quote }}
  {{- end }}
{{- end }}
{{- end -}}

{{/* Where pods may run. Takes spec. */}}
{{- define "verbatim.scheduling" -}}
{{- with .spec.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- with .spec.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .spec.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .spec.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* Over zones and nodes, of each version of the pods for itself. Takes spec and labels. */}}
{{- define "verbatim.spread" -}}
topologySpreadConstraints:
{{- if .spec.topologySpreadConstraints }}
  {{- toYaml .spec.topologySpreadConstraints | nindent 2 }}
{{- else }}
{{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
  - topologyKey: {{ . }}
    maxSkew: 1
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- $.labels | nindent 8 }}
    matchLabelKeys: [pod-template-hash]
{{- end }}
{{- end }}
{{- end -}}

{{/* Annotations and labels of a Deployment's pods: they start anew when a setting changes. Takes root, spec, labels and annotations. */}}
{{- define "verbatim.podMetadata" -}}
{{- $settings := printf "%s %s" (include "verbatim.sharedSettings" .root) (toJson .root.Values.secrets) | sha256sum | trunc 16 -}}
labels:
  {{- include "verbatim.podLabels" (dict "root" .root "labels" .labels "podLabels" .spec.podLabels "version" .root.Chart.AppVersion) | nindent 2 }}
annotations:
  {{- merge (dict "verbatim.dev/settings" $settings) (.spec.podAnnotations | default dict) .root.Values.commonAnnotations (.annotations | default dict) | toYaml | nindent 2 }}
{{- end -}}

{{/* Takes port. */}}
{{- define "verbatim.probes" -}}
startupProbe:
  httpGet: { path: /livez, port: {{ .port }} }
  periodSeconds: 1
  failureThreshold: 60
# It runs. A link that is away is no reason for a restart.
livenessProbe:
  httpGet: { path: /livez, port: {{ .port }} }
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
# It takes new work: NATS and Redis are there, the model is warm, and nobody has told it to stop.
readinessProbe:
  httpGet: { path: /readyz, port: {{ .port }} }
  periodSeconds: 2
  timeoutSeconds: 2
  failureThreshold: 3
{{- end -}}

{{/* Helm makes a ScaledObject before it removes the autoscaler that stood in its place; KEDA would refuse the one for the other. Takes the same as
verbatim.metadata. */}}
{{- define "verbatim.autoscalerMetadata" -}}
{{- include "verbatim.metadata" (merge (dict "annotations" (dict "validations.keda.sh/hpa-ownership" "false")) .) -}}
{{- end -}}

{{/* A HorizontalPodAutoscaler by CPU. Takes root, component, name and spec. */}}
{{- define "verbatim.cpuAutoscaler" -}}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  {{- include "verbatim.autoscalerMetadata" . | nindent 2 }}
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: {{ .name }} }
  minReplicas: {{ .spec.autoscaling.minReplicas }}
  maxReplicas: {{ .spec.autoscaling.maxReplicas }}
  metrics:
    - type: Resource
      resource:
        name: cpu
        target: { type: Utilization, averageUtilization: {{ .spec.autoscaling.targetCPUUtilizationPercentage }} }
  {{- with .spec.autoscaling.behavior }}
  behavior:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{/* Takes root, component, name, spec and selector: the labels of its pods. */}}
{{- define "verbatim.podDisruptionBudget" -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "verbatim.metadata" . | nindent 2 }}
spec:
  maxUnavailable: {{ .spec.podDisruptionBudget.maxUnavailable }}
  # A pod that is not ready holds up no drain of its node.
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- .selector | nindent 6 }}
{{- end -}}
