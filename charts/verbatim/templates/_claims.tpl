{{/* The volume of a StatefulSet. Takes root, component, name and spec. */}}
{{- define "verbatim.claimTemplate" -}}
{{- if .spec.persistence.enabled -}}
persistentVolumeClaimRetentionPolicy: { whenDeleted: {{ .spec.persistence.whenDeleted }}, whenScaled: Retain }
volumeClaimTemplates:
  - metadata:
      name: data
      labels:
        {{- include "verbatim.selectorLabels" . | nindent 8 }}
    spec:
      accessModes: [ReadWriteOnce]
      {{- with .spec.persistence.storageClass }}
      storageClassName: {{ . | quote }}
      {{- end }}
      resources: { requests: { storage: {{ .spec.persistence.size }} } }
{{- end -}}
{{- end -}}
