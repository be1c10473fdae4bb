{{/* What values.schema.json can't say, and names that are gone. Fails with one sentence each, all at once. */}}
{{- define "verbatim.checks" -}}
{{- $mistakes := list -}}

{{- $renamed := dict
  "apiGateway" "is now ingress"
  "audioProcessor" "is gone: the ingress takes audio apart and transcribers find the speech in it; files are the part of media"
  "whisper" "is now a pool: transcriber.pools[].model, such as whisper-base"
  "replicaCount" "is now ingress.replicas, transcriber.pools[].replicas and media.replicas"
  "autoscaling" "is now ingress.autoscaling, transcriber.autoscaling and media.autoscaling"
  "resources" "is now ingress.resources, transcriber.resources and media.resources"
-}}
{{- range $name, $sentence := $renamed -}}
{{- if hasKey $.Values $name -}}
{{- $mistakes = append $mistakes (printf "%s %s." $name $sentence) -}}
{{- end -}}
{{- end -}}
{{- range $name := list "replicas" "model" -}}
{{- if hasKey $.Values.transcriber $name -}}
{{- $mistakes = append $mistakes (printf "transcriber.%s is now transcriber.pools[].%s." $name $name) -}}
{{- end -}}
{{- end -}}

{{- if regexMatch "^[0-9]" (include "verbatim.fullname" .) -}}
{{- $mistakes = append $mistakes (printf "The name of a service starts with a letter, and %q does not; set fullnameOverride." (include "verbatim.fullname" .)) -}}
{{- end -}}

{{- $names := list -}}
{{- range .Values.transcriber.pools -}}
{{- if has .name $names -}}
{{- $mistakes = append $mistakes (printf "transcriber.pools has two pools named %q; give each its own name." .name) -}}
{{- end -}}
{{- $names = append $names .name -}}
{{- end -}}
{{- $autoscaledModels := list -}}
{{- range .Values.transcriber.pools -}}
{{- $pool := include "verbatim.pool" (dict "root" $ "pool" .) | fromYaml -}}
{{- if and $pool.autoscaling.enabled (gt (int $pool.autoscaling.minReplicas) (int $pool.autoscaling.maxReplicas)) -}}
{{- $mistakes = append $mistakes (printf "The pool %q has autoscaling.minReplicas %d, which is more than maxReplicas %d." .name (int $pool.autoscaling.minReplicas) (int $pool.autoscaling.maxReplicas)) -}}
{{- end -}}
{{- if and $pool.autoscaling.enabled (ne $pool.autoscaling.by "cpu") -}}
{{- if not $pool.slots -}}
{{- $mistakes = append $mistakes (printf "The pool %q scales by %s and has no slots: say how many sessions a pod carries." .name $pool.autoscaling.by) -}}
{{- end -}}
{{- if has .model $autoscaledModels -}}
{{- $mistakes = append $mistakes (printf "Two pools of %s scale by sessions, and each would count those of both; let one of them scale by cpu." .model) -}}
{{- end -}}
{{- $autoscaledModels = append $autoscaledModels .model -}}
{{- end -}}
{{- if and $pool.autoscaling.enabled (eq $pool.autoscaling.by "keda") -}}
{{- if and (eq $pool.autoscaling.keda.trigger "prometheus") (not $pool.autoscaling.keda.prometheusServerAddress) -}}
{{- $mistakes = append $mistakes (printf "The pool %q has autoscaling.keda.trigger prometheus and no prometheusServerAddress." .name) -}}
{{- end -}}
{{- if and (eq $pool.autoscaling.keda.trigger "nats") (not $.Values.nats.enabled) (not $pool.autoscaling.keda.natsMonitoringEndpoint) -}}
{{- $mistakes = append $mistakes (printf "The pool %q has autoscaling.keda.trigger nats and a NATS of your own; give keda.natsMonitoringEndpoint (HOST:PORT)." .name) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- $models := splitList "," (include "verbatim.models" .) -}}
{{- range $index, $model := $models -}}
{{- $has := false -}}
{{- range $.Values.transcriber.pools -}}{{- if eq .model $model -}}{{- $has = true -}}{{- end -}}{{- end -}}
{{- if not $has -}}
{{- $mistakes = append $mistakes (printf "ingress.models names %s, and no pool of transcribers has it." $model) -}}
{{- end -}}
{{- end -}}

