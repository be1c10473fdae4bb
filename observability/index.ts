export { dashboardFiles } from './dashboards/index.ts';
export { OtlpReceiver } from './observe/otlp-receiver.ts';
export { missingPrometheus, PrometheusServer } from './observe/prometheus.ts';
export type { Sample } from './observe/prometheus-answers.ts';
export type { Span } from './observe/spans.ts';
export { RULE_FILES } from './rules/rule-files.ts';
