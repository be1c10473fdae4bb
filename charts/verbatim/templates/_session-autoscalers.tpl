{{/* Sessions, queued or active, that one pod of a pool should have on the average. Takes spec. */}}
{{- define "verbatim.sessionsPerPod" -}}
{{- max 1 (div (mul (int .spec.slots) (int .spec.autoscaling.targetSlotUtilizationPercentage)) 100) -}}
{{- end -}}

{{/* A HorizontalPodAutoscaler by sessions, from a metrics adapter. Takes root, component, name and spec. */}}
{{- define "verbatim.sessionsAutoscaler" -}}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  {{- include "verbatim.autoscalerMetadata" . | nindent 2 }}
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: {{ .name }} }
  minReplicas: {{ .spec.autoscaling.minReplicas }}
  maxReplicas: {{ .spec.autoscaling.maxReplicas }}
  metrics:
    - type: External
      external:
        metric:
          name: verbatim_claims
          selector: { matchLabels: { model: {{ .spec.model | quote }}, kind: live } }
        target: { type: AverageValue, averageValue: {{ include "verbatim.sessionsPerPod" . | quote }} }
  {{- with .spec.autoscaling.behavior }}
  behavior:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{/* A ScaledObject of KEDA. Takes root, component, name and spec. */}}
{{- define "verbatim.kedaAutoscaler" -}}
{{- $keda := .spec.autoscaling.keda -}}
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata:
  {{- include "verbatim.metadata" . | nindent 2 }}
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: {{ .name }} }
  minReplicaCount: {{ .spec.autoscaling.minReplicas }}
  maxReplicaCount: {{ .spec.autoscaling.maxReplicas }}
  pollingInterval: {{ $keda.pollingIntervalSeconds }}
  # Without figures there are as many pods as before.
  fallback: { failureThreshold: 3, replicas: {{ .spec.autoscaling.minReplicas }}, behavior: currentReplicasIfHigher }
  {{- with .spec.autoscaling.behavior }}
  advanced:
    horizontalPodAutoscalerConfig:
      behavior:
        {{- toYaml . | nindent 8 }}
  {{- end }}
  triggers:
    {{- if eq $keda.trigger "nats" }}
    # What waits in the model's claims and what is held: queued and active sessions.
    - type: nats-jetstream
      metadata:
        natsServerMonitoringEndpoint: {{ $keda.natsMonitoringEndpoint | default (printf "%s-nats.%s.svc:8222" (include "verbatim.fullname" .root) .root.Release.Namespace) | quote }}
        account: {{ $keda.natsAccount | quote }}
        stream: STT_CLAIMS
        consumer: {{ include "verbatim.claimsConsumer" .spec.model | quote }}
        lagThreshold: {{ include "verbatim.sessionsPerPod" . | quote }}
    {{- else }}
    - type: prometheus
      metadata:
        serverAddress: {{ $keda.prometheusServerAddress | quote }}
        query: max(sum by (instance) (verbatim_claims{model={{ .spec.model | quote }},kind="live"}))
        threshold: {{ include "verbatim.sessionsPerPod" . | quote }}
    {{- end }}
{{- end -}}

{{/* The name of a model's consumer in STT_CLAIMS: what is neither letter, digit nor "-" stands as _xx (lib/bus, laneToken). */}}
{{- define "verbatim.claimsConsumer" -}}
{{- . | replace "_" "_5f" | replace "." "_2e" -}}
{{- end -}}