{{- with .Values.image -}}
{{- if not (or .registry (eq .pullPolicy "Never")) -}}
{{- range $name := list "ingress" "transcriber" "media" -}}
{{- if hasPrefix "verbatim/" (index $.Values $name).image.repository -}}
{{- $mistakes = append $mistakes (printf "%s.image.repository is %q in nobody's registry: Verbatim's images are not published. Build them, push them to a registry of yours, and name it as image.registry." $name (index $.Values $name).image.repository) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- range $name := list "nats" "redis" -}}
{{- $broker := index $.Values $name -}}
{{- if contains "@" $broker.url -}}
{{- $mistakes = append $mistakes (printf "%s.url has credentials in it, which everybody could read; put them into a secret and name it as %s.existingSecret." $name $name) -}}
{{- end -}}
{{- if and (not $broker.enabled) (not $broker.url) -}}
{{- $mistakes = append $mistakes (printf "%s.enabled is false and %s.url is empty; give the address of yours." $name $name) -}}
{{- end -}}
{{- if and $broker.enabled $broker.url -}}
{{- $mistakes = append $mistakes (printf "%s.url is %q and %s.enabled is true; set %s.enabled=false to use yours." $name $broker.url $name $name) -}}
{{- end -}}
{{- if and $broker.enabled $broker.tlsSecret -}}
{{- $mistakes = append $mistakes (printf "%s.tlsSecret is for a server of yours: the chart's own has no TLS." $name) -}}
{{- end -}}
{{- end -}}
{{- if and .Values.nats.enabled (gt (int .Values.nats.replicas) 1) -}}
{{- $mistakes = append $mistakes (printf "nats.replicas is %d, and the chart's own NATS is one server." (int .Values.nats.replicas)) -}}
{{- end -}}

{{- if and .Values.nats.existingSecret .Values.nats.credsSecret -}}
{{- $mistakes = append $mistakes "nats.existingSecret and nats.credsSecret are two ways to authenticate; set one of them." -}}
{{- end -}}
{{- if and .Values.secrets.existingSecret (or .Values.secrets.adminKey .Values.secrets.webhookSecret) -}}
{{- $mistakes = append $mistakes "secrets.existingSecret stands in place of secrets.adminKey and secrets.webhookSecret; set one or the other." -}}
{{- end -}}

{{- with .Values.ingress.service -}}
{{- if eq (int .httpPort) (int .grpcPort) -}}
{{- $mistakes = append $mistakes (printf "ingress.service.httpPort and grpcPort are both %d; give each its own port." (int .httpPort)) -}}
{{- end -}}
{{- if and .loadBalancerClass (ne .type "LoadBalancer") -}}
{{- $mistakes = append $mistakes (printf "ingress.service.loadBalancerClass is for type LoadBalancer, and the type is %s." .type) -}}
{{- end -}}
{{- end -}}
{{- with .Values.ingress.expose -}}
{{- if and (ne .kind "none") (not .host) -}}
{{- $mistakes = append $mistakes (printf "ingress.expose.kind is %s and ingress.expose.host is empty." .kind) -}}
{{- end -}}
{{- if and (eq .kind "Gateway") (not .parentRefs) -}}
{{- $mistakes = append $mistakes "ingress.expose.kind is Gateway and ingress.expose.parentRefs names no gateway." -}}
{{- end -}}
{{- if and (ne .kind "none") .grpcHost (eq .grpcHost .host) -}}
{{- $mistakes = append $mistakes "gRPC needs a host of its own: ingress.expose.grpcHost is ingress.expose.host." -}}
{{- end -}}
{{- end -}}
{{- range $name := list "ingress" "media" -}}
{{- $autoscaling := (index $.Values $name).autoscaling -}}
{{- if and $autoscaling.enabled (gt (int $autoscaling.minReplicas) (int $autoscaling.maxReplicas)) -}}
{{- $mistakes = append $mistakes (printf "%s.autoscaling.minReplicas is %d, which is more than maxReplicas %d." $name (int $autoscaling.minReplicas) (int $autoscaling.maxReplicas)) -}}
{{- end -}}
{{- end -}}
{{- if and .Values.monitoring.podMonitors.enabled .Values.monitoring.serviceMonitor.enabled -}}
{{- $mistakes = append $mistakes "monitoring.podMonitors and monitoring.serviceMonitor scrape the same pods; enable one of them." -}}
{{- end -}}

{{- if $mistakes -}}
{{- fail (printf "\n  - %s\n" (join "\n  - " $mistakes)) -}}
{{- end -}}
{{- end -}}

{{/* A pool with what all pools have. Takes root and pool; gives YAML. */}}
{{- define "verbatim.pool" -}}
{{- mergeOverwrite (omit (deepCopy .root.Values.transcriber) "pools" "image" "models") (deepCopy .pool) | toYaml -}}
{{- end -}}
