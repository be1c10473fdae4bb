{{/* The ports of a list of addresses with commas between, as JSON. Takes url and default: the port of an address without one. */}}
{{- define "verbatim.portsOf" -}}
{{- $ports := list -}}
{{- range $address := splitList "," .url -}}
{{- $port := $address | trim | regexFind ":[0-9]+(/.*)?$" | regexFind "[0-9]+" -}}
{{- $ports = append $ports (int (default $.default $port)) -}}
{{- end -}}
{{- $ports | uniq | toJson -}}
{{- end -}}

{{/* Any address that is nobody's private one. */}}
{{- define "verbatim.publicAddresses" -}}
- ipBlock:
    cidr: 0.0.0.0/0
    except: [10.0.0.0/8, 100.64.0.0/10, 127.0.0.0/8, 169.254.0.0/16, 172.16.0.0/12, 192.168.0.0/16]
- ipBlock:
    cidr: ::/0
    except: ["::1/128", "fc00::/7", "fe80::/10"]
{{- end -}}

{{/* Pods of this release, as a peer. Takes root and components. */}}
{{- define "verbatim.peers" -}}
- podSelector:
    matchLabels:
      {{- include "verbatim.instanceLabels" .root | nindent 6 }}
    matchExpressions:
      - { key: app.kubernetes.io/component, operator: In, values: {{ toJson .components }} }
{{- end -}}

{{/* An egress rule to a server. Takes to (peers in YAML; empty: anybody) and ports. */}}
{{- define "verbatim.egressTo" -}}
- ports:
    {{- range .ports }}
    - { protocol: TCP, port: {{ . }} }
    {{- end }}
  {{- with .to }}
  to:
    {{- . | nindent 4 }}
  {{- end }}
{{- end -}}

{{/* Policies are about the ports of pods: OpenShift's DNS listens on 5353 behind its service's 53. */}}
{{- define "verbatim.egressToDns" -}}
- ports:
    - { protocol: UDP, port: 53 }
    - { protocol: TCP, port: 53 }
    - { protocol: UDP, port: 5353 }
    - { protocol: TCP, port: 5353 }
  to:
    {{- if .Values.networkPolicy.dns }}
    {{- toYaml .Values.networkPolicy.dns | nindent 4 }}
    {{- else }}
    - namespaceSelector: { matchExpressions: [{ key: kubernetes.io/metadata.name, operator: In, values: [kube-system, openshift-dns] }] }
    {{- end }}
{{- end -}}

{{/* An ingress rule for whoever reads metrics. Takes root and ports. */}}
{{- define "verbatim.metricsRule" -}}
- ports:
    {{- range .ports }}
    - { protocol: TCP, port: {{ . }} }
    {{- end }}
  from:
    {{- if .root.Values.networkPolicy.metrics }}
    {{- toYaml .root.Values.networkPolicy.metrics | nindent 4 }}
    {{- else }}
    - namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: monitoring } }
    {{- end }}
{{- end -}}

{{/* Peers of the values as YAML; empty where there are none. */}}
{{- define "verbatim.ownPeers" -}}
{{- with . }}{{ toYaml . }}{{ end -}}
{{- end -}}
