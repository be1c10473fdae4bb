{{/* The models that sessions may name, with commas between. */}}
{{- define "verbatim.models" -}}
{{- if .Values.ingress.models -}}
{{- join "," .Values.ingress.models -}}
{{- else -}}
{{- $models := list -}}
{{- range .Values.transcriber.pools -}}
{{- $models = append $models .model -}}
{{- end -}}
{{- $models | uniq | join "," -}}
{{- end -}}
{{- end -}}

{{- define "verbatim.natsUrl" -}}
{{- if .Values.nats.enabled -}}
nats://{{ include "verbatim.fullname" . }}-nats:4222
{{- else -}}
{{- .Values.nats.url -}}
{{- end -}}
{{- end -}}

{{- define "verbatim.redisUrl" -}}
{{- if .Values.redis.enabled -}}
redis://{{ include "verbatim.fullname" . }}-redis:6379
{{- else -}}
{{- .Values.redis.url -}}
{{- end -}}
{{- end -}}

{{/* The secret with ADMIN_KEY and WEBHOOK_SECRET; empty: there is none. */}}
{{- define "verbatim.secretName" -}}
{{- if .Values.secrets.existingSecret -}}
{{- .Values.secrets.existingSecret -}}
{{- else if or .Values.secrets.adminKey .Values.secrets.webhookSecret -}}
{{- include "verbatim.fullname" . -}}
{{- end -}}
{{- end -}}

{{- define "verbatim.hasWebhooks" -}}
{{- if or .Values.secrets.webhookSecret .Values.secrets.existingSecret }}yes{{ end -}}
{{- end -}}

{{/* A variable's value in quotes. Helm would write a million as 1e+06, which no process takes. */}}
{{- define "verbatim.text" -}}
{{- kindIs "string" . | ternary . (toJson .) | quote -}}
{{- end -}}

{{/* Variables that all processes share, as a ConfigMap holds them. */}}
{{- define "verbatim.sharedSettings" -}}
NATS_URL: {{ include "verbatim.natsUrl" . | quote }}
NATS_REPLICAS: {{ include "verbatim.text" .Values.nats.replicas }}
NATS_AUDIO_MAX_MB: {{ include "verbatim.text" .Values.nats.audioMaxMB }}
NATS_UPLOADS_MAX_MB: {{ include "verbatim.text" .Values.nats.uploadsMaxMB }}
{{- /* A file that can't fit is refused at once; it would else be told to come again, for ever. */}}
{{- if not (hasKey .Values.config "MAX_UPLOAD_MB") }}
MAX_UPLOAD_MB: {{ min 2048 (div (mul (int .Values.nats.uploadsMaxMB) 95) 100) | toString | quote }}
{{- end }}
REDIS_URL: {{ include "verbatim.redisUrl" . | quote }}
{{- with .Values.nats.credsSecret }}
NATS_CREDS_FILE: /etc/verbatim/nats-creds/nats.creds
{{- end }}
{{- if .Values.nats.tlsSecret }}
NATS_TLS_CA: /etc/verbatim/nats-tls/ca.crt
{{- if .Values.nats.tlsClientCertificate }}
NATS_TLS_CERT: /etc/verbatim/nats-tls/tls.crt
NATS_TLS_KEY: /etc/verbatim/nats-tls/tls.key
{{- end }}
{{- end }}
{{- if .Values.redis.tlsSecret }}
REDIS_TLS_CA: /etc/verbatim/redis-tls/ca.crt
{{- if .Values.redis.tlsClientCertificate }}
REDIS_TLS_CERT: /etc/verbatim/redis-tls/tls.crt
REDIS_TLS_KEY: /etc/verbatim/redis-tls/tls.key
{{- end }}
{{- end }}
{{- with .Values.tracing.endpoint }}
OTEL_EXPORTER_OTLP_ENDPOINT: {{ . | quote }}
OTEL_TRACES_SAMPLER: {{ $.Values.tracing.sampler | quote }}
{{- with $.Values.tracing.samplerArg }}
OTEL_TRACES_SAMPLER_ARG: {{ . | quote }}
{{- end }}
{{- end }}
{{- range $name, $value := .Values.config }}
{{ $name }}: {{ include "verbatim.text" $value }}
{{- end }}
{{- end -}}

{{/* A variable from a secret, absent where the secret lacks it. Takes name and secret. */}}
{{- define "verbatim.secretVariable" -}}
- name: {{ .name }}
  valueFrom:
    secretKeyRef: { name: {{ .secret | quote }}, key: {{ .name }}, optional: true }
{{- end -}}

{{/* What env of every process of Verbatim has: who it is, and how it authenticates at NATS and Redis. Takes root. */}}
{{- define "verbatim.brokerEnv" -}}
- name: POD_NAME
  valueFrom: { fieldRef: { fieldPath: metadata.name } }
- name: NODE_NAME
  valueFrom: { fieldRef: { fieldPath: spec.nodeName } }
- name: OTEL_RESOURCE_ATTRIBUTES
  value: k8s.namespace.name={{ .root.Release.Namespace }},k8s.pod.name=$(POD_NAME),k8s.node.name=$(NODE_NAME)
{{- with .root.Values.nats.existingSecret }}
{{- range list "NATS_TOKEN" "NATS_USER" "NATS_PASSWORD" "NATS_NKEY_SEED" }}
{{ include "verbatim.secretVariable" (dict "name" . "secret" $.root.Values.nats.existingSecret) }}
{{- end }}
{{- end }}
{{- with .root.Values.redis.existingSecret }}
{{- range list "REDIS_USERNAME" "REDIS_PASSWORD" }}
{{ include "verbatim.secretVariable" (dict "name" . "secret" $.root.Values.redis.existingSecret) }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Files for the way to NATS and Redis. */}}
{{- define "verbatim.brokerMounts" -}}
{{- if .Values.nats.credsSecret }}
- { name: nats-creds, mountPath: /etc/verbatim/nats-creds, readOnly: true }
{{- end }}
{{- if .Values.nats.tlsSecret }}
- { name: nats-tls, mountPath: /etc/verbatim/nats-tls, readOnly: true }
{{- end }}
{{- if .Values.redis.tlsSecret }}
- { name: redis-tls, mountPath: /etc/verbatim/redis-tls, readOnly: true }
{{- end }}
{{- end -}}

{{- define "verbatim.brokerVolumes" -}}
{{- with .Values.nats.credsSecret }}
- { name: nats-creds, secret: { secretName: {{ . | quote }} } }
{{- end }}
{{- with .Values.nats.tlsSecret }}
- { name: nats-tls, secret: { secretName: {{ . | quote }} } }
{{- end }}
{{- with .Values.redis.tlsSecret }}
- { name: redis-tls, secret: { secretName: {{ . | quote }} } }
{{- end }}
{{- end -}}
