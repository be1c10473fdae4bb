{{/* Dashboards and rules go by these names of jobs, and by HOST:PORT of one process. Takes the component. */}}
{{- define "verbatim.relabelings" -}}
relabelings:
  - { targetLabel: job, replacement: verbatim-{{ . }} }
{{- end -}}
